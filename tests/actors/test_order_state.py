"""An order's status is read off the facts, in whatever order they were told."""

from decimal import Decimal

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.actors.evidence import OrderUnknown
from holdfast.actors.messages import (
    CancelReason,
    CancelRejected,
    CancelRejectionReason,
    Liquidity,
    OrderAccepted,
    OrderCancelled,
    OrderFilled,
    OrderRejected,
    OrderStatus,
    OrderType,
    PlaceOrder,
    RejectionReason,
    Side,
)
from holdfast.actors.order_state import (
    Evidence,
    OrderLog,
    OrderRecord,
)
from holdfast.actors.queries import VenueOrder

PLACED = PlaceOrder(
    client_order_id="a",
    intent_id="i",
    symbol="BTCUSDT",
    side=Side.BUY,
    type=OrderType.LIMIT,
    quantity=Decimal(3),
    price=Decimal(100),
    time=1.0,
)
ACCEPTED = OrderAccepted(
    client_order_id="a", exchange_order_id="7", symbol="BTCUSDT", time=1.0
)
TOO_LATE = CancelRejected(
    client_order_id="a",
    symbol="BTCUSDT",
    reason=CancelRejectionReason.ALREADY_DONE,
    detail="",
    time=1.0,
)


def rejected(reason: RejectionReason) -> OrderRejected:
    return OrderRejected(
        client_order_id="a", symbol="BTCUSDT", reason=reason, detail="", time=1.0
    )


def filled(trade_id: int, quantity: int, total: int) -> OrderFilled:
    return OrderFilled(
        client_order_id="a",
        exchange_order_id="7",
        symbol="BTCUSDT",
        trade_id=trade_id,
        side=Side.BUY,
        price=Decimal(100),
        quantity=Decimal(quantity),
        filled=Decimal(total),
        remaining=Decimal(3 - total),
        fee=Decimal(0),
        fee_asset="USDT",
        liquidity=Liquidity.MAKER,
        time=1.0,
    )


def cancelled(total: int) -> OrderCancelled:
    return OrderCancelled(
        client_order_id="a",
        exchange_order_id="7",
        symbol="BTCUSDT",
        filled=Decimal(total),
        remaining=Decimal(3 - total),
        reason=CancelReason.REQUESTED,
        time=1.0,
    )


def listed(status: OrderStatus, total: int) -> VenueOrder:
    return VenueOrder(
        client_order_id="a",
        exchange_order_id="7",
        symbol="BTCUSDT",
        side=Side.BUY,
        type=OrderType.LIMIT,
        quantity=Decimal(3),
        price=Decimal(100),
        filled=Decimal(total),
        status=status,
        time=1.0,
    )


def log(*evidence: Evidence) -> OrderLog:
    made = OrderLog()
    for each in evidence:
        made.apply(each)
    return made


def record(*evidence: Evidence) -> OrderRecord:
    found = log(*evidence).order("a")
    assert found is not None
    return found


DUPLICATE = rejected(RejectionReason.DUPLICATE)
UNKNOWN = OrderUnknown(client_order_id="a", symbol="BTCUSDT", detail="", time=1.0)
NEVER_ARRIVED = rejected(RejectionReason.NEVER_ARRIVED)


@pytest.mark.parametrize(
    ("evidence", "status", "total"),
    [
        ([PLACED], "pending", 0),
        ([PLACED, ACCEPTED], "open", 0),
        ([PLACED, DUPLICATE], "open", 0),
        ([PLACED, UNKNOWN], "unknown", 0),
        ([PLACED, UNKNOWN, ACCEPTED], "open", 0),
        ([PLACED, UNKNOWN, NEVER_ARRIVED], "rejected", 0),
        ([PLACED, UNKNOWN, filled(1, 3, 3)], "filled", 3),
        ([PLACED, NEVER_ARRIVED], "rejected", 0),
        ([PLACED, NEVER_ARRIVED, ACCEPTED], "open", 0),
        ([PLACED, ACCEPTED, filled(1, 1, 1)], "partially_filled", 1),
        ([PLACED, filled(2, 1, 2)], "partially_filled", 2),
        ([PLACED, filled(1, 1, 1), filled(1, 1, 1)], "partially_filled", 1),
        ([PLACED, filled(1, 1, 1), filled(2, 2, 3)], "filled", 3),
        ([PLACED, filled(1, 1, 1), filled(2, 2, 2)], "filled", 3),
        ([PLACED, NEVER_ARRIVED, filled(1, 1, 1)], "partially_filled", 1),
        ([PLACED, ACCEPTED, cancelled(0)], "cancelled", 0),
        ([PLACED, cancelled(0), ACCEPTED], "cancelled", 0),
        ([PLACED, cancelled(0), filled(1, 1, 1)], "cancelled", 1),
        ([PLACED, cancelled(2), filled(1, 1, 1)], "cancelled", 2),
        ([PLACED, cancelled(0), filled(1, 3, 3)], "filled", 3),
        ([PLACED, ACCEPTED, TOO_LATE], "open", 0),
        ([PLACED, listed(OrderStatus.OPEN, 0)], "open", 0),
        ([PLACED, listed(OrderStatus.PARTIALLY_FILLED, 1)], "partially_filled", 1),
        ([PLACED, filled(1, 2, 2), listed(OrderStatus.OPEN, 0)], "partially_filled", 2),
        ([PLACED, listed(OrderStatus.FILLED, 3)], "filled", 3),
        ([PLACED, listed(OrderStatus.FILLED, 0)], "filled", 3),
        ([PLACED, listed(OrderStatus.CANCELLED, 1)], "cancelled", 1),
        ([PLACED, cancelled(1), listed(OrderStatus.OPEN, 0)], "cancelled", 1),
        ([PLACED, listed(OrderStatus.REJECTED, 0)], "rejected", 0),
        ([listed(OrderStatus.OPEN, 0)], "open", 0),
        ([filled(1, 1, 1)], "partially_filled", 1),
    ],
)
def test_the_facts_make_the_status(
    evidence: list[Evidence], status: str, total: int
) -> None:
    known = record(*evidence)

    assert known.status == status
    assert known.filled == total


