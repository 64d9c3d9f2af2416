"""Rounds of reconciliation read until nothing happens in between, and guess nothing."""

from collections.abc import Iterable
from decimal import Decimal

import attrs
import pytest

from holdfast.actors.evidence import Entry
from holdfast.actors.messages import (
    OrderAccepted,
    OrderCancelled,
    OrderFilled,
    OrderStatus,
)
from holdfast.actors.order_store import OrdersOnDisk
from holdfast.actors.queries import QueryBalances, QueryFills, QueryOrders
from holdfast.actors.updates import QueryLedger, QueryOpenOrders, Reconcile
from holdfast.tests.actors.execution_stage import (
    FIRST,
    INTENT,
    ME,
    UNKNOWN,
    Play,
    Stage,
)


def fills_asked_after(stage: Stage) -> list[int | None]:
    """Return after which trade ids fills were asked for."""
    asked = [message for _, message in stage.calls]
    return [each.after_trade_id for each in asked if isinstance(each, QueryFills)]


def test_lists_are_read_again_if_something_happened_in_between(play: Play) -> None:
    with play() as stage:
        stage.say(INTENT)
        venue = stage.venue
        venue.between.extend([lambda: None, lambda: venue.fill(FIRST, 1)])
        lists = len(stage.times(QueryOrders))
        stage.let_pass(31)

        assert len(stage.times(QueryOrders)) == lists + 4
        assert stage.reports() == [OrderAccepted, OrderFilled]


def test_lists_that_never_agree_are_taken_as_they_are_after_three_times(
    play: Play,
) -> None:
    with play(reconcile_every=300.0) as stage:
        stage.say(attrs.evolve(INTENT, quantity=Decimal(90)))
        venue = stage.venue
        venue.between.extend([lambda: venue.fill(FIRST, 1)] * 30)
        lists = len(stage.times(QueryOrders))
        stage.let_pass(303)

        assert len(stage.times(QueryOrders)) == lists + 6
        assert stage.reports().count(OrderFilled) == 6
        assert stage.statuses() == ["partially_filled"]


def test_an_end_that_nobody_told_is_found_and_told_with_its_fills(play: Play) -> None:
    with play() as stage:
        stage.say(INTENT)
        stage.venue.fill(FIRST, 1)
        gone = attrs.evolve(stage.venue.orders[FIRST], status=OrderStatus.CANCELLED)
        stage.venue.orders[FIRST] = gone
        stage.let_pass(31)

        assert stage.reports() == [OrderAccepted, OrderFilled, OrderCancelled]
        assert stage.facts()["corrected"] == 2


@pytest.mark.parametrize("kind", [QueryOrders, QueryFills])
def test_a_read_that_failed_concludes_nothing_and_is_tried_again(
    kind: type, play: Play
) -> None:
    with play() as stage:
        stage.say(INTENT)
        stage.venue.failing[kind] = UNKNOWN
        tries = len(stage.times(kind))
        stage.let_pass(62)

        times = stage.times(kind)[tries:]
        expected = pytest.approx([30, 30.5, 31.5, 33.5, 37.5, 45.5, 60.5], abs=0.6)
        assert times == expected
        assert list(stage.facts()["closed_gates"]) == ["reconciliation"]
        assert stage.statuses() == ["open"]
        stage.venue.failing.clear()
        stage.let_pass(16)
        assert stage.facts()["closed_gates"] == {}


def test_one_failure_alone_closes_no_gate(play: Play) -> None:
    with play() as stage:
        stage.venue.failing[QueryFills] = UNKNOWN
        stage.let_pass(30.2)
        closed = stage.facts()["closed_gates"]
        stage.venue.failing.clear()
        stage.let_pass(1)

        assert (closed, stage.facts()["closed_gates"]) == ({}, {})
        assert stage.gates == []


def test_those_who_ask_while_a_round_is_made_share_the_next(play: Play) -> None:
    with play() as stage:
        lists = len(stage.times(QueryOrders))
        me = stage.system.ref(ME)
        answers = [me.ask(Reconcile(), block=False) for _ in range(5)]
        stage.settle(stage.system)

        assert [each.get(timeout=20) for each in answers] == [[]] * 5
        assert len(stage.times(QueryOrders)) <= lists + 2 * 5


