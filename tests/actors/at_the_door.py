"""Intents, orders and doors for the tests of what is refused, and why."""

from decimal import Decimal
from typing import Any

import attrs

from holdfast.actors.door import Door, judged
from holdfast.actors.limits import Limits
from holdfast.actors.messages import Intent, IntentRefused, OrderStatus, OrderType, Side
from holdfast.actors.pace import Pace
from holdfast.actors.updates import WorkingOrder

ME = "/root/strategy"
LIMITS = Limits(
    max_order_notional=Decimal(1000),
    max_position=Decimal(10),
    price_collar=Decimal("0.05"),
    max_orders=3,
    rate_window=2.0,
)
CALM = Door(
    symbol="BTCUSDT",
    base="BTC",
    quote="USDT",
    position=Decimal(0),
    orders=(),
    last_price=Decimal(100),
    pace=Pace(),
    market_age=0.0,
    step=Decimal("0.5"),
)


def intent(
    side: str = "buy", quantity: str = "1", price: str | None = "100", **more: Any
) -> Intent:
    wish = Intent(
        id="/root/strategy:tick-7:1",
        strategy=ME,
        symbol="BTCUSDT",
        side=Side(side),
        type=OrderType.LIMIT if price else OrderType.MARKET,
        quantity=Decimal(quantity),
        price=Decimal(price) if price else None,
        time=50.0,
    )
    return attrs.evolve(wish, **more)


def order(
    side: str,
    quantity: str,
    price: str | None = "100",
    status: str = "open",
    **more: Any,
) -> WorkingOrder:
    working = WorkingOrder(
        client_order_id="hf-1",
        intent_id="another",
        strategy=ME,
        symbol="BTCUSDT",
        side=Side(side),
        quantity=Decimal(quantity),
        price=None if price is None else Decimal(price),
        filled=Decimal(0),
        status=OrderStatus(status),
        time=1.0,
    )
    return attrs.evolve(working, **more)


def reason(wish: Intent, door: Door = CALM, **limits: Any) -> str | None:
    found = judged(wish, door, attrs.evolve(LIMITS, **limits))
    return found.reason if isinstance(found, IntentRefused) else None


def holding(
    position: str, *, buys: str = "0", sells: str = "0", status: str = "open"
) -> Door:
    orders = [
        order(side, quantity, status=status, intent_id=side)
        for side, quantity in (("buy", buys), ("sell", sells))
        if quantity != "0"
    ]
    return attrs.evolve(CALM, position=Decimal(position), orders=tuple(orders))
