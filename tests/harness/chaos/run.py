"""Runs a scenario in a simulated world, and judges its history."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs

from holdfast.actors.books import book_trouble
from holdfast.actors.exchange import PaperExchange
from holdfast.actors.matching import MatchingEngine
from holdfast.config import Configuration, budgets, build, load
from holdfast.supervision import (
    ActorSystem,
    ChildSpec,
    Randomness,
    SupervisorSpec,
)
from holdfast.supervision.simulation import Report, Simulation
from holdfast.testing.chaos.checkers import judged
from holdfast.testing.chaos.history import Fill, history_of
from holdfast.testing.chaos.scenario import Scenario, ScenarioInvalid, read
from holdfast.testing.chaos.simulated_exchange import (
    SimulatedExchange,
    not_modelled,
)
from holdfast.testing.chaos.workload import Trader, Witness
from holdfast.testing.venue.faults.injector import Injector


class ScenarioRun:
    """A scenario, ready to be run in a simulated world; each run begins anew.

    Raises:
        ScenarioInvalid: it can't be run, or not here.

    """

    def __init__(self, scenario: Scenario) -> None:
        if unknown := not_modelled(scenario.faults):
            told = "; ".join(unknown)
            raise ScenarioInvalid(
                f"the simulated world has no such faults: {told}; use --back real"
            )
        self.scenario = scenario
        self._configuration = load_configuration(scenario)

    def run(self, seed: int) -> Report:
        """Run it once; `failures_injected` is how often each fault has struck."""
        return _SimulatedRun(self.scenario, self._configuration, seed).report()


def load_scenario(path: Path) -> ScenarioRun:
    """Read a scenario and its configuration; any process can do it.

    Raises:
        ScenarioInvalid: it can't be run.

    """
    return ScenarioRun(read(path))


class _SimulatedRun:
    """One run of one seed."""

    def __init__(
        self, scenario: Scenario, configuration: Configuration, seed: int
    ) -> None:
        settings = configuration.settings
        self._scenario = scenario
        self._seed = seed
        self._witness = Witness()
        self._clock: Any = None
        self._injector = Injector(Randomness(seed), self._elapsed)
        self._simulation = Simulation(
            spec=_prepared(build(settings), self._witness, self._injector),
            budgets=budgets(settings),
            duration=scenario.duration,
            faults=(),
            shutdown=settings.shutdown.total,
            judge=self._judge,
            outside=self._arm,
            redact=configuration.redactor.redact,
        )

    def report(self) -> Report:
        """Run it to its end."""
        report = self._simulation.run(self._seed)
        return attrs.evolve(report, failures_injected=self._injector.fired)

    def _arm(self, system: ActorSystem) -> None:
        self._clock = system.clock
        for fault in self._scenario.faults:
            self._injector.arm(fault)
        system.clock.call_later(self._scenario.heal_at, self._injector.heal)

    def _judge(self, system: ActorSystem) -> list[str]:
        differences = book_trouble(system)
        engine = _engine(system)
        history = history_of(
            system,
            self._witness,
            orders=engine.orders(),
            fills=map(Fill.told, engine.fills()),
            balances=engine.balances(),
            differences=differences,
        )
        return judged(self._scenario.invariants, history)

    def _elapsed(self) -> float:
        now: float = 0.0 if self._clock is None else self._clock.now()
        return now


def load_configuration(scenario: Scenario) -> Configuration:
    """Read the configuration that a scenario names."""
    path = scenario.configuration
    if not path.is_file():
        raise ScenarioInvalid(f'"config" names {path}, which is not there')
    return load(path, environ={}, directory=scenario.directory)


def _prepared(
    spec: SupervisorSpec, witness: Witness, injector: Injector
) -> SupervisorSpec:
    """Give the workload its witness, and the venue its faults."""
    given: Mapping[type[Any], Mapping[str, Any]] = {
        Trader: {"witness": witness},
        SimulatedExchange: {"injector": injector},
    }
    missing = [kind.__name__ for kind in given if not _has(spec, kind)]
    if missing:
        raise ScenarioInvalid(f"the configuration starts no {' and no '.join(missing)}")
    children = tuple(
        attrs.evolve(child, args={**child.args, **given.get(child.start, {})})
        for child in spec.children
        if isinstance(child, ChildSpec)
    )
    return attrs.evolve(spec, children=children)


def _has(spec: SupervisorSpec, kind: type[Any]) -> bool:
    return any(
        isinstance(child, ChildSpec) and child.start is kind for child in spec.children
    )


def _engine(system: ActorSystem) -> MatchingEngine:
    (venue,) = (
        cell.snapshot
        for cell in system.cells()
        if issubclass(cell.actor_class, PaperExchange)
    )
    engine: MatchingEngine = venue.engine
    return engine
