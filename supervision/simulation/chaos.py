"""Failures over virtual time: a plan as plain data, and what carries it out.

The plan is made from the seed before the run. It alone says what goes wrong, so it can
be written down, shortened and tried again.
"""

import enum
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

import attrs

from ..faults import InjectedCrash, crash, crash_after, hang
from ..runtime.actor import Actor
from ..runtime.afterwards import afterwards
from ..runtime.cell import Cell, Handler
from ..runtime.exit_reason import NORMAL, ExitKind, ExitReason
from ..system import ActorSystem

ORIGIN = "chaos"


class FaultKind(enum.StrEnum):
    """What can go wrong at a place."""

    CRASH = "crash"
    CRASH_BEFORE = "crash_before"
    CRASH_AFTER = "crash_after"
    CRASH_ON_START = "crash_on_start"
    CRASH_ON_STOP = "crash_on_stop"
    HANG = "hang"
    KILL = "kill"
    SLOW_START = "slow_start"


ANYWHERE = (FaultKind.CRASH, FaultKind.KILL)
"""What also a supervisor may suffer."""

LASTS = (FaultKind.HANG, FaultKind.SLOW_START)
"""What goes on for some time."""

_WAITS_FOR_A_MESSAGE = (FaultKind.CRASH_BEFORE, FaultKind.CRASH_AFTER)


@attrs.frozen
class Fault:
    """One failure: what goes wrong, where, when (virtual seconds), and for how long.

    | kind | from `at` on |
    |---|---|
    | crash | it crashes between two messages |
    | crash_before, crash_after | it crashes around its next message |
    | crash_on_start | it crashes, and so does its next start, when `on_start` is done |
    | crash_on_stop | it stops, and its `on_stop` crashes |
    | hang | its thread stands still for `seconds` |
    | kill | it is ended from outside, without clean-up |
    | slow_start | it crashes, and its next start takes `seconds` longer |
    """

    kind: FaultKind = attrs.field(converter=FaultKind)
    path: str
    at: float
    seconds: float = 0.0


def plan(  # noqa: PLR0913 - what a plan can vary
    random: Random,
    workers: Sequence[str],
    supervisors: Sequence[str],
    *,
    duration: float,
    count: int,
    longest: float = 3.0,
) -> tuple[Fault, ...]:
    """Return `count` faults within `duration` seconds, in the order of their times."""
    kinds = tuple(FaultKind)
    faults: list[Fault] = []
    for _ in range(count):
        path = random.choice([*workers, *supervisors])
        kind = random.choice(kinds if path in workers else ANYWHERE)
        at = round(random.uniform(0.05, 0.9) * duration, 3)
        seconds = round(random.uniform(0.1, longest), 3) if kind in LASTS else 0.0
        faults.append(Fault(kind, path, at, seconds))
    return tuple(sorted(faults, key=lambda fault: fault.at))


