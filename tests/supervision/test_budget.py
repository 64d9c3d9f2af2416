"""How restarts of one dependency wait for each other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.supervision.budget import ROUNDING, Budget, BudgetSpec


@pytest.mark.parametrize(
    ("restarts", "moments", "expected"),
    [
        (1, [0, 0, 10, 20], [0, 10, 0, 0]),
        (2, [0, 0, 0, 1, 10, 10, 10], [0, 0, 10, 9, 0, 0, 10]),
        (2, [0, 5, 9, 16], [0, 0, 1, 0]),
        (3, [0, 0, 0, 10], [0, 0, 0, 0]),
        (1, [0, 100, 101], [0, 0, 9]),
        (1, [0, 10 - 1e-12], [0, 0]),
    ],
)
def test_restarts_wait_until_the_dependency_bears_them(
    restarts: int, moments: list[float], expected: list[float]
) -> None:
    budget = Budget(BudgetSpec(restarts=restarts, period=10))

    assert [budget.take(moment) for moment in moments] == expected


@given(
    st.integers(1, 5),
    st.lists(st.floats(0, 100), min_size=1, max_size=40),
)
def test_no_period_ever_has_more_restarts_than_the_budget(
    restarts: int, moments: list[float]
) -> None:
    budget = Budget(BudgetSpec(restarts=restarts, period=10))

    happened = [moment for moment in sorted(moments) if budget.take(moment) == 0]

    assert all(
        later - earlier >= 10 - ROUNDING
        for earlier, later in zip(happened, happened[restarts:], strict=False)
    )


@given(st.integers(1, 5), st.floats(0.1, 100), st.floats(0, 1e6))
def test_whoever_asks_again_when_it_was_told_to_waits_no_longer(
    restarts: int, period: float, now: float
) -> None:
    budget = Budget(BudgetSpec(restarts=restarts, period=period))
    for _ in range(restarts):
        budget.take(now)

    assert budget.take(now + budget.take(now)) == 0


@pytest.mark.parametrize("fields", [{"restarts": 0}, {"restarts": 1, "period": 0}])
def test_a_budget_for_nothing_is_refused(fields: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="must be >"):
        BudgetSpec(**fields)
