"""What the order journal took is on the disk, whatever becomes of process and file."""

import shutil
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing
from pathlib import Path

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from holdfast.actors.evidence import Entry
from holdfast.actors.messages import CancelIntent
from holdfast.actors.order_store import (
    OrderJournalUnusable,
    OrdersInMemory,
    OrdersOnDisk,
    OrderStore,
)
from holdfast.tests.actors.order_words import CANCEL, ENTRIES, PLACE

FullDisk = Callable[..., AbstractContextManager[None]]
APPENDS = """
import itertools, sys
from pathlib import Path
import attrs
from holdfast.actors.order_store import OrdersOnDisk
from holdfast.tests.actors.order_words import CANCEL

store = OrdersOnDisk(Path(sys.argv[1]))
for number in itertools.count():
    many = [attrs.evolve(CANCEL, intent_id=f"{number} {n}") for n in range(number % 4)]
    store.append([*many, attrs.evolve(CANCEL, intent_id=str(number))])
    print(number, flush=True)
"""


def entries(count: int) -> list[Entry]:
    return [attrs.evolve(CANCEL, intent_id=f"i{n}") for n in range(count)]


def read(path: Path) -> list[Entry]:
    with closing(OrdersOnDisk(path)) as store:
        return [entry for _, entry in store.read()]


def until_it_is_refused(write: Callable[[], object]) -> int:
    """Write until the disk is full; return how often that went well."""
    for times in range(1000):
        try:
            write()
        except OrderJournalUnusable as error:
            assert "disk" in str(error)  # noqa: PT017 - the count is wanted too
            return times
    raise AssertionError("the disk was not full")


