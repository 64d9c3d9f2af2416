"""A scenario file is read whole, or refused in one sentence that says what is wrong."""

import json
from pathlib import Path
from typing import Any

import pytest

from holdfast.testing.chaos.scenario import (
    ScenarioInvalid,
    ScenarioMissing,
    as_json,
    find,
    read,
    shipped,
)

SOUND: dict[str, Any] = {
    "schema": 1,
    "title": "nothing much",
    "config": "system.json",
    "duration": 60,
    "heal_at": 30,
    "recover_within": 20,
    "faults": [{"id": "one", "kind": "reset", "where": "POST /order"}],
    "invariants": ["books_agree"],
}


def written(folder: Path, content: Any) -> Path:
    path = folder / "mine.scenario.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def test_what_was_read_can_be_written_and_read_again(tmp_path: Path) -> None:
    scenario = read(written(tmp_path, SOUND))

    assert read(written(tmp_path, as_json(scenario))) == scenario
    assert scenario.configuration == tmp_path / "system.json"


@pytest.mark.parametrize("name", shipped())
def test_what_is_shipped_is_sound(name: str) -> None:
    scenario = read(find(name))

    assert scenario.configuration.is_file()
    assert scenario.faults


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"schema": 2}, '"schema" must be 1, was 2'),
        ({"invariants": []}, '"invariants" has nothing; there are no_duplicate_orders'),
        ({"invariants": ["luck"]}, r'"invariants" has \[\'luck\'\]; there are'),
        (
            {"faults": SOUND["faults"] * 2},
            r"by their ids: \['one'\] came twice",
        ),
        ({"faults": [{"id": "x", "kind": "luck"}]}, "'luck' is not a valid FaultKind"),
        ({"faults": ["x"]}, "is no fault"),
        ({"heal_at": 50}, r'"duration" \(60 s\) must hold "heal_at"'),
        ({"heal_at": 0}, '"duration"'),
        ({"luck": 1}, "unexpected keyword argument 'luck'"),
    ],
)
def test_what_makes_no_sense_is_refused(
    changes: dict[str, Any], message: str, tmp_path: Path
) -> None:
    path = written(tmp_path, {**SOUND, **changes})

    with pytest.raises(ScenarioInvalid, match=message) as refused:
        read(path)
    assert str(refused.value).startswith(str(path))


@pytest.mark.parametrize("content", ["", "[]", "{", '"x"'])
def test_what_is_no_object_is_refused(content: str, tmp_path: Path) -> None:
    with pytest.raises(ScenarioInvalid):
        read(written(tmp_path, content))


def test_a_scenario_that_is_not_there_is_missing() -> None:
    with pytest.raises(ScenarioMissing, match=r"no scenario luck: .* ambiguous-orders"):
        find("luck")
