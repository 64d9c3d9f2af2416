"""A recorded day: every trade counted once, whatever crashes, and again the same."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.recording

Typed = Callable[..., "subprocess.CompletedProcess[str]"]
Replay = Callable[..., dict[str, Any]]

DAY = "binance_spot_btcusdt_20240808.ws.gz"
TRADES = 9757
PARTS = "/root/strategy,/root/risk,/root/feed,/root/execution"


@pytest.fixture
def replay(holdfast: Typed, recordings: Path) -> Replay:
    """Run the recorded day as fast as it goes; return its summary."""

    def replayed(*words: str) -> dict[str, Any]:
        market = ("--replay", str(recordings / DAY), "--speed", "max")
        told = holdfast("run", *words, "--env", "testing", *market, "--json")
        assert "Traceback" not in told.stderr
        summary: dict[str, Any] = json.loads(told.stdout)
        assert told.returncode == summary["exit"]
        return summary

    return replayed


def test_the_same_seed_gives_the_same_run(replay: Replay) -> None:
    one, two = replay("--seed", "7"), replay("--seed", "7")

    assert one == two
    assert (one["ticks"], one["reconciled"], one["exit"]) == (TRADES, True, 0)
    assert one["orders"] > 0
    assert one["fills"] > 0
    assert (one["restarts"], one["dead_letters"], one["bad_frames"]) == (0, 0, 0)


@pytest.fixture
def patient(tmp_path: Path) -> str:
    """A configuration that restarts more often and at once."""
    overlay = {"extends": "base", "tree": {"intensity": 20, "backoff": None}}
    (tmp_path / "patient.json").write_text(json.dumps(overlay))
    return "patient.json"


def test_twenty_crashes_cost_no_trade(replay: Replay, patient: str) -> None:
    words = (patient, "--seed", "7", "--crash", f"{PARTS}:20")

    one, two = replay(*words), replay(*words)

    assert one == two
    assert (one["ticks"], one["reconciled"], one["exit"]) == (TRADES, True, 0)
    assert (one["crashes_fired"], one["restarts"], one["escalations"]) == (20, 20, 0)
    assert one["orders"] > 0
    assert one["fills"] > 0


def test_crashes_that_did_not_all_come_to_pass_are_a_failure(
    replay: Replay, patient: str
) -> None:
    words = (patient, "--seed", "7", "--crash", f"{PARTS}:20", "--duration", "1")

    summary = replay(*words)

    assert summary["crashes_planned"] == 20
    assert 0 < summary["crashes_fired"] < 20
    assert (summary["reconciled"], summary["exit"]) == (True, 1)
