"""What exchanges are asked, what they answer, and when their stream tells of orders.

Queries are said by execution, positions and reconciliation. A read that failed is
answered with an error, never with an empty answer: empty means that the venue said
"none".
"""

from decimal import Decimal
from typing import ClassVar

import attrs

from ..supervision.outcome import CallClass
from ..supervision.runtime.reference import Ref
from .messages import OrderFilled, OrderStatus, OrderType, Side


@attrs.frozen
class OutcomesDoubted:
    """A breaker holds new orders until it is known what became of these calls."""

    calls: tuple[str, ...]


@attrs.frozen(kw_only=True)
class AccountStreamUp:
    """It tells of this symbol's orders from now on: ask for what came before.

    `stream` is whom `FillsNotTold` is for.
    """

    symbol: str
    time: float
    stream: Ref | None = attrs.field(default=None, eq=False)


@attrs.frozen(kw_only=True)
class AccountStreamDown:
    """Nothing is told of this symbol's orders until the next `AccountStreamUp`."""

    symbol: str
    reason: str
    time: float


@attrs.frozen(kw_only=True)
class FillsNotTold:
    """The venue lists fills that its stream, though it is up, has not told."""

    symbol: str
    trade_ids: tuple[int, ...]


@attrs.frozen(kw_only=True)
class Ping:
    """Tell what time it is at the venue: harmless, and public."""

    call_class: ClassVar[CallClass] = CallClass.DATA


@attrs.frozen(kw_only=True)
class VenueTime:
    """The answer to `Ping`: the venue's clock, in seconds since 1970-01-01 UTC."""

    time: float


@attrs.frozen(kw_only=True)
class QueryOrders:
    """Tell what you know of these orders; of every order you list, if none is named."""

    call_class: ClassVar[CallClass] = CallClass.QUERY

    symbol: str
    client_order_ids: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class VenueOrder:
    """One order as the venue has it; its status is never PENDING or UNKNOWN."""

    client_order_id: str
    exchange_order_id: str
    symbol: str
    side: Side
    type: OrderType
    quantity: Decimal
    price: Decimal | None
    filled: Decimal
    status: OrderStatus
    time: float


@attrs.frozen(kw_only=True)
class Orders:
    """The answer to `QueryOrders`; `absent` are ids asked for that the venue denies.

    With no ids asked for, it holds at least all open orders, also those of strangers.
    `forgets`: the venue denies for ever what it had, once that ended without a fill.
    """

    symbol: str
    orders: tuple[VenueOrder, ...]
    absent: tuple[str, ...]
    time: float
    forgets: bool = False


@attrs.frozen(kw_only=True)
class QueryFills:
    """Tell the fills of the account whose trade id is larger than this one.

    None: no more than the newest fill, if there is any.
    """

    call_class: ClassVar[CallClass] = CallClass.QUERY

    symbol: str
    after_trade_id: int | None = 0


@attrs.frozen(kw_only=True)
class Fills:
    """The answer to `QueryFills`: the next fills after that id, in trade id order.

    Unless `is_all`, there may be more after the last of them, and there is a last one.
    """

    symbol: str
    fills: tuple[OrderFilled, ...]
    time: float
    is_all: bool = True


@attrs.frozen(kw_only=True)
class QueryBalances:
    """Tell what the account holds."""

    call_class: ClassVar[CallClass] = CallClass.ACCOUNT


@attrs.frozen(kw_only=True)
class Balance:
    """What the account has of one asset; open orders need the reserved part."""

    asset: str
    free: Decimal
    reserved: Decimal

    @property
    def total(self) -> Decimal:
        """Everything the account owns of the asset."""
        return self.free + self.reserved


@attrs.frozen(kw_only=True)
class Balances:
    """The answer to `QueryBalances`: one entry per asset that the venue reports."""

    balances: tuple[Balance, ...]
    time: float

    def of(self, asset: str) -> Balance | None:
        """Find the entry for an asset; None: the venue said nothing about it."""
        return next((each for each in self.balances if each.asset == asset), None)
