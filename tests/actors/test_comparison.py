"""What the difference between two lists of orders means."""

import attrs
import pytest

from holdfast.actors.comparison import Comparison, ExternalOrders, agree, compare
from holdfast.actors.messages import OrderStatus
from holdfast.actors.order_desk import OrderDesk
from holdfast.actors.queries import Orders, VenueOrder
from holdfast.tests.actors.order_words import (
    ACCEPTED,
    CANCELLED,
    INTENT,
    NAME,
    PLACE,
    REJECTED,
    UNKNOWN,
    listed,
)

OPEN, FILLED = OrderStatus.OPEN, OrderStatus.FILLED


def orders(*several: VenueOrder) -> Orders:
    return Orders(symbol="BTCUSDT", orders=several, absent=(), time=0.0)


def found(**changes: tuple[str, ...]) -> Comparison:
    nothing = Comparison(ask_for=(), in_doubt=(), gone=(), external=(), lost=())
    return attrs.evolve(nothing, **changes)


@pytest.mark.parametrize(
    ("known", "there", "expected"),
    [
        ([], [], found()),
        ([ACCEPTED], [listed(NAME, OPEN)], found()),
        ([ACCEPTED], [listed(NAME, FILLED, 3)], found()),
        ([ACCEPTED], [], found(ask_for=(NAME,))),
        ([ACCEPTED, CANCELLED], [], found()),
        ([REJECTED], [], found()),
        ([], [listed("web-1", OPEN)], found(external=("web-1",))),
        ([], [listed("web-1", FILLED, 3)], found()),
        (
            [],
            [listed("hf-a-1-9", OPEN)],
            found(external=("hf-a-1-9",), lost=("hf-a-1-9",)),
        ),
        ([], [listed("hf-b-1-9", OPEN)], found(external=("hf-b-1-9",))),
    ],
)
def test_each_difference_has_its_meaning(
    known: list[object], there: list[VenueOrder], expected: Comparison
) -> None:
    desk = OrderDesk()
    if known:
        desk.replay([INTENT, PLACE, *known])  # type: ignore[list-item] # a table

    assert compare(desk, orders(*there), node="a") == expected


@pytest.mark.parametrize("evidence", [[], [UNKNOWN]])
def test_what_the_venue_never_confirmed_and_does_not_list_is_in_doubt(
    evidence: list[object],
) -> None:
    desk = OrderDesk()
    desk.replay([INTENT, PLACE, *evidence])  # type: ignore[list-item] # a table

    assert compare(desk, orders(), node="a") == found(in_doubt=(NAME,))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ([], [], True),
        ([listed(NAME, OPEN)], [listed(NAME, OPEN)], True),
        ([listed(NAME, OPEN)], [], False),
        ([listed(NAME, OPEN)], [listed(NAME, OPEN, 1)], False),
        ([listed(NAME, OPEN)], [listed(NAME, OrderStatus.CANCELLED)], False),
    ],
)
def test_two_lists_agree_if_nothing_happened_in_between(
    one: list[VenueOrder],
    other: list[VenueOrder],
    same: bool,  # noqa: FBT001 - a column of the table
) -> None:
    assert agree(orders(*one), orders(*other)) is same
    assert agree(orders(*other), orders(*one)) is same


def test_what_is_done_about_strangers_is_one_of_three_words() -> None:
    assert [str(each) for each in ExternalOrders] == ["adopt", "alarm", "cancel"]
    with pytest.raises(ValueError, match="ignore"):
        ExternalOrders("ignore")
