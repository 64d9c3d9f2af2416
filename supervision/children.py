"""The children of one supervisor, and the next steps that they allow."""

import math
from collections.abc import Iterator

import attrs

from .commands import ChildCounts, ChildError, ChildInfo, ChildState, Refusal
from .events import Decision
from .line import Line
from .runtime.cell import Cell
from .runtime.clock import Timer
from .runtime.future import Future
from .runtime.reference import Ref
from .specs import Restart, Spec, Strategy, SupervisorSpec

# Looked up once: in Python 3.11 to find a member takes longer than to compare it.
DOWN = ChildState.DOWN
STARTING = ChildState.STARTING
UP = ChildState.UP
STOPPING = ChildState.STOPPING


@attrs.define(eq=False)
class Child:
    """One child.

    `wanted`: it shall run. `condemned`: it runs, and has to stop before it is started
    again with its siblings. `has_run`: it was ready once under this supervisor.
    `delay`: the timer of its back-off. `deadline`: the timer that limits its start or
    stop, `stop_by` when a stop has to be over (clock). `cause_seq`: the event that its
    next step follows from. `starting`: the answer owed to who wanted its present start,
    `if_start_fails` what then follows. `siblings` hear of each change that may allow a
    next step; `rank` is its place in their start order.
    """

    spec: Spec
    cell: Cell
    _state: ChildState = attrs.field(default=DOWN, alias="state")
    _wanted: bool = attrs.field(default=True, init=False)
    _condemned: bool = attrs.field(default=False, init=False)
    _delay: Timer | None = attrs.field(default=None, init=False)
    has_run: bool = False
    attempt: int = 0
    ready_at: float = 0.0
    deadline: Timer | None = None
    stop_by: float = math.inf
    cause_seq: int = 0
    starting: Future[Ref | None] | None = None
    if_start_fails: Decision = Decision.RESTART
    stopping: tuple[Future[None], ...] = ()
    siblings: "Children | None" = attrs.field(default=None, repr=False)
    rank: int = 0

    @property
    def id(self) -> str:
        """Its name among its siblings."""
        return self.cell.name

    @property
    def state(self) -> ChildState:
        """Where its supervisor has got to with it."""
        return self._state

    @state.setter
    def state(self, state: ChildState) -> None:
        before, self._state = self._state, state
        if self.siblings is not None:
            self.siblings.moved(before, state, wanted=self._wanted)
            if state is DOWN or before is UP or self._condemned:
                self.siblings.changed(self)

    @property
    def wanted(self) -> bool:
        """Whether it shall run."""
        return self._wanted

    @wanted.setter
    def wanted(self, wanted: bool) -> None:
        before, self._wanted = self._wanted, wanted
        if self.siblings is not None and wanted is not before:
            self.siblings.wants(self)
            self.siblings.changed(self)

    @property
    def condemned(self) -> bool:
        """Whether it has to stop before it is started again."""
        return self._condemned

    @condemned.setter
    def condemned(self, condemned: bool) -> None:
        self._condemned = condemned
        if self.siblings is not None:
            self.siblings.changed(self)

    @property
    def delay(self) -> Timer | None:
        """The timer of its back-off."""
        return self._delay

    @delay.setter
    def delay(self, delay: Timer | None) -> None:
        self._delay = delay
        if self.siblings is not None:
            self.siblings.changed(self)

    @property
    def is_down(self) -> bool:
        """Whether it has no incarnation."""
        return self._state is DOWN

    def is_missing(self) -> bool:
        """Say whether it shall run and is not ready."""
        return self._wanted and self._state is not UP

    def is_doomed(self) -> bool:
        """Say whether it is condemned and has not ended yet."""
        return self._condemned and self._state is not DOWN

    def may_start(self) -> bool:
        """Say whether nothing but its siblings keeps it from being started."""
        return self._wanted and self._state is DOWN and self._delay is None

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
        if self._delay is not None:
            self._delay.cancel()
            self.delay = None

    def cancel_timers(self) -> None:
        """Forget what was due to happen to it."""
        if self._delay is not None:
            self.cancel_delay()
        if self.deadline is not None:
            self.deadline.cancel()
            self.deadline = None


def _missing_ones() -> Line[Child]:
    return Line(Child.is_missing)


def _doomed_ones() -> Line[Child]:
    return Line(Child.is_doomed)


