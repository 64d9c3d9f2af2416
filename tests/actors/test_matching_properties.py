"""Whatever is ordered and whatever the market does, the paper venue stays honest."""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

import attrs
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from holdfast.actors.ledger import Ledger, differences
from holdfast.actors.market import (
    DepthSnapshot,
    DepthUpdate,
    MarketMessage,
    Quote,
    Trade,
)
from holdfast.actors.matching import MatchingEngine
from holdfast.actors.messages import (
    CancelOrder,
    CancelRejected,
    OrderAccepted,
    OrderCancelled,
    OrderFilled,
    OrderRejected,
    OrderReport,
    OrderType,
    PlaceOrder,
    RejectionReason,
    Side,
)
from holdfast.actors.order_state import Evidence, OrderLog
from holdfast.actors.venue_rules import Instrument, VenueRules

RULES = VenueRules(
    instrument=Instrument(symbol="BTCUSDT", base="BTC", quote="USDT"),
    tick_size=Decimal("0.5"),
    lot_size=Decimal("0.1"),
    minimum_notional=Decimal(5),
    maker_fee=Decimal("-0.0001"),
    taker_fee=Decimal("0.00075"),
)
START = {"BTC": Decimal(5), "USDT": Decimal(1000)}

prices = st.integers(190, 210).map(lambda half: Decimal(half) / 2)
quantities = st.integers(1, 50).map(lambda tenth: Decimal(tenth) / 10)
ids = st.integers(0, 15).map(str)
places = st.builds(
    PlaceOrder,
    client_order_id=ids,
    intent_id=ids,
    symbol=st.just("BTCUSDT"),
    side=st.sampled_from(Side),
    type=st.just(OrderType.LIMIT),
    quantity=quantities,
    price=st.one_of(st.none(), prices),
    time=st.just(0.0),
).map(
    lambda order: attrs.evolve(
        order, type=OrderType.LIMIT if order.price else OrderType.MARKET
    )
)
cancels = st.builds(
    CancelOrder, client_order_id=ids, symbol=st.just("BTCUSDT"), time=st.just(0.0)
)
trades = st.builds(
    Trade,
    venue=st.just("spot"),
    symbol=st.just("BTCUSDT"),
    id=st.just(0),
    price=prices,
    quantity=quantities,
    time=st.just(0.0),
    received_ns=st.just(0),
    buyer_is_maker=st.booleans(),
)
quotes = st.builds(
    Quote,
    venue=st.just("spot"),
    symbol=st.just("BTCUSDT"),
    update_id=st.just(0),
    bid=prices,
    bid_quantity=quantities,
    ask=prices,
    ask_quantity=quantities,
    received_ns=st.just(0),
)
snapshots = st.builds(
    DepthSnapshot,
    venue=st.just("spot"),
    symbol=st.just("BTCUSDT"),
    last_update_id=st.just(0),
    bids=st.lists(st.tuples(prices, quantities), max_size=4).map(tuple),
    asks=st.lists(st.tuples(prices, quantities), max_size=4).map(tuple),
    received_ns=st.just(0),
)
Step = PlaceOrder | CancelOrder | MarketMessage
steps = st.one_of(places, trades, quotes, places, cancels, trades, snapshots)
stories = st.lists(steps, min_size=10, max_size=40)
latencies = st.sampled_from([0.0, 2.0])


def dated(story: list[Step]) -> Iterator[Step]:
    """Number the market messages, one a second, and order when the last one came."""
    now = 0
    for place, step in enumerate(story, start=1):
        if not isinstance(step, PlaceOrder | CancelOrder):
            now = place * 10**9
        match step:
            case Trade():
                yield replace(step, id=place, received_ns=now)
            case Quote():
                yield replace(step, update_id=place, received_ns=now)
            case DepthSnapshot():
                yield replace(step, last_update_id=place, received_ns=now)
            case DepthUpdate():
                yield step
            case PlaceOrder() | CancelOrder():
                yield attrs.evolve(step, time=now / 1e9)


def play(venue: MatchingEngine, step: Step) -> list[OrderReport]:
    match step:
        case PlaceOrder():
            return venue.place(step)
        case CancelOrder():
            return venue.cancel(step)
        case _:
            return venue.on_market(step)


def replayed(story: list[Step], latency: float) -> list[OrderReport]:
    venue = MatchingEngine(RULES, START, latency=latency)
    reports = [report for step in dated(story) for report in play(venue, step)]
    return reports + venue.flush()


