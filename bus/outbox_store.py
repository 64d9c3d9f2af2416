"""What was said and is not known to have arrived: on disk before it is offered.

One file for each node. Each word has a number, and none is ever used twice, so that
whoever hears it can tell what is missing and what came again (research: Eventuate's and
NServiceBus' outbox).
"""

import sqlite3
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import ClassVar

import attrs

from ..supervision.database import Unusable, open_database

_SCHEMA = """
BEGIN;
CREATE TABLE outbox (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    topic TEXT NOT NULL,
    time REAL NOT NULL,
    data BLOB NOT NULL,
    checksum INTEGER NOT NULL
);
PRAGMA user_version=1;
COMMIT
"""
_VERSION = 1


class OutboxUnusable(Exception):
    """The file can't be written or read; nothing of it is lost."""

    exit_code: ClassVar[int] = 73

    def __init__(self, place: str, error: Exception) -> None:
        super().__init__(
            f"the outbox {place} can't be used ({error}), so nothing can be said that"
            " must not be lost. If the disk is full, make room; if the file is damaged,"
            " put a copy back, or move it away and tell all listeners what is missing"
        )


@attrs.frozen
class Waiting:
    """One word that is not known to have arrived; `data` is its envelope."""

    seq: int
    topic: str
    time: float
    data: bytes


@attrs.frozen
class Backlog:
    """How much waits; `oldest` is when the oldest was said, None if nothing waits."""

    words: int = 0
    size: int = 0
    oldest: float | None = None


class OutboxStore:
    """One outbox, used from one thread at a time; `None` for `path`: in memory."""

    def __init__(self, path: Path | None) -> None:
        """Open it.

        Raises:
            OutboxUnusable: it is no outbox, is damaged, or can't be written.

        """
        self._place = str(path or "in memory")
        try:
            self._connection = open_database(path, _SCHEMA, version=_VERSION)
        except Unusable as error:
            raise OutboxUnusable(self._place, error) from error

    def last_seq(self) -> int:
        """Return the highest number that was ever used; raises as `append`."""
        query = "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name='outbox'"
        return int(self._row(query)[0])

    def append(self, words: Iterable[Waiting]) -> None:
        """Add words, all or none; they are kept once this returns.

        Raises:
            OutboxUnusable: the disk is full, the file is damaged, or a number is used.

        """
        rows = [(w.seq, w.topic, w.time, w.data, zlib.crc32(w.data)) for w in words]
        self._change("INSERT INTO outbox VALUES (?, ?, ?, ?, ?)", rows)

    def after(self, seq: int, limit: int) -> list[Waiting]:
        """Return the next words that wait, in their order.

        Raises:
            OutboxUnusable: one of them is not what was written.

        """
        query = "SELECT * FROM outbox WHERE seq > ? ORDER BY seq LIMIT ?"
        try:
            rows = self._connection.execute(query, (seq, limit)).fetchall()
            return [_read(*row) for row in rows]
        except (sqlite3.Error, ValueError) as error:
            raise OutboxUnusable(self._place, error) from error

    def arrived(self, seqs: Sequence[int]) -> None:
        """Forget words that are known to have arrived; raises as `append`."""
        self._change("DELETE FROM outbox WHERE seq = ?", [(seq,) for seq in seqs])

    def backlog(self) -> Backlog:
        """Tell how much waits; raises as `append`."""
        words, size, oldest = self._row(
            "SELECT count(*), coalesce(sum(length(data)), 0), min(time) FROM outbox"
        )
        return Backlog(int(words), int(size), oldest)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def _change(self, statement: str, rows: Sequence[tuple[object, ...]]) -> None:
        try:
            with self._connection:
                self._connection.executemany(statement, rows)
        except sqlite3.Error as error:
            raise OutboxUnusable(self._place, error) from error

    def _row(self, query: str) -> tuple[int, ...]:
        try:
            row: tuple[int, ...] = self._connection.execute(query).fetchone()
        except sqlite3.Error as error:
            raise OutboxUnusable(self._place, error) from error
        return row


def _read(seq: int, topic: str, time: float, data: bytes, checksum: int) -> Waiting:
    if zlib.crc32(data) != checksum:
        raise ValueError(f"word {seq} is not what was written")
    return Waiting(seq, topic, time, data)
