"""What must hold holds in trees that nobody has thought of, whatever goes wrong."""

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from holdfast.tests.reliability.simulations import RandomTrees, case_of, run_case
from holdfast.tests.reliability.trees import random_case

FEW, MANY = range(1, 1001), range(1001, 20_001)


@pytest.mark.parametrize(
    "seeds",
    [FEW, pytest.param(MANY, marks=[pytest.mark.long, pytest.mark.timeout(1800)])],
)
def test_random_trees_hold_whatever_goes_wrong(seeds: range) -> None:
    reports = [RandomTrees().run(seed) for seed in seeds]

    assert [(each.seed, each.violations) for each in reports if not each.sound] == []
    assert sum(sum(each.failures_injected.values()) for each in reports) > 400


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
)
@given(st.randoms(use_true_random=False), st.integers(0, 2**32))
def test_a_tree_that_hypothesis_draws_holds(random: object, seed: int) -> None:
    case = random_case(random)  # type: ignore[arg-type] # it is one, in all but name

    assert run_case(case, seed).violations == ()


def test_a_seed_draws_the_same_tree_again() -> None:
    assert case_of(7) == case_of(7)
    assert case_of(7) != case_of(8)
