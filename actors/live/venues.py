"""What is known of single venues: their words for refusals, and how they are asked.

A profile is data. Those of the venues that are known lie in `profiles`, one JSON file
each; the argument `profile` of an actor has the same form. A venue without one gets
the careful profile of `UNKNOWN_VENUE`, by which nobody can trade.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from ..messages import RejectionReason
from . import written_names

Above0 = Annotated[float, Meta(gt=0)]


class Words(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a venue says no.

    `code_field` and `text_field` are where its JSON says which error it is, and what
    happened. `proves` lists codes that prove a refusal with any HTTP status below 500,
    and `unknown_order` those by which it denies an order; any other code proves one
    with 4xx only, and only if `refuses_with_4xx`: its documentation says so. With 5xx
    nothing does, but with 503 those texts in `overloaded_texts` that it documents as
    "not executed". The other sets and texts name special cases; `reasons` are texts
    that say why an order is refused, in words of ours (`RejectionReason`).
    `restrained` are statuses by which it throttles, beside 418 and 429, and for how
    many seconds.
    """

    code_field: str = "code"
    text_field: str = "msg"
    refuses_with_4xx: bool = False
    successes: frozenset[str] = frozenset({"0", "200"})
    proves: frozenset[str] = frozenset()
    unknown: frozenset[str] = frozenset()
    unknown_texts: tuple[str, ...] = ()
    unknown_order: frozenset[str] = frozenset()
    not_authenticated: frozenset[str] = frozenset()
    throttled: frozenset[str] = frozenset()
    too_many_orders: frozenset[str] = frozenset()
    stale: frozenset[str] = frozenset()
    overloaded_texts: tuple[str, ...] = ()
    reasons: Mapping[str, RejectionReason] = {}
    restrained: Mapping[int, Above0] = {}


class Limit(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """So much weight is allowed per `period` seconds; `header` tells what is used."""

    capacity: Above0
    period: Above0 = 60.0
    header: str = ""


class Venue(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a venue is asked; its fields are explained in the README of this folder."""

    words: Words = Words()
    expiry: bool = False
    accepts_for: Above0 | None = None
    fills_from: str | None = None
    fills_below: str | None = None
    fills_page: Annotated[int, Meta(gt=0)] | None = None
    orders_from: str | None = None
    weights: Mapping[str, Above0] = {}
    limits: tuple[Limit, ...] = ()
    client_id: str | None = None
    names: Literal["text", "uuid", "hex"] = "text"
    acknowledges: Literal["call", "frame"] | None = None
    orders_in_parts: bool = False
    forgets: bool = False
    only_json: bool = False
    last_words: frozenset[str] = frozenset()
    bare_answers: bool = False
    contiguous_trades: bool = False
    options: Mapping[str, Any] = {}

    def __post_init__(self) -> None:
        """Refuse a pattern that is none."""
        try:
            re.compile(self.client_id or "")
        except re.error as error:
            raise ValueError(f"client_id is no regular expression: {error}") from None

    def written(self, name: str) -> str:
        """Return how the venue is told the name of an order."""
        return written_names.written(name, self.names)

    def read(self, client_order_id: str) -> str:
        """Return the name of an order that the venue tells of."""
        return written_names.read(client_order_id, self.names)

    def lacks(self) -> Sequence[str]:
        """Name what has to be known before anybody can trade there."""
        needed: Mapping[str, object] = {
            "fills_from or fills_below": self.fills_from or self.fills_below,
            "fills_page": self.fills_page,
            "client_id": self.client_id,
            "limits": self.limits,
            "expiry or accepts_for": self.expiry or self.accepts_for,
        }
        return [name for name, given in needed.items() if not given]


UNKNOWN_VENUE = Venue(limits=(Limit(capacity=60),))


def profile(given: Mapping[str, Any]) -> Venue:
    """Read a profile as JSON says it.

    Raises:
        ValueError: it is none; the message says where.

    """
    try:
        return msgspec.convert(given, Venue, str_keys=True)
    except msgspec.ValidationError as error:
        raise ValueError(f"the profile of the venue is wrong: {error}") from error


def _shipped(name: str) -> Venue:
    path = Path(__file__).parent / "profiles" / f"{name}.json"
    return msgspec.json.decode(path.read_bytes(), type=Venue)


BINANCE = _shipped("binance")
COINBASE = _shipped("coinbaseexchange")

VENUES: Mapping[str, Venue] = {
    "binance": BINANCE,
    "binanceus": BINANCE,
    "coinbaseexchange": COINBASE,
}


def venue(exchange: str) -> Venue:
    """Return what is known of a venue, by its ccxt id."""
    return VENUES.get(exchange, UNKNOWN_VENUE)
