"""Knows when nothing is left to do: no message waits anywhere and none is handled."""

import threading
from collections.abc import Callable, Iterable

from .runtime.cell import Cell
from .runtime.dispatcher import Dispatcher


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
        self._calls: list[Callable[[], object]] = []
        self._busy: Cell | None = None

    def wait_for(self, call: Callable[[], object]) -> None:
        """Call once all is quiet."""
        with self._lock:
            self._calls.append(call)
            self.is_waited_for = True

    def turn_ended(self) -> None:
        """Look whether all is quiet, and call those who want to know."""
        with self._lock:
            if not self._calls or not self._is_settled():
                return
            calls, self._calls = self._calls, []
            self.is_waited_for = False
        for call in calls:
            call()

    def _is_settled(self) -> bool:
        """Look twice: if nobody had a turn in between, all were quiet at once.

        It is asked after each turn: whoever was busy at the last look is looked at
        first, so that all are looked at only when there is a chance.
        """
        if any(dispatcher.backlog() for dispatcher in self._dispatchers()):
            return False
        if self._busy is not None and not self._busy.quiet:
            return False
        first = self._quiet_steps()
        return first is not None and first == self._quiet_steps()

    def _quiet_steps(self) -> int | None:
        steps = 0
        for cell in self._cells():
            if not cell.quiet:
                self._busy = cell
                return None
            steps += cell.steps
        return steps
