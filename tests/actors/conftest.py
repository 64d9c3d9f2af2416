"""Grows small trees of trading actors, with doubles beside them and ordered faults."""

import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from holdfast.supervision import (
    UNLIMITED,
    Actor,
    ActorSystem,
    Cell,
    ChildSpec,
    CountChildren,
    Describe,
    Future,
    InjectedCrash,
    ManualClock,
    Randomness,
    Ref,
    SupervisionEvent,
    SupervisorSpec,
)
from holdfast.supervision.faults import crash_after
from holdfast.tests.actors.execution_stage import Play, staged
from holdfast.tests.actors.risk_stage import Stage

PATIENCE = 20.0
"""Seconds of real time before a test that waits in vain is a failed test."""

A_DAY = 86_400.0

Strike = tuple[str, int, bool]


def _nothing(*_: Any) -> Any:
    return None


class Double(Actor):
    """Stands in for a neighbour: says what it hears, and answers what it is told to."""

    def __init__(
        self,
        hear: Callable[[Any], object] = _nothing,
        answer: Callable[[Any], Any] = _nothing,
    ) -> None:
        self._hear = hear
        self._answer = answer

    def on_receive(self, message: Any) -> Any:
        self._hear(message)
        return self._answer(message)


class BreakableRef(Ref):
    """A reference that calls `before` each time somebody is about to send by it."""

    def __init__(self, ref: Ref, before: Callable[[], bool]) -> None:
        super().__init__(ref.cell)
        self._before = before

    def tell(self, message: Any) -> None:
        crashes = self._before()
        super().tell(message)
        if crashes:
            raise InjectedCrash("a strike after a tell")

    # The actors here never block, so there is no other way to ask.
    def ask(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, message: Any, *, block: bool = False, timeout: float | None = None
    ) -> Future[Any]:
        crashes = self._before()
        future: Future[Any] = super().ask(message, block=False, timeout=timeout)
        if crashes:
            raise InjectedCrash("a strike after an ask")
        return future


class Strikes:
    """Crashes actors inside their handlers, where they send, one strike at a time.

    A strike is a path, which of its sends from now on is hit (1: the next), and whether
    that message still goes out. One that sends to nobody is hit around a message
    instead: before it is handled, or after. Spared are the first start of all, which
    has to succeed, and a message that crashed its actor before, as it would become a
    dead letter. `struck` are the paths and incarnations that were hit.
    """

    def __init__(self, strikes: Sequence[Strike]) -> None:
        self.fired = 0
        self.struck: list[tuple[str, int]] = []
        self._strikes = list(strikes)
        self._seen = 0
        self._is_up = False
        self._lock = threading.Lock()

    def __call__(self, system: ActorSystem) -> "Strikes":
        """Arm a system that has not started yet."""
        self._is_up = False
        for path in {path for path, _, _ in self._strikes}:
            cell = system.cell(path)
            if isinstance(cell.spec, ChildSpec) and cell.spec.args:
                cell.make = partial(self._broken, cell, cell.make)
            else:
                cell.intercept = partial(self._around, cell)
        return self

    def disarm(self) -> None:
        with self._lock:
            self._strikes.clear()

    def _broken(self, cell: Cell, make: Callable[[], Any]) -> Any:
        return {name: self._wrapped(value, cell) for name, value in make().items()}

    def _wrapped(self, value: Any, cell: Cell) -> Any:
        if isinstance(value, Ref):
            return BreakableRef(value, partial(self._before, cell))
        if isinstance(value, list):
            return [self._wrapped(each, cell) for each in value]  # pyright: ignore[reportUnknownVariableType] - any list
        return value

    def _around(
        self, cell: Cell, handler: Callable[[Any], Any]
    ) -> Callable[[Any], Any]:
        def handle(message: Any) -> Any:
            if not isinstance(message, Describe) and self._before(cell):
                return crash_after(cell, handler, message, "a strike")
            return handler(message)

        return handle

    def _before(self, cell: Cell) -> bool:
        life = cell.life
        with self._lock:
            if not self._strikes or self._strikes[0][0] != cell.path:
                return False
            if life is None or life.redelivered:
                return False
            self._is_up = self._is_up or _all_ready(cell.system)
            if not self._is_up:
                return False
            self._seen += 1
            _, which, goes_out = self._strikes[0]
            if self._seen < which:
                return False
            del self._strikes[0]
            self._seen = 0
            self.fired += 1
            self.struck.append((cell.path, life.number))
        if goes_out:
            return True
        raise InjectedCrash("a strike instead of a message")


def _all_ready(system: ActorSystem) -> bool:
    """Say whether every worker is ready: the system may not have heard of it yet."""
    return all(
        cell.ready for cell in system.cells() if isinstance(cell.spec, ChildSpec)
    )


@contextmanager
def _grown(
    *children: ChildSpec, arm: Callable[[ActorSystem], object] = _nothing, **fields: Any
) -> Generator[ActorSystem]:
    clock = fields.pop("clock", None) or ManualClock()
    seed = Randomness(fields.pop("seed", 1))
    state_dir = fields.pop("state_dir", None)
    fields.setdefault("intensity", UNLIMITED)
    fields.setdefault("backoff", None)
    spec = SupervisorSpec(children=children, **fields)
    system = ActorSystem(spec, clock=clock, randomness=seed, state_dir=state_dir)
    arm(system)
    try:
        system.start().get(timeout=PATIENCE)
        yield system
    finally:
        system.stop(0.0).get(timeout=PATIENCE)
        system.close()


