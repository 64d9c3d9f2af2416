"""A supervisor that crashes, or is killed, leaves nobody running below it."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from holdfast.supervision import (
    BRUTAL,
    Actor,
    ActorCrashed,
    ActorSystem,
    Backoff,
    ChildSpec,
    CountChildren,
    EventKind,
    ExitKind,
    ExitReason,
    ManualClock,
    Phase,
    RestartChild,
    SupervisorSpec,
    TerminateChild,
    crash,
)

PATIENCE = 20.0
KILLED = ExitReason(ExitKind.KILLED, "by a test")

Grow = Callable[..., ActorSystem]
Specify = Callable[..., ChildSpec]
Settle = Callable[[ActorSystem], None]
History = Callable[[ActorSystem], list[str]]


def fail(actor: Actor) -> None:
    raise ValueError(actor.path)


def exits(system: ActorSystem) -> list[tuple[str, int, str]]:
    return [
        (event.path, event.incarnation, event.reason)
        for event in system.events.since(0)
        if event.kind is EventKind.EXITED
    ]


@pytest.fixture
def branch(child: Specify) -> Callable[..., SupervisorSpec]:
    def specify(**fields: Any) -> SupervisorSpec:
        children = (child("x"), child("y", dispatcher="pinned"))
        return SupervisorSpec(id="b", children=children, **fields)

    return specify


Branch = Callable[..., SupervisorSpec]


def test_a_supervisor_that_crashes_takes_its_children_down_first(
    grow: Grow, branch: Branch, settle: Settle, history: History
) -> None:
    system = grow(branch())
    before = len(history(system))

    crash(system.cell("/root/b"), "a test")
    settle(system)

    assert history(system)[before:] == [
        "/root/b/y stopping",
        "/root/b/y exited shut_down",
        "/root/b/x stopping",
        "/root/b/x exited shut_down",
        "/root/b exited restart",
        "/root/b starting",
        "/root/b/x starting",
        "/root/b/x ready",
        "/root/b/y starting",
        "/root/b/y ready",
        "/root/b ready",
    ]


def test_a_fault_in_a_command_crashes_a_supervisor_like_any_actor(
    grow: Grow, branch: Branch, settle: Settle
) -> None:
    system = grow(branch())

    def intercept(_: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def faulty(_: Any) -> Any:
            raise ValueError("boom")

        return faulty

    system.cell("/root/b").intercept = intercept
    system.cell("/root/b").kill(KILLED)  # faults come with the next incarnation
    settle(system)
    asked = system.ref("/root/b").command(CountChildren())
    with pytest.raises(ValueError, match="boom"):
        asked.get()
    settle(system)

    endings = [line for line in exits(system) if line[0] == "/root/b"]
    assert endings == [
        ("/root/b", 1, "killed: by a test"),
        ("/root/b", 2, "crashed: ValueError: boom"),
    ]


def test_faults_do_not_reach_what_children_report(
    grow: Grow, branch: Branch, settle: Settle
) -> None:
    """Else a supervisor would wait for ever for a child that is gone."""
    system = grow(branch(backoff=None))

    def intercept(_: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def faulty(message: Any) -> Any:
            raise ValueError(message)

        return faulty

    system.cell("/root/b").intercept = intercept
    system.cell("/root/b").kill(KILLED)
    settle(system)
    system.ref("/root/b/x").tell(Actor.stop)
    settle(system)

    assert system.cell("/root/b").incarnation == 2
    assert system.cell("/root/b/x").incarnation == 3


def test_a_killed_supervisor_ends_with_all_below_each_in_one_event(
    grow: Grow, branch: Branch, settle: Settle
) -> None:
    system = grow(SupervisorSpec(id="a", children=(branch(),)))

    system.cell("/root/a").kill(KILLED)
    settle(system)

    reason = "killed: by a test"
    assert exits(system) == [
        ("/root/a/b/y", 1, reason),
        ("/root/a/b/x", 1, reason),
        ("/root/a/b", 1, reason),
        ("/root/a", 1, reason),
    ]
    assert system.is_up


@pytest.mark.parametrize("later", ["left", "restarted"])
def test_after_a_brutal_end_of_a_supervisor_all_below_it_is_known_to_be_stopped(
    later: str, grow: Grow, branch: Branch, settle: Settle
) -> None:
    system = grow(branch(shutdown=BRUTAL))

    system.ref("/root").command(TerminateChild("b")).get()
    settle(system)
    stopped = {node.path: node.phase for node in system.events.state().below("/root/b")}
    up = system.is_up
    if later == "restarted":
        system.ref("/root").command(RestartChild("b")).get()
        assert system.ref("/root/b/x").ask("alive?") == "alive?"

    below = ("/root/b", "/root/b/x", "/root/b/y")
    assert stopped == dict.fromkeys(below, Phase.STOPPED)
    assert up is True


def test_a_child_that_still_runs_when_its_supervisor_is_killed_can_do_no_more_harm(
    grow: Grow, child: Specify, settle: Settle, gate: threading.Event
) -> None:
    """Its thread is stuck: it is fenced, and its successor works in its place."""
    entered = threading.Event()
    said: list[Any] = []

    def hold(actor: Actor) -> str:
        entered.set()
        gate.wait(PATIENCE)
        return f"from {actor.incarnation}"

    x = child("x", dispatcher="pinned", say=said.append)
    system = grow(SupervisorSpec(id="b", children=(x,)))
    ref = system.ref("/root/b/x")
    asked = ref.ask(hold, block=False)
    assert entered.wait(PATIENCE)

    system.cell("/root/b").kill(KILLED)
    settle(system)
    answer = ref.ask("hello")
    gate.set()
    system.stop().get(timeout=PATIENCE)

    assert answer == "hello"
    with pytest.raises(ActorCrashed, match=r"/root/b/x \(incarnation 1\) ended while"):
        asked.get()
    assert ref.cell.incarnation == 2


@pytest.mark.parametrize("shutdown", [BRUTAL, 5.0])
def test_what_was_to_be_restarted_is_stopped_once_its_supervisor_has_ended(
    shutdown: float | str,
    grow: Grow,
    child: Specify,
    clock: ManualClock,
    wait_for: Callable[..., None],
    settle: Settle,
) -> None:
    backoff = Backoff(minimum=1, jitter=0)
    branch = SupervisorSpec(
        id="b", children=(child("x"),), backoff=backoff, shutdown=shutdown
    )
    system = grow(branch)
    system.ref("/root/b/x").tell(fail)
    wait_for(system, "/root/b/x backing_off")
    before = system.events.state().nodes["/root/b/x"].phase

    system.ref("/root").command(TerminateChild("b")).get()
    settle(system)
    clock.advance(10)

    assert before is Phase.RESTARTING
    assert system.events.state().nodes["/root/b/x"].phase is Phase.STOPPED
    assert system.cell("/root/b/x").incarnation == 1


def test_reports_that_a_killed_supervisor_did_not_hear_are_told_for_it(
    grow: Grow, child: Specify, gate: threading.Event, settle: Settle
) -> None:
    """Its thread was busy with another actor when the child ended."""
    entered = threading.Event()

    def hold(_: Actor) -> None:
        entered.set()
        gate.wait(PATIENCE)

    branch = SupervisorSpec(
        id="b", children=(child("x", dispatcher="pinned"),), restart="temporary"
    )
    system = grow(child("a"), branch)
    system.ref("/root/a").tell(hold)  # so that the shared thread stands still
    assert entered.wait(PATIENCE)

    system.cell("/root/b/x").kill(KILLED)
    system.cell("/root/b").kill(ExitReason(ExitKind.KILLED, "too"))
    told = exits(system)
    gate.set()
    settle(system)

    assert told == [("/root/b/x", 1, "killed: by a test")]
    assert exits(system)[1:] == [("/root/b", 1, "killed: too")]
    assert set(system.events.state().nodes) == {"/root", "/root/a"}


@pytest.mark.parametrize("late", ["backing_off", "starting"])
@pytest.mark.parametrize("how", ["crashed", "killed"])
def test_when_the_parent_of_a_supervisor_dies_while_it_restarts_a_child_all_is_ended(
    how: str,
    late: str,
    grow: Grow,
    child: Specify,
    clock: ManualClock,
    wait_for: Callable[..., None],
    settle: Settle,
    history: Callable[[ActorSystem], list[str]],
) -> None:
    """That each incarnation ended in one event, the fixture checks."""

    stalled = 2 if late == "starting" else 0

    def ready(actor: Actor) -> None:
        if actor.incarnation != stalled:
            actor.ready()

    x = child("x", patient=True, starting=ready)
    b = SupervisorSpec(
        id="b", children=(child("w"), x), backoff=Backoff(minimum=1, jitter=0)
    )
    system = grow(SupervisorSpec(id="a", children=(b,)))
    system.ref("/root/a/b/x").tell(fail)
    wait_for(system, "/root/a/b/x backing_off")
    if late == "starting":
        clock.advance(1)
        wait_for(system, "/root/a/b/x starting", times=2)

    if how == "crashed":
        crash(system.cell("/root/a"), "a test")
    else:
        system.cell("/root/a").kill(KILLED)
    settle(system)
    told = history(system)
    clock.advance(20)
    settle(system)

    assert system.is_up
    assert history(system) == told
    assert told[-8:] == [
        "/root/a starting",
        "/root/a/b starting",
        "/root/a/b/w starting",
        "/root/a/b/w ready",
        "/root/a/b/x starting",
        "/root/a/b/x ready",
        "/root/a/b ready",
        "/root/a ready",
    ]
    assert told.count("/root/a/b/x exited shut_down") == (late == "starting")
