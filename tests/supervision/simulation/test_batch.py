"""Many seeds, on one process or on several, here or where hashes differ."""

import os
from collections.abc import Sequence

import attrs
import pytest

from holdfast.actors.exchange import PaperExchange
from holdfast.app import load_simulation
from holdfast.supervision import ChildSpec, StartFailed, SupervisorSpec
from holdfast.supervision.simulation import batch
from holdfast.supervision.simulation.batch import run_elsewhere, run_seeds
from holdfast.supervision.simulation.report import Report
from holdfast.supervision.simulation.runner import Simulation


def make() -> Simulation:
    return load_simulation(None, "testing", 2.0)


def make_what_does_not_start() -> Simulation:
    broken = ChildSpec(id="exchange", start=PaperExchange)
    return attrs.evolve(make(), spec=SupervisorSpec(children=[broken]))


def repeated(reports: Sequence[Report]) -> list[Report]:
    return [attrs.evolve(report, wall_seconds=0.0) for report in reports]


@pytest.fixture
def few_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "CHUNK", 2)


@pytest.mark.usefixtures("few_are_enough")
def test_several_processes_report_what_one_does() -> None:
    one = run_seeds(make, range(5), processes=1)
    several = run_seeds(make, range(5), processes=2)

    assert [report.seed for report in one] == [0, 1, 2, 3, 4]
    assert repeated(one) == repeated(several)


def test_a_process_that_hashes_otherwise_reports_the_same() -> None:
    before = os.environ.get("PYTHONHASHSEED")

    here = run_seeds(make, range(2), processes=1)
    elsewhere = run_elsewhere(make, range(2), processes=1)

    assert repeated(here) == repeated(elsewhere)
    assert os.environ.get("PYTHONHASHSEED") == before


def test_a_tree_that_does_not_start_is_told_at_once() -> None:
    with pytest.raises(StartFailed, match="/root/exchange"):
        run_seeds(make_what_does_not_start, range(100), processes=2)


def test_in_another_process_it_is_told_with_its_seed() -> None:
    with pytest.raises(RuntimeError, match="seed 7: /root/exchange"):
        run_elsewhere(make_what_does_not_start, [7], processes=1)
