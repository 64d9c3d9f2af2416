"""An exchange and its streams at a venue that speaks Binance's protocol, all real."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from holdfast.actors.live import AccountStream, MarketStream
from holdfast.actors.messages import (
    CancelOrder,
    Liquidity,
    OrderFilled,
    OrderStatus,
    OrderType,
    PlaceOrder,
    Side,
    TimeInForce,
)
from holdfast.actors.queries import (
    Fills,
    Ping,
    QueryBalances,
    QueryFills,
    QueryOrders,
    VenueOrder,
    VenueTime,
)
from holdfast.supervision import Ref, SystemClock
from holdfast.supervision.outcome import VenueRefused
from holdfast.testing import Fault, VenueServer
from holdfast.tests.actors.live.socket_script import wait_until

Ask = Callable[[Ref, Any], Any]


@pytest.fixture
def clock() -> SystemClock:
    return SystemClock()


@pytest.fixture
def ref(exchange: Callable[..., Ref], venue_urls: dict[str, Any]) -> Ref:
    """The exchange at the venue."""
    return exchange(venue_urls)


def order(name: str, **changes: Any) -> PlaceOrder:
    given: dict[str, Any] = {
        "client_order_id": name,
        "intent_id": f"desk:{name}",
        "symbol": "BTCUSDT",
        "side": Side.BUY,
        "type": OrderType.LIMIT,
        "quantity": Decimal("0.01"),
        "price": Decimal(59_000),
        "time": 1.0,
        **changes,
    }
    return PlaceOrder(**given)


AT_MARKET = {"type": OrderType.MARKET, "price": None}


def cancel(name: str) -> CancelOrder:
    return CancelOrder(client_order_id=name, symbol="BTCUSDT", time=1.0)


def find(*names: str) -> QueryOrders:
    return QueryOrders(symbol="BTCUSDT", client_order_ids=names)


def test_an_order_is_placed_found_listed_and_cancelled(ref: Ref, ask: Ask) -> None:
    placed = ask(ref, order("a"))
    found = ask(ref, find("a", "never"))
    listed = ask(ref, find())
    cancelled = ask(ref, cancel("a"))
    nothing_left = ask(ref, find())

    assert isinstance(placed, VenueOrder)
    assert (placed.client_order_id, placed.status) == ("a", OrderStatus.OPEN)
    assert [each.exchange_order_id for each in found.orders] == [
        placed.exchange_order_id
    ]
    assert found.absent == ("never",)
    assert [each.client_order_id for each in listed.orders] == ["a"]
    assert cancelled.status is OrderStatus.CANCELLED
    assert nothing_left.orders == ()


def test_an_order_that_fills_at_once_is_answered_as_filled(ref: Ref, ask: Ask) -> None:
    filled = ask(ref, order("a", **AT_MARKET))

    assert (filled.status, filled.filled) == (OrderStatus.FILLED, Decimal("0.01"))


@pytest.mark.parametrize(
    ("time_in_force", "status", "filled"),
    [
        (TimeInForce.GTC, OrderStatus.PARTIALLY_FILLED, "1"),
        (TimeInForce.IOC, OrderStatus.CANCELLED, "1"),
        (TimeInForce.FOK, OrderStatus.CANCELLED, "0"),
    ],
)
def test_the_rest_of_an_order_is_a_matter_of_its_time_in_force(
    ref: Ref, ask: Ask, time_in_force: TimeInForce, status: OrderStatus, filled: str
) -> None:
    more = {"quantity": Decimal(3), "price": Decimal(60_001)}
    placed = ask(ref, order("a", time_in_force=time_in_force, **more))

    assert (placed.status, placed.filled) == (status, Decimal(filled))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"price": Decimal("59000.001")}, "tick_size"),
        ({"quantity": Decimal("0.000011")}, "lot_size"),
        ({"quantity": Decimal("0.00001")}, "minimum_notional"),
        ({"quantity": Decimal(100)}, "insufficient_balance"),
    ],
)
def test_an_order_against_the_rules_is_refused_with_a_reason(
    ref: Ref, ask: Ask, venue: VenueServer, changes: Any, code: str
) -> None:
    refused = ask(ref, order("a", **changes))

    assert isinstance(refused, VenueRefused)
    assert refused.code == code
    assert venue.orders() == ()


def test_a_cancel_of_what_is_done_tells_how_it_ended(ref: Ref, ask: Ask) -> None:
    """Row: fill races cancel; a cancel's error must not be read as "never existed"."""
    ask(ref, order("a", **AT_MARKET))
    answer = ask(ref, cancel("a"))

    assert isinstance(answer, VenueOrder)
    assert (answer.status, answer.filled) == (OrderStatus.FILLED, Decimal("0.01"))


def test_a_cancel_of_what_never_was_is_refused(ref: Ref, ask: Ask) -> None:
    refused = ask(ref, cancel("never"))

    assert isinstance(refused, VenueRefused)
    assert refused.code == "unknown_order"


