"""The made-up market is a function of its seed, and makes sense as a market."""

import itertools
from decimal import Decimal

import attrs
import pytest

from holdfast.actors.market import MarketMessage, Quote, Trade
from holdfast.actors.order_book import OrderBook
from holdfast.actors.synthetic import LOT, TICK, Moment, SyntheticMarket

MARKET = SyntheticMarket(
    venue="spot",
    symbol="BTCUSDT",
    trades_per_second=20.0,
    start_price="60000.00",
    seed=7,
)
OPENING = MARKET.opening(1_000_000_000)


def walk(
    market: SyntheticMarket, moment: Moment, steps: int
) -> list[tuple[Moment, list[MarketMessage]]]:
    said: list[tuple[Moment, list[MarketMessage]]] = []
    for _ in range(steps):
        said.append(market.next(moment))
        moment = said[-1][0]
    return said


def test_each_step_says_a_quote_and_then_a_trade_at_one_time() -> None:
    moment, messages = MARKET.next(OPENING)

    quote, trade = messages
    assert isinstance(quote, Quote)
    assert isinstance(trade, Trade)
    assert quote.received_ns == trade.received_ns == moment.time_ns
    assert trade.time == moment.time_ns / 1e9
    assert (trade.venue, trade.symbol) == (quote.venue, quote.symbol)


def test_the_same_seed_is_the_same_market() -> None:
    assert walk(MARKET, OPENING, 200) == walk(attrs.evolve(MARKET), OPENING, 200)


def test_another_seed_is_another_market() -> None:
    other = attrs.evolve(MARKET, seed=8)

    assert other.next(OPENING) != MARKET.next(OPENING)


def test_every_moment_alone_says_what_follows() -> None:
    whole = walk(MARKET, OPENING, 200)

    again = [attrs.evolve(MARKET).next(moment) for moment, _ in reversed(whole[:-1])]

    assert again[::-1] == whole[1:]


def test_a_trade_happens_at_the_price_that_its_aggressor_had_to_pay() -> None:
    for _, (quote, trade) in walk(MARKET, OPENING, 500):
        assert isinstance(quote, Quote)
        assert isinstance(trade, Trade)
        assert trade.price == (quote.bid if trade.buyer_is_maker else quote.ask)


def test_prices_and_quantities_are_on_the_grid_and_never_cross() -> None:
    book = OrderBook()
    for _, (quote, trade) in walk(MARKET, OPENING, 500):
        assert isinstance(quote, Quote)
        assert isinstance(trade, Trade)
        assert book.apply(quote)
        assert 0 < quote.bid < quote.ask
        assert {price % TICK for price in (quote.bid, quote.ask)} == {0}
        amounts = (quote.bid_quantity, quote.ask_quantity, trade.quantity)
        assert {amount % LOT for amount in amounts} == {0}
        assert min(amounts) >= LOT
        assert max(amounts) <= 1


def test_ids_count_the_steps_and_time_only_goes_on() -> None:
    said = walk(MARKET, OPENING, 500)

    numbers = [(quote.update_id, trade.id) for quote, trade in map(sorted_out, said)]
    assert numbers == [(step, step) for step in range(1, 501)]
    times = [OPENING.time_ns, *(moment.time_ns for moment, _ in said)]
    assert all(one <= two for one, two in itertools.pairwise(times))


def sorted_out(step: tuple[Moment, list[MarketMessage]]) -> tuple[Quote, Trade]:
    quote, trade = step[1]
    assert isinstance(quote, Quote)
    assert isinstance(trade, Trade)
    return quote, trade


def test_a_moment_knows_the_time_of_the_first_step() -> None:
    said = walk(MARKET, OPENING, 5)

    assert OPENING.first_ns is None
    assert {moment.first_ns for moment, _ in said} == {said[0][0].time_ns}


def test_as_many_trades_come_as_are_wanted() -> None:
    last = walk(MARKET, OPENING, 5_000)[-1][0]

    seconds = (last.time_ns - OPENING.time_ns) / 1e9
    assert seconds == pytest.approx(5_000 / 20.0, rel=0.05)


def test_the_price_comes_back_to_where_it_started() -> None:
    prices = [moment.price for moment, _ in walk(MARKET, OPENING, 20_000)]

    mean = sum(prices) / len(prices)
    assert mean == pytest.approx(6_000_000, rel=0.001)
    assert len({price > 6_000_000 for price in prices}) == 2


def test_a_cheap_symbol_never_costs_nothing() -> None:
    cheap = attrs.evolve(MARKET, start_price="0.02")

    quotes = [sorted_out(step)[0] for step in walk(cheap, cheap.opening(0), 500)]

    assert min(quote.bid for quote in quotes) == Decimal("0.01")
