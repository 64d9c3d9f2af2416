"""What tests of several rooms need."""

import os
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
