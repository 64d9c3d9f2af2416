"""What the README of the harness shows is true."""

import json
import re
import subprocess
import sys
from pathlib import Path

import holdfast.testing
from holdfast.testing import Fault, FaultKind
from holdfast.testing.venue.faults.kinds import DEFAULTS

README = (Path(holdfast.testing.__file__).parent / "README.md").read_text()
BLOCKS = re.findall(r"^```\w*\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
PROGRAM, _, FAULTS = BLOCKS
ROW = re.compile(r"^\| `(\w+)` \|([^|]*)\|", re.MULTILINE)


def test_the_example_prints_what_it_says() -> None:
    shown = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
    )

    assert shown.stdout == "not placed?\na NEW {'lost': 1}\n"
    assert len(PROGRAM.splitlines()) <= 15


def test_the_faults_can_be_read() -> None:
    assert [Fault.from_json(each).id for each in json.loads(FAULTS)] == ["f1", "f2"]


def test_every_kind_is_described_with_its_params() -> None:
    described = {
        kind: set(re.findall(r"`(\w+)`", params))
        for kind, params in ROW.findall(README)
    }

    assert described == {kind.value: set(DEFAULTS[kind]) for kind in FaultKind}
