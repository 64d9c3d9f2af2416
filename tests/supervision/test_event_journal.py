"""The journal as an actor: it misses nothing, whatever happens to it or to the disk."""

import contextlib
import gc
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from holdfast.supervision import (
    ActorSystem,
    ChildSpec,
    Describe,
    EventJournal,
    EventKind,
    EventStore,
    ManualClock,
    StartFailed,
    SupervisionEvent,
    crash,
)

Grow = Callable[..., ActorSystem]
Specify = Callable[..., ChildSpec]
Wait = Callable[..., None]
Told = tuple[int, int]
FullDisk = Callable[..., AbstractContextManager[None]]

PATIENCE = 20.0
JOURNAL = "/root/journal"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "events.sqlite"


@pytest.fixture
def journal(file: Path) -> Callable[..., ChildSpec]:
    def specify(*, run: int = 1, **args: Any) -> ChildSpec:
        return ChildSpec(
            id="journal",
            start=EventJournal,
            args={"path": str(file), "run": run, **args},
            dispatcher="pinned",
        )

    return specify


def facts(system: ActorSystem) -> dict[str, Any]:
    """Hear how far the journal is; it answers behind what it has still to write."""
    asked = system.ref(JOURNAL).command(Describe(), timeout=PATIENCE)
    told: dict[str, Any] = asked.get(timeout=PATIENCE)
    return told


def journaled(file: Path) -> list[SupervisionEvent]:
    with contextlib.closing(EventStore(file)) as store:
        return [each.event for each in store.read()]


def numbers(file: Path) -> list[Told]:
    with contextlib.closing(EventStore(file)) as store:
        return [(each.run, each.event.seq) for each in store.read()]


def crash_a(system: ActorSystem, wait_for: Wait, times: int) -> None:
    for number in range(1, times + 1):
        crash(system.cell("/root/a"), f"test {number}")
        wait_for(system, "/root/a ready", times=number + 1)


def test_it_has_what_was_before_it_and_all_that_comes(
    grow: Grow, child: Specify, journal: Specify, file: Path, wait_for: Wait
) -> None:
    system = grow(child("a"), journal(), intensity=9)

    crash_a(system, wait_for, 2)

    assert facts(system) == {
        "journaled": system.events.state().seq,
        "journal_trouble": "",
    }
    assert journaled(file) == system.events.since(0)


def test_over_a_crash_of_its_own_nothing_is_missing_and_nothing_double(
    grow: Grow, child: Specify, journal: Specify, file: Path, wait_for: Wait
) -> None:
    system = grow(child("a"), journal(), intensity=9)

    for number in range(1, 4):
        crash(system.cell(JOURNAL), "test")
        crash(system.cell("/root/a"), "test")
        wait_for(system, f"{JOURNAL} ready", times=number + 1)
        wait_for(system, "/root/a ready", times=number + 1)

    assert facts(system)["journaled"] == system.events.state().seq
    assert journaled(file) == system.events.since(0)


def living() -> int:
    """Count the journals that somebody still refers to."""
    gc.collect()
    return sum(isinstance(each, EventJournal) for each in gc.get_objects())


def test_a_crashed_one_is_told_nothing_any_more_and_forgotten(
    grow: Grow, journal: Specify, wait_for: Wait
) -> None:
    system = grow(journal(), intensity=9)

    for number in range(1, 4):
        crash(system.cell(JOURNAL), "test")
        wait_for(system, f"{JOURNAL} ready", times=number + 1)
        facts(system)

    assert living() == 1


def test_a_full_disk_delays_the_journal_and_nobody_else(
    grow: Grow,
    child: Specify,
    journal: Specify,
    file: Path,
    wait_for: Wait,
    clock: ManualClock,
    full_disk: FullDisk,
) -> None:
    system = grow(child("a"), journal(), intensity=999)
    saved = facts(system)["journaled"]

    with full_disk(file.parent, 0):
        crash_a(system, wait_for, 50)
        during = facts(system)
        clock.advance(1.0)
        still = facts(system)
    clock.advance(1.0)

    assert "can't be used" in during["journal_trouble"]
    assert (during["journaled"], still["journaled"]) == (saved, saved)
    assert facts(system) == {
        "journaled": system.events.state().seq,
        "journal_trouble": "",
    }
    assert journaled(file) == system.events.since(0)


def test_it_never_gives_up_on_a_full_disk(
    grow: Grow, journal: Specify, file: Path, clock: ManualClock, full_disk: FullDisk
) -> None:
    system = grow(journal())
    troubles: list[str] = []
    waiting: list[int] = []

    with full_disk(file.parent, 0):
        for _ in range(50):
            system.events.emit(EventKind.COMMANDED, JOURNAL)
            troubles.append(facts(system)["journal_trouble"])
            waiting.append(len(clock.pending()))
            clock.advance(1.0)

    assert all(troubles)
    assert set(waiting) == {1}
    assert system.cell(JOURNAL).incarnation == 1


def test_what_the_log_could_not_hold_so_long_is_counted_once(
    grow: Grow, journal: Specify, file: Path, clock: ManualClock, full_disk: FullDisk
) -> None:
    system = grow(journal())
    saved = facts(system)["journaled"]

    with full_disk(file.parent, 0):
        for number in range(10_100):
            system.events.emit(EventKind.COMMANDED, JOURNAL)
            if number % 1000 == 0:
                facts(system)
                clock.advance(1.0)
    clock.advance(1.0)

    trouble = facts(system)["journal_trouble"]
    lost = system.events.since(0)[0].seq - saved - 1
    assert lost > 0
    assert trouble == f"{lost} events came too fast or too late to be journaled"
    assert journaled(file)[-1].seq == system.events.state().seq


def test_it_keeps_no_more_than_its_limit(
    grow: Grow, child: Specify, journal: Specify, file: Path, wait_for: Wait
) -> None:
    system = grow(child("a"), journal(limit=10), intensity=99)

    crash_a(system, wait_for, 20)

    last = facts(system)["journaled"]
    assert numbers(file) == [(1, seq) for seq in range(last - 9, last + 1)]


def test_two_runs_stand_one_after_the_other(
    grow: Grow, journal: Specify, file: Path
) -> None:
    first = grow(journal(run=1))
    first.stop(5.0).get(timeout=PATIENCE)
    second = grow(journal(run=2))

    told = facts(second)["journaled"]

    runs = numbers(file)
    assert runs[-told:] == [(2, seq) for seq in range(1, told + 1)]
    assert {run for run, _ in runs[:-told]} == {1}


def test_what_happens_until_it_stops_is_written(
    grow: Grow, child: Specify, journal: Specify, file: Path, wait_for: Wait
) -> None:
    system = grow(journal(), child("a"))
    crash_a(system, wait_for, 1)

    system.stop(5.0).get(timeout=PATIENCE)

    said = [f"{each.path} {each.kind} #{each.incarnation}" for each in journaled(file)]
    assert said[-3:] == [
        "/root/a stopping #2",
        "/root/a exited #2",
        "/root/journal stopping #1",
    ]


def test_a_file_that_is_no_journal_keeps_the_system_from_starting(
    grow: Grow, journal: Specify, file: Path
) -> None:
    file.write_bytes(b"precious, but no journal")
    system = grow(journal(), start=False)

    with pytest.raises(StartFailed, match="move the file away") as failed:
        system.start().get(timeout=PATIENCE)

    assert getattr(failed.value.reason.error, "exit_code", None) == 73
    assert file.read_bytes() == b"precious, but no journal"
