"""What became of an order is found out, never guessed."""

from typing import Any

import attrs
import pytest

from holdfast.actors.evidence import OrderUnknown
from holdfast.actors.messages import (
    CancelOrder,
    OrderAccepted,
    OrderCancelled,
    OrderRejected,
    OrderStatus,
    RejectionReason,
)
from holdfast.actors.queries import (
    AccountStreamDown,
    AccountStreamUp,
    OutcomesDoubted,
    QueryOrders,
    VenueOrder,
)
from holdfast.supervision import ActorCrashed, crash
from holdfast.supervision.breaker import Reconciled
from holdfast.supervision.outcome import (
    NotAuthenticated,
    Throttled,
    VenueRefused,
)
from holdfast.tests.actors.execution_stage import (
    CANCEL,
    FIRST,
    INTENT,
    ME,
    OTHER,
    UNKNOWN,
    Play,
)
from holdfast.tests.actors.scripted_venue import (
    Answer,
    fail,
    never,
    take,
    take_and_fail,
    take_silently,
)


def accepted(order: VenueOrder) -> OrderAccepted:
    return OrderAccepted(
        client_order_id=order.client_order_id,
        exchange_order_id=order.exchange_order_id,
        symbol=order.symbol,
        time=9.0,
    )


AMBIGUOUS = [
    UNKNOWN,
    ActorCrashed("/root/exchange", 1, "bug"),
    Throttled("429", retry_after=1),
    NotAuthenticated("key"),
    VenueRefused("duplicate", code="duplicate"),
    ValueError("nobody has thought of this"),
]


@pytest.mark.parametrize("error", AMBIGUOUS)
def test_an_order_that_the_venue_has_after_all_is_found_and_not_sent_again(
    error: Exception, play: Play
) -> None:
    with play(take_and_fail(error)) as stage:
        stage.say(INTENT)

        both: list[Any] = [OrderUnknown, OrderAccepted]
        assert stage.reports() == both
        assert stage.statuses() == ["open"]
        assert len(stage.venue.placed) == 1


@pytest.mark.parametrize("error", AMBIGUOUS)
def test_an_order_that_never_arrived_counts_until_that_is_proved(
    error: Exception, play: Play
) -> None:
    with play(fail(error)) as stage:
        stage.say(INTENT)
        stage.let_pass(5.3)
        still = stage.statuses()
        stage.let_pass(2)

        assert still == ["unknown"]
        assert stage.statuses() == []
        assert stage.reports() == [OrderUnknown, OrderRejected]
        report = stage.told[-1].report
        assert isinstance(report, OrderRejected)
        assert report.reason is RejectionReason.NEVER_ARRIVED
        assert len(stage.venue.placed) == 1


@pytest.mark.parametrize(("answer", "status"), [(take_silently, ["open"]), (never, [])])
def test_a_venue_that_does_not_answer_is_asked_what_it_has(
    answer: Answer, status: list[str], play: Play
) -> None:
    with play(answer) as stage:
        stage.say(INTENT)
        pending = stage.statuses()
        stage.let_pass(15)

        assert pending == ["pending"]
        assert stage.statuses() == status
        assert len(stage.venue.placed) == 1


def test_a_question_that_fails_proves_nothing(play: Play) -> None:
    with play(fail(UNKNOWN)) as stage:
        stage.venue.failing[QueryOrders] = UNKNOWN
        stage.say(INTENT)
        stage.let_pass(40)
        then = stage.statuses(), stage.alarms()
        stage.venue.failing.clear()
        stage.let_pass(10)

        assert then == (
            ["unknown"],
            [f"nothing tells what became of {FIRST}, which may be open"],
        )
        assert stage.statuses() == []


def test_an_order_that_turns_up_after_it_was_given_up_is_taken_back(play: Play) -> None:
    with play(fail(UNKNOWN)) as stage:
        stage.say(INTENT)
        stage.let_pass(10)
        given_up = stage.statuses()
        late = take(stage.venue, stage.venue.placed[0])
        stage.say(accepted(late))

        assert given_up == []
        assert stage.venue.cancels == [FIRST]
        assert stage.alarms() == [f"{FIRST} was given up and is at the venue"]
        assert stage.reports()[-2:] == [OrderAccepted, OrderCancelled]


