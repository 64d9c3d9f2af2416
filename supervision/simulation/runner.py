"""Runs a tree for some virtual time while things go wrong, and judges what happened."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import attrs

from ..budget import BudgetSpec
from ..event_log import unchanged
from ..runtime.clock import Clock, SystemClock
from ..runtime.future import Future
from ..runtime.latch import Latch
from ..runtime.randomness import Randomness
from ..shutdown import Shutdown
from ..specs import ChildSpec, SupervisorSpec
from ..system import ActorSystem
from .chaos import Chaos, Fault, plan
from .guards import Escaped
from .invariants import nothing_is_lost, violations
from .recorder import Recorder
from .report import Report
from .waiting import Deadlock, Livelock
from .world import World

FAULT_EVERY = 20.0
"""Virtual seconds for each fault of a plan, if nobody says how many."""

PROBES = 20
"""How often in a run the supervisors are asked whether they answer."""

Judge = Callable[[ActorSystem], Iterable[str]]


def _nothing(_: ActorSystem) -> Iterable[str]:
    return ()


def _nobody(_: ActorSystem) -> None:
    pass


@attrs.frozen(kw_only=True)
class Simulation:
    """A tree and how it is run; `run` it with as many seeds as you like.

    `faults` are carried out as they are; None has `fault_count` of them planned from
    the seed. `shutdown` is the total time to stop. `judge` is asked when all is at
    rest, just before the tree is stopped, what else is wrong; it may ask actors.
    `outside` arms whatever comes from outside, commands say, before the system starts.
    `must_start` is whether a tree that does not come up is an error.
    `redact` is what no secret passes, `stopwatch` what measures `wall_seconds`.
    """

    spec: SupervisorSpec
    duration: float
    faults: Sequence[Fault] | None = None
    fault_count: int | None = None
    shutdown: float = 10.0
    budgets: Mapping[str, BudgetSpec] = attrs.field(factory=dict[str, BudgetSpec])
    judge: Judge = _nothing
    outside: Callable[[ActorSystem], object] = _nobody
    must_start: bool = True
    redact: Callable[[str], str] = unchanged
    stopwatch: Clock = attrs.field(factory=SystemClock)

    def run(self, seed: int) -> Report:
        """Run it once.

        Raises:
            StartFailed: the tree does not come up at all.
            UnknownPath: a fault is for a place that is not in the tree.

        """
        began = self.stopwatch.now()
        with World(seed) as world:
            report = _Run(self, world).report()
        return attrs.evolve(report, wall_seconds=self.stopwatch.now() - began)


def simulate(
    spec: SupervisorSpec,
    *,
    seed: int,
    duration: float,
    faults: Sequence[Fault] | None = None,
) -> Report:
    """Run a tree once for `duration` virtual seconds; see `Simulation` for more."""
    return Simulation(spec=spec, duration=duration, faults=faults).run(seed)


class _Run:
    """One run, from start to end."""

    def __init__(self, simulation: Simulation, world: World) -> None:
        self._of = simulation
        self._world = world
        self._found: list[str] = []
        randomness = Randomness(world.seed)
        self._system = ActorSystem(
            simulation.spec,
            clock=world.clock,
            randomness=randomness,
            redact=simulation.redact,
            dispatchers=world.dispatchers,
            budgets=simulation.budgets,
        )
        self._faults = self._planned(randomness)
        self._chaos = Chaos(self._system, self._faults)
        self._recorder = Recorder(world, self._system)
        simulation.outside(self._system)

    def report(self) -> Report:
        """Run to the end and tell what it came to."""
        try:
            self._live()
            self._stop()
        except (Deadlock, Escaped, Livelock) as error:
            self._found.append(str(error))
        world, system = self._world, self._system
        history = self._recorder.close()
        state = history.state
        ended = str(system.ended.result()) if system.ended.done else "did not end"
        found = [*self._found, *violations(history, world.clock.now())]
        redact = self._of.redact
        return Report(
            seed=world.seed,
            trace_hash=world.trace_hash,
            simulated_seconds=world.clock.now(),
            wall_seconds=0.0,
            turns=world.trace.decisions,
            events=state.seq,
            restarts=state.restarts,
            escalations=state.escalations,
            dead_letters=system.dead_letters.count(),
            failures_injected=self._chaos.counts(),
            faults=tuple(self._faults),
            violations=tuple(map(redact, found)),
            ended=redact(ended),
        )

    def _planned(self, randomness: Randomness) -> Sequence[Fault]:
        simulation = self._of
        if simulation.faults is not None:
            return simulation.faults
        count = simulation.fault_count
        if count is None:
            count = max(1, round(simulation.duration / FAULT_EVERY))
        cells = self._system.cells()[1:]
        return plan(
            randomness.stream("chaos"),
            [cell.path for cell in cells if isinstance(cell.spec, ChildSpec)],
            [cell.path for cell in cells if not isinstance(cell.spec, ChildSpec)],
            duration=simulation.duration,
            count=count,
        )

    def _live(self) -> None:
        system, recorder = self._system, self._recorder
        until = self._of.duration
        every = until / PROBES
        recorder.probe_every(every, self._look)
        system.start()
        self._wait_for(system.started, until)
        if system.started.done:
            if self._of.must_start and not self._chaos.struck:  # not on purpose
                system.started.result()
            self._wait_for(system.ended, until)

    def _look(self) -> None:
        """Look in between whether everything is still there."""
        found = nothing_is_lost(self._recorder.flows())
        self._found += [each for each in found if each not in self._found]

    def _stop(self) -> None:
        """Stop as an application does: in phases, and in the end by force."""
        system, clock = self._system, self._world.clock
        if system.ended.done:
            return
        began = clock.now()
        deadline = began + self._of.shutdown
        reserve = self._of.shutdown / 5
        phases = Shutdown(system, deadline - reserve)
        self._wait_for(phases.stop_intake(), phases.deadline)
        self._wait_for(phases.drain(), phases.deadline)
        self._chaos.disarm()
        asked = clock.now()
        self._found += self._of.judge(system)
        deadline += clock.now() - asked  # that was no part of the stop
        self._wait_for(Shutdown(system, deadline - reserve).stop_tree(), deadline)
        if not system.ended.done:
            system.kill()
        self._recorder.stopped(began, deadline)

    def _wait_for(self, future: Future[Any], until: float) -> None:
        """Let the world go on until the future is done or time is over."""
        arrived = Latch()
        future.add_done_callback(arrived.set)
        clock = self._world.clock
        clock.wait(arrived, max(0.0, until - clock.now()))
