"""How restarts of one dependency wait for each other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.supervision.budget import Budget, BudgetSpec


def waits(budget: Budget, *moments: float) -> list[float]:
    return [budget.book(moment) for moment in moments]


@pytest.mark.parametrize(
    ("restarts", "moments", "expected"),
    [
        (1, [0, 0, 0], [0, 10, 20]),
        (2, [0, 0, 0, 0, 0], [0, 0, 10, 10, 20]),
        (2, [0, 5, 9, 16], [0, 0, 1, 0]),
        (3, [0, 0, 0, 10], [0, 0, 0, 0]),
        (1, [0, 100, 101], [0, 0, 9]),
    ],
)
def test_restarts_wait_until_the_dependency_bears_them(
    restarts: int, moments: list[float], expected: list[float]
) -> None:
    budget = Budget(BudgetSpec(restarts=restarts, period=10))

    assert waits(budget, *moments) == expected


@given(
    st.integers(1, 5),
    st.lists(st.floats(0, 100), min_size=1, max_size=40),
)
def test_no_period_ever_has_more_restarts_than_the_budget(
    restarts: int, moments: list[float]
) -> None:
    budget = Budget(BudgetSpec(restarts=restarts, period=10))

    happened = [moment + budget.book(moment) for moment in sorted(moments)]

    assert all(
        later - earlier >= 10 - 1e-9
        for earlier, later in zip(happened, happened[restarts:], strict=False)
    )


@pytest.mark.parametrize("fields", [{"restarts": 0}, {"restarts": 1, "period": 0}])
def test_a_budget_for_nothing_is_refused(fields: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="must be >"):
        BudgetSpec(**fields)
