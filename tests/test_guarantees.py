"""Each guarantee names tests that exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "supervision" / "GUARANTEES.md").read_text()
NAMED = re.findall(r"`((?:\w+/)*test_\w+\.py)::(test_\w+)`", PAGE)


@pytest.mark.parametrize(("file", "test"), sorted(set(NAMED)))
def test_a_guarantee_is_backed_by_a_test_that_exists(file: str, test: str) -> None:
    places = [ROOT / "tests" / file, ROOT / "tests" / "supervision" / file]
    found = [place for place in places if place.is_file()]

    assert len(found) == 1
    assert f"def {test}(" in found[0].read_text()


def test_every_row_of_the_guarantees_names_a_test() -> None:
    rows = [
        line
        for line in PAGE.splitlines()
        if line.startswith("| ") and not line.startswith(("| it holds", "|---"))
    ]

    assert [row for row in rows if "::test_" not in row] == []
    assert len(rows) > 15
