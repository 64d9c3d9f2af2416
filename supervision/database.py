"""Opens an sqlite file whose every commit is on the disk, or leaves it as it is."""

import os
import sqlite3
from pathlib import Path


class Unusable(Exception):
    """The file can't be used; it was left as it is. The message says why."""


def open_database(
    path: Path | None, schema: str, *, version: int
) -> sqlite3.Connection:
    """Open a file, made by `schema` for its owner alone if it is not there.

    Without a path it is in memory, and ends with its connection.

    A commit that returned is on the disk, and one that a crash has torn is not there
    (sqlite: WAL, `synchronous=FULL`). `schema` begins and commits a transaction and
    sets `user_version`. The connection may go from thread to thread, one at a time.

    Raises:
        Unusable: it is somebody else's, of another version, damaged, or can't be
            written.

    """
    try:
        if path is not None:
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        connection = sqlite3.connect(path or ":memory:", check_same_thread=False)
    except (OSError, sqlite3.Error) as error:
        raise Unusable(str(error)) from error
    try:
        _prepare(connection, schema, version)
    except (sqlite3.Error, Unusable) as error:
        connection.close()
        raise Unusable(str(error)) from error
    return connection


def _prepare(connection: sqlite3.Connection, schema: str, version: int) -> None:
    run = connection.execute
    run("PRAGMA journal_mode=WAL")
    run("PRAGMA synchronous=FULL")
    (found,) = run("PRAGMA user_version").fetchone()
    if found not in (0, version):
        raise Unusable(f"it is of version {found}, this is version {version}")
    (verdict,) = run("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        raise Unusable(verdict)
    if found == version:
        return
    if run("SELECT name FROM sqlite_master").fetchone() is not None:
        raise Unusable("it is a database of somebody else")
    connection.executescript(schema)
