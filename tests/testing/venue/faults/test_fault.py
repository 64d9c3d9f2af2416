"""A fault is data: it can be written down, read again, and refused."""

from typing import Any

import pytest

from holdfast.testing import Fault, FaultKind, When
from holdfast.testing.venue.faults.kinds import (
    ANSWERS,
    CONDITIONS,
    DEFAULTS,
    FRAMES,
    ORDER_EFFECTS,
)


def test_what_is_written_is_read_again() -> None:
    fault = Fault(
        id="f",
        kind="status",
        where="POST /order",
        when=When(nth=3, at=2.0),
        for_=8.0,
        params={"status": 504, "executed": True},
    )

    assert fault.to_json() == {
        "id": "f",
        "kind": "status",
        "where": "POST /order",
        "when": {"nth": 3, "at": 2.0},
        "for": 8.0,
        "params": {"status": 504, "executed": True},
    }
    assert Fault.from_json(fault.to_json()) == fault


@pytest.mark.parametrize(
    ("told", "complaint"),
    [
        ({"id": "f", "kind": "flood"}, "'flood' is not a valid FaultKind"),
        ({"id": "f", "kind": "reset", "params": {"n": 1}}, "a reset takes executed"),
        ({"id": "f", "kind": "reset", "when": {"then": 1}}, "unexpected keyword"),
        ({"id": "f", "kind": "reset", "during": 1}, "unexpected keyword"),
        ({"kind": "reset"}, "missing 1 required keyword"),
    ],
)
def test_what_is_no_fault_is_refused(told: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        Fault.from_json(told)


@pytest.mark.parametrize(
    ("fault", "times"),
    [
        (Fault(id="f", kind="reset"), 1),
        (Fault(id="f", kind="reset", when=When(nth=4)), 1),
        (Fault(id="f", kind="reset", when=When(times=4)), 4),
        (Fault(id="f", kind="reset", for_=2.0), None),
        (Fault(id="f", kind="reset", when=When(probability=0.1)), None),
        (Fault(id="f", kind="silent"), None),
        (Fault(id="f", kind="refused", for_=2.0), 1),
    ],
)
def test_a_fault_strikes_once_unless_it_says_otherwise(
    fault: Fault, times: int | None
) -> None:
    assert fault.times == times


def test_every_kind_belongs_somewhere_and_has_its_params_said() -> None:
    sockets = {FaultKind.LOST_ACK, FaultKind.ACCEPT_THEN_CLOSE}
    groups = [ANSWERS, ORDER_EFFECTS, CONDITIONS, FRAMES, sockets]

    assert sorted(kind for group in groups for kind in group) == sorted(FaultKind)
    assert set(DEFAULTS) == set(FaultKind)
