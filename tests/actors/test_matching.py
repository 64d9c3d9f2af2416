"""The paper venue, order by order: what is accepted, filled, queued and refused."""

from collections.abc import Iterable
from decimal import Decimal

import attrs
import pytest

from holdfast.actors.market import DepthSnapshot, Level, MarketMessage, Quote, Trade
from holdfast.actors.matching import MatchingEngine
from holdfast.actors.messages import (
    CancelOrder,
    CancelRejected,
    Liquidity,
    OrderAccepted,
    OrderCancelled,
    OrderFilled,
    OrderRejected,
    OrderReport,
    OrderStatus,
    OrderType,
    PlaceOrder,
    Side,
)
from holdfast.actors.venue_rules import Instrument, VenueRules

RULES = VenueRules(
    instrument=Instrument(symbol="BTCUSDT", base="BTC", quote="USDT"),
    tick_size=Decimal("0.01"),
    lot_size=Decimal("0.001"),
    minimum_notional=Decimal(5),
    maker_fee=Decimal("0.001"),
    taker_fee=Decimal("0.002"),
)
Sizes = dict[int, int]


def levels(sizes: Sizes) -> tuple[Level, ...]:
    return tuple((Decimal(price), Decimal(size)) for price, size in sizes.items())


def book(at: int, last: int, bids: Sizes, asks: Sizes) -> DepthSnapshot:
    return DepthSnapshot(
        venue="spot",
        symbol="BTCUSDT",
        last_update_id=last,
        bids=levels(bids),
        asks=levels(asks),
        received_ns=at * 10**9,
    )


def quote(at: int, update_id: int, bid: tuple[int, int], ask: tuple[int, int]) -> Quote:
    return Quote(
        venue="spot",
        symbol="BTCUSDT",
        update_id=update_id,
        bid=Decimal(bid[0]),
        bid_quantity=Decimal(bid[1]),
        ask=Decimal(ask[0]),
        ask_quantity=Decimal(ask[1]),
        received_ns=at * 10**9,
    )


def trade(
    at: int, trade_id: int, price: int, size: int, *, seller: bool = True
) -> Trade:
    return Trade(
        venue="spot",
        symbol="BTCUSDT",
        id=trade_id,
        price=Decimal(price),
        quantity=Decimal(size),
        time=float(at),
        received_ns=at * 10**9,
        buyer_is_maker=seller,
    )


def buy(name: str, quantity: int, price: int | None, *, at: int = 1) -> PlaceOrder:
    return PlaceOrder(
        client_order_id=name,
        intent_id=f"i-{name}",
        symbol="BTCUSDT",
        side=Side.BUY,
        type=OrderType.LIMIT if price else OrderType.MARKET,
        quantity=Decimal(quantity),
        price=Decimal(price) if price else None,
        time=float(at),
    )


def sell(name: str, quantity: int, price: int | None) -> PlaceOrder:
    return attrs.evolve(buy(name, quantity, price), side=Side.SELL)


def cancel(name: str, *, at: int = 1) -> CancelOrder:
    return CancelOrder(client_order_id=name, symbol="BTCUSDT", time=float(at))


def engine(*, latency: float = 0.0, usdt: int = 100_000) -> MatchingEngine:
    """Start with 2 at 99 and 3 at 98 against 1 at 101 and 4 at 102, at second 1."""
    made = MatchingEngine(
        RULES, {"BTC": Decimal(10), "USDT": Decimal(usdt)}, latency=latency
    )
    made.on_market(book(1, 10, {99: 2, 98: 3}, {101: 1, 102: 4}))
    return made


def told(reports: Iterable[OrderReport]) -> list[tuple[str, ...]]:
    """Shorten each report to what the tests look at."""
    return [_short(report) for report in reports]


def _short(report: OrderReport) -> tuple[str, ...]:
    name = report.client_order_id
    match report:
        case OrderAccepted():
            return name, "accepted"
        case OrderRejected(reason=reason):
            return name, "rejected", reason
        case OrderFilled(quantity=quantity, price=price, liquidity=liquidity):
            return name, "filled", f"{quantity} at {price}", liquidity
        case OrderCancelled(remaining=remaining, reason=reason):
            return name, "cancelled", str(remaining), reason
        case CancelRejected(reason=reason):
            return name, "not cancelled", reason


def held(venue: MatchingEngine) -> dict[str, tuple[float, float]]:
    return {
        balance.asset: (float(balance.free), float(balance.reserved))
        for balance in venue.balances().balances
    }


def test_a_market_order_takes_level_after_level() -> None:
    assert told(engine().place(buy("a", 3, None))) == [
        ("a", "accepted"),
        ("a", "filled", "1 at 101", "taker"),
        ("a", "filled", "2 at 102", "taker"),
    ]


