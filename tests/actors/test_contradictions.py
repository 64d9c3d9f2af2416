"""An order that the venue lists as open is open, whatever the books here say."""

from decimal import Decimal
from typing import Any

import attrs
import pytest

from holdfast.actors.messages import (
    CancelOrder,
    CancelReason,
    OrderCancelled,
    OrderStatus,
)
from holdfast.actors.risk_words import CancelAll, Halted
from holdfast.actors.updates import Reconcile
from holdfast.tests.actors.execution_stage import (
    FIRST,
    INTENT,
    ME,
    UNKNOWN,
    Play,
    Stage,
)

INCIDENT = (
    f"the venue lists {FIRST} as open, which is cancelled here: it is taken back, and"
    " counts as open until the venue says that it is not"
)


def told_ended(stage: Stage) -> None:
    """Have the books say that an order has ended which the venue has open."""
    order = stage.venue.orders[FIRST]
    stage.say(
        OrderCancelled(
            client_order_id=FIRST,
            exchange_order_id=order.exchange_order_id,
            symbol=order.symbol,
            filled=order.filled,
            remaining=order.quantity - order.filled,
            reason=CancelReason.VENUE,
            time=8.0,
        )
    )


def reports_and_statuses(stage: Stage) -> list[tuple[str, str]]:
    return [(type(each.report).__name__, str(each.order.status)) for each in stage.told]


def test_a_round_takes_it_back_and_says_so(play: Play) -> None:
    with play() as stage:
        stage.say(INTENT)
        told_ended(stage)
        before = stage.statuses()
        stage.let_pass(31)

        assert before == []
        assert stage.venue.cancels == [FIRST]
        assert stage.venue.orders[FIRST].status is OrderStatus.CANCELLED
        assert stage.alarms() == [INCIDENT]
        assert stage.statuses() == []
        assert reports_and_statuses(stage) == [
            ("OrderAccepted", "open"),
            ("OrderCancelled", "cancelled"),
            ("OrderAccepted", "open"),
            ("OrderCancelled", "cancelled"),
        ]


def test_it_counts_as_open_until_the_venue_says_otherwise(play: Play) -> None:
    with play() as stage:
        stage.say(INTENT)
        told_ended(stage)
        stage.venue.failing[CancelOrder] = UNKNOWN
        stage.let_pass(61)
        counted = stage.statuses(), stage.facts()["open_orders"]
        stage.venue.failing.clear()
        stage.let_pass(31)

        assert counted == (["open"], 1)
        assert stage.statuses() == []
        assert stage.alarms()[0] == INCIDENT
        assert stage.alarms().count(INCIDENT) == 1


def test_what_is_filled_here_and_not_there_counts_with_what_is_left_there(
    play: Play,
) -> None:
    with play() as stage:
        stage.say(INTENT)
        there = stage.venue.orders[FIRST]
        stage.say(stage.venue.fill(FIRST, 3))
        stage.venue.orders[FIRST] = there
        stage.venue.failing[CancelOrder] = UNKNOWN
        stage.let_pass(31)

        order = stage.told[-1].order
        assert (order.quantity, order.filled) == (Decimal(3), Decimal(0))
        assert order.status is OrderStatus.OPEN


def test_a_list_that_is_older_than_the_end_takes_nothing_back(play: Play) -> None:
    with play() as stage:
        stage.say(INTENT)
        there = stage.venue.orders[FIRST]
        stage.let_pass(29.5)
        stage.say(stage.venue.fill(FIRST, 3))
        ended, stage.venue.orders[FIRST] = stage.venue.orders[FIRST], there
        stage.let_pass(1)
        stage.venue.orders[FIRST] = ended
        stage.let_pass(60)

        assert (stage.venue.cancels, stage.alarms()) == ([], [])
        assert reports_and_statuses(stage) == [
            ("OrderAccepted", "open"),
            ("OrderFilled", "filled"),
        ]


def test_a_halt_takes_it_back_and_is_certain_only_afterwards(play: Play) -> None:
    with play() as stage:
        stage.say(INTENT)
        told_ended(stage)
        stage.let_pass(5)
        cancel_all = CancelAll(reason="enough", names=(FIRST,))
        stage.venue.failing[CancelOrder] = UNKNOWN
        first: Halted = stage.ask(stage.system, ME, cancel_all)
        stage.venue.failing.clear()
        stage.let_pass(3)
        second: Halted = stage.ask(stage.system, ME, cancel_all)

        assert first.open == (FIRST,)
        assert stage.alarms() == [INCIDENT]
        assert second.is_certain
        assert [each.client_order_id for each in second.ended] == [FIRST]


def test_a_venue_that_denies_it_afterwards_agrees_that_it_is_over(play: Play) -> None:
    with play() as stage:
        stage.say(INTENT)
        told_ended(stage)
        stage.venue.failing[CancelOrder] = UNKNOWN
        stage.let_pass(31)
        stage.venue.failing.clear()
        stage.venue.hidden.add(FIRST)
        stage.let_pass(31)

        assert stage.statuses() == []
        assert f"the venue had {FIRST} and denies it now" not in stage.alarms()


def test_whoever_asks_hears_of_it(play: Play) -> None:
    with play() as stage:
        stage.say(INTENT)
        told_ended(stage)
        stage.let_pass(2)
        stage.venue.failing[CancelOrder] = UNKNOWN
        differences: Any = stage.ask(stage.system, ME, Reconcile())

        assert differences == [f"the venue lists {FIRST}, which has ended here"]


@pytest.mark.parametrize("times", [1, 2])
def test_a_successor_takes_it_back_too(times: int, play: Play) -> None:
    with play() as stage:
        stage.say(INTENT)
        told_ended(stage)
    for _ in range(times):
        with play() as stage:
            stage.let_pass(1)

    assert stage.venue.cancels == [FIRST]


def test_an_order_of_a_stranger_that_comes_back_is_taken_back_too(play: Play) -> None:
    with play() as stage:
        stage.say(INTENT)
        stranger = attrs.evolve(stage.venue.orders[FIRST], client_order_id="web-1")
        stage.venue.orders["web-1"] = stranger
        stage.let_pass(31)
        there = stage.venue.orders["web-1"]
        ended = attrs.evolve(there, status=OrderStatus.CANCELLED)
        stage.venue.orders["web-1"] = ended
        stage.let_pass(31)
        stage.venue.orders["web-1"] = there
        stage.let_pass(31)

        assert stage.venue.cancels == ["web-1"]
