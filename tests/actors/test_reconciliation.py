"""What a comparison with the venue finds is learned, told, and taken back."""

from decimal import Decimal
from typing import Any

import attrs
import pytest

from holdfast.actors.certainty import Certainty
from holdfast.actors.gates import Gates
from holdfast.actors.messages import (
    OrderAccepted,
    OrderFilled,
    OrderStatus,
)
from holdfast.actors.order_desk import OrderDesk
from holdfast.actors.queries import (
    QueryFills,
    QueryOrders,
    VenueOrder,
)
from holdfast.actors.reconciliation import is_all_known
from holdfast.actors.updates import Reconcile
from holdfast.supervision import Future
from holdfast.tests.actors.execution_stage import (
    FIRST,
    INTENT,
    ME,
    OTHER,
    UNKNOWN,
    Play,
)
from holdfast.tests.actors.order_words import LISTED
from holdfast.tests.actors.scripted_venue import (
    take,
    take_and_fail,
)


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


@pytest.mark.parametrize("external", ["adopt", "alarm"])
def test_an_order_that_a_stranger_gave_no_name_counts_as_long_as_it_is_listed(
    external: str, play: Play
) -> None:
    with play(external=external) as stage:
        stage.say(INTENT)
        order = stage.venue.placed[0]
        take(stage.venue, attrs.evolve(order, client_order_id="venue:77"))
        stage.let_pass(91)
        listed = stage.statuses()
        stage.venue.unlisted.add("venue:77")
        stage.let_pass(31)

        assert listed == ["open", "open"]
        assert stage.venue.cancels == []
        assert stage.statuses() == ["open"]


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


def test_the_books_are_compared_once_every_order_is_answered(play: Play) -> None:
    late: Future[VenueOrder] = Future()

    def answer_late(_venue: Any, _order: Any) -> Future[VenueOrder]:
        return late

    with play(answer_late) as stage:
        stage.say(INTENT)
        answer = stage.system.ref(ME).ask(Reconcile(), block=False, timeout=30)
        stage.settle(stage.system)
        waits = not answer.done
        late.settle(take(stage.venue, stage.venue.placed[0]))
        stage.settle(stage.system)

        assert waits
        assert answer.get(timeout=20) == []


@pytest.mark.parametrize(
    ("doubts", "under_way", "missing", "known"),
    [(0, 0, 0, True), (1, 0, 0, False), (0, 1, 0, False), (0, 0, 1, False)],
)
def test_balances_are_compared_only_while_every_order_and_fill_is_known(
    doubts: int, under_way: int, missing: int, *, known: bool
) -> None:
    desk = OrderDesk()
    partly = OrderStatus.PARTIALLY_FILLED
    desk.learn(attrs.evolve(LISTED, filled=Decimal(missing), status=partly))
    certainty = Certainty(
        None,
        Gates((), "BTCUSDT", None),
        doubts=lambda: doubts,
        under_way=lambda: under_way,
        compare=lambda: None,
        then=lambda: None,
    )

    assert is_all_known(desk, certainty) is known