facts = st.lists(
    st.sampled_from(
        [
            PLACED,
            ACCEPTED,
            TOO_LATE,
            DUPLICATE,
            UNKNOWN,
            NEVER_ARRIVED,
            filled(1, 1, 1),
            filled(2, 1, 2),
            filled(3, 1, 3),
            cancelled(0),
            cancelled(1),
            *(listed(status, 1) for status in OrderStatus),
        ]
    ),
    min_size=1,
)


@given(facts, st.data())
def test_the_same_facts_in_any_order_and_number_make_the_same_record(
    evidence: list[Evidence], data: st.DataObject
) -> None:
    again = data.draw(st.lists(st.sampled_from(evidence)))
    shuffled = data.draw(st.permutations(evidence + again))

    assert record(*shuffled) == record(*evidence)


@given(facts)
def test_what_is_filled_only_grows_and_an_end_is_an_end(
    evidence: list[Evidence],
) -> None:
    known = OrderRecord(client_order_id="a", symbol="BTCUSDT")
    for each in evidence:
        later = known.after(each)

        assert later.filled >= known.filled
        if known.status is OrderStatus.FILLED:
            assert later.status is OrderStatus.FILLED
        if known.status is OrderStatus.CANCELLED:
            assert later.status in {OrderStatus.CANCELLED, OrderStatus.FILLED}
        known = later


def test_evidence_that_says_nothing_new_is_told_apart() -> None:
    made = OrderLog()

    heard = [
        made.apply(each)
        for each in (PLACED, PLACED, ACCEPTED, ACCEPTED, filled(1, 1, 1), TOO_LATE)
    ]

    assert heard == [True, False, True, False, True, False]


def test_open_orders_are_those_that_may_still_trade() -> None:
    made = log(PLACED, attrs.evolve(PLACED, client_order_id="b"))

    assert [each.client_order_id for each in made.open_orders()] == ["a", "b"]
    made.apply(cancelled(0))
    assert [each.client_order_id for each in made.open_orders()] == ["b"]


def test_an_order_whose_fills_were_not_all_told_is_still_open() -> None:
    made = log(PLACED, filled(1, 1, 1), listed(OrderStatus.FILLED, 3))
    assert [each.status for each in made.open_orders()] == ["filled"]

    made.apply(filled(2, 2, 3))

    assert made.open_orders() == ()


def test_a_rejected_order_that_turns_up_is_open_again() -> None:
    made = log(PLACED, NEVER_ARRIVED)
    assert made.open_orders() == ()

    made.apply(listed(OrderStatus.OPEN, 0))

    assert [each.status for each in made.open_orders()] == ["open"]


def test_nothing_remains_of_an_order_that_is_done_or_of_unknown_size() -> None:
    assert record(PLACED, filled(1, 1, 1)).remaining == 2
    assert record(PLACED, cancelled(1)).remaining == 0
    assert record(ACCEPTED).remaining == 0


def test_an_order_of_which_the_venue_counts_more_misses_fills() -> None:
    assert record(PLACED, listed(OrderStatus.FILLED, 3)).misses_fills is True
    assert record(PLACED, cancelled(1), filled(1, 1, 1)).misses_fills is False


def test_evidence_about_nobodys_order_is_left_out() -> None:
    made = OrderLog()

    assert made.apply(attrs.evolve(filled(1, 1, 1), client_order_id="")) is False
    assert made.open_orders() == ()
