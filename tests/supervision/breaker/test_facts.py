"""Facts hold the breaker open until what they wait for has happened."""

from collections.abc import Callable

import pytest

from holdfast.supervision.breaker import BreakerCore, HoldKind, Sample, State
from holdfast.supervision.outcome import CallClass

Core = Callable[..., BreakerCore]
B = Sample.BAD


def told(core: BreakerCore) -> list[str]:
    return [change.told for change in core.changes]


def test_an_unknown_order_holds_until_it_is_reconciled(core: Core) -> None:
    breaker = core()
    breaker.unknown("o1", 0.0, "a timeout")
    breaker.tick(1e6)
    before = breaker.state
    breaker.reconciled(["o1"], 1e6, "found at the venue")

    assert (before, breaker.state) == (State.OPEN, State.HALF_OPEN)
    assert told(breaker) == [
        "closed -> open; held by reconcile (nobody knows what became of o1)",
        "open -> half_open: found at the venue",
    ]


@pytest.mark.parametrize(
    ("limit", "unknown", "named", "state", "left"),
    [
        (1, ["a", "b"], ["a"], State.OPEN, ["b"]),
        (1, ["a", "b"], ["a", "b"], State.HALF_OPEN, []),
        (1, ["a", "b"], [], State.HALF_OPEN, []),
        (1, ["a"], ["x"], State.OPEN, ["a"]),
        (3, ["a", "b"], [], State.CLOSED, []),
        (3, ["a", "b", "c"], ["b"], State.HALF_OPEN, ["a", "c"]),
        (2, ["a", "a"], ["x"], State.CLOSED, ["a"]),
    ],
)
def test_what_is_named_is_known_and_so_many_may_be_unknown(
    core: Core,
    limit: int,
    unknown: list[str],
    named: list[str],
    state: State,
    left: list[str],
) -> None:
    breaker = core(unresolved=limit)
    for each in unknown:
        breaker.unknown(each, 0.0, "a timeout")
    breaker.reconciled(named, 0.0)

    assert (breaker.state, [*breaker.unresolved]) == (state, left)


def test_of_two_instants_the_later_counts(core: Core) -> None:
    breaker = core()
    breaker.throttled(30.0, 0.0, is_ban=False, why="429")
    breaker.throttled(10.0, 1.0, is_ban=False, why="429")

    assert breaker.next_due() == 30.0


def test_a_ban_ends_before_what_merely_waits(core: Core) -> None:
    breaker = core()
    breaker.throttled(30.0, 0.0, is_ban=False, why="429")
    breaker.throttled(10.0, 0.0, is_ban=True, why="418")
    during = breaker.admits(CallClass.CANCEL)
    breaker.tick(10.0)

    assert (during, breaker.admits(CallClass.CANCEL)) == (False, True)
    assert [*breaker.holds] == [HoldKind.UNTIL]


@pytest.mark.parametrize(("chance", "until"), [(-1.0, 30.0), (0.0, 30.25), (1.0, 30.5)])
def test_nobody_comes_back_before_the_instant_and_not_all_at_it(
    core: Core, chance: float, until: float
) -> None:
    breaker = core(jitter=0.1)
    breaker.chance = chance
    breaker.throttled(30.0, 0.0, is_ban=False, why="429")

    assert breaker.next_due() == until


def test_a_wrong_key_is_not_tried_again_until_an_operator_says_so(core: Core) -> None:
    breaker = core()
    breaker.not_accepted(0.0, "bad key")
    breaker.tick(1e9)
    before = breaker.state
    breaker.unlock(1e9, "unlocked: new key")

    assert (before, breaker.state) == (State.OPEN, State.HALF_OPEN)


def test_it_stays_open_until_the_last_hold_is_gone(core: Core) -> None:
    breaker = core()
    for _ in range(5):
        breaker.record(breaker.admit(CallClass.DATA, 0.0), B, 0.0, 0.0)
    breaker.throttled(30.0, 0.0, is_ban=False, why="429")
    breaker.unknown("o1", 0.0, "a timeout")
    breaker.not_accepted(0.0, "bad key")
    seen: list[tuple[State, list[HoldKind]]] = []
    breaker.tick(5.0)
    seen.append((breaker.state, [*breaker.holds]))
    breaker.unlock(6.0, "unlocked")
    seen.append((breaker.state, [*breaker.holds]))
    breaker.reconciled([], 7.0)
    seen.append((breaker.state, [*breaker.holds]))
    breaker.tick(30.0)
    seen.append((breaker.state, [*breaker.holds]))

    assert seen == [
        (State.OPEN, [HoldKind.UNTIL, HoldKind.RECONCILE, HoldKind.OPERATOR]),
        (State.OPEN, [HoldKind.UNTIL, HoldKind.RECONCILE]),
        (State.OPEN, [HoldKind.UNTIL]),
        (State.HALF_OPEN, []),
    ]