def test_all_fills_after_an_id_are_told_by_name(ref: Ref, ask: Ask) -> None:
    for number in range(3):
        ask(ref, order(f"a-{number}", **AT_MARKET))
    every: Fills = ask(ref, QueryFills(symbol="BTCUSDT"))
    later = ask(
        ref, QueryFills(symbol="BTCUSDT", after_trade_id=every.fills[0].trade_id)
    )

    assert [each.client_order_id for each in every.fills] == ["a-0", "a-1", "a-2"]
    assert later.fills == every.fills[1:]
    first = every.fills[0]
    assert (first.price, first.quantity) == (Decimal(60_001), Decimal("0.01"))
    assert (first.fee, first.fee_asset) == (Decimal("0.00001"), "BTC")
    assert first.liquidity is Liquidity.TAKER


def test_fills_of_a_life_before_this_one_are_told_by_name(
    exchange: Callable[..., Ref],
    venue_urls: dict[str, Any],
    ask: Ask,
    venue: VenueServer,
) -> None:
    """Row: restart believes it is flat. The venue names a fill by its own id only."""
    ask(exchange(venue_urls), order("before", **AT_MARKET))
    told: Fills = ask(exchange(venue_urls), QueryFills(symbol="BTCUSDT"))

    assert [each.client_order_id for each in told.fills] == ["before"]
    assert len(venue.executions()) == 1


def test_balances_and_time_are_the_venues(
    ref: Ref, ask: Ask, venue: VenueServer
) -> None:
    ask(ref, order("a"))
    told = ask(ref, QueryBalances())
    truth = venue.balances()

    for asset in ("BTC", "USDT"):
        assert told.of(asset) == truth.of(asset)
    assert isinstance(ask(ref, Ping()), VenueTime)


def test_nothing_is_ever_sent_twice(ref: Ref, ask: Ask, venue: VenueServer) -> None:
    ask(ref, order("a"))
    ask(ref, cancel("a"))
    changing = [each for each in venue.requests() if each.method in ("POST", "DELETE")]

    assert [(each.method, each.client_order_id) for each in changing] == [
        ("POST", "a"),
        ("DELETE", "a"),
    ]


def test_what_becomes_of_an_order_is_heard_as_it_happens(
    ref: Ref, ask: Ask, hears: Any, told: Any, venue: VenueServer
) -> None:
    hears(AccountStream)
    told.wait_for("AccountStreamUp")
    placed = ask(ref, order("a", quantity=Decimal("0.3")))
    venue.hit(int(placed.exchange_order_id), Decimal("0.1"))
    ask(ref, cancel("a"))
    told.wait_for("OrderCancelled")

    assert told.names() == [
        "AccountStreamDown",  # it is, until it is up
        "AccountStreamUp",
        "OrderAccepted",
        "OrderFilled",
        "OrderCancelled",
    ]
    heard = next(each for each in told.messages if isinstance(each, OrderFilled))
    asked: Fills = ask(ref, QueryFills(symbol="BTCUSDT"))
    assert (heard.trade_id, heard.quantity, heard.fee, heard.client_order_id) == (
        asked.fills[0].trade_id,
        Decimal("0.1"),
        asked.fills[0].fee,
        "a",
    )


def test_the_market_is_heard_as_it_happens(
    hears: Any, told: Any, venue: VenueServer
) -> None:
    kinds = ["trades", "quotes", "depth"]
    hears(MarketStream, watch=kinds)
    for stream in ("btcusdt@trade", "btcusdt@bookTicker", "btcusdt@depth@100ms"):
        venue.wait_for_listener(stream)
    told.wait_for("DepthSnapshot")
    venue.market.trade("60000.5", "0.123")
    venue.market.quote("60000.25", "60001.75", size="0.5")
    told.wait_for("Trade")
    told.wait_for("Quote")
    told.wait_for("DepthSnapshot", times=2)

    last = {type(each).__name__: each for each in told.messages}
    assert (last["Trade"].price, last["Trade"].quantity) == (
        Decimal("60000.5"),
        Decimal("0.123"),
    )
    assert (last["Quote"].bid, last["Quote"].ask) == (
        Decimal("60000.25"),
        Decimal("60001.75"),
    )
    assert last["DepthSnapshot"].bids[0] == (Decimal("60000.25"), Decimal("0.5"))


def test_an_idle_connection_that_answers_pings_stands_and_a_half_open_one_does_not(
    hears: Any, told: Any, venue: VenueServer
) -> None:
    """Row: half-open connection. It is pinged three times within `stale_after`."""
    hears(AccountStream, stale_after=1.5)
    told.wait_for("AccountStreamUp")
    (socket,) = venue.hub.sockets
    wait_until(lambda: socket.pings == 6)
    idle = told.names()
    venue.inject(Fault(id="f", kind="half_open", where="user"))
    told.wait_for("AccountStreamDown", times=2)

    assert idle == ["AccountStreamDown", "AccountStreamUp"]
    assert told.names()[2:3] == ["AccountStreamDown"]
