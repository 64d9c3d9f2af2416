"""A trader's folder: the actors of `desk.py`, and configurations to try with them."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from holdfast.config import ConfigError, Configuration, load

DESK = """
from holdfast.supervision import Actor


class Feed(Actor):
    def __init__(self, to=(), key=None, *, symbol="BTC/USDT"):
        super().__init__()


class Strategy(Actor):
    def __init__(self, depth, pace=1.0):
        super().__init__()


class Anything(Actor):
    def __init__(self, **settings):
        super().__init__()


class Plan:
    pass


tape = Feed
five = 5
"""

Load = Callable[..., Configuration]
Complaints = Callable[..., list[str]]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path) -> Iterator[Path]:
    path, modules = list(sys.path), set(sys.modules)
    (tmp_path / "desk.py").write_text(DESK)
    yield tmp_path
    sys.path[:] = path
    for name in set(sys.modules) - modules:
        if not name.startswith("holdfast"):
            del sys.modules[name]


@pytest.fixture
def load_text(folder: Path) -> Load:
    def loaded(
        text: str, environment: str | None = None, **environ: str
    ) -> Configuration:
        (folder / "my.json").write_text(text)
        return load(
            Path("my.json"), environment=environment, environ=environ, directory=folder
        )

    return loaded


@pytest.fixture
def complaints(load_text: Load) -> Complaints:
    """Load a text; return `place severity code path` of what is wrong with it."""

    def found(text: str, **environ: str) -> list[str]:
        try:
            problems = load_text(text, **environ).warnings
        except ConfigError as error:
            problems = error.problems
        return [f"{each.place} {each.code} {each.path}" for each in problems]

    return found
