"""An order in doubt is asked for by name, until there is proof."""

from typing import Any

import attrs
import pytest

from holdfast.actors.messages import (
    OrderAccepted,
    OrderFilled,
    OrderRejected,
    RejectionReason,
)
from holdfast.actors.queries import QueryFills, QueryOrders
from holdfast.tests.actors.execution_stage import FIRST, INTENT, UNKNOWN, Play, Stage
from holdfast.tests.actors.scripted_venue import fail, take, take_and_fail

SECOND = "hf-a-1-2"


def asked(stage: Stage, *names: str) -> list[float]:
    """Return when exactly these orders were asked for."""
    return [
        when
        for when, message in stage.calls
        if isinstance(message, QueryOrders) and message.client_order_ids == names
    ]


def last_report(stage: Stage) -> Any:
    return stage.told[-1].report


def test_it_is_asked_for_at_once_then_ever_more_seldom_and_after_the_fence(
    play: Play,
) -> None:
    with play(fail(UNKNOWN)) as stage:
        stage.say(INTENT)
        stage.let_pass(20)

        expected = pytest.approx([0.0, 0.2, 0.6, 1.4, 3.0, 5.5, 6.5], abs=0.3)
        assert asked(stage, FIRST) == expected
    report = last_report(stage)
    assert isinstance(report, OrderRejected)
    assert report.reason is RejectionReason.NEVER_ARRIVED


def test_whole_lists_are_read_before_an_order_is_given_up(play: Play) -> None:
    """And twice the orders, and once the fills, to compare all after that."""
    with play(fail(UNKNOWN)) as stage:
        stage.say(INTENT)
        before = len(asked(stage)), len(stage.times(QueryFills))
        stage.let_pass(10)

        assert (len(asked(stage)), len(stage.times(QueryFills))) == (
            before[0] + 1 + 2,
            before[1] + 1 + 1,
        )


def test_a_fill_proves_an_order_that_the_venue_denies(play: Play) -> None:
    with play(take_and_fail(UNKNOWN)) as stage:
        stage.venue.hidden.add(FIRST)
        stage.say(INTENT)
        stage.venue.fill(FIRST, 1)
        stage.let_pass(10)

        assert stage.statuses() == ["partially_filled"]
        assert OrderRejected not in stage.reports()


def test_fills_that_are_found_meanwhile_are_told_in_order(play: Play) -> None:
    with play() as stage:
        stage.say(INTENT)
        stage.venue.next_answers.append(take_and_fail(UNKNOWN))
        stage.venue.hidden.add(SECOND)
        stage.say(attrs.evolve(INTENT, id="b"))
        stage.venue.fill(FIRST, 1)
        stage.venue.fill(SECOND, 1)
        stage.let_pass(10)

        reports = [each.report for each in stage.told]
        ids = [each.trade_id for each in reports if isinstance(each, OrderFilled)]
    assert ids == [1, 2]


def test_a_list_that_can_not_be_read_gives_nothing_up(play: Play) -> None:
    with play(fail(UNKNOWN)) as stage:
        stage.venue.failing[QueryFills] = UNKNOWN
        stage.say(INTENT)
        stage.let_pass(60)
        still = stage.statuses()
        stage.venue.failing.clear()
        stage.let_pass(10)

        assert still == ["unknown"]
        assert stage.statuses() == []


def test_an_order_that_turns_up_by_itself_is_not_asked_for_any_more(
    play: Play,
) -> None:
    with play(fail(UNKNOWN)) as stage:
        stage.say(INTENT)
        stage.let_pass(1)
        order = take(stage.venue, stage.venue.placed[0])
        stage.say(
            OrderAccepted(
                client_order_id=FIRST,
                exchange_order_id=order.exchange_order_id,
                symbol="BTCUSDT",
                time=9.0,
            )
        )
        count = len(asked(stage, FIRST))
        stage.let_pass(20)

        assert len(asked(stage, FIRST)) == count
        assert stage.facts()["closed_gates"] == {}
        assert stage.statuses() == ["open"]


def test_each_order_in_doubt_has_an_inquiry_of_its_own(play: Play) -> None:
    reducing = attrs.evolve(INTENT, id="b", reduces=True)

    with play(fail(UNKNOWN), take_and_fail(UNKNOWN)) as stage:
        stage.venue.hidden.add(SECOND)
        stage.say(INTENT)
        stage.let_pass(2)
        stage.say(reducing)
        unknown = stage.facts()["unknown_orders"]
        stage.venue.hidden.clear()
        stage.let_pass(3)
        closed = list(stage.facts()["closed_gates"])
        stage.let_pass(10)

        assert (unknown, closed) == (2, ["unknown_order"])
        assert stage.facts()["closed_gates"] == {}
        assert stage.statuses() == ["open"]
