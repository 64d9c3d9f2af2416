"""An order leaves once, after it was written down, or never, and that is told."""

from collections.abc import Callable
from typing import Any

import attrs
import pytest

from holdfast.actors.messages import (
    OrderAccepted,
    OrderFilled,
    OrderRejected,
    PlaceOrder,
    RejectionReason,
)
from holdfast.actors.order_journal import Record
from holdfast.actors.updates import OrderUpdated
from holdfast.supervision import ActorSystem
from holdfast.supervision.faults import crash
from holdfast.tests.actors.execution_stage import (
    CANCEL,
    FIRST,
    INTENT,
    ME,
    Play,
    Stage,
)

JOURNAL = "/root/journal"
LATE = attrs.evolve(INTENT, id="late")


def reasons(told: list[OrderUpdated]) -> list[RejectionReason]:
    reports = [each.report for each in told]
    return [each.reason for each in reports if isinstance(each, OrderRejected)]


def holding(records: list[int]) -> Callable[[ActorSystem], None]:
    """Arm a system: records of these numbers crash the journal before they are written.

    The first is that of what the account holds.
    """
    seen = [0]

    def intercept(handler: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def handle(message: Any) -> Any:
            if isinstance(message, Record):
                seen[0] += 1
                if seen[0] in records:
                    raise RuntimeError("no pen")
            return handler(message)

        return handle

    def arm(system: ActorSystem) -> None:
        system.cell(JOURNAL).intercept = intercept

    return arm


def test_an_order_is_on_the_disk_when_it_reaches_the_venue(play: Play) -> None:
    written: list[list[Any]] = []

    def look(_venue: Any, order: PlaceOrder) -> Any:
        written.append(stage.journaled())
        raise RuntimeError(order.client_order_id)

    with play(look) as stage:
        stage.say(INTENT)

    ((*_, intent, order),) = written
    assert intent == INTENT
    assert (order.client_order_id, order.intent_id) == (FIRST, "a")


def test_what_can_not_be_written_down_is_refused_and_remembered(play: Play) -> None:
    with play(arm=holding([2])) as stage:
        stage.say(INTENT)
        stage.let_pass(2)
        stage.say(INTENT)

        assert stage.venue.placed == []
        assert reasons(stage.told) == [
            RejectionReason.NEVER_SENT,
            RejectionReason.DUPLICATE,
        ]
    with play() as stage:
        stage.say(INTENT)

        assert stage.venue.placed == []
        assert reasons(stage.told) == [RejectionReason.DUPLICATE]


def test_an_order_that_was_cancelled_before_it_left_never_leaves(play: Play) -> None:
    with play() as stage:
        stage.system.ref(ME).tell(INTENT)
        stage.system.ref(ME).tell(CANCEL)
        stage.settle(stage.system)

        assert stage.venue.placed == []
        assert reasons(stage.told) == [RejectionReason.NEVER_SENT]


def test_an_order_that_expired_while_it_was_written_down_never_leaves(
    play: Play,
) -> None:
    with play(order_lifetime=0.0) as stage:
        stage.say(INTENT)

        assert stage.venue.placed == []
        (update,) = stage.told
    assert isinstance(update.report, OrderRejected)
    assert update.report.detail == "it had expired before it could be sent"


def strikes(stage: Stage, path: str, *messages: Any) -> None:
    """Say something, and crash an actor behind it."""
    for message in messages:
        stage.system.ref(ME).tell(message)
    crash(stage.system.cell(path), "the test")
    stage.settle(stage.system)


@pytest.mark.parametrize("send", range(1, 6))
@pytest.mark.parametrize("goes_out", [False, True], ids=["instead", "after"])
def test_a_crash_at_any_send_sends_it_at_most_once_and_its_end_is_told(
    send: int,
    goes_out: bool,  # noqa: FBT001 - a parameter of the table
    play: Play,
    strike: Any,
) -> None:
    with play(arm=strike([(ME, send, goes_out)])) as stage:
        stage.say(INTENT)
        stage.let_pass(10)
        stage.say(LATE)

        placed = [each.intent_id for each in stage.venue.placed]
        last = {each.order.intent_id: type(each.report) for each in stage.told}
        assert len(set(placed)) == len(placed)
        assert last.keys() == {"a", "late"}
        for name, report in last.items():
            expected = (OrderAccepted, OrderFilled) if name in placed else OrderRejected
            assert issubclass(report, expected)


@pytest.mark.parametrize("send", range(1, 7))
@pytest.mark.parametrize("goes_out", [False, True], ids=["instead", "after"])
def test_what_was_told_as_refused_is_not_sent_by_a_successor(
    send: int,
    goes_out: bool,  # noqa: FBT001 - a parameter of the table
    play: Play,
    strike: Any,
) -> None:
    """The journal does not take it, and works again when the successor starts."""
    strikes = strike([(ME, send, goes_out)])

    def arm(system: ActorSystem) -> None:
        holding([2])(system)
        strikes(system)

    with play(arm=arm) as stage:
        stage.say(INTENT)
        stage.let_pass(10)

        rejections = {*reasons(stage.told)} - {RejectionReason.DUPLICATE}
        assert bool(rejections) is not bool(stage.venue.placed)
        assert len(stage.venue.placed) <= 1


def test_what_was_not_written_yet_is_sent_by_the_successor_once(play: Play) -> None:
    with play() as stage:
        strikes(stage, ME, INTENT, LATE)

        placed = [each.intent_id for each in stage.venue.placed]
    assert sorted(placed) == ["a", "late"]
