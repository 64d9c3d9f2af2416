"""A recording told again looks like more of the same market, from any place in it."""

import itertools
from collections.abc import Sequence
from pathlib import Path

import pytest

from holdfast.actors.market import DepthSnapshot, DepthUpdate, Quote, Trade
from holdfast.actors.order_book import OrderBook
from holdfast.actors.recording import BadFrame, Recorded, RecordingUnreadable
from holdfast.actors.replay import ROUND_IDS, ROUND_PAUSE_NS, Place, replay

SNAPSHOT = '5 {"lastUpdateId":10,"bids":[["9","1"]],"asks":[["11","1"]]}'


def trade(at: int, number: int) -> str:
    return (
        f'{at} {{"stream":"btcusdt@trade","data":{{"s":"BTCUSDT","t":{number},'
        f'"p":"10","q":"2","T":1500,"m":true}}}}'
    )


def quote(at: int, number: int) -> str:
    return (
        f'{at} {{"stream":"btcusdt@bookTicker","data":{{"s":"BTCUSDT","u":{number},'
        f'"b":"9","B":"1","a":"11","A":"1"}}}}'
    )


def depth(at: int, first: int, last: int, previous: str = "") -> str:
    return (
        f'{at} {{"stream":"btcusdt@depth","data":{{"s":"BTCUSDT","U":{first},'
        f'"u":{last},"b":[["8","3"]],"a":[]{previous}}}}}'
    )


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    """Two recordings whose lines alternate in time, one of them with a bad line."""
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_text("\n".join([SNAPSHOT, trade(10, 1), depth(30, 11, 12), trade(50, 2)]))
    two.write_text("\n".join([quote(20, 11), "nonsense", quote(40, 13)]))
    return [str(one), str(two)]


def told(files: Sequence[str], times: int, place: Place) -> list[tuple[Place, object]]:
    symbol = "BTCUSDT"
    return list(replay(files, times=times, symbol=symbol, venue="spot", place=place))


def messages(files: Sequence[str], times: int) -> list[Recorded]:
    rest = replay(files, times=times, symbol="BTCUSDT", venue="spot", place=Place())
    return [message for _, message in rest]


def times_of(recorded: Sequence[Recorded]) -> list[int]:
    return [each.received_ns for each in recorded if not isinstance(each, BadFrame)]


def test_several_recordings_come_in_the_order_of_their_receive_times(
    files: list[str],
) -> None:
    assert [type(each) for each in messages(files, 1)] == [
        DepthSnapshot,
        Trade,
        Quote,
        BadFrame,
        DepthUpdate,
        Quote,
        Trade,
    ]


def test_each_round_goes_on_in_time_where_the_last_one_ended(files: list[str]) -> None:
    times = times_of(messages(files, 3))

    assert times[:6] == [5, 10, 20, 30, 40, 50]
    assert times[6] == 50 + ROUND_PAUSE_NS
    assert [time - times[6] for time in times[6:12]] == [0, 5, 15, 25, 35, 45]
    assert times[12] - times[6] == times[6] - times[0]


def test_ids_go_on_growing_and_the_trade_time_moves_along(files: list[str]) -> None:
    trades = [each for each in messages(files, 3) if isinstance(each, Trade)]

    assert [each.id for each in trades] == [
        round_ * ROUND_IDS + number for round_ in range(3) for number in (1, 2)
    ]
    shifts = [(each.received_ns - trades[0].received_ns) / 1e9 for each in trades[::2]]
    assert [each.time for each in trades[::2]] == pytest.approx(
        [1.5 + shift for shift in shifts], abs=1e-9
    )


def test_the_depth_of_futures_keeps_its_chain_in_a_later_round(tmp_path: Path) -> None:
    lines = [depth(1, 5, 6, ',"pu":4'), depth(2, 7, 9, ',"pu":6')]
    (tmp_path / "file").write_text("\n".join(lines))

    updates = messages([str(tmp_path / "file")], 2)[2:]

    assert [
        (each.first_update_id, each.last_update_id, each.previous_update_id)
        for each in updates
        if isinstance(each, DepthUpdate)
    ] == [
        (ROUND_IDS + 5, ROUND_IDS + 6, ROUND_IDS + 4),
        (ROUND_IDS + 7, ROUND_IDS + 9, ROUND_IDS + 6),
    ]


def test_a_book_can_follow_all_rounds(files: list[str]) -> None:
    book = OrderBook()
    news = [
        book.apply(each)
        for each in messages(files, 3)
        if isinstance(each, DepthSnapshot | DepthUpdate | Quote)
    ]

    assert news == [True] * 12
    assert book.is_synced


def test_from_every_place_the_same_rest_follows(files: list[str]) -> None:
    whole = told(files, 3, Place())

    rests = [told(files, 3, place) for place, _ in whole]

    assert rests == [whole[number:] for number in range(1, len(whole) + 1)]


def test_a_place_knows_the_first_and_the_last_time_of_all(files: list[str]) -> None:
    places = [place for place, _ in told(files, 2, Place())]

    assert {place.first_ns for place in places} == {5}
    assert [place.last_ns for place in places[:4]] == [5, 10, 20, 20]


def test_a_file_of_bad_lines_alone_ends_too(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("1 {\n")

    whole = told([str(path)], 2, Place())

    assert [place.first_ns for place, _ in whole] == [None, None]
    assert [place.round for place, _ in whole] == [0, 1]


def test_no_time_at_all_reads_nothing() -> None:
    assert told(["/nowhere"], 0, Place()) == []


def test_a_recording_that_is_not_there_is_said_before_the_first_message(
    files: list[str], tmp_path: Path
) -> None:
    rest = replay(
        [*files, str(tmp_path / "absent")],
        times=1,
        symbol="BTCUSDT",
        venue="spot",
        place=Place(),
    )

    with pytest.raises(RecordingUnreadable, match="absent"):
        next(rest)


def test_times_never_run_back_over_rounds(files: list[str]) -> None:
    times = times_of(messages(files, 4))

    assert all(one <= two for one, two in itertools.pairwise(times))
