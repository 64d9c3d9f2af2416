"""The exchange behind the protocols, without any protocol."""

from decimal import Decimal

import pytest

from holdfast.actors.market import DepthSnapshot
from holdfast.actors.messages import OrderRejected, OrderType, PlaceOrder, Side
from holdfast.supervision.runtime.clock import ManualClock
from holdfast.testing import VenueSettings
from holdfast.testing.venue.clock import VenueClock
from holdfast.testing.venue.exchange import Exchange
from holdfast.testing.venue.orders import OrderEvent, VenueOrder, VenueStatus


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(wall=1000.0)


@pytest.fixture
def exchange(clock: ManualClock) -> Exchange:
    """One that shows 1 at 101 and 1 at 102."""
    made = Exchange(VenueSettings(), VenueClock(clock))
    made.on_market(
        DepthSnapshot(
            venue="spot",
            symbol="BTCUSDT",
            last_update_id=1,
            bids=(),
            asks=((Decimal(101), Decimal(1)), (Decimal(102), Decimal(1))),
            received_ns=0,
        )
    )
    return made


def place(exchange: Exchange, name: str, quantity: int, price: int) -> VenueOrder:
    placed = exchange.place(
        PlaceOrder(
            client_order_id=name,
            intent_id="",
            symbol="BTCUSDT",
            side=Side.BUY,
            type=OrderType.LIMIT,
            quantity=Decimal(quantity),
            price=Decimal(price),
            time=0.0,
        )
    )
    assert not isinstance(placed, OrderRejected)
    return placed


def test_every_event_is_told_with_the_order_as_it_is_after_it(
    exchange: Exchange,
) -> None:
    heard: list[OrderEvent] = []
    exchange.subscribe(heard.append)

    order = place(exchange, "a", 3, 102)
    exchange.hit(order.id, Decimal("0.5"))
    exchange.cancel(order.id)

    assert [(each.order.status.value, str(each.order.filled)) for each in heard] == [
        ("NEW", "0"),
        ("PARTIALLY_FILLED", "1"),
        ("PARTIALLY_FILLED", "2"),
        ("PARTIALLY_FILLED", "2.5"),
        ("CANCELED", "2.5"),
    ]
    assert [each.execution is not None for each in heard] == [
        False,
        True,
        True,
        True,
        False,
    ]


def test_times_are_those_of_the_venues_clock(
    exchange: Exchange, clock: ManualClock
) -> None:
    order = place(exchange, "a", 1, 90)
    clock.advance(5.0)
    exchange.hit(order.id, Decimal(1))

    found = exchange.all_orders()[0]
    assert (found.created, found.updated) == (1000.0, 1005.0)
    assert [execution.time for _, execution in exchange.executions()] == [1005.0]


def test_an_order_that_is_over_is_neither_cancelled_nor_filled_nor_ended(
    exchange: Exchange,
) -> None:
    order = place(exchange, "a", 1, 101)

    exchange.hit(order.id, Decimal(1))
    exchange.end(order.id, VenueStatus.EXPIRED)

    assert exchange.cancel(order.id) is None
    assert [each.status for each in exchange.all_orders()] == ["FILLED"]


def test_the_newest_order_of_a_name_is_found_and_any_by_its_id(
    exchange: Exchange,
) -> None:
    place(exchange, "a", 1, 101)
    place(exchange, "a", 1, 90)

    found = [exchange.find(None, "a"), exchange.find(1, ""), exchange.find(9, "")]
    assert [each and each.status.value for each in found] == ["NEW", "FILLED", None]


def test_a_hidden_order_is_not_listed_until_its_time(
    exchange: Exchange, clock: ManualClock
) -> None:
    order = place(exchange, "a", 1, 90)
    exchange.hide(order.id, 3.0)
    hidden = exchange.listed()
    clock.advance(3.0)

    assert (hidden, len(exchange.listed()), len(exchange.all_orders())) == ((), 1, 1)


def test_balances_are_remembered(exchange: Exchange, clock: ManualClock) -> None:
    clock.advance(10.0)
    place(exchange, "a", 1, 101)
    clock.advance(2.0)

    held = [exchange.balances(lag).of("BTC") for lag in (0.0, 2.0, 2.1, 99.0)]
    assert [str(each.total) for each in held if each] == [
        "10.999",
        "10.999",
        "10",
        "10",
    ]
