"""Balances are compared only while every order, and every fill, is known."""

from decimal import Decimal
from typing import Any, cast

import attrs
import pytest

from holdfast.actors.certainty import Certainty
from holdfast.actors.comparing import Comparing
from holdfast.actors.gates import Gates
from holdfast.actors.messages import OrderStatus
from holdfast.actors.order_desk import OrderDesk
from holdfast.actors.updates import CompareBalances
from holdfast.tests.actors.order_words import LISTED

PARTLY = attrs.evolve(LISTED, filled=Decimal(1), status=OrderStatus.PARTIALLY_FILLED)


class Positions:
    """Writes down what it is told."""

    def __init__(self) -> None:
        self.told: list[Any] = []

    def tell(self, message: Any) -> None:
        self.told.append(message)


@pytest.mark.parametrize(
    ("doubts", "under_way", "missing", "compares"),
    [
        (0, 0, False, True),
        (1, 0, False, False),
        (0, 1, False, False),
        (0, 0, True, False),
    ],
)
def test_balances_are_compared_while_nothing_is_in_doubt(
    doubts: int,
    under_way: int,
    missing: bool,  # noqa: FBT001 - a parameter of the table
    compares: bool,  # noqa: FBT001 - a parameter of the table
) -> None:
    desk = OrderDesk()
    desk.learn(PARTLY if missing else LISTED)
    certainty = Certainty(
        None,
        Gates((), "BTCUSDT", None),
        doubts=lambda: doubts,
        under_way=lambda: under_way,
        then=lambda: None,
    )
    nobody = cast("Any", None)  # neither is asked anything here
    positions: Any = Positions()

    Comparing(nobody, desk, nobody, certainty).balances(positions)

    assert positions.told == [CompareBalances()] * compares
