"""All that is held and open counts at its worst, and what shrinks it is let through."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.actors.door import only_reduces
from holdfast.actors.messages import Side
from holdfast.actors.updates import WorkingOrder
from holdfast.tests.actors.at_the_door import CALM, holding, intent, order, reason


@pytest.mark.parametrize("status", ["open", "pending", "partially_filled"])
@pytest.mark.parametrize(
    ("side", "quantity", "position", "open_now", "expected"),
    [
        ("buy", "10", "0", {}, None),
        ("sell", "10", "0", {}, None),
        ("buy", "2", "5", {"buys": "3", "sells": "9"}, None),
        ("buy", "2.01", "5", {"buys": "3", "sells": "9"}, "max_position"),
        ("sell", "2", "-5", {"buys": "9", "sells": "3"}, None),
        ("sell", "2.01", "-5", {"buys": "9", "sells": "3"}, "max_position"),
        ("sell", "10", "3", {"sells": "3"}, None),
        ("sell", "10", "3", {"sells": "3.01"}, "max_position"),
        ("sell", "5", "25", {"buys": "30", "sells": "20"}, None),
        ("buy", "5", "-25", {"buys": "20", "sells": "30"}, None),
        ("buy", "0.01", "25", {}, "max_position"),
    ],
)
def test_the_worst_case_of_all_open_orders_stays_within_the_position(
    side: str,
    quantity: str,
    position: str,
    open_now: dict[str, str],
    expected: str | None,
    status: str,
) -> None:
    door = holding(position, **open_now, status=status)

    assert reason(intent(side, quantity), door) == expected


@pytest.mark.parametrize(
    ("quantity", "limit", "expected"),
    [
        ("1", {"max_gross_exposure": "1000"}, None),
        ("1.01", {"max_gross_exposure": "1000"}, "gross_exposure"),
        ("4", {"max_net_exposure": "900"}, None),
        ("4.01", {"max_net_exposure": "900"}, "net_exposure"),
    ],
)
def test_exposure_counts_all_that_is_held_and_may_still_fill(
    quantity: str, limit: dict[str, str], expected: str | None
) -> None:
    door = holding("3", buys="2", sells="4")

    assert reason(intent("buy", quantity), door, **limit) == expected


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        ({"max_open_orders": 3}, None),
        ({"max_open_orders": 2}, "max_open_orders"),
        ({"max_strategy_open_orders": 2}, None),
        ({"max_strategy_open_orders": 1}, "max_open_orders"),
        ({"max_open_notional": "600"}, None),
        ({"max_open_notional": "599"}, "max_open_notional"),
        ({"max_strategy_open_notional": "300"}, None),
        ({"max_strategy_open_notional": "299"}, "max_open_notional"),
    ],
)
def test_open_orders_are_limited_for_all_and_for_each_strategy(
    limit: dict[str, Any], expected: str | None
) -> None:
    orders = (order("buy", "2"), order("buy", "3", strategy="/root/other"))
    door = attrs.evolve(CALM, orders=orders)

    assert reason(intent("buy", "1"), door, **limit) == expected


@pytest.mark.parametrize(
    ("side", "quantity", "expected"),
    [
        ("buy", "3", None),
        ("buy", "3.01", "free_balance"),
        ("sell", "1", None),
        ("sell", "1.01", "free_balance"),
    ],
)
def test_no_more_is_ordered_than_the_account_has(
    side: str, quantity: str, expected: str | None
) -> None:
    open_now = holding("0", buys="2", sells="1")
    free = {"USDT": Decimal(505), "BTC": Decimal(2)}
    door = attrs.evolve(open_now, free=free)

    limits: dict[str, Any] = {"within_balance": True, "fee": "0.01"}
    assert reason(intent(side, quantity), door, **limits) == expected
    assert reason(intent(side, quantity), open_now, **limits) is None


@pytest.mark.parametrize(
    ("side", "price", "resting", "expected"),
    [
        ("buy", "99", ("sell", "100"), None),
        ("buy", "100", ("sell", "100"), "self_cross"),
        ("sell", "101", ("buy", "100"), None),
        ("sell", "100", ("buy", "100"), "self_cross"),
        ("buy", "100", ("buy", "100"), None),
        ("buy", None, ("sell", "104"), "self_cross"),
        ("sell", "104", ("buy", None), "self_cross"),
    ],
)
def test_nothing_is_ordered_against_an_own_order(
    side: str,
    price: str | None,
    resting: tuple[str, str | None],
    expected: str | None,
) -> None:
    door = attrs.evolve(CALM, orders=(order(resting[0], "1", resting[1]),))

    assert reason(intent(side, "1", price), door, self_cross=False) == expected
    assert reason(intent(side, "1", price), door) is None


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        ({"max_open_orders": 1}, "max_open_orders"),
        ({"max_strategy_open_orders": 1}, None),
        ({"max_position": "3"}, "max_position"),
        ({"self_cross": False}, None),
    ],
)
def test_an_order_of_a_stranger_counts_for_all_and_for_no_strategy(
    limit: dict[str, Any], expected: str | None
) -> None:
    door = attrs.evolve(CALM, orders=(order("buy", "3", strategy="", intent_id=""),))

    assert reason(intent("buy", "1"), door, **limit) == expected


def test_nothing_is_ordered_against_a_strangers_order_either() -> None:
    door = attrs.evolve(CALM, orders=(order("buy", "3", strategy="", intent_id=""),))

    assert reason(intent("sell", "1"), door, self_cross=False) == "self_cross"


# -- what makes a position smaller --


@pytest.mark.parametrize(
    ("side", "quantity", "position", "open_now", "expected"),
    [
        ("sell", "5", "5", {}, True),
        ("sell", "5.01", "5", {}, False),
        ("sell", "3", "5", {"sells": "2"}, True),
        ("sell", "3.01", "5", {"sells": "2"}, False),
        ("sell", "5", "5", {"buys": "9"}, True),
        ("buy", "5", "-5", {}, True),
        ("buy", "5", "-5", {"buys": "0.01"}, False),
        ("buy", "1", "5", {}, False),
        ("sell", "1", "0", {}, False),
    ],
)
def test_what_only_makes_the_position_smaller_counts_all_orders_of_its_side(
    side: str,
    quantity: str,
    position: str,
    open_now: dict[str, str],
    expected: bool,  # noqa: FBT001 - a parameter of the table
) -> None:
    door = holding(position, **open_now)

    assert only_reduces(intent(side, quantity), door.position, door.orders) is expected


@pytest.mark.parametrize(
    "limits",
    [
        {"max_position": Decimal("0.1")},
        {"max_gross_exposure": "1"},
        {"max_net_exposure": "1"},
        {"max_open_orders": 1},
        {"max_open_notional": "1"},
    ],
    ids=str,
)
def test_what_makes_the_position_smaller_is_never_too_much(
    limits: Mapping[str, Any],
) -> None:
    door = holding("5", buys="1", sells="2")

    assert reason(intent("sell", "3"), door, **limits) is None
    assert reason(intent("buy", "3"), door, **limits) is not None


quantities = st.integers(0, 300).map(lambda tenth: Decimal(tenth) / 10)


@given(quantities, quantities, quantities, st.sampled_from(Side))
def test_what_makes_the_position_smaller_is_never_too_large_a_position(
    position: Decimal, still_open: Decimal, quantity: Decimal, side: Side
) -> None:
    held = -side.sign * (position + still_open + quantity)
    door = holding(str(held), buys=str(still_open), sells=str(still_open))

    assert reason(intent(side, str(quantity)), door) != "max_position"


@given(quantities, st.lists(st.tuples(quantities, st.sampled_from(Side)), max_size=5))
def test_whatever_fills_of_what_only_reduces_no_position_grows_or_turns_round(
    held: Decimal, wishes: list[tuple[Decimal, Side]]
) -> None:
    orders: tuple[WorkingOrder, ...] = ()
    for number, (quantity, side) in enumerate(wishes):
        wish = intent(side, str(quantity))
        if only_reduces(wish, held, orders):
            orders = (*orders, order(side, str(quantity), intent_id=str(number)))

    traded = sum((each.side.sign * each.quantity for each in orders), Decimal(0))
    assert Decimal(0) <= held + traded <= held
