"""Every example runs as its README says."""

import os
import re
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_the_commands_of_the_examples_work(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    readme = (ROOT / "examples" / "README.md").read_text()
    commands = re.findall(r"^```sh\n(.*?)^```$", readme, re.MULTILINE | re.DOTALL)
    path = f"{ROOT / '.venv' / 'bin'}:{os.environ['PATH']}"

    outcomes = [
        subprocess.run(
            line.split(),
            cwd=tmp_path / "examples",
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
            timeout=50,
            check=False,
        )
        for line in "".join(commands).strip().splitlines()
    ]

    assert [outcome.returncode for outcome in outcomes] == [0, 0]
    assert "reconciled: orders and balances" in outcomes[-1].stdout
