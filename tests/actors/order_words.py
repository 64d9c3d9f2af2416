"""One of each word about orders, for the tables of the order path's tests."""

from decimal import Decimal

import attrs

from holdfast.actors.evidence import (
    BalanceAdjusted,
    Baseline,
    Entry,
    OrderSettled,
    OrderUnknown,
    RiskArmed,
    RiskBaseline,
    RiskTightened,
)
from holdfast.actors.ladder import RiskLevel
from holdfast.actors.messages import (
    CancelIntent,
    CancelReason,
    Intent,
    Liquidity,
    OrderAccepted,
    OrderCancelled,
    OrderFilled,
    OrderRejected,
    OrderStatus,
    OrderType,
    PlaceOrder,
    RejectionReason,
    Side,
)
from holdfast.actors.queries import Balance, Balances, VenueOrder

NAME = "hf-a-1-1"
INTENT = Intent(
    id="i",
    strategy="/root/strategy",
    symbol="BTCUSDT",
    side=Side.BUY,
    type=OrderType.LIMIT,
    quantity=Decimal(3),
    price=Decimal(100),
    time=7.0,
)
PLACE = PlaceOrder(
    client_order_id=NAME,
    intent_id="i",
    symbol="BTCUSDT",
    side=Side.BUY,
    type=OrderType.LIMIT,
    quantity=Decimal(3),
    price=Decimal(100),
    time=7.0,
    expires_at=10.0,
)
CANCEL = CancelIntent(
    intent_id="i", strategy="/root/strategy", symbol="BTCUSDT", time=9.0
)
UNKNOWN = OrderUnknown(client_order_id=NAME, symbol="BTCUSDT", detail="?", time=7.0)
ACCEPTED = OrderAccepted(
    client_order_id=NAME, exchange_order_id="1", symbol="BTCUSDT", time=8.0
)
SETTLED = OrderSettled(
    client_order_id=NAME, symbol="BTCUSDT", reason="purged there", time=9.0
)
REJECTED = OrderRejected(
    client_order_id=NAME,
    symbol="BTCUSDT",
    reason=RejectionReason.TICK_SIZE,
    detail="no",
    time=8.0,
)
FILLED = OrderFilled(
    client_order_id=NAME,
    exchange_order_id="1",
    symbol="BTCUSDT",
    trade_id=5,
    side=Side.BUY,
    price=Decimal(100),
    quantity=Decimal(1),
    filled=Decimal(1),
    remaining=Decimal(2),
    fee=Decimal("0.1"),
    fee_asset="USDT",
    liquidity=Liquidity.MAKER,
    time=8.0,
)
CANCELLED = OrderCancelled(
    client_order_id=NAME,
    exchange_order_id="1",
    symbol="BTCUSDT",
    filled=Decimal(0),
    remaining=Decimal(3),
    reason=CancelReason.REQUESTED,
    time=9.0,
)
LISTED = VenueOrder(
    client_order_id=NAME,
    exchange_order_id="1",
    symbol="BTCUSDT",
    side=Side.BUY,
    type=OrderType.LIMIT,
    quantity=Decimal(3),
    price=Decimal(100),
    filled=Decimal(0),
    status=OrderStatus.OPEN,
    time=8.0,
)
BASELINE = Baseline(
    symbol="BTCUSDT",
    balances=Balances(
        balances=(Balance(asset="BTC", free=Decimal(1), reserved=Decimal(0)),), time=1.0
    ),
    last_trade_id=4,
)
ADJUSTED = BalanceAdjusted(
    id="adj:BTC:1:2:4", asset="BTC", amount=Decimal(1), last_trade_id=4, time=1.0
)
RISK: list[Entry] = [
    RiskTightened(
        scope="account",
        level=RiskLevel.HALTED,
        reason="the day's loss",
        causes=("max_daily_loss",),
        time=1.0,
    ),
    RiskArmed(scope="account", reason="looked at", time=2.0),
    RiskBaseline(symbol="BTCUSDT", day=1, equity=Decimal(1), peak=Decimal(2), time=3.0),
]
ENTRIES: list[Entry] = [
    INTENT,
    PLACE,
    CANCEL,
    UNKNOWN,
    SETTLED,
    ACCEPTED,
    REJECTED,
    FILLED,
    CANCELLED,
    LISTED,
    BASELINE,
    ADJUSTED,
    *RISK,
]


def listed(name: str, status: OrderStatus, filled: int = 0) -> VenueOrder:
    """Return an order as a venue lists it."""
    return attrs.evolve(
        LISTED, client_order_id=name, status=status, filled=Decimal(filled)
    )
