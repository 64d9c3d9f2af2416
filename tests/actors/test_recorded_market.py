"""Minutes of a real market through the reader, the book and the paper venue."""

import itertools
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

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
    Liquidity,
    OrderFilled,
    OrderReport,
    OrderType,
    PlaceOrder,
    Side,
)
from holdfast.actors.order_book import OrderBook
from holdfast.actors.queries import Balances
from holdfast.actors.recording import BadFrame, merge, read
from holdfast.actors.venue_rules import Instrument, VenueRules

pytestmark = pytest.mark.recording

SPOT = ("binance_spot_btcusdt_20240808.ws.gz", "binance_spot_btcusdt_20240809.ws.gz")
FUTURES = "binance_usdm_btcusdt_20240808.ws.gz"
RULES = VenueRules(
    instrument=Instrument(symbol="BTCUSDT", base="BTC", quote="USDT"),
    tick_size=Decimal("0.01"),
    lot_size=Decimal("0.00001"),
    minimum_notional=Decimal(5),
)
START = {"BTC": Decimal(1), "USDT": Decimal(100_000)}


def count(path: Path, symbol: str = "") -> Counter[type]:
    return Counter(type(message) for _, message in read(path, symbol=symbol))


@pytest.fixture(scope="module")
def spot(recordings: Path) -> list[MarketMessage]:
    """Both spot files, which follow one another, in one."""
    merged = merge([recordings / name for name in SPOT])
    return [message for _, _, message in merged if not isinstance(message, BadFrame)]


def test_every_line_of_the_spot_recording_is_a_message(recordings: Path) -> None:
    assert count(recordings / SPOT[0]) == {
        Trade: 9757,
        Quote: 28040,
        DepthUpdate: 3451,
        DepthSnapshot: 1,
    }


def test_every_line_of_the_futures_recording_is_a_message(recordings: Path) -> None:
    assert count(recordings / FUTURES) == {
        Trade: 21313,
        Quote: 66089,
        DepthUpdate: 6551,
        DepthSnapshot: 1,
    }


def test_every_row_is_a_message(recordings: Path) -> None:
    assert count(recordings / "binance_trades_btcusdt.csv.gz") == {Trade: 41217}
    quotes = recordings / "binance_spot_bbo_btcusdt.csv.gz"
    assert count(quotes, "BTCUSDT") == {Quote: 73174}


def test_the_rows_say_what_the_frames_say(
    recordings: Path, spot: list[MarketMessage]
) -> None:
    rows = [
        row
        for _, row in read(recordings / "binance_trades_btcusdt.csv.gz")
        if isinstance(row, Trade) and row.venue == "spot"
    ]
    quotes = read(recordings / "binance_spot_bbo_btcusdt.csv.gz", symbol="BTCUSDT")

    assert [each for each in spot if isinstance(each, Trade)] == rows
    assert [each for each in spot if isinstance(each, Quote)] == [
        quote for _, quote in quotes
    ]


def test_merged_files_are_in_order_without_a_gap(spot: list[MarketMessage]) -> None:
    trades = [each.id for each in spot if isinstance(each, Trade)]

    assert trades == list(range(trades[0], trades[0] + 19904))
    assert all(
        one.received_ns <= two.received_ns for one, two in itertools.pairwise(spot)
    )


def test_a_reader_that_starts_again_in_the_middle_sees_the_same_rest(
    recordings: Path,
) -> None:
    whole = list(read(recordings / SPOT[0]))

    assert list(read(recordings / SPOT[0], after_line=30_000)) == whole[30_000:]


def test_the_top_of_the_book_is_always_the_quote(spot: list[MarketMessage]) -> None:
    book = OrderBook()
    for message in spot:
        if not isinstance(message, Trade):
            book.apply(message)
        if isinstance(message, Quote):
            assert next(book.levels(Side.BUY)) == (message.bid, message.bid_quantity)
            assert next(book.levels(Side.SELL)) == (message.ask, message.ask_quantity)

    assert book.is_synced


def test_the_futures_book_keeps_its_chain_and_never_crosses(recordings: Path) -> None:
    book = OrderBook()
    for _, message in read(recordings / FUTURES):
        if not isinstance(message, Trade | BadFrame):
            synced = book.is_synced
            book.apply(message)
            assert book.is_synced >= synced
            if book.best_bid is not None and book.best_ask is not None:
                assert book.best_bid < book.best_ask

    assert book.is_synced


def wishes(number: int, at: float, book: OrderBook) -> list[PlaceOrder]:
    """Rest on each side of the market, and take from one side now and then."""
    sides: list[tuple[Side, Decimal | None]] = [
        (Side.BUY, book.best_bid),
        (Side.SELL, book.best_ask),
    ]
    if number % 100 == 0:
        sides.append((Side.SELL if number % 200 else Side.BUY, None))
    return [
        PlaceOrder(
            client_order_id=f"hf-{number}-{place}",
            intent_id=f"{number}-{place}",
            symbol="BTCUSDT",
            side=side,
            type=OrderType.LIMIT if price else OrderType.MARKET,
            quantity=Decimal("0.01"),
            price=price,
            time=at,
        )
        for place, (side, price) in enumerate(sides)
    ]


def trade_along(messages: list[MarketMessage]) -> MatchingEngine:
    """Replace our quotes at every 50th trade; look at the account every time."""
    venue = MatchingEngine(RULES, START, latency=0.005)
    initial = venue.balances()
    ledger = Ledger()
    quotes: list[PlaceOrder] = []
    trades = itertools.count(1)
    for message in messages:
        count_fills(ledger, venue.on_market(message))
        if isinstance(message, Trade) and (number := next(trades)) % 50 == 0:
            at = message.received_ns / 1e9
            for order in quotes:
                name, symbol = order.client_order_id, order.symbol
                venue.cancel(CancelOrder(client_order_id=name, symbol=symbol, time=at))
            quotes = wishes(number, at, venue.book)
            for order in quotes:
                venue.place(order)
            check(venue, ledger, initial)
    count_fills(ledger, venue.flush())
    check(venue, ledger, initial)
    return venue


def count_fills(ledger: Ledger, reports: list[OrderReport]) -> None:
    for report in reports:
        if isinstance(report, OrderFilled):
            ledger.add(report)


def check(venue: MatchingEngine, ledger: Ledger, initial: Balances) -> None:
    balances = venue.balances()
    instruments = [RULES.instrument]
    assert not differences(ledger, balances, initial=initial, instruments=instruments)
    assert all(each.free >= 0 for each in balances.balances)


def test_trading_along_the_recording_keeps_the_books_and_can_be_repeated(
    spot: list[MarketMessage],
) -> None:
    one, two = trade_along(spot), trade_along(spot)

    assert one.fills() == two.fills()
    assert one.orders() == two.orders()
    assert {fill.liquidity for fill in one.fills()} == set(Liquidity)
    assert all(order.filled <= order.quantity for order in one.orders())
