"""Makes a strict ccxt client of any exchange from what the JSON says.

With addresses of its own it reaches those and no other: every address that is not named
is replaced by one where nobody listens.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from functools import cached_property
from typing import Any, ClassVar
from urllib.parse import urlsplit

import attrs
import ccxt.async_support  # type: ignore[import-untyped]
import ccxt.pro  # type: ignore[import-untyped]

from ...supervision.secret import Secret
from .strict import Strict, StrictStream
from .venues import Venue, profile, venue

NOWHERE = "127.0.0.1:9"
"""An address where nobody listens."""

VenueClient = Any
"""ccxt's client of an exchange; it has no types."""


class WrongAccount(ValueError):
    """What the JSON says of the exchange can't work."""

    exit_code: ClassVar[int] = 78


@attrs.frozen(kw_only=True)
class Account:
    """Which exchange, with which key, at which address.

    `urls` are laid over ccxt's own `urls["api"]`; all others are then unreachable.
    `profile` says how the venue is asked, in place of what is known of it.
    """

    exchange: str
    sandbox: bool = False
    api_key: Secret | None = None
    secret: Secret | None = None
    password: Secret | None = None
    urls: Mapping[str, Any] = attrs.field(factory=dict[str, Any])
    options: Mapping[str, Any] = attrs.field(factory=dict[str, Any])
    profile: Mapping[str, Any] | None = None

    @property
    def host(self) -> str:
        """Where its calls go: who shares that, shares what the venue allows."""
        ours = next(_hosts(self.urls), "")
        return ours or f"{self.exchange}{' sandbox' if self.sandbox else ''}"

    @cached_property
    def venue(self) -> Venue:
        """What is known of the exchange.

        Raises:
            WrongAccount: the profile is none.

        """
        if self.profile is None:
            return venue(self.exchange)
        try:
            return profile(self.profile)
        except ValueError as error:
            raise WrongAccount(str(error)) from error


def _hosts(urls: Any) -> Iterator[str]:
    """Find the hosts of all addresses for calls that can be reached, in order."""
    if isinstance(urls, Mapping):
        for each in urls.values():  # pyright: ignore[reportUnknownVariableType] - of JSON
            yield from _hosts(each)
    elif isinstance(urls, str) and urls.startswith("http"):
        host = urlsplit(urls).netloc
        if host != NOWHERE:
            yield host


def rest_client(
    account: Account, venue_time: Callable[[], float], *, timeout: float
) -> VenueClient:
    """Make a client for calls, whose numbers are texts; `timeout` in seconds.

    Raises:
        WrongAccount: ccxt has no such exchange, or can't use it like that.

    """
    kind = _class_of(account, ccxt.async_support, Strict, venue_time)
    return _made(kind, account, timeout)


def stream_client(
    account: Account, venue_time: Callable[[], float], *, timeout: float
) -> VenueClient:
    """Make a client for streams; raises as above."""
    kind = _class_of(account, ccxt.pro, StrictStream, venue_time)
    client = _made(kind, account, timeout)
    client.only_json = account.venue.only_json
    client.last_words = account.venue.last_words
    client.newUpdates = True
    client.number = Decimal  # books are compared and sorted
    return client


def _class_of(
    account: Account, module: Any, strict: type, venue_time: Callable[[], float]
) -> Any:
    name = account.exchange
    if name not in module.exchanges:
        raise WrongAccount(f"ccxt has no {name!r} in {module.__name__}")
    known = account.venue
    own = {
        "venue_time": staticmethod(venue_time),
        "read_name": staticmethod(known.read),
        "bare_answers": known.bare_answers,
    }
    return type(f"Strict_{name}", (strict, getattr(module, name)), own)


def _made(kind: Any, account: Account, timeout: float) -> VenueClient:
    _check_options(account.options)
    client = kind(
        {
            "apiKey": _revealed(account.api_key),
            "secret": _revealed(account.secret),
            "password": _revealed(account.password),
            "timeout": round(timeout * 1000),
            "enableRateLimit": False,
            "options": {**account.venue.options, **account.options},
        }
    )
    client.number = str
    client.aiohttp_trust_env = False
    if account.sandbox:
        if not client.urls.get("test"):
            raise WrongAccount(f"{account.exchange} has no sandbox")
        client.set_sandbox_mode(True)
    if account.urls:
        client.urls["api"] = sealed(client.urls["api"], account.urls)
    return client


def sealed(urls: Any, ours: Any) -> Any:
    """Lay our addresses over others and make those that are left unreachable."""
    if isinstance(urls, Mapping):
        given: Mapping[str, Any] = ours if isinstance(ours, Mapping) else {}  # pyright: ignore[reportUnknownVariableType] - of JSON
        names: list[str] = [*urls, *(name for name in given if name not in urls)]  # pyright: ignore[reportUnknownArgumentType] - the same
        return {name: sealed(urls.get(name), given.get(name)) for name in names}  # pyright: ignore[reportUnknownMemberType] - the same
    if ours is not None:
        return ours
    if not isinstance(urls, str):
        return urls
    return re.sub(r"^(\w+)://[^/]*", rf"\1://{NOWHERE}", urls)


def _check_options(options: Mapping[str, Any]) -> None:
    """Refuse options by which ccxt would send something twice, wherever they stand."""
    for name, value in options.items():
        if name == "maxRetriesOnFailure" and value != 0:
            raise WrongAccount(
                "maxRetriesOnFailure must be 0: ccxt would send an order again that"
                " may have been executed"
            )
        if isinstance(value, Mapping):
            _check_options(value)  # pyright: ignore[reportUnknownArgumentType] - of JSON


def _revealed(secret: Secret | None) -> str:
    return "" if secret is None else secret.reveal()
