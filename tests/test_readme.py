"""What the front page shows is what happens."""

import os
import re
import signal
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest

from holdfast.supervision import SystemClock

ROOT = Path(__file__).parent.parent
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LIMIT = 50.0


def blocks(readme: str, language: str) -> list[str]:
    text = (ROOT / readme).read_text()
    return [code for kind, code in BLOCK.findall(text) if kind == language]


@attrs.frozen
class Terminal:
    """A folder in which a reader of the README types."""

    folder: Path
    environ: dict[str, str]

    def type(self, line: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-c", line],
            cwd=self.folder,
            env=self.environ,
            capture_output=True,
            text=True,
            timeout=LIMIT,
            check=False,
        )


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    (tmp_path / ".venv").symlink_to(ROOT / ".venv")
    state = {"HOLDFAST_STATE": str(tmp_path / "state"), "HOLDFAST_PORT": "0"}
    return Terminal(tmp_path, {**os.environ, **state})


@pytest.fixture
def made_to_run(terminal: Terminal) -> Iterator["subprocess.Popen[str]"]:
    """What the first command of the README starts, once it says that it runs."""
    first = blocks("README.md", "sh")[0].split()
    with subprocess.Popen(
        [*first, f"--directory={ROOT}"],
        env=terminal.environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        try:
            assert any("holdfast runs" in line for line in process.stdout)
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)


def look_until_it_is_back(
    terminal: Terminal, look: str
) -> "subprocess.CompletedProcess[str]":
    seen = terminal.type(look)
    for _ in range(100):
        if seen.returncode == 0 and "restarts 1" in seen.stdout:
            break
        SystemClock().wait(threading.Event(), 0.1)
        seen = terminal.type(look)
    return seen


def test_the_five_minutes_go_as_the_readme_says(
    terminal: Terminal, made_to_run: "subprocess.Popen[str]"
) -> None:
    _, look, kill, journal, *_ = blocks("README.md", "sh")

    before = terminal.type(look)
    crash, _ = kill.strip().splitlines()
    crashed = terminal.type(crash)
    after = look_until_it_is_back(terminal, look)
    told = terminal.type(journal)
    os.killpg(made_to_run.pid, signal.SIGINT)
    rest, _ = made_to_run.communicate(timeout=LIMIT)

    assert (before.returncode, crashed.returncode) == (0, 0), crashed.stderr
    shown = blocks("README.md", "text")[0].splitlines()[0]
    assert shown in before.stdout
    assert shown.replace("restarts 0", "restarts 1") in after.stdout
    steps = re.findall(r"/root/execution (\w+) #(\d)", told.stdout)
    assert steps[-4:] == [
        ("exited", "1"),
        ("backing_off", "1"),
        ("starting", "2"),
        ("ready", "2"),
    ]
    assert "reconciled: orders and balances are what the exchange says" in rest


def test_your_own_strategy_runs_as_the_readme_says(terminal: Terminal) -> None:
    (code,) = blocks("README.md", "python")
    (config,) = blocks("README.md", "json")
    name = code.splitlines()[0].removeprefix("# ")
    (terminal.folder / name).write_text(code)
    (terminal.folder / "my.json").write_text(config)

    check, run = blocks("README.md", "sh")[-1].strip().splitlines()
    checked = terminal.type(check)
    ran = terminal.type(run)

    assert (checked.returncode, checked.stderr) == (0, "")
    assert ran.returncode == 0, ran.stderr
    assert re.search(r"ticks 1\d\d\d, orders [1-9]", ran.stdout)


def test_the_tree_of_the_supervision_readme_counts(
    capsys: pytest.CaptureFixture[str],
) -> None:
    shown: dict[str, object] = {"__name__": "readme"}

    for code in blocks("supervision/README.md", "python"):
        exec(compile(code, "README.md", "exec"), shown)  # noqa: S102 - it is ours

    assert capsys.readouterr().out == "3\n3600\n()\n"
