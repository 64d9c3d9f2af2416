"""What `make reliability` runs ten thousand times holds a hundred times here."""

from holdfast.supervision.simulation.batch import run_seeds
from holdfast.supervision.simulation.report import summarise
from holdfast.tests.reliability.simulations import ambiguous_orders, shipped

SEEDS = range(1, 101)


def test_the_shipped_tree_holds_for_a_hundred_seeds() -> None:
    summary = summarise(run_seeds(shipped, SEEDS, processes=2), 0.0)

    assert [(each.seed, each.violations) for each in summary.unsound] == []
    assert summary.seeds == 100
    assert sum(summary.failures_injected.values()) > 100


def test_the_scenario_of_ambiguous_orders_holds_for_some_seeds() -> None:
    summary = summarise(run_seeds(ambiguous_orders, range(1, 3), processes=1), 0.0)

    assert [(each.seed, each.violations) for each in summary.unsound] == []
    assert min(summary.failures_injected.values()) > 0