def test_a_fill_moves_the_balances_and_costs_a_fee_in_quote() -> None:
    venue = engine()

    _, bought = venue.place(buy("a", 1, None))

    assert bought == OrderFilled(
        client_order_id="a",
        exchange_order_id="1",
        symbol="BTCUSDT",
        trade_id=1,
        side=Side.BUY,
        price=Decimal(101),
        quantity=Decimal(1),
        filled=Decimal(1),
        remaining=Decimal(0),
        fee=Decimal("0.202"),
        fee_asset="USDT",
        liquidity=Liquidity.TAKER,
        time=1.0,
    )
    assert held(venue) == {"BTC": (11, 0), "USDT": (99898.798, 0)}


def test_what_finds_no_liquidity_is_cancelled() -> None:
    assert told(engine().place(sell("a", 7, None))) == [
        ("a", "accepted"),
        ("a", "filled", "2 at 99", "taker"),
        ("a", "filled", "3 at 98", "taker"),
        ("a", "cancelled", "2", "no_liquidity"),
    ]


def test_what_we_took_is_gone_until_the_level_changes() -> None:
    venue = engine()
    venue.place(buy("a", 1, None))

    assert told(venue.place(buy("b", 1, 101)))[1:] == []
    venue.on_market(quote(2, 11, (99, 2), (101, 5)))
    assert told(venue.place(buy("c", 1, 101)))[1:] == [
        ("c", "filled", "1 at 101", "taker")
    ]


def test_a_limit_order_takes_at_the_better_prices_of_the_book() -> None:
    fills = told(engine().place(buy("a", 2, 103)))[1:]

    assert [price for _, _, price, _ in fills] == ["1 at 101", "1 at 102"]


def test_a_maker_pays_the_fee_of_a_maker() -> None:
    venue = engine()
    venue.place(buy("a", 1, 100))

    venue.on_market(trade(2, 1, 100, 1))

    assert [fill.fee for fill in venue.fills()] == [Decimal("0.1")]


def test_a_limit_order_takes_up_to_its_price_and_the_rest_rests() -> None:
    venue = engine()

    assert told(venue.place(buy("a", 3, 101))) == [
        ("a", "accepted"),
        ("a", "filled", "1 at 101", "taker"),
    ]
    (order,) = venue.orders()
    assert (int(order.filled), order.status) == (1, OrderStatus.PARTIALLY_FILLED)
    assert held(venue)["USDT"][1] == 202.404


def test_a_resting_order_waits_for_what_stood_before_it() -> None:
    venue = engine()
    venue.place(buy("a", 4, 99))

    heard = [
        told(venue.on_market(trade(2, 1, 99, 1))),
        told(venue.on_market(trade(3, 2, 99, 1, seller=False))),
        told(venue.on_market(trade(4, 3, 99, 2))),
        told(venue.on_market(trade(5, 4, 99, 9))),
    ]

    assert heard == [
        [],
        [],
        [("a", "filled", "1 at 99", "maker")],
        [("a", "filled", "3 at 99", "maker")],
    ]


def test_a_trade_is_spent_once_by_price_and_then_by_age() -> None:
    venue = engine()
    for name, price in (("old", 99), ("young", 99), ("best", 100)):
        venue.place(buy(name, 2, price))

    assert told(venue.on_market(trade(2, 1, 99, 7))) == [
        ("best", "filled", "2 at 100", "maker"),
        ("old", "filled", "2 at 99", "maker"),
        ("young", "filled", "1 at 99", "maker"),
    ]


def test_a_book_that_crosses_an_order_fills_it_with_what_is_there() -> None:
    venue = engine()
    venue.place(buy("a", 3, 100))

    heard = [
        told(venue.on_market(quote(2, 11, (98, 1), (100, 1)))),
        told(venue.on_market(quote(3, 12, (97, 1), (100, 1)))),
        told(venue.on_market(quote(4, 13, (97, 1), (99, 5)))),
    ]

    assert heard == [
        [("a", "filled", "1 at 100", "maker")],
        [],
        [("a", "filled", "2 at 100", "maker")],
    ]


def test_messages_that_come_again_change_nothing() -> None:
    venue = engine()
    venue.place(buy("a", 9, 99))
    first: list[MarketMessage] = [trade(2, 5, 99, 4), quote(3, 11, (97, 1), (98, 2))]

    assert [len(venue.on_market(message)) for message in first] == [1, 1]
    before = (venue.orders(), venue.fills(), held(venue))
    assert [venue.on_market(message) for message in first] == [[], []]
    assert venue.on_market(trade(4, 4, 90, 9)) == []
    assert (venue.orders(), venue.fills(), held(venue)) == before


