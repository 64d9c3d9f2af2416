"""An intent becomes one order, and what became of it is found out, never guessed."""

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import attrs
import pytest

from holdfast.actors.evidence import OrderUnknown
from holdfast.actors.execution import Execution
from holdfast.actors.messages import (
    CancelIntent,
    CancelOrder,
    Intent,
    OrderAccepted,
    OrderCancelled,
    OrderFilled,
    OrderRejected,
    OrderStatus,
    OrderType,
    QueryFills,
    QueryOrders,
    RejectionReason,
    Side,
)
from holdfast.actors.order_journal import OrderJournal
from holdfast.actors.updates import OrderUpdated, QueryOpenOrders, Reconcile
from holdfast.supervision import (
    ActorCrashed,
    ActorSystem,
    ChildSpec,
    Describe,
    EventKind,
    ManualClock,
    RefTo,
)
from holdfast.supervision.outcome import (
    NotAuthenticated,
    NotSent,
    OutcomeUnknown,
    Throttled,
    VenueRefused,
)
from holdfast.tests.actors.scripted_venue import (
    Answer,
    ScriptedVenue,
    fail,
    never,
    take,
    take_and_fail,
    take_silently,
)

ME = "/root/execution"
INTENT = Intent(
    id="a",
    strategy="/root/strategy",
    symbol="BTCUSDT",
    side=Side.BUY,
    type=OrderType.LIMIT,
    quantity=Decimal(3),
    price=Decimal(100),
    time=7.0,
)
OTHER = attrs.evolve(INTENT, id="b")
CANCEL = CancelIntent(
    intent_id="a", strategy="/root/strategy", symbol="BTCUSDT", time=9.0
)
FIRST = "hf-a-1-1"
UNKNOWN = OutcomeUnknown("timeout")

Double = Callable[..., ChildSpec]
Settle = Callable[[ActorSystem], None]
Ask = Callable[[ActorSystem, str, Any], Any]


@attrs.define
class Stage:
    """Execution with its journal, and a venue that is still there when it restarts."""

    system: ActorSystem
    clock: ManualClock
    venue: ScriptedVenue
    told: list[OrderUpdated]
    gates: list[Any]
    settle: Settle
    ask: Ask

    def say(self, *messages: Any) -> None:
        for message in messages:
            self.system.ref(ME).tell(message)
            self.settle(self.system)

    def let_pass(self, seconds: float) -> None:
        for _ in range(round(seconds * 10)):
            self.clock.advance(0.1)
            self.settle(self.system)

    def facts(self) -> Any:
        return self.system.ref(ME).command(Describe()).get(timeout=20)

    def statuses(self) -> list[str]:
        orders = self.ask(self.system, ME, QueryOpenOrders(symbol="BTCUSDT"))
        return [str(order.status) for order in orders]

    def reports(self) -> list[Any]:
        return [type(each.report) for each in self.told]

    def alarms(self) -> list[str]:
        events = self.system.events.since(0)
        return [each.reason for each in events if each.kind is EventKind.ALARM]


Play = Callable[..., AbstractContextManager[Stage]]


@pytest.fixture
def play(grown: Any, double: Double, settle: Settle, ask: Ask, tmp_path: Path) -> Play:
    venue = ScriptedVenue()

    @contextmanager
    def playing(*answers: Answer, arm: Any = None, **args: Any) -> Generator[Stage]:
        venue.next_answers.extend(answers)
        told: list[OrderUpdated] = []
        gates: list[Any] = []

        def hear(message: Any) -> None:
            if isinstance(message, OrderUpdated):
                told.append(message)

        clock = ManualClock()
        refs = {
            name: RefTo(path=f"/root/{name}")
            for name in ("exchange", "journal", "positions")
        }
        refs["gates_to"] = RefTo(path="/root/risk")
        children = [
            double("exchange", answer=venue.answer),
            ChildSpec(id="journal", start=OrderJournal, args={"file": "orders"}),
            double("positions", hear),
            double("risk", gates.append),
            ChildSpec(
                id="execution",
                start=Execution,
                args={**refs, **args},
                in_flight="redeliver",
            ),
        ]
        fields = {} if arm is None else {"arm": arm}
        with ExitStack() as stack:
            grow = grown(*children, clock=clock, state_dir=tmp_path, **fields)
            system = stack.enter_context(grow)
            settle(system)
            yield Stage(system, clock, venue, told, gates, settle, ask)

    return playing


