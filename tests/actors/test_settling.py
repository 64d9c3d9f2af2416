"""A person can end an order of which the venue tells no end, and nothing else."""

from typing import Any

import attrs
import pytest

from holdfast.actors.evidence import OrderSettled
from holdfast.actors.messages import (
    CancelOrder,
    OrderCancelled,
    OrderStatus,
)
from holdfast.actors.queries import QueryOrders
from holdfast.actors.risk_words import CancelAll, Halted
from holdfast.actors.updates import Settled, SettleOrder
from holdfast.tests.actors.execution_stage import (
    FIRST,
    INTENT,
    ME,
    UNKNOWN,
    Play,
    Stage,
)
from holdfast.tests.actors.scripted_venue import fail
from holdfast.tests.actors.test_contradictions import told_ended


def settled(stage: Stage, name: str = FIRST, reason: str = "purged there") -> str:
    """Settle an order by hand; return what speaks against it."""
    wanted = SettleOrder(client_order_id=name, reason=reason)
    answer: Settled = stage.ask(stage.system, ME, wanted)
    return answer.refused


def test_an_order_that_the_venue_has_forgotten_is_over(play: Play) -> None:
    with play() as stage:
        stage.say(INTENT)
        stage.venue.orders.clear()
        stage.let_pass(31)
        cancel_all = CancelAll(reason="enough")
        before: Halted = stage.ask(stage.system, ME, cancel_all)
        refused = settled(stage)
        after: Halted = stage.ask(stage.system, ME, cancel_all)

        assert (before.open, refused, after.is_certain) == ((FIRST,), "", True)
        assert stage.reports()[-1] is OrderCancelled
        assert stage.alarms()[-1] == f"{FIRST} was settled by hand: purged there"
        journaled = [e for e in stage.journaled() if isinstance(e, OrderSettled)]
        assert [each.reason for each in journaled] == ["purged there"]
    with play() as stage:
        assert stage.statuses() == []


def test_fills_that_will_never_be_told_are_given_up(play: Play) -> None:
    with play() as stage:
        stage.say(INTENT)
        stage.venue.fill(FIRST, 3)
        stage.venue.fills.clear()
        stage.let_pass(31)
        before = stage.statuses()

        assert settled(stage) == ""
        asked = len(stage.calls)
        stage.let_pass(20)
        assert (before, stage.statuses()) == (["open"], [])
        assert len(stage.calls) == asked


@pytest.mark.parametrize(
    ("name", "reason", "refused"),
    [
        (FIRST, " ", "it needs a reason"),
        ("web-9", "why", "no order web-9 is known here"),
        (FIRST, "why", f"the venue lists {FIRST} as open: cancel it"),
    ],
)
def test_it_is_refused_with_a_sentence(
    name: str, reason: str, refused: str, play: Play
) -> None:
    with play() as stage:
        stage.say(INTENT)

        assert settled(stage, name, reason) == refused
        assert stage.statuses() == ["open"]


def test_an_order_that_is_open_and_not_listed_is_not_settled(play: Play) -> None:
    with play() as stage:
        stage.say(INTENT)
        stage.venue.unlisted.add(FIRST)

        assert settled(stage) == f"the venue has {FIRST}, and it is open: cancel it"


def test_what_the_venue_knows_of_its_end_is_learned_instead(play: Play) -> None:
    with play() as stage:
        stage.say(INTENT)
        there = stage.venue.orders[FIRST]
        ended = attrs.evolve(there, status=OrderStatus.CANCELLED)
        stage.venue.orders[FIRST] = ended

        assert settled(stage) == f"the venue knows more: {FIRST} is cancelled"
        assert settled(stage) == f"{FIRST} is over: it is cancelled"
        assert stage.alarms() == []


def test_a_venue_that_does_not_answer_settles_nothing(play: Play) -> None:
    with play() as stage:
        stage.say(INTENT)
        stage.venue.failing[QueryOrders] = UNKNOWN

        assert settled(stage) == "the venue does not tell what it has: timeout"
        assert stage.statuses() == ["open"]


def test_what_may_still_arrive_is_not_settled(play: Play) -> None:
    with play(fail(UNKNOWN)) as stage:
        stage.say(INTENT)
        early = settled(stage)
        stage.venue.unanswered.add(FIRST)
        stage.let_pass(20)
        stage.venue.unanswered.clear()

        assert early == f"{FIRST} may still reach the venue: wait a little"
        assert stage.statuses() == ["unknown"]
        assert settled(stage) == ""
        stage.let_pass(6)
        assert (stage.statuses(), stage.facts()["closed_gates"]) == ([], {})


def test_what_was_settled_and_is_listed_again_is_taken_back(play: Play) -> None:
    with play() as stage:
        stage.say(INTENT)
        there = stage.venue.orders.pop(FIRST)
        settled(stage)
        stage.venue.orders[FIRST] = there
        stage.let_pass(31)

        assert stage.venue.cancels == [FIRST]


@pytest.mark.parametrize("is_listed", [True, False])
def test_an_order_known_by_a_fill_alone_is_the_listed_one_or_over(
    is_listed: bool,  # noqa: FBT001 - both cases
    play: Play,
) -> None:
    with play() as stage:
        stage.say(INTENT)
        name, order = "web-1", stage.venue.orders[FIRST]
        stage.venue.orders[name] = attrs.evolve(
            order, client_order_id=name, exchange_order_id="77"
        )
        fill: Any = attrs.evolve(stage.venue.fill(name, 1), client_order_id="")
        stage.venue.fills.clear()
        if not is_listed:
            del stage.venue.orders[name]
        stage.say(fill)
        before = stage.statuses()
        stage.let_pass(31)

        assert before == ["open", "partially_filled"]
        assert stage.times(CancelOrder) == []
        found = ["partially_filled"] if is_listed else []
        assert stage.statuses() == ["open", *found]


def test_an_order_that_was_listed_against_the_books_is_over_at_once(
    play: Play,
) -> None:
    with play() as stage:
        stage.say(INTENT)
        told_ended(stage)
        stage.let_pass(29)
        stage.venue.failing[CancelOrder] = UNKNOWN
        stage.let_pass(2)
        before = stage.statuses()
        stage.venue.hidden.add(FIRST)

        assert (before, settled(stage), stage.statuses()) == (["open"], "", [])