def test_other_markets_are_ignored() -> None:
    venue = MatchingEngine(RULES, {"USDT": Decimal(1000)}, venue="usdm")

    venue.on_market(book(1, 10, {99: 2}, {101: 1}))

    assert told(venue.place(buy("a", 1, None, at=0))) == [
        ("a", "rejected", "no_market")
    ]


@pytest.mark.parametrize(
    ("order", "reason"),
    [
        (buy("a", 1000, 100), "insufficient_balance"),
        (sell("a", 11, 100), "insufficient_balance"),
        (buy("a", 0, 100), "malformed"),
    ],
)
def test_what_is_refused_leaves_no_trace(order: PlaceOrder, reason: str) -> None:
    venue = engine()
    before = held(venue)

    assert told(venue.place(order)) == [("a", "rejected", reason)]
    assert (venue.orders(), venue.fills(), held(venue)) == ((), (), before)


@pytest.mark.parametrize(("usdt", "kind"), [(203, "rejected"), (204, "accepted")])
def test_a_market_buy_needs_what_the_levels_cost_with_fee(usdt: int, kind: str) -> None:
    venue = engine(usdt=usdt)

    assert told(venue.place(buy("a", 2, None)))[0][1] == kind
    assert held(venue)["USDT"][0] >= 0


def test_open_orders_reserve_what_they_may_need() -> None:
    venue = engine(usdt=1000)
    venue.place(buy("a", 5, 90))

    assert held(venue)["USDT"] == (549.1, 450.9)
    assert told(venue.place(buy("b", 7, 90))) == [
        ("b", "rejected", "insufficient_balance")
    ]
    venue.cancel(cancel("a"))
    assert held(venue)["USDT"] == (1000, 0)


def test_a_client_order_id_is_accepted_once_even_after_its_order_ended() -> None:
    venue = engine()
    venue.place(buy("a", 1, 90))
    venue.cancel(cancel("a"))

    assert told(venue.place(buy("a", 1, 90))) == [("a", "rejected", "duplicate")]


def test_a_refused_order_may_be_sent_again() -> None:
    venue = engine()
    venue.place(buy("a", 0, 90))

    assert told(venue.place(buy("a", 1, 90))) == [("a", "accepted")]


def test_a_cancel_ends_an_open_order_and_no_other() -> None:
    venue = engine()
    venue.place(buy("open", 1, 90))
    venue.place(buy("done", 1, None))

    assert told(
        report
        for name in ("open", "open", "done", "never")
        for report in venue.cancel(cancel(name))
    ) == [
        ("open", "cancelled", "1", "requested"),
        ("open", "not cancelled", "already_done"),
        ("done", "not cancelled", "already_done"),
        ("never", "not cancelled", "unknown_order"),
    ]
    assert venue.on_market(trade(2, 1, 80, 5)) == []


def test_an_order_acts_after_its_latency_on_the_book_of_that_moment() -> None:
    venue = engine(latency=2.0)

    assert venue.place(buy("a", 1, None)) == []
    assert venue.on_market(quote(2, 11, (99, 2), (103, 7))) == []
    reports = venue.on_market(quote(3, 12, (99, 2), (105, 7)))

    assert told(reports) == [("a", "accepted"), ("a", "filled", "1 at 103", "taker")]
    assert [report.time for report in reports] == [3.0, 3.0]


def test_commands_under_way_act_in_the_order_they_were_sent() -> None:
    venue = engine(latency=2.0)
    venue.place(buy("late", 1, 90, at=5))
    venue.place(buy("a", 1, 90, at=2))
    venue.cancel(cancel("a", at=2))
    venue.place(buy("a", 1, 90, at=2))

    assert told(venue.on_market(trade(6, 1, 200, 1))) == [
        ("a", "accepted"),
        ("a", "cancelled", "1", "requested"),
        ("a", "rejected", "duplicate"),
    ]
    (accepted,) = venue.flush()
    assert (accepted.client_order_id, accepted.time) == ("late", 7.0)
    assert venue.flush() == []


def test_fills_are_numbered_and_can_be_asked_for_from_any_id() -> None:
    venue = engine()
    venue.place(buy("a", 3, None))
    venue.place(sell("b", 1, None))

    assert [fill.trade_id for fill in venue.fills()] == [1, 2, 3]
    assert [fill.client_order_id for fill in venue.fills(after=2)] == ["b"]
    assert (venue.fills(after=3), len(venue.fills(after=-1))) == ((), 3)


@pytest.mark.parametrize("latency", [-1.0, float("nan")])
def test_a_latency_that_makes_no_sense_is_refused(latency: float) -> None:
    with pytest.raises(ValueError, match="seconds >= 0"):
        MatchingEngine(RULES, {}, latency=latency)
