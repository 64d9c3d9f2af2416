"""All is taken back until the venue lists nothing; a halt file needs nobody else."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import attrs
import pytest

from holdfast.actors.execution import Execution
from holdfast.actors.messages import (
    CancelOrder,
    Intent,
    OrderRejected,
    OrderType,
    PlaceOrder,
    Side,
)
from holdfast.actors.order_journal import OrderJournal
from holdfast.actors.queries import QueryOrders
from holdfast.actors.risk_words import CancelAll, Halted
from holdfast.actors.updates import OrderUpdated
from holdfast.supervision import ActorSystem, ChildSpec, EventKind, ManualClock, RefTo
from holdfast.supervision.halt_file import HaltFile
from holdfast.supervision.outcome import OutcomeUnknown
from holdfast.tests.actors.scripted_venue import (
    ScriptedVenue,
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
    quantity=Decimal(2),
    price=Decimal(100),
    time=7.0,
)
OTHER = attrs.evolve(INTENT, id="b")
STRANGE = PlaceOrder(
    client_order_id="web-1",
    intent_id="",
    symbol="BTCUSDT",
    side=Side.SELL,
    type=OrderType.LIMIT,
    quantity=Decimal(1),
    price=Decimal(200),
    time=0.0,
)
ALL = CancelAll(reason="enough")
LOST = OutcomeUnknown("timeout")


@attrs.frozen
class Stage:
    """Execution between a venue and those who listen."""

    system: ActorSystem
    clock: ManualClock
    venue: ScriptedVenue
    told: list[OrderUpdated]
    settle: Callable[[ActorSystem], None]
    ask: Callable[[ActorSystem, str, Any], Any]

    def say(self, *messages: Any) -> None:
        for message in messages:
            self.system.ref(ME).tell(message)
        self.settle(self.system)

    def let_pass(self, seconds: float) -> None:
        for _ in range(round(seconds * 4)):
            self.clock.advance(0.25)
            self.settle(self.system)

    def cancel_all(self, *names: str) -> Halted:
        found: Halted = self.ask(self.system, ME, attrs.evolve(ALL, names=names))
        return found

    def alarms(self) -> list[str]:
        events = self.system.events.since(0)
        return [each.reason for each in events if each.kind is EventKind.ALARM]


@pytest.fixture
def venue() -> ScriptedVenue:
    return ScriptedVenue()


@pytest.fixture
def stage(
    venue: ScriptedVenue,
    grown: Any,
    double: Any,
    settle: Any,
    ask: Any,
    tmp_path: Path,
) -> Any:
    told: list[OrderUpdated] = []

    def hear(message: Any) -> None:
        if isinstance(message, OrderUpdated):
            told.append(message)

    names = ("exchange", "journal", "positions")
    refs = {name: RefTo(path=f"/root/{name}") for name in names}
    children = [
        double("exchange", answer=venue.answer),
        ChildSpec(id="journal", start=OrderJournal, args={"file": "orders"}),
        double("positions", hear),
        ChildSpec(id="execution", start=Execution, args=refs, in_flight="redeliver"),
    ]
    clock = ManualClock(wall=0.0)
    with grown(*children, clock=clock, state_dir=tmp_path) as system:
        settle(system)
        yield Stage(system, clock, venue, told, settle, ask)


def statuses(found: Halted) -> dict[str, str]:
    return {order.client_order_id: str(order.status) for order in found.ended}


def test_what_is_open_is_taken_back_and_the_venue_says_so(stage: Stage) -> None:
    stage.say(INTENT, OTHER)
    found = stage.cancel_all()

    assert found.is_certain
    assert statuses(found) == {"hf-a-1-1": "cancelled", "hf-a-1-2": "cancelled"}


def test_what_was_filled_meanwhile_is_told_as_such(stage: Stage) -> None:
    stage.say(INTENT)
    stage.venue.fill("hf-a-1-1", 2)

    assert statuses(stage.cancel_all()) == {"hf-a-1-1": "filled"}


def test_orders_of_strangers_are_taken_back_too(stage: Stage) -> None:
    take(stage.venue, STRANGE)
    first = stage.cancel_all()
    stage.let_pass(1.0)
    then = stage.cancel_all(*first.open)

    assert first == Halted(open=("web-1",))
    assert statuses(then) == {"web-1": "cancelled"}
    assert then.is_certain


def test_nothing_open_is_certain_at_once(stage: Stage) -> None:
    assert stage.cancel_all() == Halted()


def test_a_venue_that_does_not_tell_leaves_it_uncertain(stage: Stage) -> None:
    stage.say(INTENT)
    stage.venue.failing[QueryOrders] = LOST
    found = stage.cancel_all()

    assert not found.is_certain
    assert found.trouble == "the venue does not tell what is open: timeout"


def test_what_can_not_be_cancelled_is_still_open(stage: Stage) -> None:
    stage.say(INTENT)
    stage.venue.failing[CancelOrder] = LOST
    first = stage.cancel_all()
    stage.venue.failing.clear()
    stage.let_pass(2.0)
    then = stage.cancel_all("hf-a-1-1")

    assert first.open == ("hf-a-1-1",)
    assert statuses(then) == {"hf-a-1-1": "cancelled"}


def test_an_order_in_doubt_counts_as_open_until_it_is_known(stage: Stage) -> None:
    stage.venue.next_answers.append(take_silently)
    stage.venue.hidden.add("hf-a-1-1")
    stage.say(INTENT)
    first = stage.cancel_all()
    stage.venue.hidden.clear()
    stage.let_pass(10.0)

    assert first.open == ("hf-a-1-1",)
    assert stage.cancel_all().is_certain
    assert str(stage.venue.orders["hf-a-1-1"].status) == "cancelled"


def test_an_answer_that_was_lost_hides_no_order(stage: Stage) -> None:
    stage.venue.next_answers.append(take_and_fail(LOST))
    stage.say(INTENT)
    found = stage.cancel_all()

    assert found.is_certain
    assert statuses(found) == {"hf-a-1-1": "cancelled"}


# -- the halt file --


def test_while_there_is_a_halt_file_nothing_leaves(
    stage: Stage, tmp_path: Path
) -> None:
    HaltFile(tmp_path).write("stop it", time=0.0)
    stage.say(INTENT, attrs.evolve(OTHER, reduces=True))

    assert stage.venue.placed == []
    reports = [each.report for each in stage.told]
    assert [type(each) for each in reports] == [OrderRejected] * 2
    details = {each.detail for each in reports if isinstance(each, OrderRejected)}
    assert details == {"halted: stop it"}


def test_a_halt_file_that_lets_positions_be_closed_lets_out_what_reduces_alone(
    stage: Stage, tmp_path: Path
) -> None:
    halt = HaltFile(tmp_path)
    halt.write("stop it", time=0.0)
    halt.let_close(time=0.0)
    stage.say(INTENT, attrs.evolve(OTHER, reduces=True))

    assert [each.intent_id for each in stage.venue.placed] == ["b"]


def test_a_halt_file_takes_all_back_within_a_second_and_says_so(
    stage: Stage, tmp_path: Path
) -> None:
    stage.say(INTENT)
    take(stage.venue, STRANGE)
    HaltFile(tmp_path).write("stop it", time=0.0)
    stage.let_pass(4.0)
    asked = len(stage.venue.asked_for)
    stage.let_pass(4.0)

    assert {str(o.status) for o in stage.venue.orders.values()} == {"cancelled"}
    assert stage.alarms() == [
        "halted, all orders are taken back: stop it",
        "halted: the venue lists no open order",
    ]
    assert len(stage.venue.asked_for) == asked


def test_a_second_halt_takes_back_what_left_in_between(
    stage: Stage, tmp_path: Path
) -> None:
    """Both files are there at a look, and nobody has looked in between."""
    halt = HaltFile(tmp_path)
    halt.write("stop it", time=0.0)
    stage.let_pass(4.0)
    halt.remove()
    stage.say(INTENT)
    halt.write("stop it again", time=1.0)
    stage.let_pass(4.0)

    assert [each.intent_id for each in stage.venue.placed] == ["a"]
    assert {str(o.status) for o in stage.venue.orders.values()} == {"cancelled"}


def test_without_the_halt_file_orders_leave_again(stage: Stage, tmp_path: Path) -> None:
    halt = HaltFile(tmp_path)
    halt.write("stop it", time=0.0)
    stage.let_pass(2.0)
    halt.remove()
    stage.say(INTENT)
    stage.let_pass(2.0)

    assert [each.intent_id for each in stage.venue.placed] == ["a"]
    assert stage.venue.cancels == []
