"""What a supervisor makes of every ending: restart type x kind x strategy x place."""

from collections.abc import Callable

import pytest

from holdfast.supervision import (
    ActorSystem,
    ChildSpec,
    ChildState,
    Decision,
    EventKind,
    ExitKind,
    ExitReason,
    Restart,
    StartChild,
    Strategy,
    WhichChildren,
)

Grow = Callable[..., ActorSystem]
Specify = Callable[..., ChildSpec]
Settle = Callable[[ActorSystem], None]

ORDERLY = {ExitKind.NORMAL, ExitKind.SHUTDOWN}
FIXED = [Strategy.ONE_FOR_ONE, Strategy.ONE_FOR_ALL, Strategy.REST_FOR_ONE]
AFTER = {"a": ["b", "c"], "b": ["c"], "c": []}
OTHERS = {"a": ["b", "c"], "b": ["a", "c"], "c": ["a", "b"]}


def verdict(restart: Restart, kind: ExitKind, *, intensity: int) -> Decision:
    """Say what OTP's rules make of a child that failed by itself."""
    if restart is Restart.TEMPORARY:
        return Decision.FORGET
    if kind is ExitKind.IGNORED:
        return Decision.LEAVE_STOPPED
    if restart is Restart.TRANSIENT and kind in ORDERLY:
        return Decision.LEAVE_STOPPED
    return Decision.RESTART if intensity else Decision.ESCALATE


def siblings(strategy: Strategy, failed: str, decision: Decision) -> dict[str, str]:
    """Say what that means for the siblings, last started first."""
    match decision, strategy:
        case Decision.ESCALATE, _:
            return dict.fromkeys(reversed(OTHERS[failed]), Decision.SHUT_DOWN)
        case Decision.RESTART, Strategy.ONE_FOR_ALL:
            taken = OTHERS[failed]
        case Decision.RESTART, Strategy.REST_FOR_ONE:
            taken = AFTER[failed]
        case _:
            taken = []
    return dict.fromkeys(reversed(taken), Decision.RESTART_WITH_SIBLING)


def exits(system: ActorSystem) -> dict[str, str]:
    return {
        event.path.rsplit("/", 1)[1]: event.decision
        for event in system.events.since(0)
        if event.kind is EventKind.EXITED and event.path != "/root"
    }


def states(system: ActorSystem) -> dict[str, ChildState]:
    children = system.ref("/root").command(WhichChildren()).get()
    return {info.id: info.state for info in children}


@pytest.mark.parametrize("failed", ["a", "b", "c"])
@pytest.mark.parametrize("kind", ExitKind)
@pytest.mark.parametrize("strategy", FIXED)
@pytest.mark.parametrize("restart", Restart)
def test_every_ending_leads_to_the_decision_of_the_table(
    restart: Restart,
    strategy: Strategy,
    kind: ExitKind,
    failed: str,
    grow: Grow,
    child: Specify,
    settle: Settle,
) -> None:
    system = grow(*(child(n, restart=restart) for n in "abc"), strategy=strategy)
    decision = verdict(restart, kind, intensity=3)

    system.cell(f"/root/{failed}").kill(ExitReason(kind))
    settle(system)

    up = dict.fromkeys("abc", ChildState.UP)
    if decision is Decision.LEAVE_STOPPED:
        up[failed] = ChildState.DOWN
    if decision is Decision.FORGET:
        del up[failed]
    assert exits(system) == {failed: decision, **siblings(strategy, failed, decision)}
    assert list(exits(system)) == [failed, *siblings(strategy, failed, decision)]
    assert states(system) == up


@pytest.mark.parametrize("failed", ["a", "b", "c"])
@pytest.mark.parametrize("kind", ExitKind)
@pytest.mark.parametrize("strategy", FIXED)
@pytest.mark.parametrize("restart", [Restart.PERMANENT, Restart.TRANSIENT])
def test_without_intensity_what_would_be_restarted_ends_the_supervisor(
    restart: Restart,
    strategy: Strategy,
    kind: ExitKind,
    failed: str,
    grow: Grow,
    child: Specify,
    settle: Settle,
) -> None:
    system = grow(
        *(child(n, restart=restart) for n in "abc"), strategy=strategy, intensity=0
    )
    decision = verdict(restart, kind, intensity=0)

    system.cell(f"/root/{failed}").kill(ExitReason(kind))

    if decision is Decision.ESCALATE:
        assert system.ended.get(timeout=10).kind is ExitKind.ESCALATED
    else:
        settle(system)
    assert exits(system) == {failed: decision, **siblings(strategy, failed, decision)}


@pytest.mark.parametrize("kind", ExitKind)
@pytest.mark.parametrize("restart", Restart)
def test_an_instance_of_a_template_is_restarted_alone_or_forgotten(
    restart: Restart, kind: ExitKind, grow: Grow, child: Specify, settle: Settle
) -> None:
    system = grow(child("x", restart=restart), strategy=Strategy.SIMPLE_ONE_FOR_ONE)
    for _ in range(3):
        system.ref("/root").command(StartChild()).get()
    decision = verdict(restart, kind, intensity=3)
    if decision is Decision.LEAVE_STOPPED:
        decision = Decision.FORGET

    system.cell("/root/2").kill(ExitReason(kind))
    settle(system)

    left = {"1", "3"} if decision is Decision.FORGET else {"1", "2", "3"}
    assert exits(system) == {"2": decision}
    assert states(system) == dict.fromkeys(left, ChildState.UP)
