"""Who comes from outside: sends commands, and has a look when all is over."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

import attrs
import pykka

from holdfast.supervision import (
    ActorCrashed,
    ActorSystem,
    ChildError,
    ChildSpec,
    CycleChild,
    DeleteChild,
    EventKind,
    Future,
    RestartChild,
    StartChild,
    Strategy,
    SupervisionEvent,
    SupervisorSpec,
    TerminateChild,
    UnknownPath,
)

START = "start"
COMMANDS: dict[str, Callable[[str], Any]] = {
    "terminate": TerminateChild,
    "restart": RestartChild,
    "delete": DeleteChild,
    "cycle": lambda name: CycleChild(name, "an errand"),
}

EXPECTED = (ChildError, ActorCrashed, pykka.Timeout, pykka.ActorDeadError)
"""How a command may fail."""


@attrs.frozen
class Errand:
    """A command for the supervisor `parent` at a moment; `spec` is whom to start."""

    at: float
    kind: str
    parent: str
    name: str
    spec: ChildSpec | None = None

    def message(self, parent: object) -> Any:
        """Return the command as this supervisor takes it."""
        if self.kind != START or self.spec is None:
            return COMMANDS[self.kind](self.name)
        if (
            isinstance(parent, SupervisorSpec)
            and parent.strategy is Strategy.SIMPLE_ONE_FOR_ONE
        ):
            return StartChild(args={"friends": []})
        return StartChild(self.spec)


class Visitor:
    """Runs errands in one system, and keeps what came of them."""

    def __init__(self, system: ActorSystem, errands: Iterable[Errand]) -> None:
        self._system = system
        self._supervisors: set[str] = set()
        self.found: list[str] = []
        for event in system.events.since(0):
            self._hear(event)
        system.events.subscribe(self._hear)
        for errand in errands:
            system.clock.call_later(errand.at, partial(self._run, errand))

    def look_at(self, moment: float) -> None:
        """Look at this moment of the clock who is missing."""

        def look() -> None:
            self.found += who_is_missing(self._system)

        self._system.clock.call_later(moment, look)

    def _hear(self, event: SupervisionEvent) -> None:
        """Take note of supervisors that end as none ever may."""
        if event.kind is EventKind.ADDED and event.reason.startswith("supervisor"):
            self._supervisors.add(event.path)
        told = event.reason if event.kind is EventKind.EXITED else ""
        crashed = told.startswith("crashed: ") and "InjectedCrash" not in told
        if crashed and event.path in self._supervisors:
            self.found.append(f"{event.path}#{event.incarnation} {event.reason}")

    def _run(self, errand: Errand) -> None:
        try:
            cell = self._system.cell(errand.parent)
        except UnknownPath:
            return
        if not isinstance(cell.spec, SupervisorSpec):
            return  # a worker was started in the place of a supervisor
        answer = cell.ref.command(errand.message(cell.spec))
        answer.add_done_callback(partial(self._look_at, errand))

    def _look_at(self, errand: Errand, answer: Future[Any]) -> None:
        try:
            answer.result()
        except EXPECTED:
            pass
        except Exception as error:  # noqa: BLE001 - that is what is looked for
            told = f"{errand.kind} {errand.parent}/{errand.name}"
            self.found.append(f"{told} at {errand.at:g} s brought {error!r}")


def who_is_missing(system: ActorSystem) -> Iterator[str]:
    """Yield a sentence for each place that should be alive and is not."""
    for cell in system.cells():
        if cell.expected and not cell.ready:
            yield f"{cell.path} does not run, long after the last failure"
