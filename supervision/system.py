"""One system: its tree of places, and the ports through which its actors see the world.

Several systems live in one process without meeting: nothing here is global.
"""

from collections.abc import Callable, Mapping
from functools import partial
from operator import attrgetter
from pathlib import Path
from typing import Any

from .actor_info import ActorInfo, infos
from .budget import Budget, BudgetSpec
from .event_log import EventLog, unchanged
from .events import Decision, EventKind
from .references import references, resolved
from .runtime.actor import Actor
from .runtime.cell import Cell, Exited
from .runtime.clock import Clock, SystemClock
from .runtime.dead_letters import DeadLetterReason, DeadLetters
from .runtime.dispatcher import Dispatcher, PinnedDispatcher, SharedDispatcher, Turns
from .runtime.down import Down
from .runtime.exit_reason import SHUTDOWN, ExitKind, ExitReason
from .runtime.future import Addressee, Future
from .runtime.incarnation import Incarnation
from .runtime.loop_dispatcher import LoopDispatcher
from .runtime.randomness import Randomness
from .runtime.reference import Ref
from .runtime.running import refuse_if_fenced
from .runtime.ties import Ties
from .runtime.watchdog import Watchdog
from .settling import Settling
from .specs import ChildSpec, Spec, Strategy, SupervisorSpec
from .supervisor import Supervisor

GIVE_UP_WITHIN = 10.0
"""Seconds for an orderly end when too many threads are stuck."""


class StartFailed(Exception):
    """The tree did not come up; `reason` says which child failed, and how."""

    def __init__(self, reason: ExitReason) -> None:
        self.reason = reason
        super().__init__(reason.detail or str(reason))


class UnknownPath(Exception):
    """There is no such place in the tree."""

    def __init__(self, path: str) -> None:
        self.path = path
        super().__init__(f"there is no {path} in the tree")