def test_while_an_order_is_unknown_nothing_that_adds_risk_is_sent(play: Play) -> None:
    with play(fail(UNKNOWN)) as stage:
        stage.say(INTENT, OTHER, attrs.evolve(INTENT, id="c", reduces=True))
        refused = stage.told[1]
        stage.let_pass(10)
        stage.say(attrs.evolve(INTENT, id="d"))

        sent = [each.intent_id for each in stage.venue.placed]
        assert sent == ["a", "c", "d"]
        assert isinstance(refused.report, OrderRejected)
        assert refused.report.reason is RejectionReason.NEVER_SENT
        assert [type(each).__name__ for each in stage.gates] == [
            "GateClosed",
            "GateOpened",
        ]


def test_an_order_whose_fate_is_unknown_can_be_cancelled(play: Play) -> None:
    with play(take_and_fail(UNKNOWN)) as stage:
        stage.venue.failing[QueryOrders] = UNKNOWN
        stage.say(INTENT, CANCEL)

        assert stage.venue.cancels == [FIRST]
        assert stage.statuses() == []


@pytest.mark.parametrize(
    ("answer", "statuses"), [(take_silently, ["open"]), (never, [])]
)
def test_an_order_under_way_when_the_process_died_is_asked_for(
    answer: Answer, statuses: list[str], play: Play
) -> None:
    with play(answer) as stage:
        stage.say(INTENT)
    with play() as stage:
        stage.let_pass(10)

        assert stage.statuses() == statuses
        assert len(stage.venue.placed) == 1


def test_what_was_unknown_before_a_restart_is_asked_for_after_it(play: Play) -> None:
    with play(fail(UNKNOWN)) as stage:
        stage.venue.failing[QueryOrders] = UNKNOWN
        stage.say(INTENT)
        before = stage.statuses()
        stage.venue.failing.clear()
    with play() as stage:
        after = stage.statuses(), list(stage.facts()["closed_gates"])
        stage.let_pass(10)

        assert before == ["unknown"]
        assert after == (["unknown"], ["unknown_order"])
        assert (stage.statuses(), stage.facts()["closed_gates"]) == ([], {})


def test_what_was_given_up_is_taken_back_after_a_restart_as_well(play: Play) -> None:
    with play(fail(UNKNOWN)) as stage:
        stage.say(INTENT)
        stage.let_pass(10)
        stage.venue.failing[CancelOrder] = UNKNOWN
        late = take(stage.venue, stage.venue.placed[0])
        stage.say(accepted(late))
    with play() as stage:
        stage.venue.failing.clear()
        stage.let_pass(5)

        assert stage.venue.orders[FIRST].status is OrderStatus.CANCELLED
        assert stage.statuses() == []


def test_the_breaker_hears_of_each_order_whose_outcome_is_known_at_last(
    play: Play,
) -> None:
    with play(take_and_fail(UNKNOWN)) as stage:
        before = [*stage.known]
        stage.say(INTENT)

        assert before == [Reconciled()]
        assert stage.known[1:] == [Reconciled((FIRST,)), Reconciled()]


def test_the_breaker_hears_that_all_is_known_only_when_it_is(play: Play) -> None:
    """Also if a predecessor has asked, and what it asked for is found otherwise."""
    with play(fail(UNKNOWN)) as stage:
        stage.say(INTENT)
        stage.known.clear()

        crash(stage.system.cell(ME), "a test")
        stage.settle(stage.system)
        stage.let_pass(5)
        early = [*stage.known]
        stage.let_pass(5)

        assert early == []
        assert Reconciled() in stage.known


def test_whoever_is_asked_what_became_of_a_call_compares_all_and_says_so(
    play: Play,
) -> None:
    """The breaker holds for a call that a predecessor has made, and nobody asks for."""
    with play() as stage:
        stage.known.clear()
        stage.say(OutcomesDoubted(("hf-a-0-1",)))
        stage.settle(stage.system)

        assert stage.known == [Reconciled()]


def test_a_stream_that_is_down_is_down_for_a_successor_too(play: Play) -> None:
    with play() as stage:
        stage.say(AccountStreamDown(symbol="BTCUSDT", reason="no answer", time=1.0))
        crash(stage.system.cell(ME), "a test")
        stage.let_pass(1)
        stage.say(INTENT)
        early = [*stage.venue.placed]
        stage.say(AccountStreamUp(symbol="BTCUSDT", time=2.0), OTHER)

        assert early == []
        assert len(stage.venue.placed) == 1
