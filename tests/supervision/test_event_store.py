"""The journal file: what is written is read, whatever happens to the disk."""

import contextlib
import sqlite3
import stat
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from holdfast.supervision import (
    Decision,
    EventKind,
    EventStore,
    JournalUnusable,
    StoredEvent,
    SupervisionEvent,
)

FullDisk = Callable[..., AbstractContextManager[None]]


def event(seq: int, path: str = "/root/a", time: float = 100.0) -> SupervisionEvent:
    return SupervisionEvent(
        seq=seq,
        time=time,
        path=path,
        incarnation=3,
        kind=EventKind.EXITED,
        reason="crashed: ValueError: 'ä'",
        decision=Decision.RESTART,
        cause_seq=seq - 1,
    )


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "events.sqlite"


@pytest.fixture
def store(file: Path) -> Iterator[EventStore]:
    with contextlib.closing(EventStore(file)) as opened:
        yield opened


def read(file: Path) -> list[StoredEvent]:
    with contextlib.closing(EventStore(file)) as opened:
        return list(opened.read())


def stored(store: EventStore) -> list[tuple[int, int]]:
    """Return run and number of all that is stored."""
    return [(each.run, each.event.seq) for each in store.read()]


def test_events_are_read_as_they_were_written(store: EventStore, file: Path) -> None:
    events = [
        event(1),
        replace(event(2), kind=EventKind.READY, decision=Decision.NONE, reason=""),
    ]

    store.append(7, events)

    assert read(file) == [StoredEvent(1, 7, events[0]), StoredEvent(2, 7, events[1])]


def test_the_file_is_for_its_owner_alone(store: EventStore, file: Path) -> None:
    store.append(1, [event(1)])

    modes = {stat.S_IMODE(each.stat().st_mode) for each in file.parent.iterdir()}
    assert modes == {0o600}


def test_what_is_there_already_is_not_stored_twice(store: EventStore) -> None:
    store.append(1, [event(1), event(2)])
    store.append(1, [event(2), event(3)])

    assert stored(store) == [(1, 1), (1, 2), (1, 3)]


def test_runs_follow_one_another_in_one_file(store: EventStore, file: Path) -> None:
    runs = [store.next_run()]
    store.append(runs[0], [event(1), event(2)])
    with contextlib.closing(EventStore(file)) as later:
        runs.append(later.next_run())
        later.append(runs[1], [event(1)])

        assert stored(later) == [(1, 1), (1, 2), (2, 1)]
        assert [later.last_seq(run) for run in (1, 2, 3)] == [2, 1, 0]


@given(
    batches=st.lists(st.integers(0, 7), max_size=12),
    runs=st.integers(1, 3),
    limit=st.integers(1, 10),
)
def test_the_newest_events_of_all_runs_are_kept(
    tmp_path_factory: pytest.TempPathFactory, batches: list[int], runs: int, limit: int
) -> None:
    file = tmp_path_factory.mktemp("journal") / "events.sqlite"
    written: list[tuple[int, int]] = []
    for run in range(1, runs + 1):
        seq = 0
        with contextlib.closing(EventStore(file, limit=limit)) as opened:
            for size in batches:
                events = [event(seq + number) for number in range(1, size + 1)]
                opened.append(run, events)
                written += [(run, each.seq) for each in events]
                seq += size

    assert [(each.run, each.event.seq) for each in read(file)] == written[-limit:]


@pytest.mark.parametrize(
    ("under", "expected"),
    [
        ("/", [1, 2, 3, 4, 5]),
        ("/root", [2, 3, 4, 5]),
        ("/root/a", [3, 4]),
        ("/root/a/", [3, 4]),
        ("/root/a_b", [5]),
        ("/root/%", []),
        ("/roo", []),
    ],
)
def test_a_branch_is_a_place_and_all_below_it(
    store: EventStore, under: str, expected: list[int]
) -> None:
    paths = ["/", "/root", "/root/a", "/root/a/b", "/root/a_b"]
    store.append(1, [event(seq, path) for seq, path in enumerate(paths, 1)])

    assert [each.event.seq for each in store.read(under=under)] == expected


