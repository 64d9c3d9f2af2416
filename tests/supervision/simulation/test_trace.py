"""The hash of a run is the same wherever and whenever it runs."""

import os
import subprocess
import sys
from pathlib import Path

RUN = Path(__file__).parent / "traced_run.py"


def test_a_seed_is_the_same_run_in_every_process() -> None:
    told = [
        subprocess.run(
            [sys.executable, str(RUN), seed],
            env={**os.environ, "PYTHONHASHSEED": hashes},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed, hashes in (("1", "1"), ("1", "2"), ("2", "1"))
    ]

    assert told[0] == told[1]
    assert told[0] != told[2]
