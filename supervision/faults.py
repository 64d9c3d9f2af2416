"""Faults that somebody orders: crashes and hangs, by command or by a seeded plan."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from .runtime.afterwards import afterwards
from .runtime.asked_of_all import Describe
from .runtime.cell import Cell, Handler
from .system import ActorSystem


class InjectedCrash(Exception):
    """Somebody wanted this actor to crash."""

    def __init__(self, origin: str) -> None:
        super().__init__(f"injected by {origin}")


def crash(cell: Cell, origin: str) -> bool:
    """Crash the incarnation at a place between two messages; False if none lives."""

    def fail() -> None:
        raise InjectedCrash(origin)

    return _signal(cell, fail)


def hang(cell: Cell, seconds: float) -> bool:
    """Keep the incarnation's thread busy for `seconds`; False if none lives.

    On a shared thread all its actors stand still with it.
    """
    clock = cell.system.clock

    def stand_still() -> None:
        clock.wait(threading.Event(), seconds)

    return _signal(cell, stand_still)


class CrashPlan:
    """Crashes actors while they handle messages, one at a time, seeded.

    `count` crashes go round the given paths. Each strikes one of the next few messages
    (or continuations of its own) that its actor handles once everything is up again,
    either before the handler ran or after it: the message counts as unhandled both
    times, but in the second case its effects are there already. An operator who looks
    at an actor's facts changes nothing.
    """

    def __init__(
        self,
        system: ActorSystem,
        paths: Sequence[str],
        count: int,
        *,
        random: Random,
        farthest: int = 20,
    ) -> None:
        """Arm the plan.

        Raises:
            UnknownPath: one of the paths is not in the tree.

        """
        self.planned = count
        self.fired = 0
        self._system = system
        self._strikes = deque(
            (paths[number % len(paths)], random.randint(1, farthest), random.random())
            for number in range(count)
        )
        self._seen = 0
        self._struck: tuple[Cell, int] | None = None
        self._lock = threading.Lock()
        for path in set(paths):
            cell = system.cell(path)
            cell.intercept = self._interceptor(cell)

    def disarm(self) -> None:
        """Let nothing crash any more."""
        with self._lock:
            self._strikes.clear()

    def _interceptor(self, cell: Cell) -> Callable[[Handler], Handler]:
        def intercept(handler: Handler) -> Handler:
            def handle(message: Any) -> Any:
                when = None if type(message) is Describe else self._strike(cell)
                if when is not None and when < 0.5:
                    raise InjectedCrash("the crash plan, before the message")
                if when is None:
                    return handler(message)
                return crash_after(cell, handler, message, "the crash plan")

            return handle

        return intercept

    def _strike(self, cell: Cell) -> float | None:
        """Say whether, and when around this message, the next planned crash comes."""
        with self._lock:
            if not self._strikes or self._strikes[0][0] != cell.path:
                return None
            if not self._system.is_up or self._is_still_down():
                return None
            _, wait, when = self._strikes[0]
            self._seen += 1
            if self._seen < wait:
                return None
            self._strikes.popleft()
            self._seen = 0
            self._struck = cell, cell.incarnation
            self.fired += 1
            return when

    def _is_still_down(self) -> bool:
        """Say whether the last one struck has no successor, or did not even fall yet.

        On a thread of its own it may still be at the message that it falls over.
        """
        if self._struck is None:
            return False
        cell, incarnation = self._struck
        return cell.incarnation == incarnation


def crash_after(cell: Cell, handler: Handler, message: Any, origin: str) -> Any:
    """Handle a message and crash, also over one that is answered with an error."""
    answers = cell.actor_class.replies_with

    def follow(error: BaseException | None) -> None:
        if error is None or isinstance(error, answers):
            raise InjectedCrash(f"{origin}, after the message") from error

    try:
        result = handler(message)
    except answers as error:
        follow(error)
        raise
    return afterwards(result, follow)


def _signal(cell: Cell, call: Callable[[], None]) -> bool:
    life = cell.life
    if life is None:
        return False
    life.signal(call)
    return True
