"""No order of magnitude gets lost: ratios of one run, never absolute times."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from holdfast.tests.benchmarks.rows import ROWS

TRIES = 3
"""Runs before a ratio counts as lost: a busy machine may spoil one."""

FLOORS = {
    "tell": 1.5,
    "hop": 3.0,
    "memory_per_actor": 2.0,
    "breaker_closed": 0.4,
    "breaker_rejected": 1.2,
}
NAMES = [
    "tell",
    "tell_one_core",
    "hop",
    "hop_one_core",
    "ask_between_actors",
    "ask_between_actors_one_core",
    "ask",
    "ask_one_core",
    "proxy_call",
    "start",
    "memory_per_actor",
    "stop_10000",
    "stop_100000",
    "restart_p50",
    "restart_p99",
    "supervisor_overhead",
    "shared_vs_pinned",
    "actors_100000",
    "tick_to_order_p50",
    "tick_to_order_p99",
    "tick_to_order_on_disk",
    "breaker_closed",
    "breaker_rejected",
    "cancel_behind_hung_p99_ms",
]
KEYS = {"name", "ours", "peer", "peer_name", "unit", "ratio", "budget", "goal"}


def bench(
    output: Path, *names: str, code: int = 0
) -> "subprocess.CompletedProcess[str]":
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "holdfast.tests.benchmarks.run",
            "--quick",
            f"--only={','.join(names)}",
            f"--output={output}",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stderr
    return done


def test_the_rows_have_the_names_that_are_promised() -> None:
    assert [row.name for row in ROWS] == NAMES


@pytest.mark.timeout(240)
def test_no_order_of_magnitude_was_lost(tmp_path: Path) -> None:
    output = tmp_path / "build" / "bench.json"
    ratios = dict.fromkeys(FLOORS, 0.0)
    for _ in range(TRIES):
        lost = [name for name, floor in FLOORS.items() if ratios[name] < floor]
        if lost:
            bench(output, *lost)
            told = json.loads(output.read_text())
            ratios.update({row["name"]: row["ratio"] for row in told})

    assert {name: max(floor, ratios[name]) for name, floor in FLOORS.items()} == ratios


@pytest.mark.timeout(240)
def test_what_is_written_is_what_is_printed(tmp_path: Path) -> None:
    output = tmp_path / "bench.json"

    done = bench(output, "ask_one_core", "actors_100000")
    asked, crowd = json.loads(output.read_text())
    printed = done.stdout.splitlines()

    assert {*asked} >= KEYS
    assert {*crowd} >= KEYS
    assert asked["ratio"] == asked["peer"] / asked["ours"]
    assert (asked["peer_name"], asked["unit"], asked["budget"]) == ("Pykka", "us", 1.1)
    assert (crowd["peer"], crowd["peer_name"], crowd["ratio"]) == (None, None, None)
    assert (crowd["unit"], crowd["goal"], crowd["budget"]) == ("KiB", 6, 6)
    assert crowd["ours"] > 0
    (shown,) = [line for line in printed if line.split()[1:2] == ["ask_one_core"]]
    assert shown.startswith(f"{asked['ratio']:.2f}x ")
    assert shown.endswith(("ok", "MISSED"))
    assert printed[-1].startswith("actors_100000: 1,000 started in ")


def test_a_row_that_does_not_exist_is_a_wrong_command_line(tmp_path: Path) -> None:
    done = bench(tmp_path / "bench.json", "tel", code=2)

    assert "no row 'tel'; there are tell, " in done.stderr
