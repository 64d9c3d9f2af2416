"""What is wanted at market leaves as a limit order that nobody can trade badly."""

from decimal import Decimal
from typing import Any

import attrs
import pytest

from holdfast.actors.door import judged
from holdfast.actors.messages import Intent, OrderType, TimeInForce
from holdfast.tests.actors.at_the_door import CALM, LIMITS, intent, order, reason

MANY = {"max_position": Decimal(1000)}


def left(side: str, *, step: str = "0.5", mark: str = "100", **limits: Any) -> Any:
    """Tell as what a market order leaves."""
    door = attrs.evolve(CALM, step=Decimal(step), mark=Decimal(mark))
    passed = judged(intent(side, "1", None), door, attrs.evolve(LIMITS, **limits))
    assert isinstance(passed, Intent)
    return passed.type, passed.price, passed.time_in_force


@pytest.mark.parametrize(
    ("side", "step", "mark", "price"),
    [
        ("buy", "0.5", "100", "105"),
        ("sell", "0.5", "100", "95"),
        ("buy", "0.01", "99.99", "104.98"),  # 104.9895, and never beyond the collar
        ("sell", "0.01", "99.99", "95.00"),  # 94.9905
        ("buy", "2", "100", "104"),
        ("sell", "2", "100", "96"),
    ],
)
def test_a_market_order_leaves_at_the_collar_and_does_not_rest(
    side: str, step: str, mark: str, price: str
) -> None:
    assert left(side, step=step, mark=mark) == (
        OrderType.LIMIT,
        Decimal(price),
        TimeInForce.IOC,
    )


def test_a_price_is_never_nothing() -> None:
    assert left("sell", price_collar=Decimal(2))[1] == Decimal("0.5")


def test_the_tick_size_that_somebody_said_is_the_step() -> None:
    assert left("buy", tick_size=Decimal(4))[1] == Decimal(104)


def test_a_market_order_may_be_left_as_it_is() -> None:
    told = left("buy", protect_market=False)

    assert told == (OrderType.MARKET, None, TimeInForce.GTC)


def test_what_has_a_limit_leaves_as_it_is() -> None:
    wish = intent("buy", "1", "99")

    assert judged(wish, CALM, LIMITS) is wish


@pytest.mark.parametrize(
    ("age", "limits", "refused"),
    [
        (10.0, {}, None),
        (10.01, {}, "market_age"),
        (2.0, {"max_market_age": 1.0}, "market_age"),
        (99.0, {"max_market_age": None}, None),
    ],
)
@pytest.mark.parametrize("price", [None, "100"])
def test_without_a_price_that_is_fresh_nothing_leaves(
    price: str | None, age: float, limits: dict[str, Any], refused: str | None
) -> None:
    door = attrs.evolve(CALM, market_age=age)

    assert reason(intent("buy", "1", price), door, **limits) == refused


def test_without_any_price_nothing_leaves() -> None:
    door = attrs.evolve(CALM, market_age=None, last_price=None)

    assert reason(intent("buy", "1", None), door) == "no_reference_price"


def test_what_makes_the_position_smaller_leaves_at_the_last_price_there_was() -> None:
    door = attrs.evolve(CALM, market_age=99.0, position=Decimal(1))

    assert reason(intent("sell", "1", None), door) is None


@pytest.mark.parametrize(
    ("side", "resting", "refused"),
    [
        ("buy", ("sell", "105"), "self_cross"),
        ("buy", ("sell", "105.5"), None),
        ("sell", ("buy", "95"), "self_cross"),
        ("sell", ("buy", "94.5"), None),
    ],
)
def test_it_crosses_own_orders_within_the_collar_alone(
    side: str, resting: tuple[str, str], refused: str | None
) -> None:
    door = attrs.evolve(CALM, orders=(order(resting[0], "1", resting[1]),))

    assert reason(intent(side, "1", None), door, self_cross=False) == refused


@pytest.mark.parametrize(("side", "least"), [("buy", "105"), ("sell", "95")])
def test_the_venue_values_it_at_its_limit(side: str, least: str) -> None:
    wish = intent(side, "1", None)
    beyond = Decimal(least) + 1

    assert reason(wish, CALM, minimum_notional=Decimal(least)) is None
    assert reason(wish, CALM, minimum_notional=beyond) == "minimum_notional"