@given(stories, latencies)
def test_money_is_neither_made_nor_lost_nor_owed(
    story: list[Step], latency: float
) -> None:
    venue = MatchingEngine(RULES, START, latency=latency)
    initial = venue.balances()

    for step in dated(story):
        play(venue, step)

        balances = venue.balances()
        ledger = Ledger(venue.fills())
        assert not differences(
            ledger, balances, initial=initial, instruments=[RULES.instrument]
        )
        assert all(each.free >= 0 for each in balances.balances)
        assert [each.reserved for each in balances.balances] == needed(venue)


def needed(venue: MatchingEngine) -> list[Decimal]:
    base = quote = Decimal(0)
    for order in venue.orders():
        if order.price is not None and not order.status.is_done:
            if order.side is Side.SELL:
                base += order.quantity - order.filled
            else:
                left = order.quantity - order.filled
                quote += order.price * left * Decimal("1.00075")
    return [base, quote]


@given(stories, latencies)
def test_no_order_trades_more_than_it_is_or_beyond_its_price(
    story: list[Step], latency: float
) -> None:
    venue = MatchingEngine(RULES, START, latency=latency)
    for step in dated(story):
        play(venue, step)
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    for fill in venue.fills():
        sums[fill.client_order_id] += fill.quantity
        order = venue.order(fill.client_order_id)
        assert order is not None
        assert fill.filled == sums[fill.client_order_id]
        assert fill.remaining == order.quantity - fill.filled >= 0
        if order.price is not None:
            assert (order.price - fill.price) * order.side.sign >= 0

    assert {order.client_order_id: order.filled for order in venue.orders()} == {
        order.client_order_id: sums[order.client_order_id] for order in venue.orders()
    }


@given(stories, latencies)
def test_each_order_is_told_of_in_a_legal_sequence(
    story: list[Step], latency: float
) -> None:
    state: dict[str, str] = {}
    for report in replayed(story, latency):
        name = report.client_order_id
        match report:
            case OrderAccepted():
                assert name not in state
                state[name] = "open"
            case OrderRejected(reason=RejectionReason.DUPLICATE):
                assert name in state
            case OrderRejected():
                assert name not in state
            case OrderFilled():
                assert state[name] == "open"
                state[name] = "open" if report.remaining else "done"
            case OrderCancelled():
                assert state[name] == "open"
                state[name] = "done"
            case CancelRejected():
                assert state.get(name) != "open"


@given(stories)
def test_a_recorded_trade_is_spent_once(story: list[Step]) -> None:
    venue = MatchingEngine(RULES, START)
    for step in dated(story):
        before = len(venue.fills())
        play(venue, step)
        if isinstance(step, Trade):
            spent = [fill.quantity for fill in venue.fills(after=before)]
            assert sum(spent) <= step.quantity


@given(stories, latencies)
def test_the_same_story_gives_the_same_reports(
    story: list[Step], latency: float
) -> None:
    assert replayed(story, latency) == replayed(story, latency)


@given(stories, latencies)
def test_market_messages_that_come_again_change_nothing(
    story: list[Step], latency: float
) -> None:
    venue = MatchingEngine(RULES, START, latency=latency)
    heard: list[OrderReport] = []
    seen: list[Step] = []
    for step in dated(story):
        heard += play(venue, step)
        if not isinstance(step, PlaceOrder | CancelOrder):
            seen.append(step)
            assert [play(venue, again) for again in seen] == [[]] * len(seen)

    assert heard + venue.flush() == replayed(story, latency)


@given(stories, latencies)
def test_an_order_log_agrees_with_the_venue_however_it_was_told(
    story: list[Step], latency: float
) -> None:
    venue = MatchingEngine(RULES, START, latency=latency)
    told, asked = OrderLog(), OrderLog()
    for step in dated(story):
        for report in play(venue, step):
            told.apply(report)
    listed: list[Evidence] = [*venue.orders(), *venue.fills()]
    for evidence in listed:
        told.apply(evidence)
        asked.apply(evidence)

    for order in venue.orders():
        for record in (
            told.order(order.client_order_id),
            asked.order(order.client_order_id),
        ):
            assert record is not None
            assert (record.status, record.filled) == (order.status, order.filled)
            assert not record.misses_fills
