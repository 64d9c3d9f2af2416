"""What is run with a seed: the shipped tree, one that the seed draws, a scenario."""

import attrs

from holdfast.app import load_simulation
from holdfast.supervision import ActorSystem, Randomness
from holdfast.supervision.simulation import Report, Simulation
from holdfast.testing.chaos.command import load_quietly
from holdfast.testing.chaos.run import ScenarioRun
from holdfast.testing.chaos.scenario import find

from .trees import Case, random_case
from .visitor import Visitor

DURATION = 60.0
"""Virtual seconds of a run of the shipped tree."""


def shipped() -> Simulation:
    """Return the simulation of the shipped paper-trading tree, its books included."""
    return load_simulation(None, "testing", DURATION)


def ambiguous_orders() -> ScenarioRun:
    """Return the shipped scenario in which answers say nothing of an order."""
    return load_quietly(find("ambiguous-orders"))


def run_case(case: Case, seed: int) -> Report:
    """Run a case in the world of a seed."""
    visitors: list[Visitor] = []

    def arrive(system: ActorSystem) -> None:
        visitors.append(Visitor(system, case.errands))
        if case.calm:
            visitors[0].look_at(case.duration - 1.0)

    simulation = Simulation(
        spec=case.spec,
        duration=case.duration,
        budgets=case.budgets,
        faults=case.faults,
        shutdown=case.shutdown,
        outside=arrive,
        must_start=False,
    )
    report = simulation.run(seed)
    more = [sentence for visitor in visitors for sentence in visitor.found]
    return attrs.evolve(report, violations=(*report.violations, *more))


class RandomTrees:
    """Draws a tree from each seed, and runs it in the world of the same seed."""

    def run(self, seed: int) -> Report:
        """Run the tree of a seed."""
        return run_case(case_of(seed), seed)


def case_of(seed: int) -> Case:
    """Return what a seed draws."""
    return random_case(Randomness(seed).stream("a random tree"))
