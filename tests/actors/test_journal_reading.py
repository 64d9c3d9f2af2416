"""A journal is read whole and in order, in pieces that take no long time."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import attrs
import pytest

from holdfast.actors import order_journal
from holdfast.actors.evidence import RISK_KINDS, Entry, RiskArmed
from holdfast.actors.journal_reading import read_journal
from holdfast.actors.order_journal import OrderJournal, Record
from holdfast.supervision import Actor, ActorSystem, ChildSpec, Ref, RefTo
from holdfast.tests.actors.order_words import CANCEL

Grown = Callable[..., AbstractContextManager[ActorSystem]]

ARMED = RiskArmed(scope="system", reason="looked", time=1.0)


class Reader(Actor):
    """Writes entries, reads them again, and keeps the pieces."""

    def __init__(self, journal: Ref, entries: Sequence[Entry], kinds: Any) -> None:
        self._journal = journal
        self._entries = entries
        self._kinds = kinds
        self.pieces: list[list[Entry]] = []
        self.ends = 0

    def on_start(self) -> None:
        written = self._journal.ask(Record(tuple(self._entries)), block=False)
        self.pipe(written, self._read)

    def _read(self, _: None) -> None:
        read_journal(self, self._journal, self._kinds, self._take, self._end)

    def _take(self, entries: Sequence[Entry]) -> None:
        self.pieces.append(list(entries))

    def _end(self) -> None:
        self.ends += 1

    def facts(self) -> dict[str, Any]:
        return {"pieces": self.pieces, "ends": self.ends}


@pytest.mark.parametrize("file", [None, "orders"])
@pytest.mark.parametrize(
    ("count", "sizes"), [(0, [0]), (2, [2]), (3, [3, 0]), (7, [3, 3, 1])]
)
def test_every_entry_comes_once_and_in_order(
    file: str | None,
    count: int,
    sizes: list[int],
    grown: Grown,
    settle: Callable[[ActorSystem], None],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setattr(order_journal, "AT_ONCE", 3)
    entries = [attrs.evolve(CANCEL, intent_id=f"i{n}") for n in range(count)]
    found = pieces_of(grown, settle, entries, (), file, tmp_path)

    assert [len(piece) for piece in found] == sizes
    assert [entry for piece in found for entry in piece] == entries


@pytest.mark.parametrize("file", [None, "orders"])
def test_of_some_kinds_only_these_are_told(
    file: str | None,
    grown: Grown,
    settle: Callable[[ActorSystem], None],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setattr(order_journal, "AT_ONCE", 2)
    entries: list[Entry] = [CANCEL, ARMED, CANCEL, CANCEL, ARMED, ARMED, CANCEL]
    found = pieces_of(grown, settle, entries, RISK_KINDS, file, tmp_path)

    assert found == [[ARMED, ARMED], [ARMED]]


def pieces_of(
    grown: Grown,
    settle: Callable[[ActorSystem], None],
    entries: Sequence[Entry],
    kinds: Any,
    file: str | None,
    state_dir: Path,
) -> list[list[Entry]]:
    journal = ChildSpec(id="journal", start=OrderJournal, args={"file": file})
    to = RefTo(path="/root/journal")
    args = {"journal": to, "entries": entries, "kinds": kinds}
    reader = ChildSpec(id="reader", start=Reader, args=args)
    with grown(journal, reader, state_dir=state_dir) as system:
        settle(system)
        life: Any = system.cell("/root/reader").life
        facts = life.actor.facts()
    assert facts["ends"] == 1
    pieces: list[list[Entry]] = facts["pieces"]
    return pieces
