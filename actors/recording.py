"""Reads recorded market data, line by line, from any line on.

A recording is a plain or gzipped file of raw frames or of CSV rows; both are told by
their first bytes, not by their names. A line that is no market message becomes a
`BadFrame` in its place and reading goes on. A reader that starts again after line n
sees exactly what the first one would have seen after line n.
"""

import enum
import gzip
import heapq
import itertools
import re
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import BinaryIO, ClassVar

import attrs

from .binance_frames import (
    QUOTE_COLUMNS,
    SPOT,
    TRADE_COLUMNS,
    UnknownStream,
    decode_frame,
    decode_quote_row,
    decode_trade_row,
)
from .market import MarketMessage, Trade

LONGEST_LINE = 4 * 2**20
"""Bytes; what is longer comes in pieces, so that no file can fill the memory."""

HEAD = 100
"""Lines from the top in which the format and the symbol must show."""

_BROKEN = (EOFError, OSError, zlib.error)
_FRAME = re.compile(rb"\d+ \{")
_STREAM = re.compile(rb'\d+ \{"stream":"(\w+)@')


class RecordingUnreadable(Exception):
    """There is no recording to read at this path; the sentence says why."""

    exit_code: ClassVar[int] = 66


class BadFrameReason(enum.StrEnum):
    """What is wrong with a line; TRUNCATED: the file breaks off in it."""

    NOT_A_FRAME = "not_a_frame"
    UNKNOWN_STREAM = "unknown_stream"
    DUPLICATE = "duplicate"
    OUT_OF_ORDER = "out_of_order"
    TRUNCATED = "truncated"


@attrs.frozen(kw_only=True)
class BadFrame:
    """A line that says nothing usable; `text` is its first 200 characters."""

    path: str
    line: int
    reason: BadFrameReason
    detail: str
    text: str


Recorded = MarketMessage | BadFrame


@attrs.frozen(kw_only=True)
class _Format:
    """How to decode a line; the names of the columns are not one, if there are any.

    Only lines with the mark can be trades.
    """

    decode: Callable[[bytes], MarketMessage]
    columns: bytes = b""
    trade_mark: bytes = b"@trade"


def read(
    path: Path | str, *, after_line: int = 0, symbol: str = "", venue: str = SPOT
) -> Iterator[tuple[int, Recorded]]:
    """Yield (line number, message) for each line after `after_line`, counted from 1.

    `symbol` and `venue` are for a file of quotes, which names neither. Raises
    `RecordingUnreadable` at once when there is nothing to read.
    """
    where = Path(path)
    return _read(where, _format(where, symbol, venue), after_line)


def merge(
    paths: Sequence[Path | str],
    *,
    after_lines: Mapping[str, int] | None = None,
    symbol: str = "",
    venue: str = SPOT,
) -> Iterator[tuple[str, int, Recorded]]:
    """Yield (path, line number, message) of several recordings by receive time.

    Equal times keep the order of `paths`; a bad frame follows the line before it. To
    go on later, remember the last line number of each path.
    """
    done = after_lines or {}
    files = [
        _named(
            str(path),
            read(path, after_line=done.get(str(path), 0), symbol=symbol, venue=venue),
        )
        for path in paths
    ]
    return heapq.merge(*files, key=_receive_time)


def _named(
    path: str, lines: Iterator[tuple[int, Recorded]]
) -> Iterator[tuple[str, int, Recorded]]:
    for number, message in lines:
        yield path, number, message


def _receive_time(entry: tuple[str, int, Recorded]) -> int:
    message = entry[2]
    return 0 if isinstance(message, BadFrame) else message.received_ns


def _read(path: Path, form: _Format, after_line: int) -> Iterator[tuple[int, Recorded]]:
    decode = _Sequence(path=str(path), decode=form.decode).decode_next
    number = 0
    with _opened(path) as file:
        try:
            for number, line in _lines(file):
                if line == form.columns:
                    continue
                if number > after_line:
                    yield number, decode(number, line)
                elif form.trade_mark in line:
                    decode(number, line)
        except _BROKEN as error:
            if number >= after_line:
                yield number + 1, _truncated(path, number, error)


