"""The actor that owns the order journal: what it has said yes to is on the disk.

Whatever waits while it writes is written together, once (group commit).
"""

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar

import attrs

from ..supervision.runtime.actor import Actor
from ..supervision.runtime.cell import Cell
from ..supervision.runtime.future import Future
from .evidence import Entry
from .order_store import (
    OrderJournalUnusable,
    OrdersInMemory,
    OrdersOnDisk,
    OrderStore,
)

AT_ONCE = 2_000
"""Entries that are told at once: some 0.1 s, far below any `hang_after`."""


@attrs.frozen
class Record:
    """Write these entries, all or none; answered by None once they are on the disk."""

    entries: tuple[Entry, ...]


@attrs.frozen
class OpenJournal:
    """Begin a new term; answered by `JournalOpened`."""


@attrs.frozen
class JournalOpened:
    """A new term has begun."""

    term: int


@attrs.frozen
class ReadEntries:
    """Tell the next entries of these kinds (none: of all) after a number.

    Answered by `EntriesRead`, with so many that it takes no long time.
    """

    kinds: tuple[str, ...] = ()
    after: int = 0


@attrs.frozen
class EntriesRead:
    """These are the next entries, up to the number `last`; `is_all`: none is left."""

    entries: tuple[Entry, ...]
    last: int
    is_all: bool


@attrs.frozen
class _Commit:
    """Write what has come until now."""


class JournalForgets(Exception):
    """At a real exchange orders outlive the process, and so must what is known."""

    exit_code: ClassVar[int] = 78


class OrderJournal(Actor):
    """Writes for one execution actor. It blocks, so pin it.

    `file` is a name in the state directory of the system. Without it, or in a system
    that has no such directory, the journal is in memory: it outlives this actor, but
    not the process.

    Raises in `on_start`:
        JournalForgets: it has no file, and somebody here trades at a real exchange.
        OrderJournalUnusable: the file is damaged, or can't be written.
    """

    replies_with: ClassVar[tuple[type[Exception], ...]] = (OrderJournalUnusable,)

    def __init__(self, *, file: str | None = None) -> None:
        self._file = file
        self._waiting: list[tuple[tuple[Entry, ...], Future[None]]] = []
        self._entries = 0
        self._commits = 0
        self._trouble = ""
        self._store: OrderStore | None = None
        self._disk: OrdersOnDisk | None = None

    def on_start(self) -> None:
        """Open the journal."""
        directory = self.system.state_dir
        if self._file is not None and directory is not None:
            self._store = self._disk = OrdersOnDisk(Path(directory) / self._file)
            return
        if directory is not None and any(map(_is_live, self.system.cells())):
            raise JournalForgets(
                "the order journal is in memory, and orders at a real exchange outlive"
                ' it: give it a "file" among its args, and "dispatcher": "pinned"'
            )
        self._store = self.snapshot or OrdersInMemory()
        self.save_snapshot(self._store)

    def on_receive(self, message: Any) -> Any:
        """Write entries, and tell them."""
        match message:
            case Record():
                return self._on_record(message)
            case _Commit():
                self._commit()
            case OpenJournal():
                return self._on_open()
            case ReadEntries():
                return self._on_read(message)
            case _:
                return self.unhandled(message)
        return None

    def on_stop(self) -> None:
        """Write what waits."""
        try:
            self._commit()
        finally:
            if self._disk is not None:
                self._disk.close()

    def on_failure(
        self,
        exception_type: type[BaseException] | None,
        exception_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Write what waits: it has done no harm."""
        del exception_type, exception_value, traceback
        self.on_stop()

    def facts(self) -> Mapping[str, Any]:
        """Tell what was written since the start, and what keeps it from being so."""
        return {
            "entries": self._entries,
            "commits": self._commits,
            "order_journal_trouble": self._trouble,
        }

    def _on_record(self, record: Record) -> Future[None] | None:
        if self._disk is None and self._store is not None:
            self._store.append(record.entries)  # in memory nothing is gained by waiting
            self._entries += len(record.entries)
            self._commits += 1
            return None
        if not self._waiting:
            self.me.tell(_Commit())  # behind all that waits now: they go together
        written: Future[None] = Future(target=self.me.cell)
        self._waiting.append((record.entries, written))
        return written

    def _on_open(self) -> JournalOpened:
        self._commit()
        assert self._store is not None  # noqa: S101 - it is open once we are ready
        return JournalOpened(self._store.begin_term(self.clock.wall()))

    def _on_read(self, asked: ReadEntries) -> EntriesRead:
        self._commit()
        assert self._store is not None  # noqa: S101 - it is open once we are ready
        found = list(self._store.read(asked.kinds, asked.after, AT_ONCE))
        last = found[-1][0] if found else asked.after
        return EntriesRead(
            tuple(entry for _, entry in found), last, len(found) < AT_ONCE
        )

    def _commit(self) -> None:
        waiting, self._waiting = self._waiting, []
        if not waiting or self._store is None:
            return
        entries = [entry for several, _ in waiting for entry in several]
        try:
            self._store.append(entries)
        except OrderJournalUnusable as error:
            self._trouble = str(error)
            for _, written in waiting:
                written.fail(error)
            return
        self._trouble = ""
        self._entries += len(entries)
        self._commits += 1
        for _, written in waiting:
            written.settle(None)


def _is_live(cell: Cell) -> bool:
    return bool(getattr(cell.actor_class, "is_live", False))
