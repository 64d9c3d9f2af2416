"""What the words know about themselves."""

from decimal import Decimal

import pytest

from holdfast.actors.messages import OrderStatus, Side
from holdfast.actors.queries import Balance, Balances


def test_a_side_has_a_sign_and_an_opposite() -> None:
    assert [(side, side.sign, side.opposite) for side in Side] == [
        (Side.BUY, 1, Side.SELL),
        (Side.SELL, -1, Side.BUY),
    ]


@pytest.mark.parametrize("status", OrderStatus)
def test_an_order_is_done_when_nothing_of_it_can_trade(status: OrderStatus) -> None:
    assert status.is_done == (status in {"filled", "cancelled", "rejected"})


def test_an_asset_that_the_venue_does_not_mention_has_no_balance() -> None:
    euros = Balance(asset="EUR", free=Decimal(1), reserved=Decimal(2))
    balances = Balances(balances=(euros,), time=0.0)

    assert (balances.of("EUR"), balances.of("BTC")) == (euros, None)
    assert euros.total == 3
