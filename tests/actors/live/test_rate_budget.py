"""What may be asked when, and what only a cancel may still spend."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from holdfast.actors.live.rate_budget import RateBudget
from holdfast.actors.live.venues import Limit
from holdfast.supervision.outcome import CallClass

NEW, CANCEL, QUERY = CallClass.NEW, CallClass.CANCEL, CallClass.QUERY


def budget(*limits: Limit, reserve: float = 0.2) -> RateBudget:
    return RateBudget(limits or (Limit(capacity=100, period=10),), reserve=reserve)


def test_a_full_bucket_lets_a_call_go_at_once() -> None:
    assert budget().wait(NEW, 80, 0.0) == 0.0


def test_a_call_waits_until_its_weight_has_come_in() -> None:
    one = budget()
    one.spend(80, 0.0)

    assert one.wait(NEW, 10, 0.0) == pytest.approx(1.0)
    assert one.wait(NEW, 10, 0.5) == pytest.approx(0.5)
    assert one.wait(NEW, 10, 1.0) == 0.0


@pytest.mark.parametrize("call_class", [CANCEL, QUERY, CallClass.ACCOUNT])
def test_only_cancels_and_questions_spend_the_reserve(call_class: CallClass) -> None:
    one = budget()
    one.spend(80, 0.0)

    assert one.wait(call_class, 20, 0.0) == 0.0
    assert one.wait(NEW, 1, 0.0) > 0.0


def test_the_venue_is_believed_when_it_counts_more() -> None:
    one = budget(Limit(capacity=100, period=10, header="x-used"))
    one.correct({"x-used": "90"}, 0.0)

    assert one.left(0.0) == pytest.approx(0.1)


def test_the_venue_is_not_believed_when_it_counts_less() -> None:
    one = budget(Limit(capacity=100, period=10, header="x-used"))
    one.spend(50, 0.0)
    one.correct({"x-used": "1"}, 0.0)

    assert one.left(0.0) == pytest.approx(0.5)


def test_others_who_use_more_than_is_allowed_here_stop_no_cancel() -> None:
    one = budget(Limit(capacity=100, period=10, header="x-used"))
    one.correct({"x-used": "5000"}, 0.0)

    assert one.wait(CANCEL, 1, 0.0) == pytest.approx(0.1)
    assert one.wait(NEW, 1, 0.0) == pytest.approx(2.1)


@pytest.mark.parametrize("header", ["", "many", "-1"])
def test_a_count_that_is_none_changes_nothing(header: str) -> None:
    one = budget(Limit(capacity=100, period=10, header="x-used"))
    one.correct({"x-used": header}, 0.0)

    assert one.left(0.0) == 1.0


def test_the_scarcest_limit_decides() -> None:
    one = budget(Limit(capacity=10, period=1), Limit(capacity=100, period=100))
    one.spend(8, 0.0)

    assert one.wait(NEW, 8, 0.0) == pytest.approx(0.8)
    assert one.left(0.0) == pytest.approx(0.2)


def test_what_never_fits_is_refused() -> None:
    with pytest.raises(ValueError, match="more than the 80 that may be spent"):
        budget().wait(NEW, 81, 0.0)


@pytest.mark.parametrize("reserve", [-0.1, 1.0])
def test_a_reserve_is_a_share(reserve: float) -> None:
    with pytest.raises(ValueError, match="a share"):
        budget(reserve=reserve)


def test_without_limits_nothing_waits() -> None:
    none = RateBudget(())

    assert none.wait(NEW, 1e9, 0.0) == 0.0
    assert none.left(0.0) is None


@given(
    some.lists(
        some.tuples(some.floats(0, 5), some.floats(0, 20), some.booleans()), max_size=40
    )
)
def test_no_period_ever_spends_more_than_twice_its_weight(
    steps: list[tuple[float, float, bool]],
) -> None:
    """A bucket that is full at the start of a period may fill once more in it."""
    one, now = budget(), 0.0
    spent: list[tuple[float, float]] = []
    for pause, weight, cancels in steps:
        call_class = CANCEL if cancels else NEW
        now += pause
        now += one.wait(call_class, weight, now)
        one.spend(weight, now)
        spent.append((now, weight))

    for start, _ in spent:
        within = sum(weight for at, weight in spent if start <= at < start + 10)
        assert within <= 200 + 1e-6
