"""What opens a breaker, what holds it, what closes it, and what it says of that."""

from collections.abc import Callable
from typing import Any

import pytest

from holdfast.supervision.breaker import BreakerCore, HoldKind, Sample, State
from holdfast.supervision.outcome import CallClass

Core = Callable[..., BreakerCore]
Call = Callable[..., bool]
G, B, N = Sample.GOOD, Sample.BAD, Sample.NEUTRAL
S = "slow"


def told(core: BreakerCore) -> list[str]:
    return [change.told for change in core.changes]


def trip(core: BreakerCore, at: float = 0.0) -> None:
    for _ in range(core.settings.consecutive or 0):
        core.record(core.admit(CallClass.DATA, at), B, 0.0, at)
    assert core.state is State.OPEN


def half_open(core: BreakerCore) -> float:
    trip(core)
    core.tick(5.0)
    assert core.state is State.HALF_OPEN
    return 5.0


# -- what opens it --


@pytest.mark.parametrize(
    ("calls", "why"),
    [
        ([B] * 4, None),
        ([B] * 5, "5 calls in a row failed"),
        ([B, B, B, B, G, B, B, B, B], None),
        (
            [B, B, G] * 3 + [B],
            "7 of 10 calls within 30 s failed, limit 50%",
        ),
        ([G] * 5 + [B] * 4, None),
        ([G, B] * 5, "5 of 10 calls within 30 s failed, limit 50%"),
        ([G] * 11 + [B] * 4, None),
        ([S] * 9, None),
        ([S] * 10, "10 of 10 calls within 30 s took longer than 2 s, limit 80%"),
        ([G] * 3 + [S] * 7, None),
        (
            [G] * 2 + [S] * 8,
            "8 of 10 calls within 30 s took longer than 2 s, limit 80%",
        ),
        ([N] * 100, None),
        ([B, B, B, B, N, B], "5 calls in a row failed"),
    ],
)
def test_what_opens_it_and_what_does_not(
    core: Core, call: Call, calls: list[Any], why: str | None
) -> None:
    breaker = core()
    for each in calls:
        assert call(breaker, G if each == S else each, took=3.0 if each == S else 0.0)

    held = "; held by timer for 5 s"
    expected = [] if why is None else [f"closed -> open: {why}{held}"]
    assert told(breaker) == expected


def test_failures_that_are_older_than_the_window_do_not_count(
    core: Core, call: Call
) -> None:
    breaker = core(consecutive=None)
    for time in range(40):
        call(breaker, B, at=time * 4.0)

    assert breaker.state is State.CLOSED


def test_each_time_it_opens_for_longer_up_to_a_limit(core: Core) -> None:
    breaker, now, waits = core(longest_open=30.0), 0.0, list[float]()
    trip(breaker)
    for _ in range(5):
        due = breaker.next_due() or 0.0
        waits.append(due - now)
        now = due
        breaker.tick(now)
        breaker.record(breaker.admit(CallClass.DATA, now), B, 0.0, now)

    assert waits == [5.0, 10.0, 20.0, 30.0, 30.0]


@pytest.mark.parametrize(("chance", "wait"), [(-1.0, 4.5), (0.0, 5.0), (1.0, 5.5)])
def test_chance_spreads_the_wait(core: Core, chance: float, wait: float) -> None:
    breaker = core(jitter=0.1)
    breaker.chance = chance
    trip(breaker)

    assert breaker.next_due() == wait


@pytest.mark.parametrize(
    ("closed_for", "wait"), [(59.0, 20.0), (60.0, 10.0), (120.0, 5.0), (1e6, 5.0)]
)
def test_health_is_believed_step_by_step(
    core: Core, closed_for: float, wait: float
) -> None:
    breaker = core(needed=1)
    now = half_open(breaker)
    breaker.record(breaker.admit(CallClass.DATA, now), B, 0.0, now)
    now = breaker.next_due() or 0.0
    breaker.tick(now)
    breaker.record(breaker.admit(CallClass.DATA, now), G, 0.0, now)
    assert (breaker.state, breaker.attempt) == (State.CLOSED, 2)

    trip(breaker, now + closed_for)

    assert (breaker.next_due() or 0.0) - now - closed_for == pytest.approx(wait)


# -- how it tries again --


def test_so_many_good_trials_close_it(core: Core, call: Call) -> None:
    breaker = core(needed=3)
    now = half_open(breaker)
    states = [call(breaker, at=now) and breaker.state for _ in range(3)]

    assert states == [State.HALF_OPEN, State.HALF_OPEN, State.CLOSED]
    assert told(breaker)[1:] == [
        "open -> half_open: timer over",
        "half_open -> closed: 3 good trials",
    ]


@pytest.mark.parametrize("permits", [1, 2, 5])
def test_no_more_trials_than_permits_are_under_way(core: Core, permits: int) -> None:
    breaker = core(permits=permits)
    now = half_open(breaker)

    tickets = [breaker.admit(CallClass.DATA, now) for _ in range(32)]

    assert [bool(each) for each in tickets] == [True] * permits + [False] * (
        32 - permits
    )


@pytest.mark.parametrize(
    ("sample", "took", "state"),
    [
        (B, 0.0, State.OPEN),
        (G, 3.0, State.OPEN),
        (N, 0.0, State.HALF_OPEN),
        (N, 9.0, State.HALF_OPEN),
    ],
)
def test_a_trial_that_is_not_good_opens_it_and_a_neutral_one_returns_its_permit(
    core: Core, sample: Sample, took: float, state: State
) -> None:
    breaker = core()
    now = half_open(breaker)
    breaker.record(breaker.admit(CallClass.DATA, now), sample, took, now)

    assert breaker.state is state
    assert breaker.admits(CallClass.DATA) is (state is State.HALF_OPEN)


