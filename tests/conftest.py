"""What tests of several rooms need."""

import contextlib
import os
import resource
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def recordings() -> Path:
    """The folder of recorded market data, outside the repository."""
    beside = Path(__file__).parent.parent / ".." / "shared" / "data"
    folder = Path(os.environ.get("HOLDFAST_RECORDINGS", beside))
    if not folder.is_dir():
        absent = f"no recordings at {folder}: set HOLDFAST_RECORDINGS"
        if os.environ.get("HOLDFAST_NEEDS_RECORDINGS"):
            pytest.fail(absent)
        pytest.skip(absent)
    return folder


@pytest.fixture
def full_disk() -> Callable[[Path], AbstractContextManager[None]]:
    """Let no file grow beyond those of a folder, for as long as a block lasts."""

    @contextlib.contextmanager
    def filled(folder: Path) -> Generator[None]:
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        size = max(each.stat().st_size for each in folder.iterdir())
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    return filled
