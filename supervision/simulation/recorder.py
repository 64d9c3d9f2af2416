"""Writes the history of one system in a world."""

from collections.abc import Callable
from typing import Any

from ..commands import WhichChildren
from ..events import EventKind, SupervisionEvent
from ..runtime.cell import Cell
from ..runtime.dead_letters import DeadLetters
from ..runtime.future import Future
from ..runtime.incarnation import Incarnation
from ..specs import ChildSpec, SupervisorSpec
from ..supervisor import Supervisor
from ..system import ActorSystem
from .counting import MessageCounter
from .dispatchers import SimulatedDispatcher
from .history import Asked, Flow, Happened, History, Life, Probe, Stopped
from .watch_history import RecordingTies
from .world import World

AT_ONCE = 1e-6
"""Virtual seconds after which a probe looks for its answer: next to nothing."""


class _HeardLetters(DeadLetters):
    """Dead letters that are told to a listener too."""

    def __init__(
        self, wall: Callable[[], float], heard: Callable[[str, Any, str], None]
    ) -> None:
        super().__init__(wall)
        self._heard = heard

    def add(self, path: str, message: Any, reason: str) -> None:
        """Tell of a letter and keep it."""
        self._heard(path, message, reason)
        super().add(path, message, reason)


class Recorder:
    """Attach it before the system starts, and after whatever injects faults.

    It changes nothing that the actors could notice; its probes are turns of their
    own, repeated by the same seed like everything else.
    """

    def __init__(self, world: World, system: ActorSystem) -> None:
        self.history = History()
        self._world = world
        self._system = system
        self._counters: dict[str, MessageCounter] = {}
        self._lives: dict[str, list[Incarnation]] = {}
        self._open: dict[Future[Any], Asked] = {}
        for event in system.events.since(0):
            self._on_event(event)
        system.events.subscribe(self._on_event)
        system.dead_letters = _HeardLetters(world.clock.wall, self._on_dead_letter)
        system.ties = ties = RecordingTies()
        self.history.watches = ties.records
        world.watchers.append(self._on_begin)

    def probe_every(self, seconds: float, look: Callable[[], None]) -> None:
        """Ask all supervisors for their children now and then; `look` each time too."""
        clock = self._world.clock

        def due() -> None:
            self.probe()
            look()
            clock.look_at(clock.now() + seconds, due)

        clock.look_at(clock.now() + seconds, due)

    def probe(self) -> None:
        """Ask all supervisors that run for their children, and look at once."""
        asked = [
            (cell.life, cell.ref.command(WhichChildren()))
            for cell in self._system.cells()
            if issubclass(cell.actor_class, Supervisor) and cell.life is not None
        ]
        now = self._world.clock.now()

        def look() -> None:
            for life, future in asked:
                probe = Probe(now, life.cell.path, future.done, _excuse(life))
                self.history.probes.append(probe)

        self._world.clock.look_at(now + AT_ONCE, look)

    def flows(self) -> list[Flow]:
        """Return the message counts of all places as they stand now."""
        return [counter.flow() for counter in self._counters.values()]

    def stopped(self, began: float, deadline: float) -> None:
        """Take note of how the shutdown ended, if it did."""
        now = self._world.clock.now()
        ended = now if self._system.ended.done else None
        self.history.shutdown = Stopped(began, deadline, ended)

    def close(self) -> History:
        """Return the history of all that has happened."""
        self.history.flows = self.flows()
        self.history.asks.extend(self._open.values())
        self.history.state = self._system.events.state()
        self._world.watchers.remove(self._on_begin)
        return self.history

    # -- what it hears --

    def _on_event(self, event: SupervisionEvent) -> None:
        self.history.events.append(Happened(self._world.clock.now(), event))
        if event.kind is EventKind.ADDED:
            self._on_added(self._system.cell(event.path))
        elif event.kind is EventKind.STARTING and event.incarnation > 1:
            self._on_restart(self._system.cell(event.path))

    def _on_added(self, cell: Cell) -> None:
        self._counters[cell.path] = MessageCounter(cell, self._on_ask(cell.path))
        if isinstance(cell.spec, SupervisorSpec):
            self.history.supervisors[cell.path] = cell.spec

    def _on_restart(self, cell: Cell) -> None:
        """Note what it burdens: another child may come to the same place."""
        if isinstance(cell.spec, ChildSpec) and cell.spec.dependency is not None:
            name, now = cell.spec.dependency, self._world.clock.now()
            self.history.budgets[name] = self._system.budget(name).spec
            self.history.borne.setdefault(name, []).append(now)

    def _on_begin(self, life: Incarnation) -> None:
        if life.cell.system is not self._system:
            return
        before = [
            each for each in self._lives.get(life.cell.path, ()) if not each.ended
        ]
        unfenced = tuple(each.number for each in before)
        now, path = self._world.clock.now(), life.cell.path
        self.history.lives.append(Life(now, path, life.number, unfenced))
        self._lives[path] = [*before, life]

    def _on_dead_letter(self, path: str, message: Any, reason: str) -> None:
        if path in self._counters:
            self._counters[path].dead_letter(message, reason)

    def _on_ask(self, path: str) -> Callable[[Future[Any]], None]:
        def asked(future: Future[Any]) -> None:
            deadline = future.deadline
            if deadline is not None:
                self._open[future] = Asked(path, deadline, None)
                future.add_done_callback(self._on_answer)

        return asked

    def _on_answer(self, future: Future[Any]) -> None:
        asked = self._open.pop(future)
        now = self._world.clock.now()
        self.history.asks.append(Asked(asked.path, asked.deadline, now))


def _excuse(life: Incarnation) -> str:
    """Say why a supervisor need not have answered."""
    dispatcher = life.dispatcher
    if life.ended or life.cell.life is not life:
        return "it had ended"
    held = isinstance(dispatcher, SimulatedDispatcher) and dispatcher.held_by
    return f"{held.thread_name} holds the shared thread" if held else ""
