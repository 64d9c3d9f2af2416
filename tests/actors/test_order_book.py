"""The book follows Binance's rules through gaps, repetitions and crossed prices."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from holdfast.actors.market import DepthSnapshot, DepthUpdate, Level, Quote
from holdfast.actors.messages import Side
from holdfast.actors.order_book import BookSide, OrderBook

Sizes = Mapping[int, int]
Shown = tuple[list[tuple[int, int]], list[tuple[int, int]]]


def levels(sizes: Sizes) -> tuple[Level, ...]:
    return tuple((Decimal(price), Decimal(size)) for price, size in sizes.items())


def snapshot(last: int, bids: Sizes, asks: Sizes) -> DepthSnapshot:
    return DepthSnapshot(
        venue="spot",
        symbol="BTCUSDT",
        last_update_id=last,
        bids=levels(bids),
        asks=levels(asks),
        received_ns=0,
    )


def update(
    first: int, last: int, bids: Sizes, asks: Sizes, *, previous: int | None = None
) -> DepthUpdate:
    return DepthUpdate(
        venue="spot" if previous is None else "usdm",
        symbol="BTCUSDT",
        first_update_id=first,
        last_update_id=last,
        previous_update_id=previous,
        bids=levels(bids),
        asks=levels(asks),
        received_ns=0,
    )


def quote(update_id: int, bid: tuple[int, int], ask: tuple[int, int]) -> Quote:
    return Quote(
        venue="spot",
        symbol="BTCUSDT",
        update_id=update_id,
        bid=Decimal(bid[0]),
        bid_quantity=Decimal(bid[1]),
        ask=Decimal(ask[0]),
        ask_quantity=Decimal(ask[1]),
        received_ns=0,
    )


def shown(book: OrderBook) -> Shown:
    bids, asks = (whole(book.levels(side)) for side in Side)
    return bids, asks


def whole(some: Iterable[Level]) -> list[tuple[int, int]]:
    return [(int(price), int(size)) for price, size in some]


def synced() -> OrderBook:
    book = OrderBook()
    book.apply(snapshot(10, {98: 3, 99: 2}, {101: 2, 102: 3}))
    return book


def test_levels_come_best_first() -> None:
    book = synced()

    assert shown(book) == ([(99, 2), (98, 3)], [(101, 2), (102, 3)])
    assert (book.best_bid, book.best_ask) == (Decimal(99), Decimal(101))


def test_a_new_book_is_empty_and_not_synced() -> None:
    book = OrderBook()

    assert (book.best_bid, book.best_ask, book.is_synced) == (None, None, False)


def test_an_update_sets_and_removes_levels() -> None:
    book = synced()

    assert book.apply(update(11, 12, {99: 0, 97: 4}, {101: 5})) is True
    assert shown(book) == ([(98, 3), (97, 4)], [(101, 5), (102, 3)])


def test_updates_wait_for_the_snapshot_and_older_ones_are_dropped() -> None:
    book = OrderBook()

    heard = [
        book.apply(update(5, 8, {99: 7}, {})),
        book.apply(update(9, 12, {97: 4}, {})),
        book.apply(snapshot(10, {98: 3, 99: 2}, {101: 2})),
    ]

    assert heard == [False, False, True]
    assert book.is_synced
    assert shown(book) == ([(99, 2), (98, 3), (97, 4)], [(101, 2)])


def test_an_update_that_comes_again_changes_nothing() -> None:
    book = synced()
    book.apply(update(11, 12, {99: 5}, {}))
    book.apply(update(13, 13, {99: 6}, {}))

    assert book.apply(update(13, 13, {99: 6}, {})) is False
    assert book.apply(update(11, 12, {99: 5}, {})) is False
    assert shown(book)[0] == [(99, 6), (98, 3)]


def test_after_a_gap_the_depth_is_unknown_until_a_newer_snapshot() -> None:
    book = synced()

    assert book.apply(update(12, 13, {99: 5}, {})) is True
    assert (book.is_synced, shown(book)) == (False, ([], []))
    assert book.apply(snapshot(10, {98: 3}, {})) is False
    assert book.apply(snapshot(11, {98: 3}, {})) is True
    assert (book.is_synced, shown(book)) == (True, ([(99, 5), (98, 3)], []))


def test_a_gap_among_the_waiting_updates_is_a_gap() -> None:
    book = OrderBook()
    book.apply(update(11, 12, {}, {}))
    book.apply(update(14, 15, {99: 5}, {}))

    book.apply(snapshot(10, {98: 3}, {}))

    assert (book.is_synced, shown(book)) == (False, ([], []))


def test_on_futures_each_update_names_the_one_before() -> None:
    book = synced()

    book.apply(update(20, 25, {99: 5}, {}, previous=9))
    book.apply(update(31, 32, {99: 6}, {}, previous=25))
    assert (book.is_synced, shown(book)[0]) == (True, [(99, 6), (98, 3)])

    book.apply(update(33, 34, {99: 7}, {}, previous=33))
    assert (book.is_synced, shown(book)) == (False, ([], []))


def test_a_quote_removes_what_is_better_and_sets_the_best() -> None:
    book = synced()

    assert book.apply(quote(11, (98, 1), (103, 1))) is True
    assert shown(book) == ([(98, 1)], [(103, 1)])


def test_a_quote_keeps_what_is_worse() -> None:
    book = synced()

    book.apply(quote(11, (100, 1), (101, 9)))

    assert shown(book) == ([(100, 1), (99, 2), (98, 3)], [(101, 9), (102, 3)])


def test_a_quote_that_is_not_newer_changes_nothing() -> None:
    book = synced()
    book.apply(quote(12, (98, 1), (103, 1)))

    assert book.apply(quote(12, (90, 1), (110, 1))) is False
    assert book.apply(quote(10, (90, 1), (110, 1))) is False
    assert shown(book) == ([(98, 1)], [(103, 1)])


def test_a_quote_older_than_an_update_changes_nothing() -> None:
    book = synced()
    book.apply(update(11, 15, {}, {}))

    assert book.apply(quote(14, (90, 1), (110, 1))) is False
    assert (book.best_bid, book.best_ask) == (Decimal(99), Decimal(101))


def test_an_update_older_than_the_quote_speaks_only_of_what_is_behind_it() -> None:
    book = synced()
    book.apply(quote(13, (98, 1), (103, 1)))

    book.apply(update(11, 12, {99: 9, 98: 9, 97: 9}, {101: 9, 103: 9, 104: 9}))

    assert shown(book) == ([(98, 1), (97, 9)], [(103, 1), (104, 9)])


def test_a_snapshot_older_than_the_quote_does_not_overrule_it() -> None:
    book = OrderBook()
    book.apply(quote(13, (98, 1), (103, 1)))

    book.apply(snapshot(10, {98: 3, 99: 2, 97: 1}, {101: 2, 104: 3}))

    assert shown(book) == ([(98, 1), (97, 1)], [(103, 1), (104, 3)])


def test_quotes_alone_are_a_book_of_one_level() -> None:
    book = OrderBook()

    book.apply(quote(1, (98, 1), (103, 1)))
    book.apply(quote(2, (99, 2), (102, 3)))

    assert shown(book) == ([(99, 2)], [(102, 3)])


def test_a_quote_newer_than_a_gap_survives_it() -> None:
    book = synced()
    book.apply(quote(15, (98, 1), (103, 1)))

    book.apply(update(12, 14, {}, {}))

    assert (book.is_synced, shown(book)) == (False, ([(98, 1)], [(103, 1)]))


def test_an_empty_side_of_a_quote_empties_the_side() -> None:
    book = synced()

    book.apply(quote(11, (0, 0), (101, 9)))

    assert shown(book) == ([], [(101, 9), (102, 3)])


def test_an_update_that_would_cross_removes_what_it_crosses() -> None:
    book = synced()

    book.apply(update(11, 11, {101: 5}, {}))
    assert shown(book) == ([(101, 5), (99, 2), (98, 3)], [(102, 3)])

    book.apply(update(12, 12, {}, {98: 4}))
    assert shown(book) == ([], [(98, 4), (102, 3)])


def test_crossed_quotes_and_snapshots_are_not_believed() -> None:
    book = synced()
    before = shown(book)

    assert book.apply(quote(11, (101, 1), (101, 1))) is False
    assert book.apply(snapshot(11, {101: 1}, {101: 1})) is False
    assert shown(book) == before


def test_what_was_taken_is_not_available_before_the_level_changes() -> None:
    side = BookSide(Side.SELL)
    side.replace([(Decimal(101), Decimal(2)), (Decimal(102), Decimal(3))])

    side.take(Decimal(101), Decimal(2))
    side.take(Decimal(102), Decimal(1))
    side.put(Decimal(101), Decimal(2))
    assert whole(side.available()) == [(102, 2)]

    side.put(Decimal(101), Decimal(1))
    assert whole(side.available()) == [(101, 1), (102, 2)]


def test_what_was_taken_from_a_quote_stays_taken_while_the_other_side_moves() -> None:
    book = OrderBook()
    book.apply(quote(1, (98, 1), (103, 4)))

    book.asks.take(Decimal(103), Decimal(3))
    book.apply(quote(2, (99, 1), (103, 4)))
    assert whole(book.asks.available()) == [(103, 1)]

    book.apply(quote(3, (99, 1), (102, 4)))
    book.apply(quote(4, (99, 1), (103, 4)))
    assert whole(book.asks.available()) == [(103, 4)]


def test_a_level_that_went_and_came_back_is_a_new_one() -> None:
    book = synced()

    book.asks.take(Decimal(101), Decimal(2))
    book.apply(quote(11, (99, 2), (102, 3)))
    book.apply(quote(12, (99, 2), (101, 2)))

    assert whole(book.asks.available())[0] == (101, 2)


prices = st.integers(1, 12)
some_levels = st.dictionaries(prices, st.integers(0, 3), max_size=4)
sizes = st.tuples(prices, st.integers(0, 3))
messages = st.lists(
    st.one_of(
        st.builds(quote, st.integers(0, 30), sizes, sizes),
        st.builds(snapshot, st.integers(0, 30), some_levels, some_levels),
        st.integers(0, 30).flatmap(
            lambda first: st.builds(
                update,
                st.just(first),
                st.integers(first, first + 3),
                some_levels,
                some_levels,
            )
        ),
    ),
    max_size=30,
)


@given(messages)
def test_whatever_comes_the_book_is_sorted_and_not_crossed(
    heard: list[Quote | DepthSnapshot | DepthUpdate],
) -> None:
    book = OrderBook()
    for message in heard:
        book.apply(message)

        bids, asks = shown(book)
        assert bids == sorted(dict(bids).items(), reverse=True)
        assert asks == sorted(dict(asks).items())
        assert all(size > 0 for _, size in bids + asks)
        assert not (bids and asks) or bids[0] < asks[0]


@given(messages)
def test_a_message_heard_twice_is_a_message_heard_once(
    heard: list[Quote | DepthSnapshot | DepthUpdate],
) -> None:
    once, twice = OrderBook(), OrderBook()
    for message in heard:
        once.apply(message)
        twice.apply(message)
        twice.apply(message)

        assert shown(twice) == shown(once)
        assert twice.is_synced == once.is_synced
