"""What may have become of a call to the world outside, and what such a call is for.

An exception class says what its caller may conclude, not what went wrong: a request
that may have been executed is never told like one that was not sent.
"""

import enum
from typing import Any, ClassVar

import pykka

from .failures import FailureClass
from .runtime.exit_reason import ActorCrashed
from .runtime.future import AskTimeout
from .runtime.mailbox import MailboxFull


class Outcome(enum.StrEnum):
    """How a call ended, as far as anybody can know.

    OK: done. VENUE_REJECT: the venue said no, and so it is alive. CLEAN: not one byte
    of the request was sent. UNKNOWN: it may have been executed, or not. THROTTLED: the
    venue wants to be left alone for some time. AUTH: it doesn't accept the key.
    """

    OK = "ok"
    VENUE_REJECT = "venue_reject"
    CLEAN = "clean"
    UNKNOWN = "unknown"
    THROTTLED = "throttled"
    AUTH = "auth"


class CallClass(enum.StrEnum):
    """What a call is for: it decides what lets it pass, and in which lane it goes.

    NEW: an order that may add risk. REDUCE: one that can only lower it. CANCEL: takes
    an order back. QUERY: asks for own orders and fills. ACCOUNT: asks for balances and
    the like. DATA: asks for what is public.
    """

    NEW = "new"
    REDUCE = "reduce"
    CANCEL = "cancel"
    QUERY = "query"
    ACCOUNT = "account"
    DATA = "data"

    @property
    def changes_the_venue(self) -> bool:
        """Whether not knowing its outcome leaves something to find out."""
        return self in _CHANGING


_CHANGING = frozenset({CallClass.NEW, CallClass.REDUCE, CallClass.CANCEL})


class CallFailed(Exception):
    """A call did not bring what was asked for; its class says what may be concluded."""

    outcome: ClassVar[Outcome]


class VenueRefused(CallFailed):
    """The venue said no, in words that prove it: nothing was executed.

    `code` is the venue's own, as text, or empty.
    """

    outcome: ClassVar[Outcome] = Outcome.VENUE_REJECT

    def __init__(self, told: str, *, code: str = "") -> None:
        self.code = code
        super().__init__(told)


class NotSent(CallFailed):
    """Not one byte of the request left: it is known not to have been executed.

    `is_local`: it was kept back here, which says nothing of the venue.
    """

    outcome: ClassVar[Outcome] = Outcome.CLEAN

    def __init__(self, told: str, *, is_local: bool = False) -> None:
        self.is_local = is_local
        super().__init__(told)


class OutcomeUnknown(CallFailed):
    """The request may have been executed: find out, never just ask again."""

    outcome: ClassVar[Outcome] = Outcome.UNKNOWN


class Throttled(CallFailed):
    """The venue wants no call for `retry_after` seconds.

    `is_ban`: it has stopped listening to this address, and every further call makes it
    worse. `is_refusal`: it is proven that this call was not executed, by the venue's
    words, or because (`is_local`) it was kept back here for what was said before.
    """

    outcome: ClassVar[Outcome] = Outcome.THROTTLED
    failure_class: ClassVar[FailureClass] = FailureClass.RATE_LIMIT

    def __init__(
        self,
        told: str,
        *,
        retry_after: float,
        is_ban: bool = False,
        is_refusal: bool = False,
        is_local: bool = False,
    ) -> None:
        self.retry_after = retry_after
        self.is_ban = is_ban
        self.is_local = is_local
        self.is_refusal = is_refusal
        super().__init__(told)


class NotAuthenticated(CallFailed):
    """The venue does not accept the key; trying again only gets it banned.

    `is_refusal`: its words prove that this call was not executed.
    """

    outcome: ClassVar[Outcome] = Outcome.AUTH
    failure_class: ClassVar[FailureClass] = FailureClass.AUTHENTICATION

    def __init__(self, told: str, *, is_refusal: bool = False) -> None:
        self.is_refusal = is_refusal
        super().__init__(told)


def outcome_of(error: BaseException) -> Outcome:
    """Say what the failure of an ask allows to conclude about the call.

    Whoever never took the message has not sent anything. Whatever nobody has thought of
    is UNKNOWN: that costs a question, the other mistake costs money.
    """
    if isinstance(error, CallFailed):
        return error.outcome
    if isinstance(error, AskTimeout):
        return Outcome.CLEAN if error.executed is False else Outcome.UNKNOWN
    if isinstance(error, ActorCrashed):
        return Outcome.UNKNOWN
    if isinstance(error, MailboxFull | pykka.ActorDeadError):
        return Outcome.CLEAN
    return Outcome.UNKNOWN


def call_class(message: Any) -> CallClass:
    """Say what a message is for: what its attribute `call_class` says, else DATA."""
    said = getattr(message, "call_class", None)
    return said if isinstance(said, CallClass) else CallClass.DATA
