"""An exchange and its streams at a venue that speaks Coinbase's protocol, all real."""

import asyncio
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest

from holdfast.actors.live import AccountStream, CcxtExchange, MarketStream
from holdfast.actors.live.last_resort import LastResort
from holdfast.actors.messages import (
    CancelOrder,
    Liquidity,
    OrderFilled,
    OrderStatus,
    OrderType,
    PlaceOrder,
    Side,
)
from holdfast.actors.queries import (
    Fills,
    Orders,
    QueryBalances,
    QueryFills,
    QueryOrders,
    VenueOrder,
)
from holdfast.supervision import ActorSystem, ChildSpec, Ref, RefTo, SystemClock
from holdfast.supervision.outcome import NotSent, OutcomeUnknown, VenueRefused
from holdfast.supervision.secret import Secret
from holdfast.testing import COINBASE, Fault, VenueServer
from holdfast.testing.venue.coinbase import wire

Ask = Callable[[Ref, Any], Any]
Start = Callable[..., Ref]
SYMBOL = "BTC-USD"


@pytest.fixture
def clock() -> SystemClock:
    return SystemClock()


@pytest.fixture
def venue() -> Iterator[VenueServer]:
    """A venue that trades at 60000 to 60001."""
    with VenueServer(speech=COINBASE) as server:
        server.market.quote(60_000, 60_001, size=1)
        server.market.trade(60_000, "0.1")
        yield server


@pytest.fixture
def keys(venue: VenueServer) -> dict[str, Secret]:
    config = venue.ccxt_config()
    names = {"api_key": "apiKey", "secret": "secret", "password": "password"}
    return {ours: Secret(config[theirs]) for ours, theirs in names.items()}


@pytest.fixture
def start(
    venue: VenueServer,
    keys: dict[str, Secret],
    grown: Callable[..., ActorSystem],
    listener: ChildSpec,
) -> Start:
    """Start an actor of the venue as `/root/it`; a stream speaks to the listener."""

    def started(kind: Any, **args: Any) -> Ref:
        to: Any = RefTo(path="/root/listener")
        own: dict[Any, dict[str, Any]] = {
            CcxtExchange: keys,
            AccountStream: {**keys, "reports_to": to},
            MarketStream: {**keys, "to": [to]},
        }
        given = {**venue.exchange_args(), **own[kind], **args}
        spec = ChildSpec(
            id="it",
            start=kind,
            args=given,
            dispatcher="loop",
            concurrency=32 if kind is CcxtExchange else 1,
            hang_after=None,
        )
        return grown(listener, spec).ref("/root/it")

    return started


@pytest.fixture
def ref(start: Start) -> Ref:
    return start(CcxtExchange)


def name(number: int) -> str:
    return f"hf-a-1-{number}"


def order(number: int, **changes: Any) -> PlaceOrder:
    given: dict[str, Any] = {
        "client_order_id": name(number),
        "intent_id": f"desk:{number}",
        "symbol": SYMBOL,
        "side": Side.BUY,
        "type": OrderType.LIMIT,
        "quantity": Decimal("0.01"),
        "price": Decimal(59_000),
        "time": 1.0,
        **changes,
    }
    return PlaceOrder(**given)


AT_MARKET = {"type": OrderType.MARKET, "price": None}


def cancel(number: int) -> CancelOrder:
    return CancelOrder(client_order_id=name(number), symbol=SYMBOL, time=1.0)


def find(*numbers: int) -> QueryOrders:
    return QueryOrders(symbol=SYMBOL, client_order_ids=tuple(map(name, numbers)))


def test_an_order_is_placed_found_listed_and_cancelled(
    ref: Ref, ask: Ask, venue: VenueServer
) -> None:
    placed = ask(ref, order(1))
    found: Orders = ask(ref, find(1, 2))
    listed = ask(ref, find())
    cancelled = ask(ref, cancel(1))
    nothing_left = ask(ref, find())

    assert isinstance(placed, VenueOrder)
    assert (placed.client_order_id, placed.status) == (name(1), OrderStatus.OPEN)
    assert [each.client_order_id for each in found.orders] == [name(1)]
    assert (found.absent, found.forgets) == ((name(2),), True)
    assert [each.client_order_id for each in listed.orders] == [name(1)]
    assert cancelled.status is OrderStatus.CANCELLED
    assert nothing_left.orders == ()
    assert [len(each.client_order_id) for each in venue.orders()] == [36]


