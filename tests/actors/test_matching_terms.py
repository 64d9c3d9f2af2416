"""Terms of an order at the paper venue, and what strangers and the venue do to it."""

from decimal import Decimal

import attrs
import pytest

from holdfast.actors.market import DepthSnapshot
from holdfast.actors.matching import MatchingEngine
from holdfast.actors.messages import (
    CancelOrder,
    OrderFilled,
    OrderRejected,
    OrderReport,
    OrderType,
    PlaceOrder,
    Side,
    TimeInForce,
)
from holdfast.actors.venue_rules import Instrument, VenueRules

RULES = VenueRules(
    instrument=Instrument(symbol="BTCUSDT", base="BTC", quote="USDT"),
    tick_size=Decimal("0.01"),
    lot_size=Decimal("0.001"),
    maker_fee=Decimal("0.001"),
    taker_fee=Decimal("0.002"),
)
HELD = {"BTC": Decimal(10), "USDT": Decimal(1000)}


def engine(*, reuses_ids: bool = False, rules: VenueRules = RULES) -> MatchingEngine:
    """A venue that shows 2 at 99, 2 at 101 and 2 at 102."""
    made = MatchingEngine(rules, HELD, reuses_ids=reuses_ids)
    made.on_market(
        DepthSnapshot(
            venue="spot",
            symbol="BTCUSDT",
            last_update_id=1,
            bids=((Decimal(99), Decimal(2)),),
            asks=((Decimal(101), Decimal(2)), (Decimal(102), Decimal(2))),
            received_ns=0,
        )
    )
    return made


def order(
    name: str,
    quantity: int,
    price: int,
    *,
    side: Side = Side.BUY,
    time_in_force: TimeInForce = TimeInForce.GTC,
) -> PlaceOrder:
    return PlaceOrder(
        client_order_id=name,
        intent_id="",
        symbol="BTCUSDT",
        side=side,
        type=OrderType.LIMIT,
        quantity=Decimal(quantity),
        price=Decimal(price),
        time=0.0,
        time_in_force=time_in_force,
    )


def cancel(name: str) -> CancelOrder:
    return CancelOrder(client_order_id=name, symbol="BTCUSDT", time=0.0)


def told(reports: list[OrderReport]) -> list[str]:
    return [
        f"filled {report.quantity}"
        if isinstance(report, OrderFilled)
        else type(report).__name__
        for report in reports
    ]


@pytest.mark.parametrize(
    ("time_in_force", "price", "reports"),
    [
        (TimeInForce.GTC, 101, ["OrderAccepted", "filled 2"]),
        (TimeInForce.IOC, 101, ["OrderAccepted", "filled 2", "OrderCancelled"]),
        (TimeInForce.IOC, 98, ["OrderAccepted", "OrderCancelled"]),
        (TimeInForce.FOK, 101, ["OrderAccepted", "OrderCancelled"]),
        (TimeInForce.FOK, 102, ["OrderAccepted", "filled 2", "filled 1"]),
    ],
)
def test_the_rest_of_an_order_rests_only_if_it_may(
    time_in_force: TimeInForce, price: int, reports: list[str]
) -> None:
    venue = engine()

    assert told(venue.place(order("a", 3, price, time_in_force=time_in_force))) == (
        reports
    )


def test_an_id_comes_again_only_once_its_order_is_done_and_only_if_allowed() -> None:
    once, again = engine(), engine(reuses_ids=True)
    for venue in (once, again):
        venue.place(order("a", 1, 90))
    while_open = again.place(order("a", 1, 90))
    for venue in (once, again):
        venue.cancel(cancel("a"))

    assert told(while_open) == ["OrderRejected"]
    assert told(once.place(order("a", 1, 91))) == ["OrderRejected"]
    assert told(again.place(order("a", 1, 91))) == ["OrderAccepted"]
    assert [(each.exchange_order_id, each.status) for each in again.orders()] == [
        ("1", "cancelled"),
        ("2", "open"),
    ]


def test_a_stranger_trades_with_an_order_that_rests_up_to_what_is_left() -> None:
    venue = engine()
    venue.place(order("a", 3, 90))

    assert told(venue.hit("a", Decimal(1))) == ["filled 1"]
    assert told(venue.hit("a", Decimal(5))) == ["filled 2"]
    assert venue.hit("a", Decimal(1)) == []
    assert venue.hit("nobody", Decimal(1)) == []


def test_the_venue_takes_an_order_off_by_itself() -> None:
    venue = engine()
    venue.place(order("a", 3, 90))

    assert told(venue.withdraw("a")) == ["OrderCancelled"]
    assert venue.withdraw("a") == []


def test_an_order_is_judged_without_being_taken() -> None:
    venue = engine()

    refusal = venue.refusal(order("a", 100, 100))

    assert isinstance(refusal, OrderRejected)
    assert refusal.reason == "insufficient_balance"
    assert venue.refusal(order("a", 1, 100)) is None
    assert venue.orders() == ()


def test_a_fee_may_be_paid_in_what_is_received() -> None:
    venue = engine(rules=attrs.evolve(RULES, fee_in_received=True))
    venue.place(order("a", 1, 101))
    venue.place(order("b", 1, 99, side=Side.SELL))

    assert [(each.fee, each.fee_asset) for each in venue.fills()] == [
        (Decimal("0.002"), "BTC"),
        (Decimal("0.198"), "USDT"),
    ]
    assert [(each.asset, each.total) for each in venue.balances().balances] == [
        ("BTC", Decimal("9.998")),
        ("USDT", Decimal("997.802")),
    ]