def test_a_trial_that_never_ends_opens_it(core: Core) -> None:
    breaker = core(timeout=4.0)
    now = half_open(breaker)
    ticket = breaker.admit(CallClass.DATA, now)
    due = breaker.next_due()
    breaker.tick(now + 8.0)
    breaker.record(ticket, G, 9.0, now + 9.0)

    assert (due, breaker.state, breaker.late) == (now + 8.0, State.OPEN, 1)
    assert told(breaker)[-1] == (
        "half_open -> open: no answer to a trial in 8 s; held by timer for 10 s"
    )


def test_while_no_trial_is_under_way_half_open_has_no_limit(core: Core) -> None:
    breaker = core()
    now = half_open(breaker)
    breaker.record(breaker.admit(CallClass.DATA, now), N, 0.0, now)

    assert breaker.next_due() is None


@pytest.mark.parametrize(
    ("depth", "reads", "passes"),
    [
        (1, [], False),
        (1, [CallClass.DATA], True),
        (2, [CallClass.DATA], False),
        (2, [CallClass.DATA, CallClass.DATA], False),
        (2, [CallClass.DATA, CallClass.ACCOUNT], True),
        (2, [CallClass.QUERY], True),
    ],
)
@pytest.mark.parametrize("kind", [CallClass.NEW, CallClass.REDUCE])
def test_no_order_is_tried_before_reads_have_shown_that_it_answers(
    core: Core,
    call: Call,
    depth: int,
    reads: list[CallClass],
    passes: bool,  # noqa: FBT001 - a column of the table
    kind: CallClass,
) -> None:
    breaker = core(depth=depth, needed=9)
    now = half_open(breaker)
    for read in reads:
        assert call(breaker, kind=read, at=now)

    assert breaker.admits(kind) is passes
    assert bool(breaker.admit(kind, now)) is passes


def test_it_does_not_close_before_the_depth_is_reached(core: Core, call: Call) -> None:
    breaker = core(depth=2, needed=1)
    now = half_open(breaker)
    call(breaker, kind=CallClass.DATA, at=now)
    before = breaker.state
    call(breaker, kind=CallClass.QUERY, at=now)

    assert (before, breaker.state) == (State.HALF_OPEN, State.CLOSED)


def test_cancels_pass_half_open_without_a_permit_and_close_nothing(
    core: Core, call: Call
) -> None:
    breaker = core(needed=1)
    now = half_open(breaker)
    for _ in range(5):
        assert call(breaker, kind=CallClass.CANCEL, at=now)

    assert (breaker.state, breaker.permits) == (State.HALF_OPEN, 1)


# -- generations --


@pytest.mark.parametrize("late", [G, B, N])
def test_what_began_before_says_nothing_any_more(core: Core, late: Sample) -> None:
    breaker = core(needed=1)
    begun = [breaker.admit(CallClass.DATA, 0.0) for _ in range(9)]
    half_open(breaker)
    for ticket in begun[:5]:
        breaker.record(ticket, late, 0.0, 5.0)
    between = (breaker.state, breaker.permits)
    breaker.record(breaker.admit(CallClass.DATA, 5.0), G, 0.0, 5.0)
    for ticket in begun[5:]:
        breaker.record(ticket, late, 0.0, 5.0)

    assert between == (State.HALF_OPEN, 1)
    assert (breaker.state, breaker.late) == (State.CLOSED, 9)
    assert breaker.window.counts(5.0) == (0, 0, 0)


def test_a_rejected_call_is_no_sample(core: Core, call: Call) -> None:
    breaker = core()
    trip(breaker)
    before = breaker.window.counts(0.0)

    assert [call(breaker, B) for _ in range(20)] == [False] * 20
    assert breaker.window.counts(0.0) == before


def test_with_a_side_budget_some_of_what_is_less_harmful_passes(core: Core) -> None:
    breaker = core(side_budget=0.5)
    trip(breaker)
    half_seconds = [each / 2 for each in range(9)]

    passed = [at for at in half_seconds if breaker.admit(CallClass.QUERY, at)]

    assert passed == [0.0, 2.0, 4.0]


def test_without_a_side_budget_nothing_of_it_passes(core: Core) -> None:
    breaker = core(side_budget=0)
    trip(breaker)

    assert breaker.admit(CallClass.QUERY, 1.0) == 0
    assert breaker.admit(CallClass.CANCEL, 1.0) != 0


def test_it_says_what_it_stays_open_for(core: Core) -> None:
    breaker = core()
    trip(breaker)
    breaker.throttled(30.0, 1.0, is_ban=False, why="Ping: 429")
    timed = breaker.refusal(CallClass.NEW, 1.0)
    breaker.unknown("o1", 1.0, "a timeout")

    assert timed == ("open: timer for 4 s; until for 30 s (Ping: 429)", 30.0)
    assert breaker.refusal(CallClass.NEW, 2.0) == (
        (
            "open: timer for 3 s; until for 29 s (Ping: 429);"
            " reconcile (nobody knows what became of o1)"
        ),
        None,
    )


def test_a_hold_is_named_by_its_kind() -> None:
    assert [*HoldKind] == ["timer", "until", "ban", "reconcile", "operator"]
