"""The event journal on disk: a bounded sqlite file that survives its process."""

import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import ClassVar

import attrs
import msgspec

from .events import Decision, EventKind, SupervisionEvent

_SCHEMA = """
CREATE TABLE IF NOT EXISTS events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    run INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    time REAL NOT NULL,
    path TEXT NOT NULL,
    incarnation INTEGER NOT NULL,
    kind TEXT NOT NULL,
    reason TEXT NOT NULL,
    decision TEXT NOT NULL,
    cause_seq INTEGER NOT NULL,
    UNIQUE (run, seq)
)
"""


class JournalUnusable(Exception):
    """The file can't be written or read as a journal; it is left as it is."""

    exit_code: ClassVar[int] = 73

    def __init__(self, path: Path, error: Exception) -> None:
        self.path = path
        super().__init__(
            f"the event journal {path} can't be used ({error}): make room on the disk,"
            " or move the file away to begin a new one"
        )


@attrs.frozen
class StoredEvent:
    """An event as journaled: `id` grows over all runs; each process is a run."""

    id: int
    run: int
    event: SupervisionEvent


class EventStore:
    """One journal file, used from one thread; the newest `limit` events are kept."""

    def __init__(self, path: Path, *, limit: int = 100_000) -> None:
        """Open the file, made with access for its owner alone if it is not there.

        Raises:
            JournalUnusable: the file is no journal, or the disk does not take it.

        """
        self._path = path
        self._limit = limit
        try:
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
            self._connection = sqlite3.connect(path, timeout=5.0)
        except (OSError, sqlite3.Error) as error:
            raise JournalUnusable(path, error) from error
        try:
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=NORMAL")
            self._connection.execute(_SCHEMA)
            self._connection.commit()
        except sqlite3.Error as error:
            self._connection.close()
            raise JournalUnusable(path, error) from error

    def next_run(self) -> int:
        """Return a run number above all that are stored; raises as `append`."""
        return self._number("SELECT coalesce(max(run), 0) + 1 FROM events")

    def append(self, run: int, events: Iterable[SupervisionEvent]) -> None:
        """Add events of a run; those already there are left as they are.

        Raises:
            JournalUnusable: the disk is full or the file is damaged.

        """
        rows = [(run, *msgspec.structs.astuple(event)) for event in events]
        try:
            with self._connection:
                self._connection.executemany(
                    "INSERT OR IGNORE INTO events (run, seq, time, path, incarnation,"
                    " kind, reason, decision, cause_seq) VALUES (?,?,?,?,?,?,?,?,?)",
                    rows,
                )
                self._connection.execute(
                    "DELETE FROM events WHERE id <= (SELECT max(id) FROM events) - ?",
                    (self._limit,),
                )
        except (sqlite3.Error, ValueError) as error:
            raise JournalUnusable(self._path, error) from error

    def last_seq(self, run: int) -> int:
        """Return the highest stored event number of a run, 0 without any.

        Raises as `append`.
        """
        query = "SELECT coalesce(max(seq), 0) FROM events WHERE run = ?"
        return self._number(query, run)

    def read(
        self, *, after_id: int = 0, since: float = 0.0, under: str = "/"
    ) -> Iterator[StoredEvent]:
        """Yield the stored events in order; raises as `append`.

        `since` is wall seconds; `under` limits them to a place and all below it.
        """
        root = under.rstrip("/")
        query = (
            "SELECT id, run, seq, time, path, incarnation, kind, reason, decision,"
            " cause_seq FROM events WHERE id > ? AND time >= ?"
            " AND (path = ? OR substr(path, 1, ?) = ?) ORDER BY id"
        )
        below = f"{root}/"
        values = (after_id, since, root, len(below), below)
        try:
            for row in self._connection.execute(query, values):
                yield StoredEvent(row[0], row[1], _event(row[2:]))
        except (sqlite3.Error, ValueError) as error:
            raise JournalUnusable(self._path, error) from error

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def _number(self, query: str, *values: object) -> int:
        try:
            (number,) = self._connection.execute(query, values).fetchone()
        except sqlite3.Error as error:
            raise JournalUnusable(self._path, error) from error
        return int(number)


def _event(row: Sequence[object]) -> SupervisionEvent:
    seq, time, path, incarnation, kind, reason, decision, cause_seq = row
    return SupervisionEvent(
        seq=int(str(seq)),
        time=float(str(time)),
        path=str(path),
        incarnation=int(str(incarnation)),
        kind=EventKind(str(kind)),
        reason=str(reason),
        decision=Decision(str(decision)),
        cause_seq=int(str(cause_seq)),
    )