@attrs.define(kw_only=True)
class _Sequence:
    """Decodes the lines of one file and knows which trades have been there."""

    path: str
    decode: Callable[[bytes], MarketMessage]
    last_ids: dict[tuple[str, str], int] = attrs.Factory(dict[tuple[str, str], int])

    def decode_next(self, number: int, line: bytes) -> Recorded:
        bad = partial(self._bad, number, line)
        try:
            message = self.decode(line)
        except UnknownStream as error:
            return bad(BadFrameReason.UNKNOWN_STREAM, str(error))
        except (ValueError, RecursionError) as error:
            return bad(BadFrameReason.NOT_A_FRAME, str(error))
        if not isinstance(message, Trade):
            return message
        key = message.venue, message.symbol
        last = self.last_ids.get(key, -1)
        if message.id > last:
            self.last_ids[key] = message.id
            return message
        again = message.id == last
        reason = BadFrameReason.DUPLICATE if again else BadFrameReason.OUT_OF_ORDER
        return bad(reason, f"trade {message.id} came after trade {last}")

    def _bad(
        self, number: int, line: bytes, reason: BadFrameReason, detail: str
    ) -> BadFrame:
        return BadFrame(
            path=self.path,
            line=number,
            reason=reason,
            detail=detail,
            text=line[:800].decode(errors="replace")[:200],
        )


def _truncated(path: Path, number: int, error: Exception) -> BadFrame:
    return BadFrame(
        path=str(path),
        line=number + 1,
        reason=BadFrameReason.TRUNCATED,
        detail=f"truncated after line {number}: {error}",
        text="",
    )


def _lines(file: BinaryIO | gzip.GzipFile) -> Iterator[tuple[int, bytes]]:
    """Count the lines from 1 and leave out the empty ones."""
    for number in itertools.count(1):
        line = file.readline(LONGEST_LINE)
        if not line:
            return
        if number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
        line = line.strip()
        if line:
            yield number, line


def count_lines(path: Path) -> int:
    """Count the lines of a recording; raises `RecordingUnreadable` as `read` does."""
    with _opened(path) as file:
        try:
            return sum(1 for _ in file)
        except _BROKEN:
            return 0


def _opened(path: Path) -> BinaryIO | gzip.GzipFile:
    try:
        if not path.exists():
            raise RecordingUnreadable(f"there is no recording at {path}")
        if not path.is_file():
            raise RecordingUnreadable(f"{path} is no file, so there is nothing to read")
        with path.open("rb") as file:
            is_gzip = file.read(2) == b"\x1f\x8b"
        return gzip.open(path) if is_gzip else path.open("rb")
    except OSError as error:
        raise RecordingUnreadable(f"cannot read {path}: {error.strerror}") from error


def _format(path: Path, symbol: str, venue: str) -> _Format:
    head = _head(path)
    if head[0] == TRADE_COLUMNS:
        return _Format(decode=decode_trade_row, columns=TRADE_COLUMNS, trade_mark=b"")
    if head[0] == QUOTE_COLUMNS:
        if not symbol:
            raise RecordingUnreadable(f"say of which symbol the quotes in {path} are")
        decode_quote = partial(decode_quote_row, venue=venue, symbol=symbol)
        return _Format(decode=decode_quote, columns=QUOTE_COLUMNS)
    if not any(map(_FRAME.match, head)):
        raise RecordingUnreadable(
            f"{path} is no recording: it starts with neither frames nor known columns"
        )
    named = [
        stream[1].decode().upper() for stream in map(_STREAM.match, head) if stream
    ]
    return _Format(decode=partial(decode_frame, symbol=named[0] if named else symbol))


def _head(path: Path) -> list[bytes]:
    head: list[bytes] = []
    problem = "is empty"
    with _opened(path) as file:
        try:
            head.extend(line for _, line in itertools.islice(_lines(file), HEAD))
        except _BROKEN as error:
            problem = f"breaks off in its first line: {error}"
    if not head:
        raise RecordingUnreadable(f"{path} {problem}")
    return head
