"""How much worse than the mark a strategy's orders trade, and what does not count."""

from decimal import Decimal
from typing import Any

import attrs
import pytest

from holdfast.actors.messages import (
    Liquidity,
    OrderAccepted,
    OrderFilled,
    OrderStatus,
    Side,
)
from holdfast.actors.slippage import Slippage
from holdfast.actors.updates import PositionUpdated
from holdfast.tests.actors.risk_stage import ME, ORDER

FILL = OrderFilled(
    client_order_id="hf-a",
    exchange_order_id="1",
    symbol="BTCUSDT",
    trade_id=1,
    side=Side.BUY,
    price=Decimal(100),
    quantity=Decimal(1),
    filled=Decimal(1),
    remaining=Decimal(0),
    fee=Decimal(0),
    fee_asset="USDT",
    liquidity=Liquidity.TAKER,
    time=0.0,
)


def filled(trade_id: int, price: str, **fields: Any) -> PositionUpdated:
    order = {name: fields.pop(name) for name in ("strategy",) if name in fields}
    fill = attrs.evolve(FILL, trade_id=trade_id, price=Decimal(price), **fields)
    return PositionUpdated(
        order=attrs.evolve(ORDER, **order),
        report=fill,
        quantity=Decimal(1),
        average_price=None,
        fills=trade_id,
    )


def shares(*updates: PositionUpdated, mark: str = "100", window: int = 10) -> Any:
    slippage = Slippage()
    slippage.wanted_at["a"] = Decimal(mark)
    for each in updates:
        slippage.heard(each, window=window)
    return {name: str(share.normalize()) for name, share in slippage.shares().items()}


@pytest.mark.parametrize(
    ("updates", "share"),
    [
        ([filled(1, "101")], "0.01"),
        ([filled(1, "99")], "0"),
        ([filled(1, "99", side=Side.SELL)], "0.01"),
        ([filled(1, "101"), filled(2, "103")], "0.02"),
        ([filled(1, "101"), filled(2, "99")], "0"),
        ([filled(1, "101"), filled(1, "101"), filled(2, "100")], "0.005"),
        ([filled(1, "101", quantity=Decimal(3)), filled(2, "100")], "0.0075"),
    ],
)
def test_what_was_paid_more_is_a_share_of_what_it_was_worth(
    updates: list[PositionUpdated], share: str
) -> None:
    assert shares(*updates) == {ME: share}


def test_only_the_last_fills_count() -> None:
    assert shares(filled(1, "150"), filled(2, "101"), window=1) == {ME: "0.01"}


@pytest.mark.parametrize(
    "update",
    [
        filled(1, "150", liquidity=Liquidity.MAKER),
        attrs.evolve(
            filled(1, "150"),
            report=OrderAccepted(
                client_order_id="hf-a", exchange_order_id="1", symbol="B", time=0.0
            ),
        ),
        attrs.evolve(filled(1, "150"), order=attrs.evolve(ORDER, intent_id="other")),
    ],
)
def test_what_rested_or_was_wanted_at_no_known_price_does_not_count(
    update: PositionUpdated,
) -> None:
    assert shares(update) == {}


def test_an_order_that_is_over_is_forgotten_and_its_fills_are_not() -> None:
    slippage = Slippage()
    slippage.wanted_at["a"] = Decimal(100)
    done = attrs.evolve(ORDER, status=OrderStatus.FILLED)

    slippage.heard(attrs.evolve(filled(1, "101"), order=done), window=10)
    first = dict(slippage.shares())
    slippage.forget()

    assert (slippage.wanted_at, list(first), slippage.shares()) == ({}, [ME], {})
