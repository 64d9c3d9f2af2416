import subprocess
import sys

import attrs
import pytest

from holdfast.tests.benchmarks.figures import Figure, Skipped
from holdfast.tests.benchmarks.interleave import in_own_process
from holdfast.tests.benchmarks.rows import ROWS, Row, named
from holdfast.tests.benchmarks.sample import take


def doubles(n: int) -> float:
    return n * 2.0


def fails(n: int) -> float:
    raise ValueError(f"no luck with {n}")


def test_a_value_alone_is_a_figure() -> None:
    row = attrs.evolve(named("ask"), ours=doubles)

    assert take(row, "ours", 3) == Figure(6.0)


def test_an_optional_peer_that_fails_is_skipped_with_its_error() -> None:
    row = attrs.evolve(named("ask"), peers={"xoscar": fails})

    with pytest.raises(Skipped, match="ValueError: no luck with 3"):
        take(row, "xoscar", 3)


def test_ours_that_fails_is_an_error() -> None:
    row = attrs.evolve(named("ask"), ours=fails)

    with pytest.raises(ValueError, match="no luck with 3"):
        take(row, "ours", 3)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_each_row_can_be_measured_on_our_side(row: Row) -> None:
    figure = in_own_process(row, "ours", 20)

    assert figure.value is not None


def test_a_row_about_one_core_is_bound_to_one() -> None:
    code = (
        "import attrs, os\n"
        "from holdfast.tests.benchmarks import rows, sample\n"
        "row = attrs.evolve(\n"
        "    rows.named('ask_one_core'),\n"
        "    ours=lambda n: len(os.sched_getaffinity(0)),\n"
        ")\n"
        "print(sample.take(row, 'ours', 1).value)\n"
    )

    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert said.stdout == "1\n"
