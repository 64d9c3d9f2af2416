"""What the order journal keeps: all that was decided or learned about orders."""

from decimal import Decimal
from typing import Any

import attrs
import msgspec

from .messages import (
    Balances,
    CancelIntent,
    Intent,
    OrderAccepted,
    OrderCancelled,
    OrderFilled,
    OrderRejected,
    PlaceOrder,
    VenueOrder,
)


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
class Baseline:
    """What the account held before all that the journal tells.

    Fills up to `last_trade_id` are in these balances already.
    """

    symbol: str
    balances: Balances
    last_trade_id: int


@attrs.frozen(kw_only=True)
class BalanceAdjusted:
    """A difference that no fill explains was booked; known again by its `id`.

    `id` is `adj:<asset>:<from>:<to>:<last trade id>`: the same difference is the same
    adjustment, however often it is found.
    """

    id: str
    asset: str
    amount: Decimal
    last_trade_id: int
    time: float


Entry = (
    Intent
    | PlaceOrder
    | CancelIntent
    | OrderUnknown
    | OrderAccepted
    | OrderRejected
    | OrderFilled
    | OrderCancelled
    | VenueOrder
    | Baseline
    | BalanceAdjusted
)

_KINDS: dict[str, type[Any]] = {kind.__name__: kind for kind in Entry.__args__}


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
    return attrs.evolve(fill, client_order_id=f"venue:{fill.exchange_order_id}")
