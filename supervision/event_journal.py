"""Writes each event of its system to the journal on disk, behind the events' backs.

Nothing waits for it. While the disk refuses, it tries again every second and loses
nothing that the event log still holds: the log is the queue, and the journal only
remembers how far it has come.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from .event_store import EventStore, JournalUnusable
from .events import SupervisionEvent
from .runtime.actor import Actor
from .runtime.clock import Timer

RETRY_AFTER = 1.0


class EventJournal(Actor):
    """The actor that owns the journal file; it blocks, so pin it.

    Raises in `on_start`:
        JournalUnusable: the file can't be used at all.
    """

    def __init__(self, path: str, *, run: int, limit: int = 100_000) -> None:
        self._path = Path(path)
        self._limit = limit
        self._run = run
        self._saved = 0
        self._called = False
        self._retry: Timer | None = None
        self._lost = 0
        self._trouble = ""
        self._store: EventStore | None = None
        self._unsubscribe: Callable[[], None] | None = None

    def on_start(self) -> None:
        """Open the file and catch up with all that has happened."""
        self._store = EventStore(self._path, limit=self._limit)
        self._saved = self._store.last_seq(self._run)
        self._unsubscribe = self.system.events.subscribe(self._heard)
        self._save()

    def on_stop(self) -> None:
        """Write what there is and close the file."""
        self._save()
        self._let_go()

    def on_failure(
        self,
        exception_type: type[BaseException] | None,
        exception_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the file; the successor opens it again."""
        del exception_type, exception_value, traceback
        self._let_go()

    def facts(self) -> Mapping[str, Any]:
        """Tell how far the journal has come, and what keeps it from going on."""
        return {"journaled": self._saved, "journal_trouble": self._trouble}

    def _heard(self, event: SupervisionEvent) -> None:
        """Ask for one turn, however many events happen before it comes."""
        del event
        if not self._called and self._retry is None:
            self._called = True
            self.soon(self._save)

    def _save(self) -> None:
        self._called = False
        if self._retry is not None:
            self._retry.cancel()
            self._retry = None
        if self._store is None:
            return
        events = self.system.events.since(self._saved)
        try:
            self._store.append(self._run, events)
        except JournalUnusable as error:
            self._trouble = str(error)
            self._retry = self.after(RETRY_AFTER, self._save)
        else:
            self._trouble = ""
            if events:
                self._lost += events[0].seq - self._saved - 1
                self._saved = events[-1].seq
            if self._lost:
                told = "events came too fast or too late to be journaled"
                self._trouble = f"{self._lost} {told}"

    def _let_go(self) -> None:
        if self._unsubscribe is not None:
            self._unsubscribe()
        if self._store is not None:
            self._store.close()
            self._store = None