def test_all_fills_are_told_by_name_page_by_page(ref: Ref, ask: Ask) -> None:
    for number in range(1, 4):
        ask(ref, order(number, **AT_MARKET))
    every: Fills = ask(ref, QueryFills(symbol=SYMBOL))
    later = ask(ref, QueryFills(symbol=SYMBOL, after_trade_id=every.fills[0].trade_id))

    assert [each.client_order_id for each in every.fills] == [name(1), name(2), name(3)]
    assert later.fills == every.fills[1:]
    assert (every.fills[0].fee, every.fills[0].fee_asset) == (Decimal("0.60001"), "USD")
    assert every.fills[0].liquidity is Liquidity.TAKER


def test_fills_of_a_life_before_this_one_are_told_by_name(
    start: Start, ask: Ask
) -> None:
    ask(start(CcxtExchange), order(1, **AT_MARKET))
    told: Fills = ask(start(CcxtExchange), QueryFills(symbol=SYMBOL))

    assert [each.client_order_id for each in told.fills] == [name(1)]


def test_balances_are_the_venues(ref: Ref, ask: Ask, venue: VenueServer) -> None:
    ask(ref, order(1))
    told = ask(ref, QueryBalances())

    for asset in ("BTC", "USD"):
        assert told.of(asset) == venue.balances().of(asset)


def test_a_cancel_of_what_is_done_tells_how_it_ended(ref: Ref, ask: Ask) -> None:
    ask(ref, order(1, **AT_MARKET))
    answer = ask(ref, cancel(1))

    assert (answer.status, answer.filled) == (OrderStatus.FILLED, Decimal("0.01"))


def test_a_cancel_of_what_never_was_is_refused(ref: Ref, ask: Ask) -> None:
    refused = ask(ref, cancel(1))

    assert isinstance(refused, VenueRefused)
    assert refused.code == "unknown_order"


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "code", "params": {"code": -2015}},
        {"kind": "throttled"},
        {"kind": "status"},
        {"kind": "garbage"},
    ],
    ids=["key refused", "throttled", "status", "garbage"],
)
def test_a_cancel_that_was_taken_is_never_told_as_refused(
    ref: Ref, ask: Ask, venue: VenueServer, fault: Any
) -> None:
    """The order is gone, only how it ended can't be told."""
    ask(ref, order(1))
    venue.inject(Fault(id="f", where="query", **fault))
    outcome = ask(ref, cancel(1))

    assert venue.faults_fired == {"f": 1}
    assert isinstance(outcome, OutcomeUnknown)
    assert not any(each.status.is_open for each in venue.orders())


def test_an_order_without_the_money_is_refused(
    ref: Ref, ask: Ask, venue: VenueServer
) -> None:
    refused = ask(ref, order(1, quantity=Decimal(100)))

    assert isinstance(refused, VenueRefused)
    assert refused.code == "insufficient_balance"
    assert venue.orders() == ()


def test_an_order_whose_answer_is_lost_is_unknown_and_found_by_its_name(
    ref: Ref, ask: Ask, venue: VenueServer
) -> None:
    venue.inject(Fault(id="lost", kind="timeout_after_execution", where="new"))
    unknown = ask(ref, order(1))
    venue.heal()
    found: Orders = ask(ref, find(1))

    assert isinstance(unknown, OutcomeUnknown)
    assert [each.client_order_id for each in found.orders] == [name(1)]
    assert len(venue.orders()) == 1


@pytest.mark.parametrize(("lifetime", "taken"), [(20.0, 0), (40.0, 1)])
def test_an_order_that_may_arrive_after_it_has_expired_is_not_sent(
    ref: Ref,
    ask: Ask,
    venue: VenueServer,
    clock: SystemClock,
    lifetime: float,
    taken: int,
) -> None:
    """Coinbase takes for 30 s what was signed, whatever we think of its expiry."""
    answer = ask(ref, order(1, expires_at=clock.wall() + lifetime))

    assert isinstance(answer, VenueOrder if taken else NotSent), answer
    assert len(venue.orders()) == taken


def place_on_the_page(venue: VenueServer) -> str:
    """Order something as a person does, without a name; return the venue's id."""
    venue.run(lambda: venue.core.exchange.place(order(1, client_order_id="")))
    return wire.order_id(venue.orders()[-1].id)


def test_an_order_that_nobody_has_named_is_known_by_its_id(
    ref: Ref, ask: Ask, venue: VenueServer
) -> None:
    order_id = place_on_the_page(venue)
    (kept,) = venue.orders()
    venue.hit(kept.id, Decimal("0.004"))
    listed: Orders = ask(ref, find())
    fills: Fills = ask(ref, QueryFills(symbol=SYMBOL))
    nameless = f"venue:{order_id}"
    found: Orders = ask(ref, QueryOrders(symbol=SYMBOL, client_order_ids=(nameless,)))

    assert [each.client_order_id for each in listed.orders] == [nameless]
    assert [each.client_order_id for each in fills.fills] == [nameless]
    assert found.orders == listed.orders


