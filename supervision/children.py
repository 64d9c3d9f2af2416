"""The children of one supervisor, and the next steps that they allow."""

import math
from collections.abc import Iterator

import attrs

from .commands import ChildCounts, ChildError, ChildInfo, ChildState, Refusal
from .events import Decision
from .runtime.cell import Cell
from .runtime.clock import Timer
from .runtime.future import Future
from .runtime.reference import Ref
from .specs import Restart, Spec, SupervisorSpec


@attrs.define(eq=False)
class Child:
    """One child.

    `wanted`: it shall run. `condemned`: it runs, and has to stop before it is started
    again with its siblings. `has_run`: it was ready once under this supervisor.
    `delay`: the timer of its back-off. `deadline`: the timer that limits its start or
    stop, `stop_by` when a stop has to be over (clock). `cause_seq`: the event that its
    next step follows from. `starting`: the answer owed to who wanted its present start,
    `if_start_fails` what then follows.
    """

    spec: Spec
    cell: Cell
    state: ChildState = ChildState.DOWN
    wanted: bool = True
    condemned: bool = False
    has_run: bool = False
    attempt: int = 0
    ready_at: float = 0.0
    delay: Timer | None = None
    deadline: Timer | None = None
    stop_by: float = math.inf
    cause_seq: int = 0
    starting: Future[Ref | None] | None = None
    if_start_fails: Decision = Decision.RESTART
    stopping: list[Future[None]] = attrs.field(factory=list[Future[None]])

    @property
    def id(self) -> str:
        """Its name among its siblings."""
        return self.cell.name

    @property
    def is_down(self) -> bool:
        """Whether it has no incarnation."""
        return self.state is ChildState.DOWN

    @property
    def is_temporary(self) -> bool:
        """Whether it is forgotten once it is down."""
        return self.spec.restart is Restart.TEMPORARY

    def info(self) -> ChildInfo:
        """Describe it as `WhichChildren` does."""
        state = self.state
        if self.is_down and self.wanted:
            state = ChildState.RESTARTING
        return ChildInfo(self.id, self.cell.ref, state, self.spec.about)

    def answer_start(self, ref: Ref | None) -> None:
        """Tell whoever wanted its present start how it went, if somebody did."""
        if self.starting is not None:
            self.starting.settle(ref)
            self.starting = None

    def refuse_start(self, code: Refusal, detail: str = "") -> None:
        """Tell whoever wanted its present start that it won't come, if somebody did."""
        if self.starting is not None:
            self.starting.fail(ChildError(code, self.cell.path, detail))
            self.starting = None

    def cancel_delay(self) -> None:
        """Let it start without further waiting."""
        if self.delay is not None:
            self.delay.cancel()
            self.delay = None

    def cancel_timers(self) -> None:
        """Forget what was due to happen to it."""
        self.cancel_delay()
        if self.deadline is not None:
            self.deadline.cancel()
            self.deadline = None


@attrs.define
class Children:
    """All children by id, in start order."""

    by_id: dict[str, Child] = attrs.field(factory=dict[str, Child])

    def __iter__(self) -> Iterator[Child]:
        return iter(self.by_id.values())

    def add(self, child: Child) -> Child:
        """Put a child at the end of the start order."""
        self.by_id[child.id] = child
        return child

    def at(self, cell: Cell) -> Child | None:
        """Return the child that lives in this place."""
        child = self.by_id.get(cell.name)
        return child if child is not None and child.cell is cell else None

    def alive(self) -> list[Child]:
        """Return those with an incarnation, last started first."""
        return [child for child in reversed(self.by_id.values()) if not child.is_down]

    def to_stop(self, *, one_by_one: bool) -> list[Child]:
        """Return the condemned ones to stop now: in reverse start order."""
        condemned = [child for child in self.alive() if child.condemned]
        if one_by_one:
            condemned = condemned[:1]
        return [child for child in condemned if child.state is not ChildState.STOPPING]

    def to_start(self, *, one_by_one: bool) -> list[Child]:
        """Return those to start now.

        One by one means: in start order, each after all before it are ready, and none
        while a condemned one still runs.
        """
        missing = [
            child for child in self if child.wanted and child.state is not ChildState.UP
        ]
        if one_by_one:
            if any(child.condemned for child in self.alive()):
                return []
            missing = missing[:1]
        return [child for child in missing if child.is_down and child.delay is None]

    def all_up(self) -> bool:
        """Say whether every wanted child is ready."""
        return all(child.state is ChildState.UP for child in self if child.wanted)

    def counts(self) -> ChildCounts:
        """Count them as OTP's `count_children` does."""
        supervisors = sum(isinstance(child.spec, SupervisorSpec) for child in self)
        active = sum(
            child.state in (ChildState.UP, ChildState.STOPPING) for child in self
        )
        total = len(self.by_id)
        return ChildCounts(total, active, supervisors, total - supervisors)
