"""What could not be handled, and why: kept until somebody replays or drops it.

One store for both transports, so that looking never changes what a broker counts.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar

import attrs
import msgspec

from ..supervision.database import Unusable, open_database

_SCHEMA = """
BEGIN;
CREATE TABLE dead_letters (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL,
    consumer TEXT NOT NULL,
    topic TEXT NOT NULL,
    type TEXT NOT NULL,
    source TEXT NOT NULL,
    reason TEXT NOT NULL,
    detail TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    time REAL NOT NULL,
    data BLOB NOT NULL,
    UNIQUE (consumer, id)
);
PRAGMA user_version=1;
COMMIT
"""
_VERSION = 1
_FIELDS = "number, id, consumer, topic, type, source, reason, detail, attempts, time"


class DeadLettersUnusable(Exception):
    """The file can't be written or read; it is left as it is."""

    exit_code: ClassVar[int] = 73

    def __init__(self, place: str, error: Exception) -> None:
        super().__init__(
            f"the dead letters in {place} can't be used ({error}): make room on the"
            " disk, or move the file away to begin with an empty one"
        )


@attrs.frozen(kw_only=True)
class DeadLetter:
    """One word that a consumer could not handle.

    `id` is the word's, `source` who said it, `consumer` who could not handle it: to
    nobody else it is ever replayed. `reason` is a word for it (failed, unreadable,
    expired, unroutable), `detail` the error with its traceback. `time` is when it was
    given up, in wall seconds; `number` is what people call it by.
    """

    id: str
    consumer: str
    topic: str
    type: str
    source: str
    reason: str
    detail: str
    attempts: int
    time: float
    number: int = 0


@attrs.frozen(kw_only=True)
class Filter:
    """Which of them; a field that is empty leaves out none.

    `topic` is a part of the topic, `older_than` and `newer_than` are in wall seconds.
    """

    numbers: Sequence[int] = ()
    consumer: str = ""
    topic: str = ""
    type: str = ""
    reason: str = ""
    source: str = ""
    older_than: float | None = None
    newer_than: float | None = None

    def condition(self) -> tuple[str, list[object]]:
        """Return it as SQL, and the values for that."""
        parts: list[str] = []
        values: list[object] = []
        for name in ("consumer", "type", "reason", "source"):
            if value := getattr(self, name):
                parts.append(f"{name} = ?")
                values.append(value)
        if self.topic:
            parts.append("instr(topic, ?) > 0")
            values.append(self.topic)
        if self.older_than is not None:
            parts.append("time < ?")
            values.append(self.older_than)
        if self.newer_than is not None:
            parts.append("time >= ?")
            values.append(self.newer_than)
        if self.numbers:
            parts.append(f"number IN ({', '.join('?' * len(self.numbers))})")
            values += self.numbers
        return " AND ".join(parts) or "1", values


class DeadLetterStore:
    """One file, used from one thread at a time; without a path it is in memory."""

    def __init__(self, path: Path | None) -> None:
        """Open it.

        Raises:
            DeadLettersUnusable: it is something else, damaged, or can't be written.

        """
        self._place = str(path or "memory")
        try:
            self._connection = open_database(path, _SCHEMA, version=_VERSION)
        except Unusable as error:
            raise DeadLettersUnusable(self._place, error) from error

    def add(self, letter: DeadLetter, data: bytes) -> None:
        """Keep one; `data` is its envelope. The same one again replaces it.

        Raises:
            DeadLettersUnusable: the disk is full or the file is damaged.

        """
        values = attrs.asdict(letter, filter=lambda field, _: field.name != "number")
        names = ", ".join([*values, "data"])
        marks = ", ".join("?" * (len(values) + 1))
        statement = f"INSERT OR REPLACE INTO dead_letters ({names}) VALUES ({marks})"  # noqa: S608 - names of fields
        self._change(statement, [*values.values(), data])

    def find(self, wanted: Filter, limit: int = 1000) -> list[DeadLetter]:
        """Return the oldest of those that are wanted; raises as `add`."""
        where, values = wanted.condition()
        query = f"SELECT {_FIELDS} FROM dead_letters WHERE {where} ORDER BY number"  # noqa: S608 - no value is in it
        rows = self._rows(f"{query} LIMIT ?", [*values, limit])
        names = _FIELDS.split(", ")
        return [
            msgspec.convert(dict(zip(names, row, strict=True)), DeadLetter)
            for row in rows
        ]

    def data(self, number: int) -> bytes | None:
        """Return the envelope of one, None if there is none; raises as `add`."""
        query = "SELECT data FROM dead_letters WHERE number = ?"
        for (data,) in self._rows(query, [number]):
            return bytes(data)
        return None

    def remove(self, wanted: Filter) -> int:
        """Forget those that are wanted; return how many. Raises as `add`."""
        where, values = wanted.condition()
        return self._change(f"DELETE FROM dead_letters WHERE {where}", values)  # noqa: S608 - no value is in it

    def count(self) -> dict[str, int]:
        """Return how many there are of each consumer; raises as `add`."""
        query = "SELECT consumer, count(*) FROM dead_letters GROUP BY consumer"
        return dict(self._rows(query, []))

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def _rows(self, query: str, values: Sequence[object]) -> Iterator[tuple[Any, ...]]:
        try:
            yield from self._connection.execute(query, values)
        except sqlite3.Error as error:
            raise DeadLettersUnusable(self._place, error) from error

    def _change(self, statement: str, values: Sequence[object]) -> int:
        try:
            with self._connection:
                return self._connection.execute(statement, values).rowcount
        except sqlite3.Error as error:
            raise DeadLettersUnusable(self._place, error) from error