@pytest.fixture(scope="session")
def grown() -> Callable[..., AbstractContextManager[ActorSystem]]:
    """Run a system of these children; it never gives up and never waits.

    `arm` is called with it before it starts; other keywords are the supervisor's, or
    `clock`, `seed` and `state_dir`.
    """
    return _grown


@pytest.fixture(scope="session")
def double() -> Callable[..., ChildSpec]:
    """Specify a `Double` by its id, `hear` and `answer`."""

    def specify(
        name: str,
        hear: Callable[[Any], object] = _nothing,
        answer: Callable[[Any], Any] = _nothing,
        **fields: Any,
    ) -> ChildSpec:
        args = {"hear": hear, "answer": answer}
        return ChildSpec(id=name, start=Double, args=args, **fields)

    return specify


@pytest.fixture(scope="session")
def settle() -> Callable[[ActorSystem], None]:
    """Wait until nothing happens any more before time passes."""

    def settled(system: ActorSystem) -> None:
        done = threading.Event()
        system.when_settled(done.set, all_ready=False)
        system.cells()[0].ref.command(CountChildren())
        assert done.wait(PATIENCE), "the system does not settle"

    return settled


@pytest.fixture(scope="session")
def pass_time(
    settle: Callable[[ActorSystem], None],
) -> Callable[[ActorSystem, float], None]:
    """Let so many seconds pass, by the clock of a system, and all that they bring."""

    def passed(system: ActorSystem, seconds: float, step: float = 0.5) -> None:
        clock = system.clock
        assert isinstance(clock, ManualClock)
        settle(system)
        for _ in range(round(seconds / step)):
            clock.advance(step)
            settle(system)

    return passed


@pytest.fixture(scope="session")
def ask() -> Callable[[ActorSystem, str, Any], Any]:
    """Ask the actor at a path, and wait for the reply."""

    def asked(system: ActorSystem, path: str, message: Any) -> Any:
        return system.ref(path).ask(message, block=False).get(timeout=PATIENCE)

    return asked


@pytest.fixture(scope="session")
def finish(
    settle: Callable[[ActorSystem], None],
) -> Callable[..., None]:
    """Wait until `/root/feed` has ended by itself, and all it caused is handled.

    Time passes, by the clock of the system, as long as somebody needs it to become
    ready, and with `by_time` also as the feed needs it.
    """

    def finished(system: ActorSystem, *, by_time: bool = False) -> None:
        clock = system.clock
        assert isinstance(clock, ManualClock)
        over = threading.Event()

        def hear(event: SupervisionEvent) -> None:
            if event.path == "/root/feed" and event.reason == "normal":
                over.set()

        unsubscribe = system.events.subscribe(hear)
        for event in system.events.since(0):
            hear(event)
        began = clock.now()
        while not over.is_set():
            settle(system)
            if by_time or any(cell.unready for cell in system.cells()):
                clock.advance(0.25)
            else:
                over.wait(0.01)
            assert clock.now() - began < A_DAY, "the feed does not end"
        unsubscribe()
        settle(system)

    return finished


@pytest.fixture(scope="session")
def crash_at() -> Callable[..., Callable[[ActorSystem], None]]:
    """Arm a system: crash at one message that `which` picks, before it or after it."""

    def crashing(
        path: str, which: Callable[[Any], bool], *, after: bool
    ) -> Callable[[ActorSystem], None]:
        pending = [InjectedCrash("the test")]

        def intercept(handler: Callable[[Any], Any]) -> Callable[[Any], Any]:
            def handle(message: Any) -> Any:
                crash = pending.pop() if pending and which(message) else None
                if crash is not None and not after:
                    raise crash
                result = handler(message)
                if crash is not None:
                    raise crash
                return result

            return handle

        def arm(system: ActorSystem) -> None:
            system.cell(path).intercept = intercept

        return arm

    return crashing


@pytest.fixture
def play(
    grown: Callable[..., AbstractContextManager[ActorSystem]],
    double: Callable[..., ChildSpec],
    settle: Callable[[ActorSystem], None],
    ask: Callable[[ActorSystem, str, Any], Any],
    tmp_path: Path,
) -> Play:
    """Run execution on a stage, again and again on the same disk and venue."""
    return staged(grown, double, settle, ask, tmp_path)


@pytest.fixture(scope="session")
def strike() -> Callable[[Sequence[Strike]], Strikes]:
    """Arm a system: have actors crash inside their handlers."""
    return Strikes


@pytest.fixture
def stage(
    grown: Callable[..., AbstractContextManager[ActorSystem]],
    double: Callable[..., ChildSpec],
    settle: Callable[[ActorSystem], None],
    ask: Callable[[ActorSystem, str, Any], Any],
) -> Stage:
    """Let risk play among doubles."""
    return Stage(grown, double, settle, ask)