@pytest.fixture(params=["memory", "disk"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OrderStore]:
    if request.param == "memory":
        yield OrdersInMemory()
    else:
        with closing(OrdersOnDisk(tmp_path / "orders")) as opened:
            yield opened


def test_entries_come_back_in_order_and_terms_only_grow(store: OrderStore) -> None:
    terms = [store.begin_term(1.0)]
    store.append(ENTRIES[:3])
    terms.append(store.begin_term(0.0))
    store.append(ENTRIES[3:])
    store.append([])

    assert [entry for _, entry in store.read()] == ENTRIES
    assert terms == [1, 2]


def test_another_process_finds_all_of_it_and_begins_a_term_above(
    tmp_path: Path,
) -> None:
    path = tmp_path / "orders"
    with closing(OrdersOnDisk(path)) as store:
        store.begin_term(1.0)
        store.append(ENTRIES)

    with closing(OrdersOnDisk(path)) as store:
        assert [entry for _, entry in store.read()] == ENTRIES
        assert store.begin_term(1.0) == 2
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("lines", [0, 1, 2, 7, 19, 50])
def test_what_was_acknowledged_survives_a_kill_at_any_moment(
    lines: int, tmp_path: Path
) -> None:
    path = tmp_path / "orders"
    with subprocess.Popen(
        [sys.executable, "-c", APPENDS, str(path)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        for _ in range(lines):
            process.stdout.readline()
        process.kill()
        said = lines + len(process.stdout.read().split())

    ids = [each.intent_id for each in read(path) if isinstance(each, CancelIntent)]
    whole = [number for number in ids if " " not in number]
    assert whole == [str(number) for number in range(len(whole))]
    assert len(whole) >= said
    parts = sum(number % 4 for number in range(len(whole)))
    assert len(ids) == len(whole) + parts


@pytest.mark.parametrize("share", [0.0, 0.3, 0.6, 0.9, 0.999])
def test_a_write_that_was_torn_is_not_there_and_all_before_it_is(
    share: float, tmp_path: Path
) -> None:
    before, torn = tmp_path / "before", tmp_path / "torn"
    with closing(OrdersOnDisk(before)) as store:
        for each in entries(30):
            store.append([each])
        shutil.copy(before, torn)
        wal = Path(f"{before}-wal").read_bytes()
    Path(f"{torn}-wal").write_bytes(wal[: int(len(wal) * share)])

    with closing(OrdersOnDisk(torn)) as store:
        found = [entry for _, entry in store.read()]
        store.append([PLACE])

    assert found == entries(30)[: len(found)]
    assert len(found) >= 30 * share - 12
    assert read(torn) == [*found, PLACE]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("written") / "orders"
    with closing(OrdersOnDisk(path)) as store:
        store.append(entries(100))
    return path.read_bytes()


@pytest.mark.parametrize(("gone", "zeros"), [(4096, 0), (10, 0), (3000, 3000)])
def test_a_damaged_file_is_refused_in_a_sentence_and_left_as_it_is(
    gone: int, zeros: int, written: bytes, tmp_path: Path
) -> None:
    path = tmp_path / "orders"
    damaged = written[: len(written) - gone] + bytes(zeros)
    path.write_bytes(damaged)

    with pytest.raises(OrderJournalUnusable) as caught:
        read(path)

    assert path.read_bytes() == damaged
    told = str(caught.value)
    assert told.startswith(f"the order journal {path} can't be used (")
    assert "put a copy back" in told
    assert caught.value.exit_code == 73


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_damage_passes_for_something_else(
    data: st.DataObject, written: bytes, tmp_path: Path
) -> None:
    path = tmp_path / "orders"
    for leftover in tmp_path.iterdir():
        leftover.unlink()
    damaged = bytearray(written)
    for _ in range(data.draw(st.integers(1, 3))):
        damaged[data.draw(st.integers(0, len(written) - 1))] = data.draw(
            st.integers(0, 255)
        )
    path.write_bytes(damaged)

    try:
        found = read(path)
    except OrderJournalUnusable:
        return
    assert found == entries(100)


def test_what_is_no_journal_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "orders"
    path.write_text("a list of things to do\n" * 100)

    with pytest.raises(OrderJournalUnusable, match="file is not a database"):
        OrdersOnDisk(path)

    assert path.read_text().startswith("a list of things to do")


def test_the_journal_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "orders"
    with closing(OrdersOnDisk(path)):
        pass
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version=2")

    with pytest.raises(OrderJournalUnusable, match="of version 2, this is version 1"):
        OrdersOnDisk(path)


def test_a_database_of_somebody_else_is_refused_and_left_as_it_is(
    tmp_path: Path,
) -> None:
    path = tmp_path / "orders"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE wishes (wish TEXT)")

    with pytest.raises(OrderJournalUnusable, match="of somebody else"):
        OrdersOnDisk(path)

    with closing(sqlite3.connect(path)) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master").fetchall()
    assert tables == [("wishes",)]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("UPDATE entries SET kind = 'Wish' WHERE seq = 2", "entry 2 is not what was"),
        ("UPDATE entries SET fields = x'7b7d' WHERE seq = 3", "entry 3 is not what"),
    ],
)
def test_an_entry_that_somebody_has_changed_is_refused(
    change: str, told: str, tmp_path: Path
) -> None:
    path = tmp_path / "orders"
    with closing(OrdersOnDisk(path)) as store:
        store.append(entries(5))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(change)
        connection.commit()

    with pytest.raises(OrderJournalUnusable, match=told):
        read(path)


def test_a_folder_is_no_journal(tmp_path: Path) -> None:
    with pytest.raises(OrderJournalUnusable, match="Is a directory"):
        OrdersOnDisk(tmp_path)


def test_on_a_full_disk_all_or_nothing_is_written_and_later_it_goes_on(
    tmp_path: Path, full_disk: FullDisk
) -> None:
    path = tmp_path / "orders"
    with closing(OrdersOnDisk(path)) as store:
        with full_disk(tmp_path):
            times = until_it_is_refused(lambda: store.append(entries(10)))
        there = [entry for _, entry in store.read()]
        store.append([PLACE])

    assert there == entries(10) * times
    assert read(path) == [*there, PLACE]


def test_a_term_is_above_those_that_a_lost_journal_had(tmp_path: Path) -> None:
    path, copy = tmp_path / "orders", tmp_path / "copy"
    with closing(OrdersOnDisk(path)) as store:
        terms = [store.begin_term(1_000.5)]
    shutil.copy(path, copy)
    with closing(OrdersOnDisk(path)) as store:
        terms += [store.begin_term(2_000.0), store.begin_term(2_000.0)]
    with closing(OrdersOnDisk(copy)) as store:
        terms.append(store.begin_term(3_000.0))
    with closing(OrdersOnDisk(tmp_path / "new")) as store:
        terms.append(store.begin_term(4_000.0))

    assert terms == [1_000, 2_000, 2_001, 3_000, 4_000]


def test_no_term_begins_on_a_full_disk(tmp_path: Path, full_disk: FullDisk) -> None:
    with closing(OrdersOnDisk(tmp_path / "orders")) as store:
        first = store.begin_term(1.0)
        with full_disk(tmp_path):
            times = until_it_is_refused(lambda: store.begin_term(1.0))

        assert store.begin_term(1.0) == first + times + 1