def test_reading_can_begin_at_a_time_and_behind_an_event(store: EventStore) -> None:
    store.append(1, [event(seq, time=100.0 + seq) for seq in range(1, 6)])

    assert [each.id for each in store.read(since=103.0)] == [3, 4, 5]
    assert [each.id for each in store.read(after_id=4)] == [5]
    assert [each.id for each in store.read(after_id=3, since=102.0)] == [4, 5]


def test_it_can_be_read_while_somebody_writes(store: EventStore, file: Path) -> None:
    store.append(1, [event(1)])
    with contextlib.closing(EventStore(file)) as reader:
        before = stored(reader)
        store.append(1, [event(2)])
        after = stored(reader)

    assert (before, after) == ([(1, 1)], [(1, 1), (1, 2)])


@pytest.mark.parametrize(
    "text", [b"this is no journal" * 100, b"SQLite format 3\0" * 9]
)
def test_a_file_that_is_no_journal_is_refused_and_left_as_it_is(
    file: Path, text: bytes
) -> None:
    file.write_bytes(text)

    with pytest.raises(JournalUnusable) as refused:
        EventStore(file)

    assert refused.value.exit_code == 73
    assert str(refused.value).startswith(f"the event journal {file} can't be used (")
    assert "move the file away to begin a new one" in str(refused.value)
    assert file.read_bytes() == text


def test_a_path_that_cannot_be_opened_is_refused(tmp_path: Path) -> None:
    with pytest.raises(JournalUnusable, match="No such file or directory"):
        EventStore(tmp_path / "none" / "events.sqlite")
    with pytest.raises(JournalUnusable, match="Is a directory"):
        EventStore(tmp_path)


def test_damage_inside_the_file_is_said_by_whatever_meets_it(file: Path) -> None:
    with contextlib.closing(EventStore(file)) as opened:
        opened.append(1, [event(seq) for seq in range(1, 500)])
    size = file.stat().st_size
    with file.open("r+b") as damaged:
        damaged.seek(8192)
        damaged.write(b"\xff" * (size - 8192))

    with contextlib.closing(EventStore(file)) as opened:
        for meet in (
            lambda: list(opened.read()),
            opened.next_run,
            lambda: opened.last_seq(1),
            lambda: opened.append(1, [event(1000)]),
        ):
            with pytest.raises(JournalUnusable, match="malformed"):
                meet()


def test_a_word_of_another_version_is_said(store: EventStore, file: Path) -> None:
    store.append(1, [event(1)])
    with contextlib.closing(sqlite3.connect(file)) as other, other:
        other.execute("UPDATE events SET kind = 'promoted'")

    with pytest.raises(JournalUnusable, match="'promoted' is not a valid EventKind"):
        list(store.read())


def test_on_a_full_disk_nothing_is_lost_that_was_there(
    store: EventStore, file: Path, full_disk: FullDisk
) -> None:
    store.append(1, [event(1)])
    many = [event(seq) for seq in range(2, 2000)]

    with full_disk(file.parent), pytest.raises(JournalUnusable):
        store.append(1, many)

    assert stored(store) == [(1, 1)]
    store.append(1, many)
    assert len(stored(store)) == 1999


def test_a_journal_cannot_begin_on_a_full_disk(
    tmp_path: Path, full_disk: FullDisk
) -> None:
    (tmp_path / "empty").touch()

    with full_disk(tmp_path), pytest.raises(JournalUnusable):
        EventStore(tmp_path / "events.sqlite")


def open_files() -> list[str]:
    return sorted(each.name for each in Path("/dev/fd").iterdir())


def test_a_closed_store_has_let_go_of_its_files(file: Path) -> None:
    before = open_files()

    with contextlib.closing(EventStore(file)) as opened:
        opened.append(1, [event(1)])

    assert open_files() == before