class Chaos:
    """Carries out a plan in one system; `struck` counts what came to pass, by kind."""

    def __init__(self, system: ActorSystem, faults: Sequence[Fault]) -> None:
        """Arm the plan, before the system starts.

        Raises:
            UnknownPath: a fault is for a place that is not in the tree.

        """
        self.struck: Counter[FaultKind] = Counter()
        self._cells: dict[str, Cell] = {}
        self._waiting: dict[str, list[Fault]] = {}
        for path in dict.fromkeys(fault.path for fault in faults):
            cell = self._cells[path] = system.cell(path)
            kinds = {fault.kind for fault in faults if fault.path == path}
            if not kinds <= {*ANYWHERE, FaultKind.HANG}:
                self._get_between(cell, kinds)
        for fault in faults:
            delay = fault.at - system.clock.now()
            system.clock.call_later(delay, self._carrying_out(fault))

    def counts(self) -> dict[str, int]:
        """Return how many faults of each kind came to pass."""
        return {str(kind): self.struck[kind] for kind in FaultKind if self.struck[kind]}

    def disarm(self) -> None:
        """Let what waits for a message strike none: what now comes are questions."""
        for waiting in self._waiting.values():
            waiting[:] = [x for x in waiting if x.kind not in _WAITS_FOR_A_MESSAGE]

    def _carrying_out(self, fault: Fault) -> Callable[[], None]:
        return lambda: self._carry_out(fault)

    def _carry_out(self, fault: Fault) -> None:
        cell = self._cells[fault.path]
        life = cell.life
        if life is None or not life.accepting:
            return  # it is down already, or on its way
        match fault.kind:
            case FaultKind.CRASH:
                crash(cell, ORIGIN)
                self.struck[fault.kind] += 1
            case FaultKind.HANG:
                hang(cell, fault.seconds)
                self.struck[fault.kind] += 1
            case FaultKind.KILL:
                life.kill(ExitReason(ExitKind.KILLED, f"injected by {ORIGIN}"))
                self.struck[fault.kind] += 1
            case FaultKind.CRASH_ON_STOP:
                self._await(fault)
                life.signal(lambda: life.stop(NORMAL))
            case FaultKind.CRASH_ON_START | FaultKind.SLOW_START:
                self._await(fault)
                crash(cell, ORIGIN)
            case _:
                self._await(fault)

    def _await(self, fault: Fault) -> None:
        self._waiting.setdefault(fault.path, []).append(fault)

    def _strike(self, cell: Cell, *kinds: FaultKind) -> Fault | None:
        """Return the fault of one of these kinds that waits at a place, used up."""
        for fault in self._waiting.get(cell.path, ()):
            if fault.kind in kinds:
                self._waiting[cell.path].remove(fault)
                self.struck[fault.kind] += 1
                return fault
        return None

    def _get_between(self, cell: Cell, kinds: set[FaultKind]) -> None:
        before = cell.intercept

        def intercept(handler: Handler) -> Handler:
            if cell.life is not None and cell.life.actor is not None:
                self._break_hooks(cell, cell.life.actor)
            inner = before(handler)
            around = not kinds.isdisjoint(_WAITS_FOR_A_MESSAGE)
            return self._around(cell, inner) if around else inner

        cell.intercept = intercept

    def _around(self, cell: Cell, handler: Handler) -> Handler:
        waiting = self._waiting.setdefault(cell.path, [])

        def handle(message: Any) -> Any:
            fault = self._strike(cell, *_WAITS_FOR_A_MESSAGE) if waiting else None
            if fault is not None and fault.kind is FaultKind.CRASH_BEFORE:
                raise InjectedCrash(f"{ORIGIN}, before the message")
            if fault is None:
                return handler(message)
            return crash_after(cell, handler, message, ORIGIN)

        return handle

    def _break_hooks(self, cell: Cell, actor: Actor) -> None:
        """Let this one actor's hooks do what the plan says, after what they do."""
        on_start: Callable[[], Any] = actor.on_start
        on_stop: Callable[[], Any] = actor.on_stop

        def starts() -> Any:
            return afterwards(on_start(), started)

        def stops() -> Any:
            return afterwards(on_stop(), stopped)

        def started(error: BaseException | None) -> None:
            if error is not None:
                return
            fault = self._strike(cell, FaultKind.SLOW_START, FaultKind.CRASH_ON_START)
            if fault is not None and fault.kind is FaultKind.SLOW_START:
                actor.clock.wait(threading.Event(), fault.seconds)
            elif fault is not None:
                raise InjectedCrash(f"{ORIGIN}, in on_start")

        def stopped(error: BaseException | None) -> None:
            if error is not None:
                return
            if self._strike(cell, FaultKind.CRASH_ON_STOP) is not None:
                raise InjectedCrash(f"{ORIGIN}, in on_stop")

        vars(actor).update(on_start=starts, on_stop=stops)
