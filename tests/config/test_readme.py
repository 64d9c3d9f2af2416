"""What the README of the configuration shows is true."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

import holdfast.config
from holdfast.config import ConfigError, Configuration

Load = Callable[..., Configuration]

README = (Path(holdfast.config.__file__).parent / "README.md").read_text()
BLOCKS = re.findall(r"^```\w*\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
GRID, GOOD, WRONG, REPORT, PROGRAM = BLOCKS


@pytest.fixture(autouse=True)
def strategy(folder: Path) -> None:
    (folder / "grid.py").write_text(GRID)


def test_the_example_is_valid(load_text: Load) -> None:
    taken = load_text(GOOD, API_KEY="c0ffee11")

    assert taken.warnings == ()


def test_the_report_is_the_one_that_is_shown(load_text: Load) -> None:
    with pytest.raises(ConfigError) as caught:
        load_text(WRONG)

    assert f"{caught.value}\n" == REPORT


def test_the_program_runs(
    folder: Path, load_text: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_text(GOOD, API_KEY="c0ffee11")
    monkeypatch.chdir(folder)
    names: dict[str, object] = {}

    exec(compile(PROGRAM, "README.md", "exec"), names)  # noqa: S102 - our own text

    assert "spec" in names
