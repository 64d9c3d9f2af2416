"""A cancel is said until the order is known to have ended."""

import attrs
import pytest

from holdfast.actors.messages import (
    CancelOrder,
    OrderCancelled,
    OrderFilled,
)
from holdfast.actors.queries import QueryOrders
from holdfast.supervision.outcome import NotSent, OutcomeUnknown
from holdfast.tests.actors.execution_stage import CANCEL, FIRST, INTENT, UNKNOWN, Play
from holdfast.tests.actors.scripted_venue import fail, take_silently


@pytest.mark.parametrize(
    "error",
    [OutcomeUnknown("reset"), NotSent("no route"), ValueError("nonsense")],
)
def test_a_cancel_that_failed_is_said_again_ever_more_seldom(
    error: Exception, play: Play
) -> None:
    with play() as stage:
        stage.say(INTENT)
        stage.venue.failing[CancelOrder] = error
        stage.say(CANCEL, CANCEL)
        stage.let_pass(26)

        expected = pytest.approx([0.0, 0.5, 1.5, 3.5, 7.5, 15.5, 25.5], abs=0.3)
        assert stage.times(CancelOrder) == expected
        assert stage.alarms() == [f"{FIRST} can't be cancelled: {error}"]
        stage.venue.failing.clear()
        stage.let_pass(11)
        assert stage.reports()[-1] is OrderCancelled


def test_an_order_that_has_traded_meanwhile_has_ended_as_well(play: Play) -> None:
    with play() as stage:
        stage.say(INTENT)
        stage.venue.failing[CancelOrder] = UNKNOWN
        stage.say(CANCEL)
        stage.say(stage.venue.fill(FIRST, 3))
        stage.let_pass(5)

        assert stage.venue.cancels == []
        assert stage.reports()[-1] is OrderFilled
        assert stage.statuses() == []


def test_a_venue_that_denies_an_order_which_it_had_proves_no_end(play: Play) -> None:
    with play() as stage:
        stage.say(INTENT)
        stage.venue.hidden.add(FIRST)
        stage.say(CANCEL)
        denied = stage.statuses()
        stage.venue.hidden.clear()
        stage.let_pass(2)

        assert denied == ["open"]
        assert f"the venue had {FIRST} and denies it now" in stage.alarms()
        assert stage.statuses() == []


def test_an_order_on_its_way_is_taken_back_once_it_is_there(play: Play) -> None:
    with play(take_silently) as stage:
        stage.venue.hidden.add(FIRST)
        stage.say(INTENT, CANCEL)
        stage.let_pass(1)
        pending = stage.statuses()
        stage.venue.hidden.clear()
        stage.let_pass(10)

        assert pending == ["pending"]
        assert stage.statuses() == []


def test_an_order_that_never_arrived_needs_no_cancel_any_more(play: Play) -> None:
    with play(fail(UNKNOWN)) as stage:
        stage.say(INTENT, CANCEL)
        stage.let_pass(20)
        said = len(stage.venue.cancels)
        stage.let_pass(40)

        assert stage.statuses() == []
        assert len(stage.venue.cancels) == said


def test_what_nobody_wanted_can_not_be_cancelled(play: Play) -> None:
    with play() as stage:
        stage.say(attrs.evolve(CANCEL, intent_id="nobody's"))

        assert (stage.venue.cancels, stage.told) == ([], [])


def test_cancels_need_no_list_that_can_be_read(play: Play) -> None:
    with play() as stage:
        stage.say(INTENT)
        stage.venue.failing[QueryOrders] = UNKNOWN
        stage.say(CANCEL)

        assert stage.statuses() == []