@attrs.define
class Children:
    """All children by id, in start order, and which steps are next.

    With `one_for_one` they start one by one only until all have been up once; with
    `simple_one_for_one` nobody ever waits for another. What is next is known without a
    look at all of them: whoever changes joins the line of those that may have to be
    started, or stopped, and is counted. `running` have an incarnation.
    """

    strategy: Strategy
    by_id: dict[str, Child] = attrs.field(factory=dict[str, Child], init=False)
    booted: bool = attrs.field(default=False, init=False)
    running: int = attrs.field(default=0, init=False)
    wanted_significant: int = attrs.field(default=0, init=False)
    _missing: int = attrs.field(default=0, init=False)
    _starting: int = attrs.field(default=0, init=False)
    _supervisors: int = attrs.field(default=0, init=False)
    _last_rank: int = attrs.field(default=0, init=False)
    _starts: Line[Child] = attrs.field(factory=_missing_ones, init=False)
    _stops: Line[Child] = attrs.field(factory=_doomed_ones, init=False)
    _starts_one_by_one: bool = attrs.field(init=False)
    _stops_one_by_one: bool = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        simple = self.strategy is Strategy.SIMPLE_ONE_FOR_ONE
        self._starts_one_by_one = self._stops_one_by_one = not simple

    def __iter__(self) -> Iterator[Child]:
        return iter(self.by_id.values())

    def __reversed__(self) -> Iterator[Child]:
        return reversed(self.by_id.values())

    def add(self, child: Child) -> Child:
        """Put a child at the end of the start order."""
        self._last_rank += 1
        child.rank = self._last_rank
        child.siblings = self
        self.by_id[child.cell.name] = child
        state, spec = child.state, child.spec
        self.running += state is not DOWN
        self._starting += state is STARTING
        self._supervisors += isinstance(spec, SupervisorSpec)
        if child.wanted:
            self.wanted_significant += spec.significant
            self._missing += state is not UP
        self.changed(child)
        return child

    def remove(self, child: Child) -> None:
        """Forget a child that is down and not wanted."""
        del self.by_id[child.id]
        child.siblings = None
        self._supervisors -= isinstance(child.spec, SupervisorSpec)

    def at(self, cell: Cell) -> Child | None:
        """Return the child that lives in this place."""
        child = self.by_id.get(cell.name)
        return child if child is not None and child.cell is cell else None

    # -- what changes; children call it --

    def moved(self, before: ChildState, state: ChildState, *, wanted: bool) -> None:
        """Count a child that has another state now."""
        self.running += (state is not DOWN) - (before is not DOWN)
        self._starting += (state is STARTING) - (before is STARTING)
        if wanted:
            self._missing += (before is UP) - (state is UP)

    def wants(self, child: Child) -> None:
        """Count a child that is wanted now, or not any more."""
        change = 1 if child.wanted else -1
        self._missing += change * (child.state is not UP)
        self.wanted_significant += change * child.spec.significant

    def changed(self, child: Child) -> None:
        """Let a child join the line for the step that it needs next."""
        if child.is_missing():
            self._starts.add(child.rank, child)
        if child.is_doomed():
            self._stops.add(-child.rank, child)

    # -- what is next --

    def alive(self) -> list[Child]:
        """Return those with an incarnation, last started first."""
        return [child for child in reversed(self) if not child.is_down]

    def to_stop(self) -> list[Child]:
        """Return the condemned ones to stop now, whom the caller then stops.

        One by one means: in reverse start order, each after all after it have ended.
        """
        if not self._stops_one_by_one:
            doomed = self._stops.take_all()
            return [child for child in doomed if child.state is not STOPPING]
        last = self._stops.first()
        return [] if last is None or last.state is STOPPING else [last]

    def to_start(self) -> list[Child]:
        """Return those to start now, whom the caller then starts.

        One by one means: in start order, each after all before it are ready, and none
        while a condemned one still runs.
        """
        if not self._starts_one_by_one:
            return [child for child in self._starts.take_all() if child.may_start()]
        if self._stops.first() is not None:
            return []
        first = self._starts.first()
        return [first] if first is not None and first.may_start() else []

    def all_up(self) -> bool:
        """Say whether every wanted child is ready."""
        return self._missing == 0

    def end_boot(self) -> None:
        """Take note that all have been up once."""
        self.booted = True
        if self.strategy is Strategy.ONE_FOR_ONE:
            self._starts_one_by_one = False

    def counts(self) -> ChildCounts:
        """Count them as OTP's `count_children` does."""
        total = len(self.by_id)
        active = self.running - self._starting
        workers = total - self._supervisors
        return ChildCounts(total, active, self._supervisors, workers)
