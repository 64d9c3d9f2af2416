"""Files of every kind, sound and broken, read from any line."""

import gzip
import os
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from holdfast.actors.market import DepthSnapshot, Quote, Trade
from holdfast.actors.recording import (
    BadFrame,
    BadFrameReason,
    Recorded,
    RecordingUnreadable,
    merge,
    read,
)

SNAPSHOT = '50 {"lastUpdateId":7,"bids":[["9","1"]],"asks":[["11","1"]]}'
QUOTES = "recv_ns,update_id,bid,bid_qty,ask,ask_qty"
TRADES = "recv_ns,venue,symbol,trade_id,price,qty,exch_ms,buyer_is_maker"

Write = Callable[..., Path]


def frame(received_ns: int, trade_id: int, symbol: str = "BTCUSDT") -> str:
    return (
        f'{received_ns} {{"stream":"{symbol.lower()}@trade","data":{{"s":"{symbol}",'
        f'"t":{trade_id},"p":"10.0","q":"2","T":1500,"m":true,"M":true}}}}'
    )


def trade(received_ns: int, trade_id: int, symbol: str = "BTCUSDT") -> Trade:
    return Trade(
        venue="spot",
        symbol=symbol,
        id=trade_id,
        price=Decimal("10.0"),
        quantity=Decimal(2),
        time=1.5,
        received_ns=received_ns,
        buyer_is_maker=True,
    )


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def to_file(*lines: str, name: str = "recording", end: str = "\n") -> Path:
        path = tmp_path / name
        path.write_bytes("".join(line + end for line in lines).encode())
        return path

    return to_file


def said(path: Path, *, after_line: int = 0) -> list[tuple[int, Recorded | str]]:
    """Shorten each bad frame to its reason."""
    return [
        (line, message.reason if isinstance(message, BadFrame) else message)
        for line, message in read(path, after_line=after_line)
    ]


def test_frames_come_with_their_line_numbers(write: Write) -> None:
    path = write(frame(1, 5), frame(2, 6))

    assert list(read(path)) == [(1, trade(1, 5)), (2, trade(2, 6))]


def test_a_gzipped_file_is_told_by_its_content_and_not_by_its_name(
    tmp_path: Path,
) -> None:
    path = tmp_path / "plain.txt"
    path.write_bytes(gzip.compress(frame(1, 5).encode()))

    assert list(read(path)) == [(1, trade(1, 5))]


def test_byte_order_mark_blank_lines_and_windows_line_ends_are_no_matter(
    write: Write,
) -> None:
    path = write("\ufeff" + frame(1, 5), "", "  ", frame(2, 6), end="\r\n")

    assert list(read(path)) == [(1, trade(1, 5)), (4, trade(2, 6))]


def test_a_snapshot_is_of_the_symbol_of_the_frames_around_it(write: Write) -> None:
    path = write(SNAPSHOT, frame(60, 5, "ETHUSDT"))

    (_, snapshot), _ = read(path)

    assert snapshot == DepthSnapshot(
        venue="spot",
        symbol="ETHUSDT",
        last_update_id=7,
        bids=((Decimal(9), Decimal(1)),),
        asks=((Decimal(11), Decimal(1)),),
        received_ns=50,
    )


def test_a_row_of_trades_is_a_trade(write: Write) -> None:
    path = write(TRADES, "3,spot,BTCUSDT,5,10.0,2,1500,1")

    assert list(read(path)) == [(2, trade(3, 5))]


def test_a_row_of_quotes_is_a_quote_of_the_symbol_the_reader_names(
    write: Write,
) -> None:
    path = write(QUOTES, "3,8,9.5,1,10.5,2")

    assert list(read(path, symbol="BTCUSDT")) == [
        (
            2,
            Quote(
                venue="spot",
                symbol="BTCUSDT",
                update_id=8,
                bid=Decimal("9.5"),
                bid_quantity=Decimal(1),
                ask=Decimal("10.5"),
                ask_quantity=Decimal(2),
                received_ns=3,
            ),
        )
    ]


def test_quotes_of_no_symbol_are_unreadable(write: Write) -> None:
    path = write(QUOTES, "3,8,9.5,1,10.5,2")

    with pytest.raises(RecordingUnreadable, match="say of which symbol"):
        read(path)


def test_a_bad_line_is_told_in_its_place_and_reading_goes_on(write: Write) -> None:
    path = write(frame(1, 5), "2 {" + "x" * 300, frame(3, 6))

    first, (_, bad), last = read(path)

    assert (first, last) == ((1, trade(1, 5)), (3, trade(3, 6)))
    assert isinstance(bad, BadFrame)
    assert (bad.path, bad.line, bad.reason) == (str(path), 2, "not_a_frame")
    assert bad.text == "2 {" + "x" * 197


def test_a_frame_of_endless_depth_is_a_bad_line(write: Write) -> None:
    deep = '2 {"stream":"btcusdt@trade","data":' + "[" * 100_000
    path = write(frame(1, 5), deep, frame(3, 6))

    assert said(path)[1:] == [(2, BadFrameReason.NOT_A_FRAME), (3, trade(3, 6))]