def test_whoever_is_dead_every_order_is_taken_back_named_or_not(
    venue: VenueServer, keys: dict[str, Secret], start: Start, ask: Ask
) -> None:
    ask(start(CcxtExchange), order(1))
    order_id = place_on_the_page(venue)
    lines: list[str] = []
    clock = SystemClock()
    resort = LastResort(
        args={**venue.exchange_args(), **keys},
        clock=clock,
        say=lines.append,
        settled=0.0,
        deadline=2.0,
    )
    try:
        is_certain = asyncio.run(resort.cancel_all(20.0))
    finally:
        clock.close()

    assert is_certain
    # Coinbase forgets at once what ended without a fill.
    assert sorted(lines) == [
        f"coinbaseexchange {SYMBOL} {each} is not open any more"
        for each in (order_id, name(1))
    ]
    assert not any(each.status.is_open for each in venue.orders())


def test_what_becomes_of_an_order_is_heard_as_it_happens(
    start: Start, ask: Ask, told: Any, venue: VenueServer
) -> None:
    exchange = start(CcxtExchange)
    start(AccountStream)
    told.wait_for("AccountStreamUp")
    placed = ask(exchange, order(1, quantity=Decimal("0.3")))
    (kept,) = venue.orders()
    venue.hit(kept.id, Decimal("0.1"))
    ask(exchange, cancel(1))
    told.wait_for("OrderCancelled")

    assert told.names() == [
        "AccountStreamDown",  # it is, until it is up
        "AccountStreamUp",
        "OrderAccepted",
        "OrderFilled",
        "OrderCancelled",
    ]
    heard = next(each for each in told.messages if isinstance(each, OrderFilled))
    asked: Fills = ask(exchange, QueryFills(symbol=SYMBOL))
    assert (heard.trade_id, heard.quantity, heard.fee, heard.client_order_id) == (
        asked.fills[0].trade_id,
        Decimal("0.1"),
        asked.fills[0].fee,
        name(1),
    )
    assert (heard.side, heard.liquidity) == (Side.BUY, Liquidity.MAKER)
    ended = told.messages[-1]
    assert (ended.filled, ended.remaining) == (Decimal("0.1"), Decimal("0.2"))
    assert ended.exchange_order_id == placed.exchange_order_id


def test_an_order_from_before_the_stream_is_known_to_it(
    start: Start, ask: Ask, told: Any, venue: VenueServer
) -> None:
    exchange = start(CcxtExchange)
    ask(exchange, order(1, quantity=Decimal("0.3")))
    start(AccountStream)
    told.wait_for("AccountStreamUp")
    (kept,) = venue.orders()
    venue.hit(kept.id, Decimal("0.1"))
    ask(exchange, cancel(1))
    told.wait_for("OrderCancelled")

    assert told.names()[1:] == ["AccountStreamUp", "OrderFilled", "OrderCancelled"]
    assert told.messages[-1].client_order_id == name(1)


def test_the_market_is_heard_as_it_happens(
    start: Start, told: Any, venue: VenueServer
) -> None:
    start(MarketStream)
    for stream in ("matches", "ticker"):
        venue.wait_for_listener(stream)
    venue.market.quote("60000.25", "60001.75", size="0.5")
    venue.market.trade("60000.5", "0.123")
    told.wait_for("Trade")
    told.wait_for("Quote")

    last = {type(each).__name__: each for each in told.messages}
    assert (last["Trade"].price, last["Trade"].quantity) == (
        Decimal("60000.5"),
        Decimal("0.123"),
    )
    assert (last["Quote"].bid, last["Quote"].ask) == (
        Decimal("60000.25"),
        Decimal("60001.75"),
    )


def test_the_book_is_heard_with_a_key(
    start: Start, told: Any, venue: VenueServer
) -> None:
    start(MarketStream, watch=["depth"])
    told.wait_for("DepthSnapshot")
    venue.market.quote("60000.25", "60001.75", size="0.5")
    told.wait_for("DepthSnapshot", times=2)

    last = told.messages[-1]
    assert last.bids[0] == (Decimal("60000.25"), Decimal("0.5"))
    assert last.asks[0] == (Decimal("60001.75"), Decimal("0.5"))