def test_an_intent_becomes_one_order_with_a_name_and_an_expiry(play: Play) -> None:
    with play() as stage:
        stage.say(INTENT, OTHER, INTENT)

        assert [each.client_order_id for each in stage.venue.placed] == [
            "hf-a-1-1",
            "hf-a-1-2",
        ]
        assert {each.expires_at for each in stage.venue.placed} == {1_700_000_003.0}
        facts = stage.facts()
    assert (facts["sent"], facts["dropped_duplicates"]) == (2, 1)


def test_an_intent_said_again_hears_how_far_its_order_has_come(play: Play) -> None:
    with play() as stage:
        stage.say(INTENT, INTENT)

        last = stage.told[-1]
    assert isinstance(last.report, OrderRejected)
    assert last.report.reason is RejectionReason.DUPLICATE
    assert last.order.status is OrderStatus.OPEN


def test_what_becomes_of_an_order_is_told_once_and_in_order(play: Play) -> None:
    with play() as stage:
        stage.say(INTENT)
        fill = stage.venue.fill(FIRST, 1)
        stage.say(fill, fill, CANCEL)

        assert stage.reports() == [OrderAccepted, OrderFilled, OrderCancelled]
        assert [each.order.status for each in stage.told] == [
            OrderStatus.OPEN,
            OrderStatus.PARTIALLY_FILLED,
            OrderStatus.CANCELLED,
        ]


def test_an_end_is_not_told_before_its_fills_which_are_asked_for(play: Play) -> None:
    with play() as stage:
        stage.say(INTENT)
        stage.venue.fill(FIRST, 1)
        stage.say(CANCEL)
        before = stage.reports()
        stage.let_pass(1.5)

        assert before == [OrderAccepted]
        assert stage.reports() == [OrderAccepted, OrderFilled, OrderCancelled]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (VenueRefused("no", code="tick_size"), RejectionReason.TICK_SIZE),
        (VenueRefused("no", code="-1013"), RejectionReason.VENUE),
        (NotSent("connection refused"), RejectionReason.NEVER_SENT),
        (Throttled("429", retry_after=1, is_refusal=True), RejectionReason.VENUE),
        (NotAuthenticated("key", is_refusal=True), RejectionReason.VENUE),
    ],
)
def test_a_proven_refusal_is_told_and_never_tried_again(
    answer: Exception, reason: RejectionReason, play: Play
) -> None:
    with play(fail(answer)) as stage:
        stage.say(INTENT)
        stage.let_pass(20)

        (update,) = stage.told
        assert len(stage.venue.placed) == 1
        assert stage.facts()["rejected_by_venue"] == 1
    assert isinstance(update.report, OrderRejected)
    assert update.report.reason is reason


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
        stage.say(
            OrderAccepted(
                client_order_id=FIRST,
                exchange_order_id=late.exchange_order_id,
                symbol="BTCUSDT",
                time=9.0,
            )
        )

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


def test_a_cancel_is_said_until_the_order_has_ended(play: Play) -> None:
    with play() as stage:
        stage.say(INTENT)
        stage.venue.failing[CancelOrder] = UNKNOWN
        stage.say(CANCEL)
        stage.let_pass(5)
        open_still, alarms = stage.statuses(), stage.alarms()
        stage.venue.failing.clear()
        stage.let_pass(5)

        assert open_still == ["open"]
        assert alarms == [f"{FIRST} can't be cancelled: timeout"]
        assert stage.statuses() == []


def test_an_order_whose_fate_is_unknown_can_be_cancelled(play: Play) -> None:
    with play(take_and_fail(UNKNOWN)) as stage:
        stage.venue.failing[QueryOrders] = UNKNOWN
        stage.say(INTENT, CANCEL)

        assert stage.venue.cancels == [FIRST]
        assert stage.statuses() == []


