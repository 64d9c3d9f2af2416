"""One seeded scheduler for everything: whose turn it is, and when time passes.

The world is given to a system as its clock and its dispatchers; the tree itself does
not know. Whenever the caller waits (`run`, or `get` of a future), the world goes on:
it lets one of those that are due have a turn, by a seeded choice, and when nobody is
due, time jumps to the next pending call. A turn that blocks is set aside with its
thread, and another thread goes on. Nothing else runs meanwhile, so a seed is a run.
"""

import threading
from collections.abc import Callable
from typing import Self, cast

from ..runtime.cell import Cell
from ..runtime.dispatcher import Dispatcher
from ..runtime.incarnation import Incarnation
from ..runtime.latch import Happening
from ..runtime.randomness import Randomness
from ..system import ActorSystem
from .crew import Crew, Place
from .dispatchers import SimulatedDispatcher
from .escapes import Escapes
from .loops import SimulatedLoops
from .trace import Trace
from .virtual_clock import VirtualClock
from .waiting import Awaiting, Livelock, Parked, WorldClosed, deadlock

AT_ONCE = 1_000_000
"""Turns without any time passing, from which on they will never end."""

STEPS_ASIDE = 1 / 4
"""How often a pinned turn that sends something lets others go first."""


class World:
    """See the module. One caller at a time; `close` it in the end, or use `with`.

    The `watchers` are called with each incarnation that begins.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.trace = Trace()
        self.clock = VirtualClock(self._wait)
        self.systems: list[ActorSystem] = []
        self.watchers: list[Callable[[Incarnation], None]] = []
        self.current: Incarnation | None = None
        self._random = Randomness(seed).stream("simulated world").random
        self._labels: dict[Cell, int] = {}
        self._ready: list[Incarnation | Parked] = []
        self._parked: list[Parked] = []
        self._awaiting: dict[Incarnation, Awaiting] = {}
        self._loops: list[SimulatedLoops] = []
        self._busy: dict[Incarnation, None] = {}
        self._aside: list[Incarnation] = []
        self._caller: Parked | None = None
        self._is_over: Callable[[], bool] = _yes
        self._failure: BaseException | None = None
        self._preemptible = False  # whether others may get into the present turn
        self._crew = Crew(self._lead)
        self._escapes = Escapes()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- for the caller --

    @property
    def dispatchers(self) -> dict[str, Dispatcher]:
        """Dispatchers for one more system, by name."""
        loops = SimulatedLoops(self, self.clock)
        self._loops.append(loops)
        return {
            "shared": SimulatedDispatcher(self, may_block=False),
            "pinned": SimulatedDispatcher(self, may_block=True),
            "loop": loops,
        }

    @property
    def trace_hash(self) -> str:
        """The hash of all that was decided and all that happened so far."""
        return self.trace.hexdigest()

    def run(self, until: float) -> None:
        """Go on until this moment of the clock, and all that happens at it.

        Raises:
            Escaped: an actor used something that the world can't turn.
            Deadlock: a turn is blocked and nothing that could end that will happen.
            Livelock: there is always more to do, and time does not pass.

        """
        parked = Parked(self._waiting_life(), None)
        parked.alarm = self.clock.call_at(until, lambda: self._expire(parked))
        self._park(parked)

    def close(self) -> None:
        """End all threads of the world; a turn that is blocked gets `WorldClosed`.

        Raises:
            RuntimeError: it is called from inside the world.

        """
        if self._crew.has(threading.current_thread()):
            raise RuntimeError("a world can't be closed from inside")
        self._caller, self._is_over = None, _yes
        blocked = [*self._parked, *(x for x in self._ready if isinstance(x, Parked))]
        self._ready.clear()
        self._parked.clear()
        self._crew.close([each.place for each in blocked])
        if any(loops.workers() for loops in self._loops):
            self._crew.apart(self._close_loops)
        self._escapes.restore()

    # -- for the dispatchers --

    def begin(self, life: Incarnation) -> None:
        """Take note of a new incarnation, and of its system if that is new."""
        system = life.cell.system
        if system not in self.systems:
            self.systems.append(system)
            self._escapes.install()
            for event in system.events.since(0):
                self.trace.event(event)
            system.events.subscribe(self.trace.event)
        cell = life.cell
        if cell not in self._labels:
            self._labels[cell] = self.trace.name(cell.path)
            self._escapes.cover(cell.actor_class)
        self.trace.say(f"{cell.path}#{life.number}")
        for watch in self.watchers:
            watch(life)

    def schedule(self, life: Incarnation) -> None:
        """Give an incarnation a turn, some time."""
        self._ready.append(life)
        if self._preemptible and self._random() < STEPS_ASIDE:
            self._step_aside()

    def wake(self, life: Incarnation) -> None:
        """Give the loop of an incarnation a step, some time."""
        if life is self.current:  # it goes on by itself: nobody gets between
            self._ready.append(life)
        else:
            self.schedule(life)

    def took_step(self, life: Incarnation) -> None:
        """Take note of what is under way on a loop after each step of it."""
        if life.is_at_work:
            self._awaiting[life] = Awaiting(life)
            self.clock.tick_while(self._is_watched)
        else:
            self._awaiting.pop(life, None)

    def reconsider(self) -> None:
        """Look again at those who could not have their turn."""
        self._ready.extend(self._aside)
        self._aside.clear()

    def fail(self, error: BaseException) -> None:
        """End the run with this error, once the present turn is over."""
        if self._failure is None:
            self._failure = error
            self._is_over = _yes

    def is_busy(self) -> bool:
        """Say whether turns are due."""
        return bool(self._ready or self._aside)

    def _close_loops(self) -> None:
        """Close the loops that are left, not where the caller may have one running."""
        for loops in self._loops:
            loops.close_loops()

    # -- a thread waits --

    def _wait(self, event: Happening, timeout: float | None) -> bool:
        if event.is_set():
            return True
        parked = Parked(self._waiting_life(), event)
        if timeout is not None:
            due = self.clock.now() + max(0.0, timeout)
            parked.alarm = self.clock.call_at(due, lambda: self._expire(parked))
        self._park(parked)
        return event.is_set()

    def _waiting_life(self) -> Incarnation | None:
        """Return whose turn the calling thread is at; None for the caller outside."""
        inside = self._crew.has(threading.current_thread())
        if self._crew.closed:
            raise WorldClosed if inside else RuntimeError("this world is closed")
        if not inside and self._caller is not None:
            raise RuntimeError("two threads can't run the same world")
        if not inside:
            return None
        if self.current is None:
            raise RuntimeError("a call that the clock makes must not block")
        return self.current

    def _park(self, parked: Parked) -> None:
        """Block the calling thread; the world goes on."""
        life = parked.life
        if life is not None:
            self._set_aside(life)
            if parked.event is None:
                self._ready.append(parked)
            else:
                self._parked.append(parked)
                self.clock.tick_while(self._is_watched)
        else:
            self._caller = parked
            self._is_over = _no if parked.event is None else parked.event.is_set
        self.current, self._preemptible = None, False
        self._crew.hand_over(parked.place)
        if parked.alarm is not None:
            parked.alarm.cancel()
        if life is None:
            self._caller, self._is_over = None, _yes
            self._raise_failure()
        else:
            self._go_on_with(life)

    def _go_on_with(self, life: Incarnation) -> None:
        if self._crew.closed:
            raise WorldClosed
        self.trace.decide(self._labels[life.cell])
        self.current, self._preemptible = life, not _simulated(life).shares_thread

    def _raise_failure(self) -> None:
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure

    def _expire(self, parked: Parked) -> None:
        parked.expired = True
        if parked.life is not None:
            self._parked.remove(parked)
            self._ready.append(parked)

    def _step_aside(self) -> None:
        """Let others go first, unless the thread holds the lock of the events."""
        life = self.current
        if life is not None and not life.cell.system.events.is_telling:
            self._park(Parked(life, None))

    def _set_aside(self, life: Incarnation) -> None:
        """Keep others from having a turn where this one is in the way."""
        self._busy[life] = None
        _simulated(life).blocked(life)

    def _is_watched(self) -> bool:
        return any(each.wants_looks for each in self._parked) or any(
            each.is_watched for each in self._awaiting.values()
        )

    # -- the thread that leads --

    def _lead(self) -> Place | None:
        """Go on until a thread that waits is to go on; None: the world is closed."""
        try:
            parked = self._next_parked()
        except BaseException as error:  # noqa: BLE001 - the caller gets it
            self._failure = error
            parked = self._caller
        return None if parked is None else parked.place

    def _next_parked(self) -> Parked | None:
        passing = 0
        while (parked := self._moment()) is None and not self._crew.closed:
            before = self.clock.now()
            self._pass_time()
            passing = passing + 1 if self.clock.now() == before else 0
            if passing > AT_ONCE:
                raise Livelock(f"calls without a delay follow each other at {before:g}")
        return parked

    def _moment(self) -> Parked | None:
        """Give turns until nobody is due, or a thread that waits is to go on."""
        ready, random = self._ready, self._random
        for _ in range(AT_ONCE):
            if self._is_over():
                return self._caller
            if self._parked:
                self._wake_up()
            if not ready:
                caller = self._caller
                return caller if caller is not None and caller.expired else None
            chosen = int(random() * len(ready))
            item = ready[chosen]
            ready[chosen] = ready[-1]
            ready.pop()
            if isinstance(item, Parked):
                return item
            if self._busy and self._must_wait(item):
                self._aside.append(item)
            else:
                self._give_turn(item)
        raise Livelock(
            f"{AT_ONCE} turns, and no time has passed at {self.clock.now():g} s: some"
            " actors send to each other, or to themselves, without end"
        )

    def _wake_up(self) -> None:
        """Make those due whose event has come."""
        for parked in list(self._parked):
            if parked.is_due:
                self._parked.remove(parked)
                self._ready.append(parked)

    def _must_wait(self, life: Incarnation) -> bool:
        """Say whether it is at a turn already, or its shared thread is."""
        return life in self._busy or _simulated(life).held_by is not None

    def _give_turn(self, life: Incarnation) -> None:
        # Without a frame of its own for each step: this is done for every message.
        dispatcher: SimulatedDispatcher = life.dispatcher  # type: ignore[assignment] # pyright: ignore[reportAssignmentType] # see `_simulated`
        self.trace.decide(self._labels[life.cell])
        self.current, self._preemptible = life, not dispatcher.shares_thread
        dispatcher.give_turn(life)
        self.current, self._preemptible = None, False
        if self._busy and life in self._busy:
            self._turn_over(life)

    def _turn_over(self, life: Incarnation) -> None:
        """Let those have their turns that this one was in the way of."""
        del self._busy[life]
        _simulated(life).turn_over(life)
        self.reconsider()

    def _pass_time(self) -> None:
        """Move on to what is next; it must be of use to whoever waits for ever."""
        caller = self._caller
        alarm = None if caller is None else caller.alarm
        if not self.clock.has_other_than(alarm):
            outside = [caller] if caller else []
            stuck = deadlock([*self._parked, *self._awaiting.values(), *outside])
            if stuck is not None:
                raise stuck
        self.clock.advance()
        self.trace.time(self.clock.now())


def _simulated(life: Incarnation) -> SimulatedDispatcher:
    return cast("SimulatedDispatcher", life.dispatcher)


def _no() -> bool:
    return False


def _yes() -> bool:
    return True
