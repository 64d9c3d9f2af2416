"""Every restart decision as a table, and its rules as properties."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.supervision import (
    Actor,
    AutoShutdown,
    Backoff,
    ChildSpec,
    ExitKind,
    ExitReason,
    FailureClass,
    Restart,
    Strategy,
    SupervisorSpec,
)
from holdfast.supervision.failures import Directive
from holdfast.supervision.restart import (
    RestartWindow,
    affected,
    backoff_of,
    delay,
    directive,
    is_restarted,
    next_attempt,
    shuts_down,
)

ORDERLY = {ExitKind.NORMAL, ExitKind.SHUTDOWN, ExitKind.IGNORED}
NAMES = ["a", "b", "c"]

TAKEN_ALONG = {
    (Strategy.ONE_FOR_ONE, "a"): ["a"],
    (Strategy.ONE_FOR_ONE, "b"): ["b"],
    (Strategy.ONE_FOR_ONE, "c"): ["c"],
    (Strategy.SIMPLE_ONE_FOR_ONE, "a"): ["a"],
    (Strategy.SIMPLE_ONE_FOR_ONE, "b"): ["b"],
    (Strategy.SIMPLE_ONE_FOR_ONE, "c"): ["c"],
    (Strategy.ONE_FOR_ALL, "a"): ["a", "b", "c"],
    (Strategy.ONE_FOR_ALL, "b"): ["a", "b", "c"],
    (Strategy.ONE_FOR_ALL, "c"): ["a", "b", "c"],
    (Strategy.REST_FOR_ONE, "a"): ["a", "b", "c"],
    (Strategy.REST_FOR_ONE, "b"): ["b", "c"],
    (Strategy.REST_FOR_ONE, "c"): ["c"],
}

SHUTS_DOWN = {
    # (mode, ended by itself, others run): shuts down
    (AutoShutdown.NEVER, True, True): False,
    (AutoShutdown.NEVER, True, False): False,
    (AutoShutdown.NEVER, False, True): False,
    (AutoShutdown.NEVER, False, False): False,
    (AutoShutdown.ANY_SIGNIFICANT, True, True): True,
    (AutoShutdown.ANY_SIGNIFICANT, True, False): True,
    (AutoShutdown.ANY_SIGNIFICANT, False, True): False,
    (AutoShutdown.ANY_SIGNIFICANT, False, False): False,
    (AutoShutdown.ALL_SIGNIFICANT, True, True): False,
    (AutoShutdown.ALL_SIGNIFICANT, True, False): True,
    (AutoShutdown.ALL_SIGNIFICANT, False, True): False,
    (AutoShutdown.ALL_SIGNIFICANT, False, False): False,
}

backoffs = st.builds(
    Backoff,
    minimum=st.floats(0.001, 1e6),
    maximum=st.floats(0.001, 1e6),
    factor=st.floats(1, 1000),
    jitter=st.floats(0, 0.99),
)
seeds = st.integers().map(Random)


@pytest.mark.parametrize("kind", ExitKind)
@pytest.mark.parametrize("restart", Restart)
def test_restart_type_and_ending_decide_whether_a_child_comes_back(
    restart: Restart, kind: ExitKind
) -> None:
    comes_back = {
        Restart.PERMANENT: kind is not ExitKind.IGNORED,
        Restart.TRANSIENT: kind not in ORDERLY,
        Restart.TEMPORARY: False,
    }

    assert is_restarted(restart, ExitReason(kind)) is comes_back[restart]


@pytest.mark.parametrize(("strategy", "failed"), TAKEN_ALONG)
def test_the_strategy_says_who_is_restarted_with_a_failed_child(
    strategy: Strategy, failed: str
) -> None:
    assert affected(strategy, NAMES, failed) == TAKEN_ALONG[strategy, failed]


def test_the_table_of_strategies_is_complete() -> None:
    assert set(TAKEN_ALONG) == {(each, name) for each in Strategy for name in NAMES}


@pytest.mark.parametrize(("mode", "by_itself", "others_run"), SHUTS_DOWN)
def test_auto_shutdown_follows_significant_children_that_ended_by_themselves(
    mode: AutoShutdown, *, by_itself: bool, others_run: bool
) -> None:
    ended = shuts_down(mode, ended_by_itself=by_itself, others_run=others_run)

    assert ended is SHUTS_DOWN[mode, by_itself, others_run]


def test_an_intensity_of_two_survives_two_restarts_and_not_the_third() -> None:
    window = RestartWindow(intensity=2, period=10)

    assert [window.add(now) for now in (0, 1, 2)] == [True, True, False]


def test_an_intensity_of_zero_survives_none() -> None:
    assert RestartWindow(intensity=0, period=10).add(0) is False


@pytest.mark.parametrize(
    ("later", "survives"), [(9.9, False), (10, False), (10.1, True)]
)
def test_a_restart_exactly_one_period_old_still_counts(
    later: float, *, survives: bool
) -> None:
    window = RestartWindow(intensity=1, period=10)
    window.add(0)

    assert window.add(later) is survives


def test_restarts_spaced_wider_than_the_period_never_exceed_the_intensity() -> None:
    window = RestartWindow(intensity=1, period=10)

    assert all(window.add(now * 10.5) for now in range(1000))


@given(
    intensity=st.integers(0, 5),
    period=st.integers(1, 20),
    gaps=st.lists(st.integers(0, 12), max_size=40),
)
def test_the_window_counts_what_lies_within_the_period(
    intensity: int, period: int, gaps: list[int]
) -> None:
    window = RestartWindow(intensity, period)
    times = [sum(gaps[: n + 1]) for n in range(len(gaps))]

    for n, now in enumerate(times):
        recent = [time for time in times[: n + 1] if now - time <= period]
        assert window.add(now) is (len(recent) <= intensity)


def test_without_a_backoff_there_is_no_delay() -> None:
    assert delay(None, 7, Random(1)) == 0


def test_the_delay_grows_by_the_factor_up_to_the_maximum() -> None:
    backoff = Backoff(minimum=0.5, maximum=10, factor=3, jitter=0)

    waits = [delay(backoff, attempt, Random(1)) for attempt in range(6)]

    assert waits == [0.5, 1.5, 4.5, 10, 10, 10]


def test_jitter_reaches_both_ends_of_its_share_and_not_beyond() -> None:
    backoff = Backoff(minimum=1, factor=1, jitter=0.2)
    chance = Random(1)

    waits = [delay(backoff, 0, chance) for _ in range(2000)]

    assert 0.8 <= min(waits) < 0.81
    assert 1.19 < max(waits) <= 1.2


@given(backoff=backoffs, attempt=st.integers(0, 10_000), chance=seeds)
def test_every_delay_lies_within_the_jitter_around_its_step(
    backoff: Backoff, attempt: int, chance: Random
) -> None:
    step = min(backoff.maximum, backoff.minimum * backoff.factor ** min(attempt, 100))

    wait = delay(backoff, attempt, chance)

    assert step * (1 - backoff.jitter) * 0.999 <= wait
    assert wait <= step * (1 + backoff.jitter) * 1.001


@given(backoff=backoffs, attempt=st.integers(0, 200), seed=st.integers())
def test_with_the_same_chance_a_later_attempt_never_waits_less(
    backoff: Backoff, attempt: int, seed: int
) -> None:
    earlier = delay(backoff, attempt, Random(seed))

    assert delay(backoff, attempt + 1, Random(seed)) >= earlier


@pytest.mark.parametrize(("ran_for", "attempt"), [(0, 5), (59.9, 5), (60, 0), (99, 0)])
def test_the_backoff_starts_again_after_a_stable_run(
    ran_for: float, attempt: int
) -> None:
    assert next_attempt(Backoff(stable_for=60), 5, ran_for) == attempt


def test_without_a_backoff_no_attempt_is_counted() -> None:
    assert next_attempt(None, 5, 0) == 0


COUNTS, RETRIES = Directive(), Directive(counts=False)
OWN, SUPERVISORS = Backoff(minimum=7), Backoff(minimum=3)


@pytest.mark.parametrize(
    ("own", "supervisor", "helps", "expected"),
    [
        (OWN, SUPERVISORS, COUNTS, OWN),
        (None, SUPERVISORS, COUNTS, SUPERVISORS),
        (None, None, COUNTS, None),
        (OWN, None, RETRIES, OWN),
        (None, SUPERVISORS, RETRIES, SUPERVISORS),
        (None, None, RETRIES, Backoff()),
    ],
)
def test_a_child_backs_off_as_it_or_its_supervisor_says_and_never_retries_without(
    own: Backoff | None,
    supervisor: Backoff | None,
    helps: Directive,
    expected: Backoff | None,
) -> None:
    child = ChildSpec(id="a", start=Actor, backoff=own)
    above = SupervisorSpec(backoff=supervisor)

    assert backoff_of(child, above, helps) == expected


def test_what_helps_a_supervisor_that_gave_up_is_what_helps_a_bug() -> None:
    gave_up = ExitReason.of(ExitKind.ESCALATED, ConnectionError())

    assert directive(SupervisorSpec(), gave_up) == COUNTS


def test_what_helps_a_child_is_what_its_specification_says_of_the_exception() -> None:
    named = {"builtins:KeyError": FailureClass.NETWORK}
    child = ChildSpec(id="a", start=Actor, failures=named)

    assert directive(child, ExitReason.of(ExitKind.CRASHED, KeyError())) == RETRIES
