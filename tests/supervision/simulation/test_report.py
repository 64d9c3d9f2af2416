"""Many reports add up, and those with violations are kept whole."""

import json

import attrs

from holdfast.supervision.simulation.chaos import Fault
from holdfast.supervision.simulation.report import Report, summarise

ONE = Report(
    seed=2,
    trace_hash="beef",
    simulated_seconds=60.0,
    wall_seconds=0.5,
    turns=100,
    events=10,
    restarts=2,
    escalations=0,
    dead_letters=1,
    failures_injected={"crash": 1, "kill": 1},
    faults=(Fault("crash", "/root/a", 1.0),),
    violations=(),
    ended="shutdown",
)
OTHER = attrs.evolve(
    ONE,
    seed=1,
    escalations=1,
    failures_injected={"kill": 2, "hang": 1},
    violations=("I2: something is lost", "I8: it did not end"),
)


def test_totals_add_up() -> None:
    summary = summarise([ONE, OTHER], wall_seconds=0.7)

    assert summary.asdict() == {
        "seeds": 2,
        "simulated_seconds": 120.0,
        "wall_seconds": 0.7,
        "turns": 200,
        "events": 20,
        "restarts": 4,
        "escalations": 1,
        "failures_injected": {"crash": 1, "hang": 1, "kill": 3},
        "violations": 2,
        "unsound": (OTHER.asdict(),),
    }


def test_a_run_without_violations_is_sound() -> None:
    assert (ONE.sound, OTHER.sound) == (True, False)


def test_reports_are_json() -> None:
    told = json.loads(json.dumps(ONE.asdict()))

    assert told["faults"] == [
        {"kind": "crash", "path": "/root/a", "at": 1.0, "seconds": 0.0}
    ]


def test_nothing_at_all_adds_up_too() -> None:
    assert summarise([], wall_seconds=0.0).seeds == 0
