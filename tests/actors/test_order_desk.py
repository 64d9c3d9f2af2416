"""The desk knows what was wanted, sent and told, and is rebuilt from its journal."""

from decimal import Decimal

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.actors.evidence import Entry
from holdfast.actors.messages import OrderFilled, OrderStatus
from holdfast.actors.order_desk import OVERLAP, OrderDesk
from holdfast.tests.actors.order_words import (
    ACCEPTED,
    ADJUSTED,
    BASELINE,
    CANCEL,
    CANCELLED,
    ENTRIES,
    FILLED,
    INTENT,
    LISTED,
    NAME,
    PLACE,
    REJECTED,
    UNKNOWN,
    listed,
)


def desk(*entries: Entry) -> OrderDesk:
    rebuilt = OrderDesk()
    rebuilt.replay(entries)
    return rebuilt


def fill(number: int, time: float = 8.0) -> OrderFilled:
    return attrs.evolve(
        FILLED, trade_id=number, quantity=Decimal("0.1"), filled=Decimal(0), time=time
    )


def known(known_desk: OrderDesk) -> object:
    """Return all that can be asked of a desk."""
    working = [known_desk.working(each) for each in known_desk.unsettled()]
    return (
        known_desk.unsettled(),
        working,
        known_desk.wants_cancel,
        known_desk.ledger(),
        known_desk.counts,
        known_desk.ask_fills_after,
        known_desk.order_of("i"),
    )


@pytest.mark.parametrize(
    ("entries", "status"),
    [
        ([INTENT, PLACE], "pending"),
        ([INTENT, PLACE, UNKNOWN], "unknown"),
        ([INTENT, PLACE, UNKNOWN, ACCEPTED], "open"),
        ([INTENT, PLACE, ACCEPTED, FILLED], "partially_filled"),
        ([INTENT, PLACE, ACCEPTED, CANCELLED], "cancelled"),
        ([INTENT, PLACE, REJECTED], "rejected"),
        ([INTENT, PLACE, listed(NAME, OrderStatus.FILLED, 3)], "filled"),
    ],
)
def test_an_intent_is_followed_to_its_order(entries: list[Entry], status: str) -> None:
    record = desk(*entries).order_of("i")

    assert record is not None
    assert record.status == status


@given(entries=st.lists(st.sampled_from(ENTRIES), max_size=12))
def test_what_is_told_twice_changes_nothing(entries: list[Entry]) -> None:
    once = desk(*entries)
    again = desk(*entries)
    again.replay(each for each in entries if each is not CANCEL)

    assert known(again) == known(once)


def test_a_working_order_is_that_of_its_intent() -> None:
    at = desk(INTENT, PLACE, ACCEPTED, FILLED)
    (record,) = at.unsettled()

    order = at.working(record)

    assert order is not None
    assert (order.intent_id, order.strategy, order.time) == ("i", "/root/strategy", 7.0)
    assert [order.price, order.quantity, order.filled] == [100, 3, 1]


def test_an_order_is_not_done_to_others_before_its_fills_were_told() -> None:
    at = desk(INTENT, PLACE, listed(NAME, OrderStatus.FILLED, 3))
    (record,) = at.unsettled()
    before = at.working(record)
    at.learn(FILLED)
    partly = at.working(at.unsettled()[0])

    assert before is not None
    assert partly is not None
    assert [before.status, before.filled] == [OrderStatus.OPEN, 0]
    assert [partly.status, partly.filled] == [OrderStatus.PARTIALLY_FILLED, 1]


def test_an_order_of_which_nothing_tells_the_side_is_not_described() -> None:
    at = desk(ACCEPTED)

    assert [at.working(each) for each in at.unsettled()] == [None]
    found = at.learn(LISTED)
    assert found is not None
    assert [type(each) for each in found.reports] == [type(ACCEPTED)]


def test_a_cancel_is_remembered_until_the_order_has_ended() -> None:
    at = desk(INTENT, PLACE)

    assert [each.client_order_id for each in at.wish_away(CANCEL)] == [NAME]
    assert at.wants_cancel == {NAME}
    at.learn(CANCELLED)
    assert (at.wants_cancel, at.wish_away(CANCEL)) == (set(), [])
    assert OrderDesk().wish_away(CANCEL) == []


