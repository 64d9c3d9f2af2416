"""The house rules that no linter knows."""

import ast
import configparser
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ["actors", "bus", "config", "supervision", "web"]
HARNESS = ROOT / "tests" / "harness"
MAY_IMPORT = {
    "supervision": set[str](),
    "bus": {"supervision"},
    "config": {"supervision"},
    "actors": {"supervision", "bus"},
    "web": {"supervision"},
}
FOLDERS = {*ROOMS, "examples", "tests"}
BANNED_WORDS = {"manager", "helper", "util", "utils", "base", "common", "misc"}


def python_files(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from sorted((ROOT / folder).rglob("*.py"))


def imported_rooms(file: Path) -> set[str]:
    """Name the rooms that a file reaches by climbing out of its own."""
    depth = len(file.relative_to(ROOT).parts) - 1
    return {
        (node.module or "").split(".")[0]
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.ImportFrom) and node.level > depth
    }


@pytest.mark.parametrize("room", ROOMS)
def test_arrows_point_one_way(room: str) -> None:
    arrows = {
        (str(file.relative_to(ROOT)), target)
        for file in python_files(room)
        for target in imported_rooms(file) - MAY_IMPORT[room]
    }

    assert arrows == set()


def test_an_arrow_that_climbs_out_is_seen() -> None:
    rooms = imported_rooms(ROOT / "config" / "build.py")

    assert rooms == {"supervision"}


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_its_own_parts_relatively(room: str) -> None:
    absolute = {
        (str(file.relative_to(ROOT)), node.lineno)
        for file in python_files(room)
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("holdf")
    }

    assert absolute == set()


def test_every_room_is_packaged() -> None:
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    packaged = set(setup["options"]["packages"].split())
    on_disk = {
        "holdfast." + ".".join(init.parent.relative_to(ROOT).parts)
        for room in ROOMS
        for init in (ROOT / room).rglob("__init__.py")
    }

    harness = {
        ".".join(["holdfast.testing", *init.parent.relative_to(HARNESS).parts])
        for init in HARNESS.rglob("__init__.py")
    }

    assert packaged == {"holdfast"} | on_disk | harness


def test_the_front_door_stays_small() -> None:
    """Every ``*.py`` beside pyproject.toml is shipped, so none may stray in."""
    assert {file.name for file in ROOT.glob("*.py")} == {
        "__init__.py",
        "__main__.py",
        "app.py",
    }


def test_the_top_folders_are_the_seven_rooms() -> None:
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    top = {line.split("/")[0] for line in listed.stdout.splitlines() if "/" in line}

    assert top - {".ci"} == FOLDERS


def test_no_file_is_longer_than_400_lines_and_most_are_short() -> None:
    lengths = {
        str(file.relative_to(ROOT)): len(file.read_text().splitlines())
        for file in [*ROOT.glob("*.py"), *python_files(*FOLDERS)]
    }
    in_rooms = [
        length for name, length in lengths.items() if not name.startswith("tests")
    ]

    assert {name for name, length in lengths.items() if length > 400} == set()
    assert statistics.median(in_rooms) <= 150


def test_no_function_is_longer_than_45_lines() -> None:
    long = {
        (str(file.relative_to(ROOT)), node.name)
        for file in [*ROOT.glob("*.py"), *python_files(*ROOMS)]
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and body_length(node) > 45
    }

    assert long == set()


def body_length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Count the lines of a function below its docstring."""
    body = node.body
    if ast.get_docstring(node) is not None:
        body = body[1:]
    return 1 + (node.end_lineno or 0) - body[0].lineno if body else 0


def test_no_file_has_a_name_that_says_nothing() -> None:
    named = {file.stem for file in python_files(*FOLDERS)}

    assert {stem for stem in named if BANNED_WORDS & set(stem.split("_"))} == set()


def test_importing_holdfast_loads_none_of_its_rooms() -> None:
    shown = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, holdfast; print([m for m in sys.modules if 'holdfast.' in m])",
        ],
        capture_output=True,
        text=True,
        check=True,
    )

    assert shown.stdout.strip() == "[]"
