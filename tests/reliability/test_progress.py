"""What is left to do, and what it has come to so far."""

import attrs
import msgspec
import pytest

from holdfast.supervision.simulation.report import Report
from holdfast.tests.reliability.progress import (
    Progress,
    Totals,
    next_batch,
    resumed,
    take_in,
    text,
)

WANTED = {"one": 10, "two": 100}
REPORT = Report(
    seed=1,
    trace_hash="",
    simulated_seconds=60.0,
    wall_seconds=0.1,
    turns=5,
    events=7,
    restarts=2,
    escalations=0,
    dead_letters=0,
    failures_injected={"crash": 2},
    faults=(),
    violations=(),
    ended="",
)


def done(one: int, two: int) -> Progress:
    return Progress("abc", {"one": Totals(seeds=one), "two": Totals(seeds=two)})


@pytest.mark.parametrize(
    ("one", "two", "expected"),
    [
        (0, 0, ("one", range(1, 5))),
        (4, 0, ("two", range(1, 5))),
        (8, 80, ("one", range(9, 11))),
        (10, 99, ("two", range(100, 101))),
        (10, 100, None),
    ],
)
def test_the_suite_that_is_least_advanced_goes_on_where_it_was(
    one: int, two: int, expected: tuple[str, range] | None
) -> None:
    assert next_batch(done(one, two), WANTED, 4) == expected


def test_what_was_saved_goes_on_at_the_same_commit_and_begins_anew_at_another() -> None:
    progress = done(4, 0)
    saved = msgspec.json.encode(progress)

    assert resumed(saved, "abc") == progress
    assert resumed(saved, "def") == Progress("def")
    assert resumed(None, "abc") == Progress("abc")
    assert resumed(saved[:20], "abc") == Progress("abc")


def test_what_seeds_came_to_is_added_up() -> None:
    totals = Totals()
    bad = attrs.evolve(REPORT, seed=2, violations=("I1: two at once",))

    take_in(totals, [REPORT, bad], 0.5)

    assert totals == Totals(
        seeds=2,
        simulated_seconds=120.0,
        wall_seconds=0.5,
        events=14,
        restarts=4,
        failures_injected={"crash": 4},
        violations=["seed 2: I1: two at once"],
    )


@pytest.mark.parametrize(
    ("violations", "struck", "long_tests", "sound"),
    [
        ([], 1, "passed: 3 passed", True),
        ([], 1, "", True),
        ([], 1, "failed: 1 failed", False),
        ([], 0, "passed: 3 passed", False),
        (["seed 2: I1: two at once"], 1, "passed: 3 passed", False),
    ],
)
def test_it_is_sound_unless_anything_failed_and_the_report_says_what(
    violations: list[str], struck: int, long_tests: str, *, sound: bool
) -> None:
    totals = Totals(violations=violations, failures_injected={"crash": struck})
    progress = Progress("abc", {"one": totals}, long_tests)

    told = text(progress, WANTED)

    assert progress.sound is sound
    assert all(f"  - {each}" in told for each in violations)
    assert f"Long tests: {long_tests or 'not yet'}" in told
