"""What simulations came to, as a person reads it."""

import attrs
import click
import pytest

from holdfast.supervision.simulation import Fault, Report, summarise
from holdfast.web.simulated import SHOWN, chosen_seeds, report_lines, summary_lines

ONE = Report(
    seed=7,
    trace_hash="0123456789abcdef" * 4,
    simulated_seconds=60.0,
    wall_seconds=0.1,
    turns=100,
    events=10,
    restarts=2,
    escalations=0,
    dead_letters=1,
    failures_injected={"crash": 1, "hang": 2},
    faults=(Fault("crash", "/root/a", 1.5), Fault("hang", "/root/b", 2.0, 0.5)),
    violations=(),
    ended="shutdown",
)
BAD = attrs.evolve(ONE, seed=8, violations=("I2: something is lost",))


def test_one_run_is_told_in_a_few_lines() -> None:
    first, *rest = report_lines(ONE)

    fast = "60.0 simulated seconds in 0.10 (600 times as fast as time)"
    assert first == f"seed 7: {fast}, trace 0123456789abcdef"
    assert rest == [
        "turns 100, events 10, restarts 2, escalations 0, dead letters 1",
        "injected: crash 1, hang 2",
        "ended: shutdown",
    ]


def test_a_violation_is_told_with_all_that_was_to_go_wrong() -> None:
    assert report_lines(BAD)[4:] == [
        "VIOLATION: I2: something is lost",
        "  at 1.5 s crash /root/a",
        "  at 2 s hang /root/b for 0.5 s",
    ]


def test_many_runs_are_told_by_their_totals() -> None:
    summary = summarise([ONE, BAD], wall_seconds=0.1)

    assert summary_lines(summary) == [
        "2 seeds: 120.0 simulated seconds in 0.10 (1,200 times as fast as time)",
        "turns 200, events 20, restarts 4, escalations 0",
        "injected: crash 2, hang 4",
        "violations: 1 in 1 runs",
        "seed 8:",
        "VIOLATION: I2: something is lost",
        "  at 1.5 s crash /root/a",
        "  at 2 s hang /root/b for 0.5 s",
    ]


def test_of_many_bad_runs_only_some_are_shown() -> None:
    bad = [attrs.evolve(BAD, seed=seed) for seed in range(50)]

    lines = summary_lines(summarise(bad, wall_seconds=1.0))

    assert len([line for line in lines if line.startswith("seed ")]) == SHOWN
    assert "violations: 50 in 50 runs" in lines


def test_a_run_without_faults_says_so() -> None:
    quiet = attrs.evolve(ONE, failures_injected={}, faults=())

    assert "injected: nothing" in report_lines(quiet)


def test_the_seeds_are_those_that_somebody_chose() -> None:
    assert chosen_seeds(7, None, default=3) == (7,)
    assert chosen_seeds(None, None, default=3) == (3,)
    assert chosen_seeds(None, range(2, 5), default=3) == range(2, 5)
    assert len({*(chosen_seeds(None, None, default=None)[0] for _ in range(5))}) == 5


def test_one_seed_and_many_can_not_be_chosen_together() -> None:
    with pytest.raises(click.UsageError, match="can't be given together"):
        chosen_seeds(7, range(2), default=None)