def test_a_fact_ends_half_open(core: Core) -> None:
    breaker = core()
    breaker.throttled(1.0, 0.0, is_ban=False, why="429")
    breaker.tick(1.0)
    before = breaker.state
    breaker.not_accepted(1.0, "bad key")

    assert (before, breaker.state) == (State.HALF_OPEN, State.OPEN)


def test_facts_of_a_time_when_it_passed_everything_are_kept(core: Core) -> None:
    breaker = core()
    breaker.disable(0.0, "disabled: a drill")
    breaker.unknown("o1", 0.0, "a timeout")

    refused = breaker.reset(0.0, "reset: over")
    breaker.reconciled(["o1"], 0.0)

    assert (refused, breaker.reset(0.0, "reset: over")) == (False, True)
    assert breaker.state is State.CLOSED


# -- what an operator says --


def test_forced_open_it_stays_open_until_it_is_reset(core: Core) -> None:
    breaker = core()
    breaker.force_open(0.0, "forced: maintenance")
    breaker.tick(1e9)
    before = breaker.state

    assert (before, breaker.reset(1e9, "reset: over")) == (State.FORCED_OPEN, True)
    assert told(breaker) == [
        "closed -> forced_open: forced: maintenance",
        "forced_open -> closed: reset: over",
    ]


@pytest.mark.parametrize(
    ("holds", "after"), [(False, State.HALF_OPEN), (True, State.OPEN)]
)
def test_forced_open_for_a_time_it_tries_again_unless_something_holds_it(
    core: Core,
    holds: bool,  # noqa: FBT001 - a column of the table
    after: State,
) -> None:
    breaker = core()
    breaker.force_open(0.0, "forced: maintenance", 60.0)
    if holds:
        breaker.unknown("o1", 0.0, "a timeout")
    breaker.tick(60.0)

    assert breaker.state is after


def test_measuring_it_tells_once_each_time_when_it_would_have_opened(
    core: Core,
) -> None:
    breaker = core(window=10.0)
    breaker.only_measure(0.0, "only measuring: new settings")
    for at in [0.0] * 8 + [60.0] * 9:
        breaker.record(breaker.admit(CallClass.NEW, at), B, 0.0, at)
    for _ in range(30):
        breaker.record(breaker.admit(CallClass.NEW, 60.0), Sample.GOOD, 0.0, 60.0)
    for _ in range(6):
        breaker.record(breaker.admit(CallClass.NEW, 60.0), B, 0.0, 60.0)

    assert (breaker.state, breaker.would_open) == (State.METRICS_ONLY, 2)
    assert told(breaker)[1:] == ["it would have opened: 5 calls in a row failed"] * 2


def test_a_reset_forgets_the_timer_but_nothing_else_unless_it_must(core: Core) -> None:
    breaker = core()
    for _ in range(5):
        breaker.record(breaker.admit(CallClass.DATA, 0.0), B, 0.0, 0.0)
    assert breaker.reset(0.0, "reset: it was us")
    breaker.throttled(30.0, 0.0, is_ban=False, why="429")
    breaker.unknown("o1", 0.0, "a timeout")

    refused = breaker.reset(0.0, "reset: now")
    forced = breaker.reset(0.0, "reset: now", force=True)

    assert (refused, forced, breaker.state) == (False, True, State.CLOSED)
    assert (breaker.holds, breaker.unresolved, breaker.attempt) == ({}, {}, 0)


# -- a crash of its owner --


@pytest.mark.parametrize("state", [State.CLOSED, State.OPEN, State.HALF_OPEN])
def test_a_crash_of_its_owner_is_no_reset(core: Core, state: State) -> None:
    breaker = core()
    if state is not State.CLOSED:
        breaker.throttled(1.0, 0.0, is_ban=False, why="429")
    if state is State.HALF_OPEN:
        breaker.tick(1.0)
    begun = breaker.admit(CallClass.DATA, 1.0)

    heir = breaker.copy()
    heir.restarted({}, 2.0)
    if begun:
        heir.record(begun, B, 0.0, 2.0)
        breaker.record(begun, B, 0.0, 2.0)

    assert heir.state is state
    assert heir.permits == (state is State.HALF_OPEN)
    assert heir.late == bool(begun)


def test_orders_under_way_at_a_crash_are_unknown(core: Core) -> None:
    breaker = core().copy()
    breaker.restarted({"o1": "the breaker crashed"}, 0.0)

    assert (breaker.state, [*breaker.unresolved]) == (State.OPEN, ["o1"])