def test_a_broken_first_line_does_not_hide_the_format(write: Write) -> None:
    path = write('":"61837.63000000","q":"0.02"}}', frame(2, 5))

    assert said(path) == [(1, BadFrameReason.NOT_A_FRAME), (2, trade(2, 5))]


def test_a_trade_that_was_there_or_comes_too_late_is_bad(write: Write) -> None:
    path = write(frame(1, 5), frame(2, 5), frame(3, 4), frame(4, 5, "ETH"), frame(5, 6))

    assert said(path) == [
        (1, trade(1, 5)),
        (2, BadFrameReason.DUPLICATE),
        (3, BadFrameReason.OUT_OF_ORDER),
        (4, trade(4, 5, "ETH")),
        (5, trade(5, 6)),
    ]


@pytest.mark.parametrize("after_line", range(8))
def test_a_reader_that_starts_again_sees_the_same_rest(
    write: Write, after_line: int
) -> None:
    other = frame(6, 9).replace("@trade", "@aggTrade")
    path = write(
        frame(1, 5), "", SNAPSHOT, frame(2, 5), frame(3, 4), other, frame(9, 6)
    )

    rest = list(read(path, after_line=after_line))

    assert rest == [each for each in read(path) if each[0] > after_line]
    assert [line for line, _ in rest] == [
        line for line in (1, 3, 4, 5, 6, 7) if line > after_line
    ]


def test_rows_of_trades_can_be_read_again_from_any_line(write: Write) -> None:
    row = "3,spot,BTCUSDT,{},10.0,2,1500,1"
    path = write(TRADES, row.format(5), row.format(5), row.format(6))

    assert said(path, after_line=2) == [
        (3, BadFrameReason.DUPLICATE),
        (4, trade(3, 6)),
    ]


def test_a_truncated_file_is_read_to_its_end_and_then_told(tmp_path: Path) -> None:
    lines = [frame(number, number) for number in range(1, 2001)]
    whole = gzip.compress("\n".join(lines).encode())
    path = tmp_path / "cut.gz"
    path.write_bytes(whole[: len(whole) // 2])

    *sound, (line, bad) = read(path)

    assert len(sound) > 500
    assert sound == [(n, trade(n, n)) for n in range(1, len(sound) + 1)]
    assert isinstance(bad, BadFrame)
    assert bad.reason is BadFrameReason.TRUNCATED
    assert line == bad.line == len(sound) + 1
    assert f"truncated after line {len(sound)}" in bad.detail
    assert list(read(path, after_line=line)) == []
    assert list(read(path, after_line=line - 1)) == [(line, bad)]


def test_a_damaged_file_is_told_too(tmp_path: Path) -> None:
    damaged = bytearray(gzip.compress(frame(1, 5).encode() + b"\n"))
    damaged[-8] ^= 1  # the first byte of the checksum
    path = tmp_path / "damaged.gz"
    path.write_bytes(damaged)

    assert said(path) == [(1, trade(1, 5)), (2, BadFrameReason.TRUNCATED)]


def empty(path: Path) -> None:
    path.write_bytes(b"\n \r\n")


def cut(path: Path) -> None:
    path.write_bytes(gzip.compress(b"1 {")[:11])


def unknown(path: Path) -> None:
    path.write_text("time,open,high,low,close\n")


def binary(path: Path) -> None:
    path.write_bytes(bytes(range(256)) * 100)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (Path.exists, "there is no recording at"),
        (Path.mkdir, "is no file"),
        (os.mkfifo, "is no file"),
        (empty, "is empty"),
        (cut, "breaks off in its first line"),
        (unknown, "starts with neither frames nor known columns"),
        (binary, "starts with neither frames nor known columns"),
    ],
)
def test_what_is_no_recording_is_unreadable_at_once(
    tmp_path: Path, make: Callable[[Path], object], sentence: str
) -> None:
    path = tmp_path / "recording"
    make(path)

    with pytest.raises(RecordingUnreadable, match=sentence) as refused:
        read(path)

    assert refused.value.exit_code == 66
    assert str(path) in str(refused.value)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_unreadable(write: Write) -> None:
    path = write(frame(1, 5))
    path.chmod(0)

    with pytest.raises(RecordingUnreadable, match="Permission denied"):
        read(path)


def test_files_merge_by_receive_time_and_equal_times_by_place(write: Write) -> None:
    one = write(frame(1, 1), "bad", frame(5, 2), name="one")
    two = write(frame(1, 8), frame(3, 9), frame(5, 10), name="two")

    merged = [(path[-3:], line) for path, line, _ in merge([one, two])]

    assert merged == [
        ("one", 1),
        ("one", 2),
        ("two", 1),
        ("two", 2),
        ("one", 3),
        ("two", 3),
    ]


def test_a_merge_goes_on_from_a_position_in_each_file(write: Write) -> None:
    one = write(frame(1, 1), "bad", frame(5, 2), name="one")
    two = write(frame(1, 8), frame(3, 9), frame(5, 10), name="two")
    whole = list(merge([one, two]))

    for seen in range(len(whole) + 1):
        positions = {path: line for path, line, _ in whole[:seen]}
        assert list(merge([one, two], after_lines=positions)) == whole[seen:]