class ActorSystem:
    """A tree of actors under one root supervisor.

    All its places exist from the start, so references can be handed out before anything
    runs. `ended` gets the root's exit reason, once, when everything has stopped.
    """

    def __init__(  # noqa: PLR0913 - its ports, each with a default
        self,
        spec: SupervisorSpec,
        *,
        clock: Clock | None = None,
        randomness: Randomness | None = None,
        redact: Callable[[str], str] = unchanged,
        dispatchers: Mapping[str, Dispatcher] | None = None,
        budgets: Mapping[str, BudgetSpec] | None = None,
        max_leaked_threads: int = 8,
        state_dir: Path | None = None,
    ) -> None:
        """Make all places; nothing runs yet.

        `state_dir` is where actors may keep files; without it they keep nothing.

        `budgets` limit the restarts of those that name the same `dependency`; one that
        is not named here bears 5 in a minute.

        More than `max_leaked_threads` threads stuck in incarnations that have been
        ended are the end of the system: only a new process gets rid of them.
        """
        self.clock: Clock = clock or SystemClock()
        self.randomness = randomness or Randomness()
        self.state_dir = state_dir
        self.events = EventLog(self.clock, redact=redact)
        self.dead_letters = DeadLetters(self.clock.wall)
        self.ties = Ties()
        self.started: Future[Ref] = Future(self.clock)
        self.ended: Future[ExitReason] = Future(self.clock)
        self._dispatchers: dict[str, Dispatcher] = {
            "shared": SharedDispatcher(),
            "pinned": PinnedDispatcher(),
            "loop": LoopDispatcher(),
            **(dispatchers or {}),
        }
        self._watchdog = Watchdog(self._dispatchers.values, self)
        self._stop_watching: Callable[[], None] | None = None
        self._held: dict[str, int] = {}
        self._max_leaked_threads = max_leaked_threads
        self._gave_up = False
        self._budgets = {
            name: Budget(budget) for name, budget in (budgets or {}).items()
        }
        self._cells: dict[str, Cell] = {}
        self._referred: dict[str, Ref] = {}
        self.settling = Settling(self.cells, self._dispatchers.values)
        self._root = self.place(None, spec, spec.id)
        self._check_references()

    # -- for whoever runs the system --

    def start(self) -> Future[Ref]:
        """Start the tree; the future gets the root, or fails with `StartFailed`.

        A system starts once: calling again changes nothing.
        """
        root = self._root
        if root.incarnation > 0 or self.ended.done:
            return self.started
        self.events.emit(EventKind.STARTING, root.path, incarnation=1)
        self._stop_watching = self.clock.every_tick(self._watchdog.look)
        root.expected = True
        root.start()
        return self.started

    def stop(self, timeout: float | None = None) -> Future[ExitReason]:
        """Stop the tree in reverse start order, within `timeout` seconds if given.

        Calling again can only shorten the time. The returned future is `ended`.
        """
        refuse_if_fenced()
        deadline = None if timeout is None else self.clock.now() + timeout
        root = self._root
        if root.life is not None:
            self.events.emit(
                EventKind.STOPPING, root.path, incarnation=root.incarnation
            )
            root.stop(SHUTDOWN, deadline)
        elif root.incarnation == 0:
            self.started.fail(StartFailed(SHUTDOWN))
            self.ended.settle(SHUTDOWN)
        return self.ended

    def kill(self) -> None:
        """End everything at once, without clean-up: the last resort when it hangs.

        A thread that is stuck in a call stays until the process ends.
        """
        self._root.kill(ExitReason(ExitKind.KILLED, "the system did not stop in time"))

    def close(self) -> None:
        """End the threads of the clock and the dispatchers, after `ended`."""
        if self._stop_watching is not None:
            self._stop_watching()
            self._stop_watching = None
        self.clock.close()
        for dispatcher in self._dispatchers.values():
            dispatcher.close()

    def ref(self, path: str) -> Ref:
        """Return the reference to a place.

        Raises:
            UnknownPath: there is no such place.

        """
        return self.cell(path).ref

    def cell(self, path: str) -> Cell:
        """Return the place at a path; raises as `ref`."""
        try:
            return self._cells[path]
        except KeyError:
            raise UnknownPath(path) from None

    def cells(self) -> list[Cell]:
        """Return all places, in the order in which they were added."""
        return list(self._cells.values())

    def info(self, path: str) -> ActorInfo:
        """Tell what is known of a place, asking it nothing; raises as `ref`."""
        return infos([self.cell(path)], self._watchdog.doing())[0]

    def infos(self) -> list[ActorInfo]:
        """Tell what is known of all places, in the order in which they were added."""
        return infos(self.cells(), self._watchdog.doing())

    def top(self, count: int, by: str = "waiting") -> list[ActorInfo]:
        """Return the places with the most of a field that can be compared."""
        return sorted(self.infos(), key=attrgetter(by), reverse=True)[:count]

    @property
    def is_up(self) -> bool:
        """Whether the system runs, and everything that should run is ready."""
        return self._root.expected and all(
            cell.ready for cell in self.cells() if cell.expected
        )

    def watch(
        self, path: str, callback: Callable[[Down], object]
    ) -> Callable[[], None]:
        """Call back once, when who lives at `path` now has ended; at once if nobody.

        It is called on the thread of whoever ends it, so it must be short; what it
        raises is logged. After the result has been called no call begins any more. To
        wait for the end, let it settle a future: `system.watch(path, future.settle)`.

        Raises:
            UnknownPath: there is no such place.

        """
        return self.ties.watch_from_outside(self.cell(path), callback)

    def when_settled(
        self, call: Callable[[], object], *, all_ready: bool = True
    ) -> None:
        """Call once no message waits anywhere, none is handled and no start is due.

        Timers that are still to fire do not count, unless somebody is not `ready`
        before one has: without `all_ready` that does not count either. Meant to be
        called from an actor: the check is made when a turn ends. The call must be
        short and must not raise.
        """
        self.settling.wait_for(call, all_ready=all_ready)

    # -- for supervisors --

    def place(
        self,
        parent: Cell | None,
        spec: Spec,
        name: str,
        args: Mapping[str, Any] | None = None,
    ) -> Cell:
        """Return the place for a child, made with all below it if it is new.

        A worker gets `args` instead of those of its specification, if there are any.
        """
        if parent is not None and name in parent.children:
            return parent.children[name]
        make: Callable[[], Mapping[str, Any]] = dict
        actor_class: type[Actor] = Supervisor
        if isinstance(spec, SupervisorSpec):
            make = partial(dict[str, Any], spec=spec)
        else:
            actor_class = spec.start
            given = spec.args if args is None else args
            if given:
                make = partial(resolved, given, self._referred_to)
        cell = Cell(self, parent, name, spec=spec, actor_class=actor_class, make=make)
        if parent is not None:
            parent.children[name] = cell
        self._cells[cell.path] = cell
        self.events.emit(EventKind.ADDED, cell.path, reason=spec.about)
        for child in _static_children(spec):
            self.place(cell, child, child.id)
        return cell

    def budget(self, dependency: str) -> Budget:
        """Return what is left of the restarts that a dependency bears."""
        return self._budgets.setdefault(dependency, Budget(BudgetSpec(restarts=5)))

    def keep_below(self, cell: Cell, spec: SupervisorSpec) -> None:
        """Remove the dynamic children that an earlier incarnation has left behind."""
        static = {child.id: child for child in _static_children(spec)}
        for name, child in list(cell.children.items()):
            if child.spec is not static.get(name):
                self.remove(child)

    def remove(self, cell: Cell) -> None:
        """Take a place that nobody lives in out of the tree, with all below it."""
        cell.close(DeadLetterReason.REMOVED)
        for child in list(cell.children.values()):
            self.remove(child)
        if cell.parent is not None:
            cell.parent.children.pop(cell.name, None)
        del self._cells[cell.path]
        self.events.emit(EventKind.REMOVED, cell.path, incarnation=cell.incarnation)

    # -- for the runtime --

    def dispatcher(self, name: str) -> Dispatcher:
        """Return the dispatcher with this name."""
        return self._dispatchers[name]

    def life_at(self, target: Addressee | None) -> Incarnation | None:
        """Return who lives at the place that a future waits for."""
        return target.life if isinstance(target, Cell) else None

    def root_ready(self) -> None:
        """Take note that the whole tree is up."""
        root = self._root
        self.events.emit(EventKind.READY, root.path, incarnation=root.incarnation)
        self.started.settle(root.ref)

    def root_exited(self, reason: ExitReason) -> None:
        """Take note that the root is gone: nobody restarts it."""
        root = self._root
        decision = Decision.SHUT_DOWN if reason.orderly else Decision.ESCALATE
        self.events.emit(
            EventKind.EXITED,
            root.path,
            incarnation=root.incarnation,
            reason=str(reason),
            decision=decision,
        )
        root.close()
        self.started.fail(StartFailed(reason))
        self.ended.settle(reason)

    def exited_unheard(self, report: Exited) -> None:
        """Take note of an exit whose supervisor was gone before it heard of it."""
        self.events.emit(
            EventKind.EXITED,
            report.cell.path,
            incarnation=report.incarnation,
            reason=str(report.reason),
            decision=Decision.SHUT_DOWN,
        )

    def held(self, life: Turns, where: str) -> None:
        """Tell once of each incarnation that it held a thread which others need."""
        if not isinstance(life, Incarnation):
            return
        path = life.cell.path
        if self._held.get(path) != life.number:
            self._held[path] = life.number
            self.events.emit(
                EventKind.HELD_THREAD,
                path,
                incarnation=life.number,
                reason=f"others wait no longer for it: {where}",
            )

    def alarm(self, path: str, incarnation: int, what: str) -> None:
        """Tell that somebody has to look at something."""
        self.events.emit(EventKind.ALARM, path, incarnation=incarnation, reason=what)

    def leaked(self, threads: int) -> None:
        """Give up when too many threads are stuck: the process has to end."""
        if threads <= self._max_leaked_threads or self._gave_up:
            return
        self._gave_up = True
        root = self._root
        told = f"{threads} threads are stuck in actors that were ended: more than"
        reason = ExitReason(ExitKind.ESCALATED, f"{told} {self._max_leaked_threads}")
        self.events.emit(
            EventKind.ESCALATED,
            root.path,
            incarnation=root.incarnation,
            reason=reason.detail,
        )
        root.stop(reason, self.clock.now() + GIVE_UP_WITHIN)

    # -- inside --

    def _referred_to(self, path: str) -> Ref:
        """Return a reference that was good once: who is forgotten gets no letters."""
        if path not in self._referred or path in self._cells:
            self._referred[path] = self.ref(path)
        return self._referred[path]

    def _check_references(self) -> None:
        for cell in self.cells():
            if isinstance(cell.spec, ChildSpec):
                for path in references(cell.spec.args):
                    self._referred_to(path)


def _static_children(spec: Spec) -> tuple[Spec, ...]:
    if isinstance(spec, ChildSpec) or spec.strategy is Strategy.SIMPLE_ONE_FOR_ONE:
        return ()
    return spec.children
