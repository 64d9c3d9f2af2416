"""An intent becomes one order, and what becomes of it is told."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import attrs
import pytest

from holdfast.actors.evidence import Baseline
from holdfast.actors.messages import (
    CancelOrder,
    OrderAccepted,
    OrderCancelled,
    OrderFilled,
    OrderRejected,
    OrderStatus,
    RejectionReason,
)
from holdfast.actors.queries import (
    AccountStreamDown,
    AccountStreamUp,
)
from holdfast.actors.updates import QueryLedger, QueryOpenOrders
from holdfast.supervision import DeadLetterReason
from holdfast.supervision.outcome import (
    NotAuthenticated,
    NotSent,
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
from holdfast.tests.actors.order_words import FILLED
from holdfast.tests.actors.scripted_venue import (
    fail,
)


def test_an_intent_becomes_one_order_with_a_name_and_an_expiry(play: Play) -> None:
    with play() as stage:
        stage.say(INTENT, OTHER, INTENT)

        assert [each.client_order_id for each in stage.venue.placed] == [
            "hf-a-1-1",
            "hf-a-1-2",
        ]
        assert {each.expires_at for each in stage.venue.placed} == {3.0}
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


def test_a_cancel_that_was_wanted_is_still_wanted_after_a_restart(play: Play) -> None:
    with play() as stage:
        stage.say(INTENT)
        stage.venue.failing[CancelOrder] = UNKNOWN
        stage.say(CANCEL)
    with play() as stage:
        stage.venue.failing.clear()
        stage.let_pass(5)

        assert stage.statuses() == []


def test_a_gate_that_closes_while_an_order_is_written_down_holds_it(play: Play) -> None:
    with play() as stage:
        stage.system.ref(ME).tell(INTENT)
        stage.system.ref(ME).tell(
            AccountStreamDown(symbol="BTCUSDT", reason="x", time=9.0)
        )
        stage.settle(stage.system)

        assert stage.venue.placed == []
        assert stage.reports() == [OrderRejected]


def test_what_an_account_had_traded_before_the_first_start_counts_for_its_order(
    play: Play,
) -> None:
    with play() as stage:
        stage.say(INTENT)
        venue = stage.venue
        venue.fill(FIRST, 1)
    (stage.folder / "orders").unlink()
    with play() as stage:
        asked = len(venue.asked_for)
        stage.let_pass(5)
        (order,) = stage.ask(stage.system, ME, QueryOpenOrders(symbol="BTCUSDT"))
        ledger = stage.ask(stage.system, ME, QueryLedger())

        assert (order.filled, order.status) == (1, OrderStatus.PARTIALLY_FILLED)
        assert (ledger.fills, ledger.baseline.last_trade_id) == ((), 1)
        assert (stage.reports(), len(venue.asked_for)) == ([OrderAccepted], asked)


def test_the_first_thing_on_the_disk_is_what_the_account_held(play: Play) -> None:
    with play() as stage:
        stage.say(INTENT)
    with play() as stage:
        assert isinstance(stage.journaled()[0], Baseline)


def test_without_room_on_the_disk_orders_are_refused_until_there_is_some(
    play: Play, full_disk: Callable[..., AbstractContextManager[None]]
) -> None:
    with play() as stage:
        with full_disk(stage.folder):
            stage.say(*(attrs.evolve(INTENT, id=f"x{n}") for n in range(40)))
            closed = stage.facts()["closed_gates"]
        sent = len(stage.venue.placed)
        stage.let_pass(3)
        stage.say(OTHER)

        refused = [
            each.report for each in stage.told if isinstance(each.report, OrderRejected)
        ]
        assert "disk" in closed["journal"]
        assert len(refused) == 40 - sent
        assert {each.reason for each in refused} == {RejectionReason.NEVER_SENT}
        assert stage.venue.placed[-1].intent_id == "b"
        assert stage.facts()["closed_gates"] == {}
    with play() as stage:
        assert len(stage.statuses()) == sent + 1


OTHERS = [
    attrs.evolve(INTENT, symbol="ETHUSDT"),
    attrs.evolve(CANCEL, symbol="ETHUSDT"),
    attrs.evolve(FILLED, symbol="ETHUSDT"),
    AccountStreamUp(symbol="ETHUSDT", time=9.0),
    AccountStreamDown(symbol="ETHUSDT", reason="x", time=9.0),
]


@pytest.mark.parametrize("message", OTHERS, ids=lambda each: type(each).__name__)
def test_what_is_said_of_another_symbol_is_for_somebody_else(
    message: Any, play: Play
) -> None:
    with play() as stage:
        stage.say(INTENT)
        asked = len(stage.calls)
        stage.say(message)

        letters = stage.system.dead_letters.newest()
        assert [(each.message, each.reason) for each in letters] == [
            (message, DeadLetterReason.UNHANDLED)
        ]
        assert (len(stage.calls), stage.statuses()) == (asked, ["open"])
        assert stage.facts()["closed_gates"] == {}
