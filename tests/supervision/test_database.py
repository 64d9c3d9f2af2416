"""A database is opened whole, or left as it is with a reason."""

import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from holdfast.supervision.database import Unusable, open_database

SCHEMA = """
BEGIN;
CREATE TABLE things (name TEXT);
PRAGMA user_version=3;
COMMIT
"""


def opened(path: Path) -> sqlite3.Connection:
    return open_database(path, SCHEMA, version=3)


def test_a_new_one_is_its_owners_alone_and_keeps_what_is_committed(
    tmp_path: Path,
) -> None:
    path = tmp_path / "things"
    with closing(opened(path)) as connection, connection:
        connection.execute("INSERT INTO things VALUES ('a')")
    with closing(opened(path)) as connection:
        found = connection.execute("SELECT name FROM things").fetchall()
        (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
        (flush,) = connection.execute("PRAGMA synchronous").fetchone()

    full = 2
    assert (found, mode, flush) == ([("a",)], "wal", full)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_is_not_ours_or_not_whole_is_refused_and_left_as_it_is(
    tmp_path: Path,
) -> None:
    newer, foreign, damaged = (tmp_path / name for name in ("new", "other", "bad"))
    with closing(open_database(newer, SCHEMA.replace("=3", "=4"), version=4)):
        pass
    with closing(sqlite3.connect(foreign)) as other:
        other.execute("CREATE TABLE theirs (x)")
    damaged.write_bytes(b"not a database at all" * 100)
    before = [path.read_bytes() for path in (foreign, damaged)]
    reasons: list[str] = []
    for path in (newer, foreign, damaged, tmp_path):
        with pytest.raises(Unusable) as refused:
            opened(path)
        reasons.append(str(refused.value))

    assert reasons == [
        "it is of version 4, this is version 3",
        "it is a database of somebody else",
        "file is not a database",
        f"[Errno 21] Is a directory: '{tmp_path}'",
    ]
    assert damaged.read_bytes() == before[1]
    with closing(sqlite3.connect(foreign)) as other:
        assert other.execute("SELECT name FROM sqlite_master").fetchall() == [
            ("theirs",)
        ]


def test_without_a_path_it_ends_with_its_connection() -> None:
    with closing(open_database(None, SCHEMA, version=3)) as connection, connection:
        connection.execute("INSERT INTO things VALUES ('a')")
    with closing(open_database(None, SCHEMA, version=3)) as connection:
        assert connection.execute("SELECT name FROM things").fetchall() == []
