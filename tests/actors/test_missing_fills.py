"""A fill that the venue counts and has not told is asked for until it is told."""

import attrs
import pytest

from holdfast.actors.messages import OrderAccepted, OrderFilled
from holdfast.actors.queries import QueryFills
from holdfast.tests.actors.execution_stage import CANCEL, FIRST, INTENT, UNKNOWN, Play


def test_a_fill_that_comes_a_little_later_is_not_asked_for(play: Play) -> None:
    with play() as stage:
        stage.say(INTENT)
        fill = stage.venue.fill(FIRST, 1)
        stage.venue.failing[QueryFills] = UNKNOWN
        stage.say(CANCEL)
        stage.let_pass(0.5)
        stage.say(fill)
        stage.let_pass(5)

        assert stage.statuses() == []
        assert stage.times(QueryFills) == [0.0, 0.0]


@pytest.mark.parametrize("seconds", [0.0, 3.0, 12.0])
def test_it_is_asked_for_however_long_it_takes(seconds: float, play: Play) -> None:
    with play() as stage:
        stage.say(INTENT)
        stage.venue.fill(FIRST, 1)
        stage.venue.failing[QueryFills] = UNKNOWN
        stage.say(CANCEL)
        stage.let_pass(seconds)
        counted = stage.statuses()
        stage.venue.failing.clear()
        stage.let_pass(3)

        assert counted == ["open"]
        assert stage.reports()[:2] == [OrderAccepted, OrderFilled]
        assert stage.statuses() == []


def test_all_fills_are_told_in_the_order_of_their_ids(play: Play) -> None:
    with play() as stage:
        stage.say(INTENT, attrs.evolve(INTENT, id="b"))
        for name in (FIRST, "hf-a-1-2", FIRST):
            stage.venue.fill(name, 1)
        stage.say(CANCEL)
        stage.let_pass(3)

        reports = [each.report for each in stage.told]
        ids = [each.trade_id for each in reports if isinstance(each, OrderFilled)]
    assert ids == [1, 2, 3]
