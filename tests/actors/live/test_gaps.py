"""Missing trades are seen, none is told twice, and what is told has rising ids."""

import pytest

from holdfast.actors.live.answers import Incomplete
from holdfast.actors.live.gaps import AlreadyTold, Missing, QuoteIds, TradeIds


def follow(ids: TradeIds, *trades: tuple[int, float]) -> list[Missing | str | None]:
    """Return what comes of each, given its id and time."""
    found: list[Missing | str | None] = []
    for id_, time in trades:
        try:
            found.append(ids.follow(id_, time))
        except AlreadyTold as error:
            found.append(str(error))
    return found


def test_ids_without_holes_miss_nothing() -> None:
    ids = TradeIds(contiguous=True)

    assert follow(ids, (5, 1.0), (6, 1.0), (7, 2.0)) == [None, None, None]


def test_a_hole_is_told_by_its_first_and_last_id() -> None:
    found = follow(TradeIds(contiguous=True), (5, 1.0), (9, 1.0), (10, 1.0))

    assert found == [None, Missing("trade_gaps", "trades 6 to 8 are missing"), None]


def test_where_ids_have_holes_by_nature_none_is_told() -> None:
    assert follow(TradeIds(contiguous=False), (5, 1.0), (9, 1.0)) == [None, None]


@pytest.mark.parametrize("id_", [5, 4, 0])
def test_what_comes_again_or_late_is_not_told_again(id_: int) -> None:
    found = follow(TradeIds(contiguous=True), (5, 1.0), (id_, 1.0), (6, 1.0))

    assert found == [None, f"trade {id_} came after 5", None]


def test_smaller_ids_that_go_on_rising_with_time_are_a_new_numbering() -> None:
    ids = TradeIds(contiguous=True)
    found = follow(ids, (900, 10.0), (1, 11.0), (2, 11.5), (3, 12.0), (4, 12.0))

    assert found == [
        None,
        "trade 1 came after 900",
        "trade 2 came after 900",
        Missing("numbered_anew", "the venue numbers its trades anew: 3 came after 900"),
        None,
    ]
    assert 3 + ids.shift == 901


def test_ids_rise_over_several_new_numberings() -> None:
    ids = TradeIds(contiguous=True)
    follow(ids, (900, 10.0), (1, 11.0), (2, 12.0), (3, 13.0), (4, 14.0))
    follow(ids, (1, 21.0), (2, 22.0), (3, 23.0))

    assert 3 + ids.shift == 903


def test_after_a_silence_a_time_that_is_older_does_not_speak_against_it() -> None:
    ids = TradeIds(contiguous=True)
    before = follow(ids, (900, 10.0), (1, 5.0), (2, 6.0), (3, 7.0))
    ids.nothing_came()
    after = follow(ids, (4, 8.0), (5, 9.0), (6, 9.5))

    assert before[1:] == [f"trade {each} came after 900" for each in (1, 2, 3)]
    assert isinstance(after[-1], Missing)


@pytest.mark.parametrize(
    "again",
    [
        [(5, 6.0), (6, 7.0), (7, 8.0), (8, 9.0)],  # an old page, with its old times
        [(7, 11.0), (6, 12.0), (5, 13.0), (4, 14.0)],  # these do not rise
        [(5, 11.0), (6, 12.0), (10, 10.5), (7, 13.0)],  # one of the old numbering
        [(9, 10.0), (9, 10.0), (9, 10.0), (9, 10.0)],  # the last one, again and again
    ],
)
def test_old_trades_that_come_again_are_no_new_numbering(
    again: list[tuple[int, float]],
) -> None:
    ids = TradeIds(contiguous=True)
    follow(ids, (9, 10.0), *again)

    assert ids.shift == 0


def test_quotes_of_a_new_connection_go_on_above_those_of_the_old_one() -> None:
    ids = QuoteIds()
    first = [ids.follow(each) for each in (70, 80, 75)]
    ids.begin()
    second = [ids.follow(each) for each in (3, 4)]
    ids.begin()
    third = [ids.follow(each) for each in (90, 91)]

    assert (first, second, third) == ([70, 80, 75], [81, 82], [168, 169])


@pytest.mark.parametrize("told", [None, "", "20f43950-d8dd", 7])
def test_trades_without_numbers_are_numbered_as_they_come(told: object) -> None:
    ids = TradeIds(contiguous=False)
    numbers: list[int] = []
    for now_ns in (100, 100, 90, 200):
        numbers.append(ids.number({"id": told}, now_ns))
        ids.follow(numbers[-1], 1.0)

    assert numbers == [100, 101, 102, 200]


def test_numbers_that_a_venue_gives_are_kept() -> None:
    assert TradeIds(contiguous=False).number({"id": "7"}, 100) == 7


def test_trades_that_are_counted_need_the_numbers_of_the_venue() -> None:
    with pytest.raises(Incomplete, match="whole numbers, was 'a-7'"):
        TradeIds(contiguous=True).number({"id": "a-7"}, 100)
