"""Where the order journal is: an sqlite file that only grows, or memory."""

import sqlite3
import zlib
from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import ClassVar, Protocol

from ..supervision.database import Unusable, open_database
from .evidence import Entry, decoded, encoded

VERSION = 1

_SCHEMA = """
BEGIN;
CREATE TABLE entries (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    fields BLOB NOT NULL,
    checksum INTEGER NOT NULL
);
CREATE TABLE terms (term INTEGER PRIMARY KEY AUTOINCREMENT, time REAL);
PRAGMA user_version=1;
COMMIT
"""


class OrderJournalUnusable(Exception):
    """The file can't be written, or not be read whole; it is left as it is."""

    exit_code: ClassVar[int] = 73

    def __init__(self, place: str, error: Exception) -> None:
        super().__init__(
            f"the order journal {place} can't be used ({error}), and without it nothing"
            " is traded. If the disk is full, make room. If the file is damaged, put a"
            " copy back; or see to it that the venue has no open order of yours, move"
            " the file away, and begin anew with what the account holds then"
        )


class OrderStore(Protocol):
    """One journal, used from one thread at a time."""

    def begin_term(self, now: float) -> int:
        """Return a term above all before; raises as `append`."""
        ...

    def append(self, entries: Iterable[Entry]) -> None:
        """Add entries, all or none; they are kept once this returns.

        Raises:
            OrderJournalUnusable: the disk is full or the file is damaged.

        """
        ...

    def read(
        self, kinds: Collection[str] = (), after: int = 0, limit: int | None = None
    ) -> Iterator[tuple[int, Entry]]:
        """Yield entries with their numbers, in the order in which they were added.

        Only those of some kinds if any is named, after a number, at most `limit`.

        Raises:
            OrderJournalUnusable: one of them can't be read.

        """
        ...


class OrdersInMemory:
    """A journal that ends with its process."""

    def __init__(self) -> None:
        self._term = 0
        self._entries: list[Entry] = []

    def begin_term(self, now: float) -> int:
        """Return a term above all before."""
        del now
        self._term += 1
        return self._term

    def append(self, entries: Iterable[Entry]) -> None:
        """Add entries."""
        self._entries += entries

    def read(
        self, kinds: Collection[str] = (), after: int = 0, limit: int | None = None
    ) -> Iterator[tuple[int, Entry]]:
        """Yield entries with their numbers, in the order in which they were added."""
        later = enumerate(islice(self._entries, after, None), after + 1)
        found = (e for e in later if not kinds or type(e[1]).__name__ in kinds)
        return islice(found, limit)


class OrdersOnDisk:
    """A journal in a file.

    What `append` has returned for is on the disk. A transaction that a crash has torn
    is not there; any other damage is refused when the file is opened or read (sqlite:
    WAL, `synchronous=FULL`; it has no checksums, so each entry has one).
    """

    def __init__(self, path: Path) -> None:
        """Open the journal, made for its owner alone if it is not there.

        Raises:
            OrderJournalUnusable: it is no journal, is damaged, or can't be written.

        """
        self._place = str(path)
        try:
            self._connection = open_database(path, _SCHEMA, version=VERSION)
        except Unusable as error:
            raise OrderJournalUnusable(self._place, error) from error

    def begin_term(self, now: float) -> int:
        """Return a term above all before; raises as `append`.

        It is the time in seconds, or one more than the last: so also above those of a
        journal that was moved away, or of which an older copy was put back.
        """
        try:
            with self._connection:
                query = (
                    "INSERT INTO terms (term, time)"
                    " SELECT max(coalesce(max(term), 0) + 1, ?), ? FROM terms"
                )
                term = self._connection.execute(query, (int(now), now)).lastrowid
        except sqlite3.Error as error:
            raise OrderJournalUnusable(self._place, error) from error
        return term or 0

    def append(self, entries: Iterable[Entry]) -> None:
        """Add entries, all or none; they are on the disk when this returns."""
        rows = [
            (kind, fields, _checksum(kind, fields))
            for kind, fields in map(encoded, entries)
        ]
        try:
            with self._connection:
                self._connection.executemany(
                    "INSERT INTO entries (kind, fields, checksum) VALUES (?, ?, ?)",
                    rows,
                )
        except sqlite3.Error as error:
            raise OrderJournalUnusable(self._place, error) from error

    def read(
        self, kinds: Collection[str] = (), after: int = 0, limit: int | None = None
    ) -> Iterator[tuple[int, Entry]]:
        """Yield entries with their numbers, in the order in which they were added."""
        wanted = f"AND kind IN ({', '.join('?' * len(kinds))})" if kinds else ""
        query = (
            "SELECT seq, kind, fields, checksum FROM entries"  # noqa: S608 - no value is in it
            f" WHERE seq > ? {wanted} ORDER BY seq LIMIT ?"
        )
        values = (after, *kinds, -1 if limit is None else limit)
        try:
            for row in self._connection.execute(query, values):
                yield row[0], _entry(*row)
        except (sqlite3.Error, ValueError) as error:
            raise OrderJournalUnusable(self._place, error) from error

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


def _entry(seq: int, kind: str, fields: bytes, checksum: int) -> Entry:
    if checksum != _checksum(kind, fields):
        raise ValueError(f"entry {seq} is not what was written")
    try:
        return decoded(kind, fields)
    except ValueError as error:
        raise ValueError(f"entry {seq}: {error}") from error


def _checksum(kind: str, fields: bytes) -> int:
    return zlib.crc32(fields, zlib.crc32(kind.encode()))
