"""The order journal writes together what waits, and answers when it is on the disk."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, ClassVar

import attrs
import pytest

from holdfast.actors.evidence import Entry
from holdfast.actors.order_journal import (
    EntriesRead,
    JournalOpened,
    OpenJournal,
    OrderJournal,
    ReadEntries,
    Record,
)
from holdfast.supervision import (
    Actor,
    ActorSystem,
    ChildSpec,
    Describe,
    Future,
    ManualClock,
    Ref,
    RefTo,
    StartFailed,
)
from holdfast.supervision.faults import crash
from holdfast.tests.actors.order_words import CANCEL, PLACE

ME = "/root/journal"
Grown = Callable[..., AbstractContextManager[ActorSystem]]
Settle = Callable[[ActorSystem], None]
Ask = Callable[[ActorSystem, str, Any], Any]


class Writer(Actor):
    """Asks for many records in one turn; what it is told is how many."""

    def __init__(self, journal: Ref) -> None:
        self._journal = journal

    def on_receive(self, message: Any) -> Any:
        return [
            self._journal.ask(Record((entry(n), PLACE)), block=False)
            for n in range(message)
        ]


def entry(number: int) -> Entry:
    return attrs.evolve(CANCEL, intent_id=str(number))


def journal(**args: Any) -> list[ChildSpec]:
    return [
        ChildSpec(id="journal", start=OrderJournal, args=args, in_flight="redeliver"),
        ChildSpec(id="writer", start=Writer, args={"journal": RefTo(path=ME)}),
    ]


def write(system: ActorSystem, ask: Ask, settle: Settle, count: int) -> list[str]:
    """Write so many records; return how each was answered."""
    asked: list[Future[None]] = ask(system, "/root/writer", count)
    settle(system)
    return [told(each) for each in asked]


def written_in(system: ActorSystem, ask: Ask) -> list[Any]:
    """Return all that the journal tells."""
    read: EntriesRead = ask(system, ME, ReadEntries())
    assert read.is_all
    return list(read.entries)


def told(answer: Future[None]) -> str:
    if not answer.done:
        return "waits"
    try:
        answer.result()
    except Exception as error:  # noqa: BLE001 - the test compares it
        return type(error).__name__
    return "written"


@pytest.mark.parametrize(("file", "commits"), [(None, 50), ("orders", 1)])
def test_what_waits_together_goes_to_the_disk_together(
    file: str | None,
    commits: int,
    grown: Grown,
    settle: Settle,
    ask: Ask,
    tmp_path: Path,
) -> None:
    with grown(*journal(file=file), state_dir=tmp_path) as system:
        answers = write(system, ask, settle, 50)
        facts = system.ref(ME).command(Describe()).get()
        found = written_in(system, ask)

    assert answers == ["written"] * 50
    assert facts == {"entries": 100, "commits": commits, "order_journal_trouble": ""}
    expected = [each for n in range(50) for each in (entry(n), PLACE)]
    assert found == expected


def test_each_opening_begins_a_term_above_all_before(
    grown: Grown, ask: Ask, tmp_path: Path
) -> None:
    terms: list[int] = []
    for _ in range(2):
        clock = ManualClock(wall=0.0)
        grow = grown(*journal(file="orders"), state_dir=tmp_path, clock=clock)
        with grow as system:
            terms += [ask(system, ME, OpenJournal()).term for _ in range(2)]

    assert terms == [1, 2, 3, 4]


@pytest.mark.parametrize("file", [None, "orders"])
def test_it_knows_everything_after_its_own_crash(
    file: str | None, grown: Grown, settle: Settle, ask: Ask, tmp_path: Path
) -> None:
    clock = ManualClock(wall=0.0)
    with grown(*journal(file=file), state_dir=tmp_path, clock=clock) as system:
        write(system, ask, settle, 2)
        terms, found = [ask(system, ME, OpenJournal())], [written_in(system, ask)]
        crash(system.cell(ME), "the test")
        settle(system)
        terms.append(ask(system, ME, OpenJournal()))
        found.append(written_in(system, ask))

    assert terms == [JournalOpened(1), JournalOpened(2)]
    assert found[0] == found[1]
    assert len(found[0]) == 4


@pytest.mark.parametrize("file", [None, "orders"])
@pytest.mark.parametrize(
    ("number", "after", "answers"),
    [
        (0, False, ["InjectedCrash", "written", "written"]),
        (0, True, ["InjectedCrash", "written", "written"]),
        (2, False, ["written", "written", "InjectedCrash"]),
        (2, True, ["written", "written", "InjectedCrash"]),
    ],
)
def test_what_it_had_taken_before_a_crash_is_written_and_answered(
    number: int,
    after: bool,  # noqa: FBT001 - a column of the table
    answers: list[str],
    file: str | None,
    grown: Grown,
    settle: Settle,
    ask: Ask,
    crash_at: Any,
    tmp_path: Path,
) -> None:
    struck = entry(number)

    def is_struck(each: Any) -> bool:
        return isinstance(each, Record) and struck in each.entries

    arm = crash_at(
        ME,
        is_struck,
        after=after,
    )
    with grown(*journal(file=file), state_dir=tmp_path, arm=arm) as system:
        assert write(system, ask, settle, 3) == answers
        found = written_in(system, ask)

    assert [each for each in found if each != PLACE] == [
        entry(n) for n in range(3) if after or n != number
    ]


def test_a_disk_that_is_full_refuses_what_waits_and_nothing_else(
    grown: Grown,
    settle: Settle,
    ask: Ask,
    tmp_path: Path,
    full_disk: Callable[..., AbstractContextManager[None]],
) -> None:
    with grown(*journal(file="orders"), state_dir=tmp_path) as system:
        before = write(system, ask, settle, 1)
        with full_disk(tmp_path):
            refused = write(system, ask, settle, 500)
            trouble = system.ref(ME).command(Describe()).get()["order_journal_trouble"]
        after = write(system, ask, settle, 1)
        facts = system.ref(ME).command(Describe()).get()
        found = written_in(system, ask)

        assert system.events.state().restarts == 0
    assert (before, after) == (["written"], ["written"])
    assert refused == ["OrderJournalUnusable"] * 500
    assert "disk" in trouble
    assert facts == {"entries": 4, "commits": 2, "order_journal_trouble": ""}
    assert found == [entry(0), PLACE] * 2


def test_a_file_that_is_no_journal_keeps_the_tree_from_starting(
    grown: Grown, tmp_path: Path
) -> None:
    (tmp_path / "orders").write_text("something else" * 100)

    with (
        pytest.raises(StartFailed, match="can't be used") as caught,
        grown(*journal(file="orders"), state_dir=tmp_path),
    ):
        pass

    assert getattr(caught.value.reason.error, "exit_code", None) == 73


def test_what_it_does_not_understand_is_a_dead_letter(
    grown: Grown, settle: Settle
) -> None:
    with grown(*journal()) as system:
        system.ref(ME).tell("nonsense")
        settle(system)

        assert system.dead_letters.counts() == {(ME, "unhandled"): 1}


class LiveExchange(Actor):
    """Stands for one whose orders outlive the process."""

    is_live: ClassVar[bool] = True


@pytest.mark.parametrize(("file", "starts"), [(None, False), ("orders", True)])
def test_what_is_traded_at_a_real_exchange_has_to_be_on_the_disk(
    file: str | None, grown: Grown, tmp_path: Path, *, starts: bool
) -> None:
    children = [ChildSpec(id="exchange", start=LiveExchange), *journal(file=file)]

    if starts:
        with grown(*children, state_dir=tmp_path):
            return
    with pytest.raises(StartFailed, match='give it a "file"'):
        grown(*children, state_dir=tmp_path).__enter__()