def test_orders_of_strangers_count_and_are_told_of(play: Play) -> None:
    with play() as stage:
        stage.say(INTENT)
        order = stage.venue.placed[0]
        take(stage.venue, attrs.evolve(order, client_order_id="web-1"))
        take(stage.venue, attrs.evolve(order, client_order_id="hf-a-0-7"))
        stage.let_pass(31)

        assert stage.statuses() == ["open", "open", "open"]
        assert stage.venue.cancels == []
        told = "an order that nobody here has placed is open at the venue:"
        assert stage.alarms() == [
            f"{told} web-1",
            f"{told} hf-a-0-7 has our name, and the journal does not know it",
        ]


def test_orders_of_strangers_are_taken_back_if_that_is_wanted(play: Play) -> None:
    with play(external="cancel") as stage:
        stage.say(INTENT)
        order = stage.venue.placed[0]
        take(stage.venue, attrs.evolve(order, client_order_id="web-1"))
        stage.let_pass(31)

        assert stage.venue.cancels == ["web-1"]
        assert stage.statuses() == ["open"]


def test_an_acknowledged_order_that_the_venue_denies_is_not_invented_away(
    play: Play,
) -> None:
    with play() as stage:
        stage.say(INTENT)
        stage.venue.hidden.add(FIRST)
        stage.let_pass(61)

        assert stage.statuses() == ["open"]
        assert stage.alarms() == [f"the venue had {FIRST} and denies it now"]
        assert stage.ask(stage.system, ME, Reconcile()) == stage.alarms()


def test_what_happened_unheard_is_learned_in_the_next_round(play: Play) -> None:
    with play() as stage:
        stage.say(INTENT)
        stage.venue.fill(FIRST, 3)
        stage.let_pass(31)

        assert stage.reports() == [OrderAccepted, OrderFilled]
        assert stage.statuses() == []
        assert stage.facts()["corrected"] == 1


def test_a_venue_that_cannot_be_read_closes_the_gate_until_it_can(play: Play) -> None:
    with play() as stage:
        stage.venue.failing[QueryFills] = UNKNOWN
        stage.let_pass(32)
        closed = stage.facts()["closed_gates"]
        stage.say(INTENT)
        stage.venue.failing.clear()
        stage.let_pass(16)
        stage.say(OTHER)

        assert closed == {"reconciliation": "no round was finished: timeout"}
        assert [each.intent_id for each in stage.venue.placed] == ["b"]


def test_after_a_restart_of_the_process_everything_is_known_again(play: Play) -> None:
    with play() as stage:
        stage.say(INTENT, OTHER)
        stage.say(stage.venue.fill(FIRST, 1))
    with play() as stage:
        known = stage.statuses()
        stage.say(INTENT, attrs.evolve(INTENT, id="c"))

        assert known == ["partially_filled", "open"]
        assert [each.client_order_id for each in stage.venue.placed] == [
            "hf-a-1-1",
            "hf-a-1-2",
            "hf-a-2-1",
        ]


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


def test_a_cancel_that_was_wanted_is_still_wanted_after_a_restart(play: Play) -> None:
    with play() as stage:
        stage.say(INTENT)
        stage.venue.failing[CancelOrder] = UNKNOWN
        stage.say(CANCEL)
    with play() as stage:
        stage.venue.failing.clear()
        stage.let_pass(5)

        assert stage.statuses() == []


def test_the_books_are_compared_once_nothing_is_in_doubt(play: Play) -> None:
    with play(take_and_fail(UNKNOWN)) as stage:
        stage.venue.failing[QueryOrders] = UNKNOWN
        stage.say(INTENT)
        answer = stage.system.ref(ME).ask(Reconcile(), block=False, timeout=30)
        stage.let_pass(1)
        waits = not answer.done
        stage.venue.failing.clear()
        stage.let_pass(5)

        assert waits
        assert answer.get() == []
