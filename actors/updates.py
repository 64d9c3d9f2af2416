"""What the trading actors tell each other about orders and positions they know of."""

from collections.abc import Mapping
from decimal import Decimal

import attrs

from .evidence import BalanceAdjusted, Baseline, OrderUnknown
from .messages import Intent, OrderFilled, OrderReport, OrderStatus, Side
from .venue_rules import NOTHING

TOLD_WITHIN = 60.0
"""Seconds; who is asked at a start may have to reconcile with the venue first."""


@attrs.frozen(kw_only=True)
class WorkingOrder:
    """An order of ours as execution knows it; told to whoever needs the open ones.

    `strategy` and `intent_id` are empty for an order that nobody here wanted, `time` is
    then 0. It is PENDING until the venue has said something. Of one that takes the
    place of another (the intent `replaces`), `quantity` and `filled` count what that
    one and those before it have traded as well (FIX: OrderQty and CumQty).
    """

    client_order_id: str
    intent_id: str
    strategy: str
    symbol: str
    side: Side
    quantity: Decimal
    price: Decimal | None
    filled: Decimal
    status: OrderStatus
    time: float
    replaces: str = ""

    @classmethod
    def pending(cls, intent: Intent, filled: Decimal = NOTHING) -> "WorkingOrder":
        """Describe what an intent will become; `filled` by what it replaces."""
        return cls(
            client_order_id="",
            intent_id=intent.id,
            strategy=intent.strategy,
            symbol=intent.symbol,
            side=intent.side,
            quantity=intent.quantity,
            price=intent.price,
            filled=filled,
            status=OrderStatus.PENDING,
            time=intent.time,
            replaces=intent.replaces,
        )

    @property
    def key(self) -> str:
        """What an order is known by here: its intent, else what the venue calls it."""
        return self.intent_id or self.client_order_id


@attrs.frozen(kw_only=True)
class OrderUpdated:
    """Execution learned something about an order; told to positions and onwards."""

    order: WorkingOrder
    report: OrderReport | OrderUnknown


@attrs.frozen(kw_only=True)
class Holdings:
    """What a position has cost and earned, and what the account should hold.

    `cost` and `realised` are in quote units and before `fees`, which are kept by asset
    as `held` is.
    """

    cost: Decimal
    realised: Decimal
    fees: Mapping[str, Decimal]
    held: Mapping[str, Decimal]


@attrs.frozen(kw_only=True)
class PositionUpdated:
    """An order update, with the position as it is after it; told to risk and onwards.

    `fills` is how many the position is made of: a reader that knows of more keeps its
    own. A trade id would not do: a fill may be told late. `quantity` is in base units,
    negative when short.
    """

    order: WorkingOrder
    report: OrderReport | OrderUnknown
    quantity: Decimal
    average_price: Decimal | None
    fills: int
    holdings: Holdings | None = attrs.field(default=None, eq=False)


@attrs.frozen(kw_only=True)
class QueryOpenOrders:
    """Ask execution for the orders that may still trade; answered by a tuple."""

    symbol: str


@attrs.frozen(kw_only=True)
class CompareBalances:
    """Look whether the account holds what it should; told to positions by execution."""


@attrs.frozen(kw_only=True)
class QueryChanges:
    """Ask positions what changed the account after a time; answered by `Changes`."""

    after: float


@attrs.frozen(kw_only=True)
class Changes:
    """What fills of one symbol, and adjustments, have changed of each asset.

    `assets` are those that the symbol trades: the others it only pays fees with.
    """

    amounts: Mapping[str, Decimal]
    assets: tuple[str, str]


@attrs.frozen(kw_only=True)
class QueryLedger:
    """Ask execution for all that changed the account; answered by `LedgerReport`."""


@attrs.frozen(kw_only=True)
class LedgerReport:
    """What the account held at first, and every fill and adjustment since."""

    baseline: Baseline
    fills: tuple[OrderFilled, ...]
    adjustments: tuple[BalanceAdjusted, ...]


@attrs.frozen(kw_only=True)
class QueryPosition:
    """Ask positions where an account stands in one symbol."""

    symbol: str


@attrs.frozen(kw_only=True)
class PositionReport:
    """The answer to `QueryPosition`."""

    symbol: str
    quantity: Decimal
    average_price: Decimal | None
    fills: int
    holdings: Holdings | None = attrs.field(default=None, eq=False)


@attrs.frozen(kw_only=True)
class QueryExposure:
    """Ask risk what it counts with; answered by `ExposureReport`."""

    strategy: str


@attrs.frozen(kw_only=True)
class ExposureReport:
    """The position, and the open orders of the strategy that asked."""

    position: PositionReport
    orders: tuple[WorkingOrder, ...]


@attrs.frozen(kw_only=True)
class SettleOrder:
    """Have execution end an order in its books by hand; answered by `Settled`.

    It is refused while the venue has the order, or may still get it.
    """

    client_order_id: str
    reason: str


@attrs.frozen(kw_only=True)
class Settled:
    """`refused` says why nothing has changed; empty: the order is over in the books."""

    refused: str = ""


@attrs.frozen(kw_only=True)
class Reconcile:
    """Compare what you know with what the venue says; answered by sentences, or none.

    Understood by execution (orders) and positions (balances).
    """
