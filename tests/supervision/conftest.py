"""Trees that a test grows, tells what to do, watches, and always takes down again."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any, ClassVar

import pytest

from holdfast.supervision import (
    Actor,
    ActorSystem,
    ChildSpec,
    CountChildren,
    EventKind,
    ManualClock,
    Phase,
    Randomness,
    SupervisionEvent,
    SupervisorSpec,
    fold,
)

PATIENCE = 20.0
"""Seconds of real time before a test that waits in vain is a failed test."""


def _nothing(*_: object) -> None:
    pass


class Obedient(Actor):
    """Does what it is told, and says what happens to it.

    A message that can be called is called with the actor, any other is said; the reply
    is the result or the message.
    """

    def __init__(
        self,
        say: Callable[[Any], object] = _nothing,
        starting: Callable[[Actor], object] = _nothing,
        stopping: Callable[[Actor], object] = _nothing,
        failing: Callable[[Actor], object] = _nothing,
    ) -> None:
        self.say = say
        self._starting, self._stopping, self._failing = starting, stopping, failing

    def on_start(self) -> None:
        self._starting(self)

    def on_receive(self, message: Any) -> Any:
        if callable(message):
            return message(self)
        self.say(message)
        return message

    def on_stop(self) -> None:
        self.say("on_stop")
        self._stopping(self)

    def on_failure(
        self,
        exception_type: type[BaseException] | None,
        exception_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.say(f"on_failure {exception_value!r}")
        self._failing(self)


class Patient(Obedient):
    """Is ready only once it has said so."""

    says_ready: ClassVar[bool] = True


class Witness:
    """Hears every event of one system, and can wait for one."""

    def __init__(self, system: ActorSystem) -> None:
        self._heard = threading.Condition()
        self.events = system.events.since(0)
        system.events.subscribe(self._hear)

    def lines(self) -> list[str]:
        with self._heard:
            return [
                f"{event.path} {event.kind} {event.decision}".rstrip()
                for event in self.events
                if event.kind is not EventKind.ADDED
            ]

    def wait_for(self, line: str, times: int) -> None:
        with self._heard:
            came = self._heard.wait_for(
                lambda: self.lines().count(line) >= times, PATIENCE
            )
        assert came, f"waited in vain for {times} x {line!r} in {self.lines()}"

    def _hear(self, event: SupervisionEvent) -> None:
        with self._heard:
            self.events.append(event)
            self._heard.notify_all()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def child() -> Callable[..., ChildSpec]:
    """Specify an `Obedient` worker; `patient=True` makes it say itself when ready."""

    def specify(name: str, *, patient: bool = False, **fields: Any) -> ChildSpec:
        hooks = ("say", "starting", "stopping", "failing")
        args = {hook: fields.pop(hook) for hook in hooks if hook in fields}
        start = Patient if patient else Obedient
        return ChildSpec(id=name, start=start, args=args, **fields)

    return specify


@pytest.fixture
def witnesses() -> dict[ActorSystem, Witness]:
    return {}


@pytest.fixture
def gate() -> threading.Event:
    """Keep an actor busy until the test, or its end, lets it go on."""
    return threading.Event()


@pytest.fixture
def grow(
    clock: ManualClock,
    witnesses: dict[ActorSystem, Witness],
    gate: threading.Event,
) -> Iterator[Callable[..., ActorSystem]]:
    """Start a system without back-off on the manual clock and take it down at the end.

    `start=False` leaves the start to the test. When all is over, each incarnation must
    have ended in exactly one event, and the tree must be the fold of its events.
    """

    def grown(
        *children: ChildSpec | SupervisorSpec, start: bool = True, **fields: Any
    ) -> ActorSystem:
        seed = Randomness(fields.pop("seed", 1))
        time = fields.pop("clock", clock)
        given = ("dispatchers", "max_leaked_threads", "budgets")
        ports = {name: fields.pop(name) for name in given if name in fields}
        fields.setdefault("backoff", None)
        spec = SupervisorSpec(children=children, **fields)
        system = ActorSystem(spec, clock=time, randomness=seed, **ports)
        witnesses[system] = Witness(system)
        if start:
            system.start().get(timeout=PATIENCE)
        return system

    yield grown
    gate.set()
    for system, witness in witnesses.items():
        _take_down(system)
        _check_story(system, witness.events)


@pytest.fixture
def history(
    witnesses: dict[ActorSystem, Witness],
) -> Callable[[ActorSystem], list[str]]:
    """Tell what happened so far, as lines of path, kind and decision."""
    return lambda system: witnesses[system].lines()


@pytest.fixture
def wait_for(
    witnesses: dict[ActorSystem, Witness],
) -> Callable[..., None]:
    """Wait until the history holds a line, or holds it some number of times."""

    def wait(system: ActorSystem, line: str, *, times: int = 1) -> None:
        witnesses[system].wait_for(line, times)

    return wait


@pytest.fixture
def settle() -> Callable[[ActorSystem], None]:
    """Wait until every message has been handled and every start is over."""

    def settled(system: ActorSystem) -> None:
        done = threading.Event()
        system.when_settled(done.set)
        system.cells()[0].ref.command(CountChildren())
        assert done.wait(PATIENCE), "the system does not settle"

    return settled


def _take_down(system: ActorSystem) -> None:
    over = threading.Event()
    ended = system.stop(0.0)
    ended.add_done_callback(lambda _: over.set())
    for _ in range(int(PATIENCE / 0.05)):
        if over.wait(0.05):
            break
        if isinstance(system.clock, ManualClock):
            system.clock.advance(1.0)
    assert ended.done, "the system does not end"
    system.close()


def _check_story(system: ActorSystem, events: list[SupervisionEvent]) -> None:
    begun = Counter(
        (event.path, event.incarnation)
        for event in events
        if event.kind is EventKind.STARTING
    )
    ended = Counter(
        (event.path, event.incarnation)
        for event in events
        if event.kind is EventKind.EXITED
    )
    assert ended == begun, "each incarnation ends in exactly one event"
    assert system.events.state() == fold(events)
    over = {Phase.STOPPED, Phase.FAILED}
    assert {
        node.path: node.phase
        for node in system.events.state().nodes.values()
        if node.phase not in over
    } == {}
