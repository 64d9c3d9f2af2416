"""Tells a hung actor from a busy one, by looking at the threads again and again.

It reads no clock for each message: whoever is at the same step as when it was first
seen there has been at it for at least that long.
"""

from collections.abc import Callable, Iterable
from typing import Protocol

import attrs

from .dispatcher import Dispatcher, Turns, Worker
from .exit_reason import ExitKind, ExitReason
from .stack import of_coroutine, of_thread

HOLD_LIMIT = 0.1
"""Seconds for which one actor may hold a thread that others wait for."""

LEAKED_AFTER = 1.0
"""Seconds that a thread has to come back after its incarnation was ended."""


@attrs.frozen
class Doing:
    """One thing that an incarnation is at, by the name of the message.

    It has been at it for at least so many `seconds`, None if it was not seen there yet.
    """

    what: str
    seconds: float | None


class Reports(Protocol):
    """Whom a watchdog tells what it sees."""

    def held(self, life: Turns, where: str) -> None:
        """Hear that an actor held a thread which others need, and where it stands."""
        ...

    def leaked(self, threads: int) -> None:
        """Hear how many threads are stuck in incarnations that have been ended."""
        ...


class Watchdog:
    """Relieves threads that are held, and ends the incarnations that are hung.

    Hung is who has been at one thing for its `hang_after` seconds; it is noticed at
    most two looks later. Whoever starts or stops it has deadlines for that.
    """

    def __init__(
        self,
        dispatchers: Callable[[], Iterable[Dispatcher]],
        reports: Reports,
    ) -> None:
        self._time = 0.0
        self._dispatchers = dispatchers
        self._reports = reports
        self._seen: dict[tuple[Turns, object], float] = {}

    def look(self, passed: float) -> None:
        """Look once, `passed` seconds after the last time; the clock has it called."""
        self._time = now = self._time + passed
        seen: dict[tuple[Turns, object], float] = {}
        leaked = 0
        for dispatcher in self._dispatchers():
            for worker in dispatcher.workers():
                life = worker.life
                if life is None:
                    continue
                if life.fenced:
                    since = seen[life, None] = self._seen.get((life, None), now)
                    leaked += now - since >= LEAKED_AFTER
                for step in life.doing():
                    since = self._seen.get((life, step), now)
                    seen[life, step] = since
                    self._judge(life, step, worker, now - since)
                    self._relieve(life, dispatcher, worker, now - since)
        self._seen = seen
        self._reports.leaked(leaked)

    def doing(self) -> dict[Turns, tuple[Doing, ...]]:
        """Return what each incarnation is at that is at something now."""
        found: dict[Turns, tuple[Doing, ...]] = {}
        for dispatcher in self._dispatchers():
            for worker in dispatcher.workers():
                life = worker.life
                if life is not None and not life.ended:
                    found[life] = self._at(life)
        return found

    def _at(self, life: Turns) -> tuple[Doing, ...]:
        now = self._time
        begun = ((step, self._seen.get((life, step))) for step in life.doing())
        return tuple(
            Doing(life.told(step), None if since is None else now - since)
            for step, since in begun
        )

    def _judge(self, life: Turns, step: object, worker: Worker, seconds: float) -> None:
        limit = life.hang_after
        if limit is None or seconds < limit or life.ended:
            return
        coroutine = getattr(step, "coroutine", None)
        where = of_coroutine(coroutine) if coroutine else of_thread(worker.thread)
        told = f"at {life.told(step)} for {seconds:.2f} s: {where}"
        life.kill(ExitReason(ExitKind.HUNG, told))

    def _relieve(
        self, life: Turns, dispatcher: Dispatcher, worker: Worker, seconds: float
    ) -> None:
        if seconds < HOLD_LIMIT or worker.relieved:
            return
        dispatcher.relieve(worker)
        if worker.relieved:
            self._reports.held(life, of_thread(worker.thread))  # type: ignore[unreachable] # it is not