def test_a_fill_before_the_baseline_says_nothing_whenever_it_was_told() -> None:
    at = desk(INTENT, PLACE, fill(3), BASELINE)

    assert at.learn(fill(4)) is None
    ledger = at.ledger()
    assert ledger is not None
    assert (ledger.fills, at.ask_fills_after) == ((), 4)


def test_a_trade_id_is_one_of_its_symbol() -> None:
    other = attrs.evolve(FILLED, symbol="ETHUSDT", client_order_id="web-1", trade_id=3)
    at = desk(BASELINE, fill(5), attrs.evolve(other, trade_id=5), other)
    ledger = at.ledger()

    assert ledger is not None
    assert [(each.symbol, each.trade_id) for each in ledger.fills] == [
        ("BTCUSDT", 5),
        ("ETHUSDT", 3),
        ("ETHUSDT", 5),
    ]


def test_what_had_traded_before_the_baseline_counts_as_told() -> None:
    traded = attrs.evolve(BASELINE, traded={"web-1": Decimal(1)})
    at = desk(traded, listed("web-1", OrderStatus.PARTIALLY_FILLED, 1))
    (before,) = at.unsettled()

    late = attrs.evolve(FILLED, client_order_id="web-1", trade_id=4)
    assert at.learn(late) is None
    at.learn(attrs.evolve(late, trade_id=5, filled=Decimal(2)))
    (after,) = at.unsettled()

    assert (before.filled, before.misses_fills) == (Decimal(1), False)
    assert (after.filled, after.misses_fills) == (Decimal(2), False)


def test_the_ledger_is_in_the_order_of_trade_ids_and_unknown_without_a_baseline() -> (
    None
):
    assert desk(FILLED).ledger() is None
    ledger = desk(BASELINE, fill(9), ADJUSTED, fill(7), fill(9)).ledger()

    assert ledger is not None
    assert [each.trade_id for each in ledger.fills] == [7, 9]
    assert (ledger.baseline, ledger.adjustments) == (BASELINE, (ADJUSTED,))


@pytest.mark.parametrize(
    ("fills", "after"),
    [
        ([], 4),
        ([fill(5)], 4),
        ([fill(5, 0.0), fill(6, OVERLAP)], 4),
        ([fill(5, 0.0), fill(6, OVERLAP + 1)], 5),
        ([fill(6, OVERLAP + 1), fill(5, 0.0)], 5),
        ([fill(5, 0.0), fill(6, 1.0), fill(7, OVERLAP + 2)], 6),
    ],
)
def test_fills_are_asked_for_some_time_back(
    fills: list[OrderFilled], after: int
) -> None:
    assert desk(BASELINE, *fills).ask_fills_after == after


@pytest.mark.parametrize(
    ("name", "wanted_at", "after"),
    [(NAME, 100.0, 5), (NAME, 30.0, 4), ("web-1", 100.0, 4)],
)
def test_a_fill_that_is_missing_is_asked_for_however_long_ago_it_was(
    name: str, wanted_at: float, after: int
) -> None:
    fills = [fill(5, 0.0), fill(6, 500.0)]
    order = attrs.evolve(PLACE, time=wanted_at)
    at = desk(BASELINE, INTENT, order, *fills)
    at.learn(listed(NAME, OrderStatus.OPEN))
    assert at.ask_fills_after == 5

    at.learn(listed(name, OrderStatus.PARTIALLY_FILLED, 1))

    assert at.ask_fills_after == after


def test_rejections_of_our_orders_are_counted() -> None:
    stranger = attrs.evolve(REJECTED, client_order_id="web-1")

    assert desk(INTENT, PLACE, REJECTED, stranger).counts.rejected == 1


def test_an_order_of_a_stranger_counts_at_its_own_price_and_for_no_strategy() -> None:
    at = desk(attrs.evolve(LISTED, client_order_id="web-7"))
    record = at.record("web-7")
    assert record is not None
    working = at.working(record)

    assert working is not None
    assert (working.key, working.strategy, working.intent_id) == ("web-7", "", "")
    assert (working.price, working.quantity) == (LISTED.price, LISTED.quantity)
