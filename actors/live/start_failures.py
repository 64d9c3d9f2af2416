"""The errors that end a start at a venue, as sentences for whoever started it."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import ClassVar

from ...supervision.failures import FailureClass
from ...supervision.outcome import CallFailed, NotAuthenticated, Throttled


class VenueUnreachable(Exception):
    """The venue could not be prepared for trading; that may change by itself."""

    failure_class: ClassVar[FailureClass] = FailureClass.NETWORK
    exit_code: ClassVar[int] = 69


class KeyRefused(Exception):
    """The venue does not accept the key; trying again only gets it banned."""

    failure_class: ClassVar[FailureClass] = FailureClass.AUTHENTICATION
    exit_code: ClassVar[int] = 77


class VenueThrottles(Throttled):
    """The venue wants to be left alone; a start before that makes it longer."""

    exit_code: ClassVar[int] = 75


def key_refused(exchange: str, why: object) -> KeyRefused:
    """Say what to do about a key."""
    return KeyRefused(
        f"{exchange} does not accept the key ({why}): see whether it is the right one,"
        " what it may do, and from which addresses"
    )


@contextmanager
def starting(exchange: str) -> Generator[None]:
    """Turn what a call says into what it means for a start.

    Raises:
        KeyRefused: see there.
        VenueThrottles: the venue wants to be left alone.
        VenueUnreachable: every other failure.

    """
    try:
        yield
    except NotAuthenticated as failure:
        raise key_refused(exchange, failure) from failure
    except Throttled as failure:
        raise VenueThrottles(
            f"{exchange} wants no call for {failure.retry_after:.3g} s ({failure}):"
            " start again then",
            retry_after=failure.retry_after,
            is_ban=failure.is_ban,
        ) from failure
    except CallFailed as failure:
        raise VenueUnreachable(
            f"{exchange} can't be prepared for trading: {failure}"
        ) from failure
