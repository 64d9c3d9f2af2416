"""Which orders could make a position larger, and which may stay."""

from decimal import Decimal
from typing import Any

import pytest

from holdfast.actors.halting import increasing
from holdfast.actors.messages import OrderStatus, Side
from holdfast.actors.updates import WorkingOrder


def selling(name: str, quantity: int, **more: Any) -> WorkingOrder:
    given: dict[str, Any] = {
        "client_order_id": f"hf-{name}",
        "intent_id": name,
        "strategy": "/root/strategy",
        "symbol": "BTCUSDT",
        "side": Side.SELL,
        "quantity": Decimal(quantity),
        "price": Decimal(100),
        "filled": Decimal(0),
        "status": OrderStatus.OPEN,
        "time": float(ord(name)),
        **more,
    }
    return WorkingOrder(**given)


EXIT = selling("a", 2)


@pytest.mark.parametrize(
    ("orders", "names"),
    [
        ([EXIT], []),
        ([EXIT, selling("b", 1)], ["b"]),
        ([selling("a", 1), selling("b", 1), selling("c", 1)], ["c"]),
        ([selling("a", 3)], ["a"]),
        ([selling("a", 3, filled=Decimal(1))], []),
        ([selling("a", 1, side=Side.BUY)], ["a"]),
        # An exit that takes the place of another is the one exit that there will be.
        ([EXIT, selling("b", 2, replaces="a")], []),
        ([EXIT, selling("b", 3, replaces="a")], ["b"]),
        ([EXIT, selling("b", 3, replaces="a", filled=Decimal(1))], []),
        ([EXIT, selling("b", 2, replaces="a"), selling("c", 1)], ["c"]),
    ],
)
def test_what_reduces_may_stay_as_far_as_the_position_goes(
    orders: list[WorkingOrder], names: list[str]
) -> None:
    """The position is 2 long."""
    assert [each.key for each in increasing(orders, Decimal(2))] == names
