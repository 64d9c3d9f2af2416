import subprocess
from collections import defaultdict

import attrs
import pytest

from holdfast.tests.benchmarks.figures import Figure
from holdfast.tests.benchmarks.interleave import in_own_process, measured, median
from holdfast.tests.benchmarks.rows import named


def test_the_sides_take_turns_and_begin_in_turn() -> None:
    order: list[str] = []

    def take(side: str) -> Figure:
        order.append(side)
        return Figure(1.0)

    measured(["ours", "Pykka", "Erlang"], 2, take)

    assert order == ["ours", "Pykka", "Erlang", "Erlang", "Pykka", "ours"]


def test_the_median_of_all_rounds_counts() -> None:
    values = {"ours": [3.0, 1.0, 50.0], "Pykka": [9.0, 900.0, 8.0]}

    figures = measured(["ours", "Pykka"], 3, lambda side: Figure(values[side].pop()))

    assert {side: figure.value for side, figure in figures.items()} == {
        "ours": 3.0,
        "Pykka": 9.0,
    }


def test_who_was_skipped_once_is_not_tried_again() -> None:
    tries: dict[str, int] = defaultdict(int)

    def take(side: str) -> Figure:
        tries[side] += 1
        return Figure(None, "no thread") if side == "Pykka" else Figure(1.0)

    figures = measured(["ours", "Pykka"], 3, take)

    assert (tries, figures["Pykka"]) == (
        {"ours": 3, "Pykka": 1},
        Figure(None, "no thread"),
    )


def test_the_last_note_is_kept() -> None:
    assert median([Figure(1.0, "first"), Figure(3.0, "last")]) == Figure(2.0, "last")


def test_a_sample_that_takes_too_long_says_so() -> None:
    row = attrs.evolve(named("hop"), seconds=0.01)

    figure = in_own_process(row, "ours", 1)

    assert figure == Figure(None, "not done within 0.01 s")


def test_a_sample_that_fails_breaks_the_benchmark() -> None:
    with pytest.raises(subprocess.CalledProcessError, match="no-such-side"):
        in_own_process(named("hop"), "no-such-side", 1)
