"""What was put into the outbox stays there until it has arrived, whatever happens."""

import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.bus.outbox_store import Backlog, OutboxStore, OutboxUnusable, Waiting

FullDisk = Callable[..., AbstractContextManager[None]]
APPENDS = """
import itertools, sys
from pathlib import Path
from holdfast.bus.outbox_store import OutboxStore, Waiting

store = OutboxStore(Path(sys.argv[1]))
for first in itertools.count(store.last_seq() + 1, 3):
    store.append(Waiting(first + n, "a", 1.0, b"x" * 100) for n in range(3))
    print(first + 2, flush=True)
"""


def words(first: int, last: int) -> list[Waiting]:
    return [Waiting(n, "orders", float(n), b"%d" % n) for n in range(first, last + 1)]


def fill(store: OutboxStore) -> None:
    """Say three at a time until it is refused."""
    for first in range(4, 10_000, 3):
        store.append(Waiting(first + n, "a", 1.0, b"x" * 1000) for n in range(3))


@pytest.fixture(params=["memory", "disk"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OutboxStore]:
    path = None if request.param == "memory" else tmp_path / "outbox"
    with closing(OutboxStore(path)) as opened:
        yield opened


def test_words_wait_in_order_until_they_have_arrived(store: OutboxStore) -> None:
    store.append(words(1, 5))
    store.arrived([2, 4, 9])

    assert [each.seq for each in store.after(0, 10)] == [1, 3, 5]
    assert store.after(1, 1) == words(3, 3)
    assert store.backlog() == Backlog(words=3, size=3, oldest=1.0)


def test_an_empty_outbox_says_so(store: OutboxStore) -> None:
    assert (store.last_seq(), store.after(0, 10)) == (0, [])
    assert store.backlog() == Backlog()


def test_no_number_is_used_twice_even_when_all_have_arrived(tmp_path: Path) -> None:
    with closing(OutboxStore(tmp_path / "outbox")) as store:
        store.append(words(1, 3))
        store.arrived([1, 2, 3])
    with closing(OutboxStore(tmp_path / "outbox")) as store:
        assert store.last_seq() == len(words(1, 3))
        store.append(words(4, 4))
        with pytest.raises(OutboxUnusable, match="UNIQUE"):
            store.append([*words(5, 5), *words(4, 4)])
        assert store.after(0, 10) == words(4, 4)


def test_what_was_taken_survives_a_kill_at_any_moment(tmp_path: Path) -> None:
    path = tmp_path / "outbox"
    last = 0
    for _ in range(3):
        with subprocess.Popen(
            [sys.executable, "-c", APPENDS, str(path)],
            stdout=subprocess.PIPE,
            text=True,
        ) as writer:
            assert writer.stdout is not None
            for _ in range(5):
                last = int(writer.stdout.readline())
            writer.kill()
        with closing(OutboxStore(path)) as store:
            found = [each.seq for each in store.after(0, 10_000)]
        assert found == list(range(1, len(found) + 1))
        assert len(found) >= last
        assert len(found) % 3 == 0  # all of a transaction, or nothing


def test_a_word_that_somebody_has_changed_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "outbox"
    with closing(OutboxStore(path)) as store:
        store.append(words(1, 3))
    with closing(sqlite3.connect(path)) as other, other:
        other.execute("UPDATE outbox SET data = x'00' WHERE seq = 2")
    with closing(OutboxStore(path)) as store:
        with pytest.raises(OutboxUnusable, match="word 2 is not what was written"):
            store.after(0, 10)
        assert store.after(2, 10) == words(3, 3)


def test_what_is_no_outbox_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "outbox"
    path.write_text("something else" * 100)

    with pytest.raises(OutboxUnusable, match="file is not a database"):
        OutboxStore(path)
    assert path.read_text() == "something else" * 100


def test_on_a_full_disk_all_or_nothing_is_kept(
    tmp_path: Path, full_disk: FullDisk
) -> None:
    with closing(OutboxStore(tmp_path / "outbox")) as store:
        store.append(words(1, 3))
        with full_disk(tmp_path), pytest.raises(OutboxUnusable, match="disk"):
            fill(store)
        kept = [each.seq for each in store.after(0, 10_000)]
        store.append(words(kept[-1] + 1, kept[-1] + 1))

    assert kept == list(range(1, len(kept) + 1))
    assert len(kept) % 3 == 0


@given(
    st.lists(
        st.one_of(
            st.integers(1, 5).map(lambda count: ("said", count)),
            st.lists(st.integers(1, 30), max_size=5).map(lambda x: ("arrived", x)),
        ),
        max_size=12,
    )
)
def test_it_holds_what_was_said_and_has_not_arrived(
    steps: list[tuple[str, int | list[int]]],
) -> None:
    waiting: list[Waiting] = []
    with closing(OutboxStore(None)) as store:
        for _, what in steps:
            if isinstance(what, int):
                first = store.last_seq() + 1
                new = words(first, first + what - 1)
                store.append(new)
                waiting += new
            else:
                store.arrived(what)
                waiting = [each for each in waiting if each.seq not in what]
            assert store.after(0, 1000) == waiting
