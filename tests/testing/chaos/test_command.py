"""`holdfast chaos run` says how it ended by its exit code."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from holdfast.testing.chaos.command import chaos
from holdfast.testing.chaos.scenario import SHIPPED, as_json, find, read


def run(folder: Path, **changes: Any) -> tuple[int, str]:
    """Run the shipped scenario with some changes; return its exit code and words."""
    told = {**as_json(read(find("ambiguous-orders"))), **changes}
    told["config"] = str(SHIPPED / str(told["config"]))
    path = folder / "mine.scenario.json"
    path.write_text(json.dumps(told))
    result = CliRunner().invoke(chaos, ["run", str(path), "--seed", "1"])
    return result.exit_code, result.output


def test_a_scenario_that_holds_ends_with_0(tmp_path: Path) -> None:
    code, told = run(tmp_path)

    assert (code, told.splitlines()[-1]) == (0, "held in all runs")


def test_a_fault_that_never_struck_ends_it_with_20(tmp_path: Path) -> None:
    late = {"id": "late", "kind": "reset", "where": "new", "when": {"intent": 99}}

    code, told = run(tmp_path, faults=[late])

    assert code == 20
    assert "NEVER STRUCK: late, in 1 runs, seed 1 say" in told


@pytest.mark.parametrize(
    "changes",
    [
        {"faults": [{"id": "odd one", "kind": "bad_frame", "where": "user"}]},
        {"config": "odd one"},
        {"invariants": ["odd one"]},
    ],
)
def test_a_scenario_that_makes_no_sense_is_refused_with_78(
    changes: dict[str, Any], tmp_path: Path
) -> None:
    code, told = run(tmp_path, **changes)

    assert code == 78
    assert told.startswith("holdfast: ")
    assert "odd one" in told


def test_a_scenario_that_is_not_there_ends_with_66() -> None:
    result = CliRunner().invoke(chaos, ["run", "odd one"])

    assert (result.exit_code, "odd one" in result.output) == (66, True)
