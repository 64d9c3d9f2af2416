"""Commands do what they say, and the report tells what is so."""

from collections.abc import Callable

import pytest

from holdfast.supervision.breaker import (
    BreakerCore,
    Disable,
    ForceOpen,
    HoldReport,
    OnlyMeasure,
    QueryBreaker,
    Reconciled,
    ResetBreaker,
    Sample,
    State,
    UnlockBreaker,
)
from holdfast.supervision.breaker.operating import Command, obey, report
from holdfast.supervision.outcome import CallClass

Core = Callable[..., BreakerCore]


@pytest.mark.parametrize(
    ("command", "state", "told"),
    [
        (QueryBreaker(), State.CLOSED, []),
        (Reconciled(), State.CLOSED, []),
        (UnlockBreaker("why"), State.CLOSED, []),
        (
            ForceOpen("why"),
            State.FORCED_OPEN,
            ["closed -> forced_open: forced: why"],
        ),
        (Disable("why"), State.DISABLED, ["closed -> disabled: disabled: why"]),
        (
            OnlyMeasure("why"),
            State.METRICS_ONLY,
            ["closed -> metrics_only: only measuring: why"],
        ),
        (ResetBreaker("why"), State.CLOSED, ["closed: reset: why"]),
    ],
)
def test_a_command_does_what_it_says_and_its_reason_is_written_down(
    core: Core, command: Command, state: State, told: list[str]
) -> None:
    breaker = core()
    obey(breaker, command, 0.0)

    assert breaker.state is state
    assert [change.told for change in breaker.changes] == told


@pytest.mark.parametrize("kind", [ForceOpen, Disable, OnlyMeasure, ResetBreaker])
def test_no_command_is_obeyed_without_a_reason(kind: Callable[[str], Command]) -> None:
    with pytest.raises(ValueError, match="Length of 'reason'"):
        kind("")


def test_the_report_tells_what_is_so(core: Core) -> None:
    breaker = core(minimum_volume=2, consecutive=None)
    breaker.evidence.append("Ping: NotSent: connection refused")
    for at in (0.0, 1.0):
        ticket = breaker.admit(CallClass.DATA, at)
        breaker.record(ticket, Sample.BAD, 3.0, at)
    breaker.unknown("o1", 1.0, "a timeout")
    breaker.force_open(2.0, "forced", 60.0)

    told = report(breaker, "/root/breaker", [], 7, 3.0)

    assert (told.path, told.state, told.forced_for) == (
        "/root/breaker",
        State.FORCED_OPEN,
        59.0,
    )
    assert told.holds == (
        HoldReport(kind=told.holds[0].kind, seconds=3.0, reason=""),
        HoldReport(
            kind=told.holds[1].kind,
            seconds=None,
            reason="nobody knows what became of o1",
        ),
    )
    assert [str(hold.kind) for hold in told.holds] == ["timer", "reconcile"]
    assert (told.volume, told.bad, told.slow, told.in_a_row) == (2, 2, 2, 2)
    assert (told.attempt, told.generation, told.rejected) == (1, 3, 7)
    assert (told.unresolved, told.evidence) == (
        ("o1",),
        ("Ping: NotSent: connection refused",),
    )
