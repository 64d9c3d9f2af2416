"""Knows when nothing is left to do: no message waits anywhere and none is handled."""

import threading
from collections.abc import Callable, Iterable

import attrs

from .runtime.cell import Cell
from .runtime.dispatcher import Dispatcher


@attrs.frozen
class _Quiet:
    """What a look came to at which nobody was busy."""

    steps: int
    all_ready: bool


class Settling:
    """Looks at all places after each turn, if somebody waits for that moment."""

    def __init__(
        self,
        cells: Callable[[], Iterable[Cell]],
        dispatchers: Callable[[], Iterable[Dispatcher]],
    ) -> None:
        self.is_waited_for = False
        self._cells = cells
        self._dispatchers = dispatchers
        self._lock = threading.Lock()
        self._calls: list[tuple[bool, Callable[[], object]]] = []
        self._busy: Cell | None = None

    def wait_for(self, call: Callable[[], object], *, all_ready: bool) -> None:
        """Call once all is quiet, and, if so wanted, everybody who started is ready."""
        with self._lock:
            self._calls.append((all_ready, call))
            self.is_waited_for = True

    def turn_ended(self) -> None:
        """Look whether all is quiet, and call those who want to know."""
        with self._lock:
            if not self._calls or (quiet := self._quiet()) is None:
                return
            due = [each for each in self._calls if quiet.all_ready or not each[0]]
            self._calls = [each for each in self._calls if each not in due]
            self.is_waited_for = bool(self._calls)
        for _, call in due:
            call()

    def _quiet(self) -> _Quiet | None:
        """Look twice: if nobody had a turn in between, all were quiet at once.

        It is asked after each turn: whoever was busy at the last look is looked at
        first, so that all are looked at only when there is a chance.
        """
        if any(dispatcher.backlog() for dispatcher in self._dispatchers()):
            return None
        if self._busy is not None and not self._busy.quiet:
            return None
        first = self._look()
        return first if first == self._look() else None

    def _look(self) -> _Quiet | None:
        steps, all_ready = 0, True
        for cell in self._cells():
            if not cell.quiet:
                self._busy = cell
                return None
            steps += cell.steps
            all_ready = all_ready and not cell.unready
        return _Quiet(steps, all_ready)