def test_the_books_begin_with_a_moment_in_which_nothing_traded(play: Play) -> None:
    with play() as stage:
        stage.say(INTENT)
        venue = stage.venue
        (stage.folder / "orders").unlink()
    venue.between.extend([lambda: None, lambda: venue.fill(FIRST, 1)])
    with play() as stage:
        ledger = stage.ask(stage.system, ME, QueryLedger())

        assert len(stage.times(QueryOrders)) == 4
        assert len(stage.times(QueryBalances)) == 1
    assert (ledger.baseline.last_trade_id, ledger.fills) == (1, ())


def test_an_order_that_is_not_listed_is_asked_for_by_name(play: Play) -> None:
    with play() as stage:
        stage.say(INTENT)
        taken = stage.venue.orders.pop(FIRST)
        stage.let_pass(31)
        incidents = stage.alarms()
        stage.venue.orders[FIRST] = taken
        stage.let_pass(31)

        assert incidents == [f"the venue had {FIRST} and denies it now"]
        assert stage.statuses() == ["open"]
        assert stage.alarms() == incidents


def test_an_order_that_a_venue_has_forgotten_has_ended_without_a_fill(
    play: Play,
) -> None:
    """Coinbase forgets what was cancelled unfilled; nobody may have heard of that."""
    with play() as stage:
        stage.say(INTENT)
        stage.venue.forgets = True
        del stage.venue.orders[FIRST]
        stage.let_pass(61)
        too_early = stage.statuses()
        stage.let_pass(62)

        assert (too_early, stage.statuses()) == (["open"], [])
        assert stage.reports() == [OrderAccepted, OrderCancelled]
        assert stage.alarms() == []


def test_an_order_that_is_there_again_was_not_forgotten(play: Play) -> None:
    with play() as stage:
        stage.say(INTENT)
        stage.venue.forgets = True
        for _ in range(3):
            taken = stage.venue.orders.pop(FIRST)
            stage.let_pass(45)
            stage.venue.orders[FIRST] = taken
            stage.let_pass(45)

        assert stage.statuses() == ["open"]


def test_an_order_with_a_fill_is_not_taken_for_forgotten(play: Play) -> None:
    with play() as stage:
        stage.say(INTENT)
        stage.venue.fill(FIRST, 1)
        stage.venue.forgets = True
        del stage.venue.orders[FIRST]
        stage.let_pass(200)

        assert stage.statuses() == ["partially_filled"]
        assert stage.alarms()[:1] == [f"the venue had {FIRST} and denies it now"]


def test_the_books_and_what_is_listed_go_to_the_disk_at_once(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody asks again for fills from before the books."""
    with play() as stage:
        stage.say(INTENT)
        stage.venue.fill(FIRST, 1)
        (stage.folder / "orders").unlink()
    written: list[list[str]] = []
    real = OrdersOnDisk.append

    def noting(store: OrdersOnDisk, entries: Iterable[Entry]) -> None:
        kept = list(entries)
        written.append([type(each).__name__ for each in kept])
        real(store, kept)

    monkeypatch.setattr(OrdersOnDisk, "append", noting)
    with play():
        pass

    assert written[0] == ["Baseline", "VenueOrder"]


def test_of_the_history_of_an_account_only_the_newest_trade_is_read(play: Play) -> None:
    with play() as stage:
        stage.say(attrs.evolve(INTENT, quantity=Decimal(50)))
        for _ in range(40):
            stage.venue.fill(FIRST, 1)
        (stage.folder / "orders").unlink()
    stage.venue.fills_page = 10
    with play() as stage:
        asked = fills_asked_after(stage)
        stage.venue.fill(FIRST, 1)
        stage.let_pass(31)
        (order,) = stage.ask(stage.system, ME, QueryOpenOrders(symbol="BTCUSDT"))
        ledger = stage.ask(stage.system, ME, QueryLedger())

        assert asked == [None, 40]
        assert set(fills_asked_after(stage)[2:]) == {40}
        assert [fill.trade_id for fill in ledger.fills] == [41]
        assert order.filled == Decimal(41)
    with play() as stage:
        (again,) = stage.ask(stage.system, ME, QueryOpenOrders(symbol="BTCUSDT"))

        assert again == order
