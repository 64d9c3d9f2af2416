"""A slow venue is asked little at once, and what it has told is known."""

from decimal import Decimal

import attrs

from holdfast.actors.messages import OrderFilled, OrderStatus
from holdfast.actors.queries import QueryFills
from holdfast.tests.actors.execution_stage import FIRST, INTENT, Play, Stage


def ended_unheard(stage: Stage, count: int) -> list[str]:
    """Let so many orders end that the venue then only tells of by name."""
    stage.say(*(attrs.evolve(INTENT, id=f"i{n}") for n in range(count)))
    names = [each.client_order_id for each in stage.venue.placed]
    for name in names:
        order = stage.venue.orders[name]
        ended = attrs.evolve(order, status=OrderStatus.CANCELLED)
        stage.venue.orders[name] = ended
    stage.venue.unlisted.update(names)
    stage.venue.asked_for.clear()
    return names


def named(stage: Stage) -> list[tuple[str, ...]]:
    return [names for names in stage.venue.asked_for if names]


def test_orders_are_asked_for_five_at_a_time(play: Play) -> None:
    with play() as stage:
        names = ended_unheard(stage, 12)
        stage.let_pass(31)

        expected = [tuple(names[:5]), tuple(names[5:10]), tuple(names[10:])]
        assert named(stage) == expected
        assert stage.statuses() == []


def test_a_venue_too_slow_for_more_finishes_with_hundreds(play: Play) -> None:
    with play() as stage:
        ended_unheard(stage, 300)
        stage.venue.most_named = 5
        stage.let_pass(31)

        assert stage.statuses() == []
        assert stage.facts()["closed_gates"] == {}


def test_what_was_told_before_a_question_failed_is_not_asked_again(play: Play) -> None:
    with play() as stage:
        names = ended_unheard(stage, 12)
        stage.venue.unanswered.add(names[7])
        stage.let_pass(30.2)
        left = stage.statuses()
        stage.venue.unanswered.clear()
        stage.let_pass(1)

        assert left == ["open"] * 7
        assert stage.statuses() == []
        assert named(stage)[2:] == [tuple(names[5:10]), tuple(names[10:])]


def test_fills_are_asked_for_page_by_page(play: Play) -> None:
    with play() as stage:
        stage.say(attrs.evolve(INTENT, quantity=Decimal(9)))
        stage.venue.fills_page = 2
        for _ in range(5):
            stage.venue.fill(FIRST, 1)
        stage.calls.clear()
        stage.let_pass(31)

        asked = [message for _, message in stage.calls]
        after = [each.after_trade_id for each in asked if isinstance(each, QueryFills)]
        assert after == [0, 2, 4]
        assert stage.reports()[1:] == [OrderFilled] * 5


def test_fills_that_were_told_before_a_page_failed_are_known(play: Play) -> None:
    with play() as stage:
        stage.say(attrs.evolve(INTENT, quantity=Decimal(9)))
        stage.venue.fills_page = 2
        for number in range(5):
            stage.venue.fill(FIRST, 1, time=100.0 * number)
        stage.venue.failing_after = 4
        stage.let_pass(30.2)
        told = stage.reports().count(OrderFilled)
        stage.venue.failing_after = None
        stage.calls.clear()
        stage.let_pass(1)

        asked = [message for _, message in stage.calls]
        after = [each.after_trade_id for each in asked if isinstance(each, QueryFills)]
        assert (told, stage.reports().count(OrderFilled)) == (4, 5)
        assert after == [3]
