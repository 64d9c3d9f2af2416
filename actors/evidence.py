"""What the order journal keeps: all that was decided or learned about orders."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import attrs
import msgspec

from .ladder import RiskLevel
from .messages import (
    CancelIntent,
    Intent,
    OrderAccepted,
    OrderCancelled,
    OrderFilled,
    OrderRejected,
    PlaceOrder,
)
from .order_names import name_of_nameless
from .queries import Balances, VenueOrder


@attrs.frozen(kw_only=True)
class OrderUnknown:
    """A request to place the order may have been executed: nobody knows yet.

    It counts as open, at its worst, until the venue has told of it, or has denied it
    after the request had expired.
    """

    client_order_id: str
    symbol: str
    detail: str
    time: float


@attrs.frozen(kw_only=True)
class OrderSettled:
    """A person has said that nothing more will come of an order; `time` is wall time.

    Fills of it that the venue counted and never told are given up.
    """

    client_order_id: str
    symbol: str
    reason: str
    time: float


@attrs.frozen(kw_only=True)
class Baseline:
    """What the account held before all that the journal tells.

    Fills up to `last_trade_id` are in these balances already; `traded` is what of them
    belongs to orders that were open then, by client order id, in base units.
    """

    symbol: str
    balances: Balances
    last_trade_id: int
    traded: Mapping[str, Decimal] = attrs.field(factory=dict[str, Decimal])


@attrs.frozen(kw_only=True)
class BalanceAdjusted:
    """A difference that no fill explains was booked; known again by its `id`.

    `id` is `adj:<asset>:<from>:<to>:<last trade id>:<count>`: the same difference is
    the same adjustment, however often it is found before it is booked.
    """

    id: str
    asset: str
    amount: Decimal
    last_trade_id: int
    time: float


@attrs.frozen(kw_only=True)
class RiskTightened:
    """Less may be done in a scope from now on; nothing but `RiskArmed` undoes it.

    `causes` are the limits that were broken; none if a person wanted it. `time` is in
    wall seconds.
    """

    scope: str
    level: RiskLevel
    reason: str
    causes: tuple[str, ...]
    time: float


@attrs.frozen(kw_only=True)
class RiskArmed:
    """A person has put a scope, and all within it, back to ACTIVE."""

    scope: str
    reason: str
    time: float


@attrs.frozen(kw_only=True)
class RiskBaseline:
    """What profit is compared with: what it was as the day began, and its peak.

    `day` counts from 1970-01-01 in UTC; amounts are in quote units.
    """

    symbol: str
    day: int
    equity: Decimal
    peak: Decimal
    time: float


RiskEntry = RiskTightened | RiskArmed | RiskBaseline

Entry = (
    Intent
    | PlaceOrder
    | CancelIntent
    | OrderUnknown
    | OrderSettled
    | OrderAccepted
    | OrderRejected
    | OrderFilled
    | OrderCancelled
    | VenueOrder
    | Baseline
    | BalanceAdjusted
    | RiskTightened
    | RiskArmed
    | RiskBaseline
)

_KINDS: dict[str, type[Entry]] = {kind.__name__: kind for kind in Entry.__args__}
RISK_KINDS = tuple(kind.__name__ for kind in RiskEntry.__args__)


def encoded(entry: Entry) -> tuple[str, bytes]:
    """Return the kind of an entry and its fields as JSON; amounts are exact."""
    return type(entry).__name__, msgspec.json.encode(entry)


def decoded(kind: str, fields: bytes) -> Entry:
    """Return the entry that was encoded so.

    Raises:
        ValueError: nothing can have been encoded so.

    """
    try:
        entry: Entry = msgspec.json.decode(fields, type=_KINDS[kind])
    except KeyError:
        raise ValueError(f"there are no entries of the kind {kind!r}") from None
    except msgspec.DecodeError as error:
        raise ValueError(f"a {kind} can't be read: {error}") from error
    return entry


def named(fill: Any) -> Any:
    """Give a fill of an order without a client order id the name that the venue has.

    All else is returned as it is.
    """
    if not isinstance(fill, OrderFilled) or fill.client_order_id:
        return fill
    name = name_of_nameless(fill.exchange_order_id)
    return attrs.evolve(fill, client_order_id=name)
