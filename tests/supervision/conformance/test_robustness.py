"""OTP's cases where a supervisor must neither hang nor lose its way."""

from collections.abc import Callable
from typing import Any

import pytest

from holdfast.supervision import (
    UNLIMITED,
    Actor,
    ActorSystem,
    Backoff,
    ChildError,
    ChildSpec,
    CountChildren,
    DeleteChild,
    ExitReason,
    ManualClock,
    RestartChild,
    StartChild,
    Strategy,
    SupervisorSpec,
    TerminateChild,
)

Grow = Callable[..., ActorSystem]
Specify = Callable[..., ChildSpec]
Order = Callable[..., Any]
Refused = Callable[..., str]
Counts = Callable[..., list[int]]
States = Callable[..., dict[str, str]]
Exits = Callable[[ActorSystem], list[str]]
WaitFor = Callable[..., None]
History = Callable[[ActorSystem], list[str]]
End = Callable[[ActorSystem, str, str], None]
Hook = Callable[..., Callable[[Actor], None]]

PATIENCE = 20.0
SIMPLE = Strategy.SIMPLE_ONE_FOR_ONE


class Naughty(Actor):
    """Does not end when it is told to."""

    def ending(self, reason: ExitReason, deadline: float | None) -> bool:
        return False


def test_child_unlink(
    grow: Grow,
    child: Specify,
    wait_for: WaitFor,
    clock: ManualClock,
    counts: Counts,
    exits: Exits,
) -> None:
    """Adapted: there are no links to cut; the child does not obey when it is to stop.

    The supervisor goes on answering, and when the child's time is over it is fenced.
    """
    naughty = ChildSpec(id="naughty_child", start=Naughty, shutdown=1)
    system = grow(naughty, child("b"))

    gone = system.ref("/root").command(TerminateChild("naughty_child"))
    wait_for(system, "/root/naughty_child stopping")
    meanwhile = counts(system)
    clock.advance(1)

    assert gone.get() is None
    assert (meanwhile, counts(system)) == ([2, 2, 0, 2], [2, 1, 0, 2])
    assert exits(system) == ["/root/naughty_child killed: did not stop in time"]


def test_tree(
    grow: Grow,
    child: Specify,
    fails: Hook,
    order: Order,
    end: End,
    counts: Counts,
    states: States,
) -> None:
    """In OTP `supchild3`, which somebody stopped, comes back with its siblings.

    Here it does not: whoever stopped a part of a trading system meant it, and a
    sibling's failure is no reason to start it behind his back.
    """
    first = SupervisorSpec(
        id="supchild1", children=(child("child1"), child("child2")), intensity=4
    )
    second = SupervisorSpec(id="supchild2", intensity=4, backoff=None)
    third = SupervisorSpec(id="supchild3", intensity=4, restart="transient")
    system = grow(strategy="one_for_all", intensity=4)
    for spec in (first, second, third):
        order(system, StartChild(spec))
    order(system, TerminateChild("supchild3"))
    sickly = child("child3", starting=fails(2, 3, 4, 5, 6))
    for worker in (sickly, child("child4")):
        order(system, StartChild(worker), "/root/supchild2")

    def all_counts() -> list[list[int]]:
        paths = ("/root", "/root/supchild1", "/root/supchild2")
        return [counts(system, path) for path in paths]

    def lives() -> dict[str, int]:
        return {cell.name: cell.incarnation for cell in system.cells()}

    assert all_counts() == [[3, 2, 3, 0], [2, 2, 0, 2], [2, 2, 0, 2]]

    # only the process that dies is restarted
    end(system, "/root/supchild2/child4", "abnormal")
    assert lives() == {
        "root": 1,
        "supchild1": 1,
        "child1": 1,
        "child2": 1,
        "supchild2": 1,
        "child3": 1,
        "child4": 2,
        "supchild3": 1,
    }
    assert all_counts() == [[3, 2, 3, 0], [2, 2, 0, 2], [2, 2, 0, 2]]

    # the tree of supervisors is restarted, but not the dynamic children
    end(system, "/root/supchild2/child3", "abnormal")
    assert lives() == {
        "root": 1,
        "supchild1": 2,
        "child1": 2,
        "child2": 2,
        "supchild2": 2,
        "supchild3": 1,
    }
    assert all_counts() == [[3, 2, 3, 0], [2, 2, 0, 2], [0, 0, 0, 0]]
    assert states(system) == {"supchild1": "up", "supchild2": "up", "supchild3": "down"}


class Sickness:
    """Whether a child can start; while it is broken, it can't."""

    def __init__(self) -> None:
        self.broken = False

    def __call__(self, _: Actor) -> None:
        if self.broken:
            raise ValueError("does not start")


RESTART_LOOPS = pytest.mark.parametrize(
    "backoff", [Backoff(minimum=2), None], ids=["backing off", "at once, for ever"]
)


def shown(backoff: Backoff | None) -> list[str]:
    """Say where a child may be found that hangs in its restarts."""
    return ["restarting"] if backoff else ["restarting", "starting"]


def present(backoff: Backoff | None) -> list[str]:
    """Say why such a child may not be added a second time."""
    return ["already_present"] if backoff else ["already_present", "already_started"]


@pytest.fixture
def sickness() -> Sickness:
    return Sickness()


@pytest.fixture
def hang(
    wait_for: WaitFor, history: History, sickness: Sickness
) -> Callable[[ActorSystem, str], None]:
    """Let a child die that can't start any more, until it hangs in its restarts."""

    def hung(system: ActorSystem, path: str) -> None:
        failed = f"{path} exited restart"
        before = history(system).count(failed)
        sickness.broken = True
        system.ref(path).tell(_die)
        wait_for(system, failed, times=before + 1)

    return hung


Hang = Callable[[ActorSystem, str], None]


def _die(_: Actor) -> None:
    raise ValueError("error")


@RESTART_LOOPS
def test_hanging_restart_loop(
    backoff: Backoff | None,
    grow: Grow,
    child: Specify,
    sickness: Sickness,
    hang: Hang,
    order: Order,
    refused: Refused,
    states: States,
    counts: Counts,
) -> None:
    spec = child("child1", shutdown="brutal", starting=sickness, dispatcher="pinned")
    system = grow(spec, intensity=UNLIMITED, backoff=backoff)

    hang(system, "/root/child1")

    assert refused(system, StartChild(spec)) in present(backoff)
    assert refused(system, RestartChild("child1")) == "restarting"
    assert refused(system, DeleteChild("child1")) == "restarting"
    assert states(system)["child1"] in shown(backoff)
    assert counts(system) == [1, 0, 0, 1]
    order(system, TerminateChild("child1"))
    assert states(system) == {"child1": "down"}

    sickness.broken = False
    assert order(system, RestartChild("child1")).ask("alive?") == "alive?"
    hang(system, "/root/child1")

    assert str(system.stop().get(timeout=PATIENCE)) == "shutdown"


@RESTART_LOOPS
def test_hanging_restart_loop_rest_for_one(
    backoff: Backoff | None,
    grow: Grow,
    child: Specify,
    sickness: Sickness,
    hang: Hang,
    order: Order,
    refused: Refused,
    states: States,
    counts: Counts,
    wait_for: WaitFor,
) -> None:
    """In OTP `child3` stays down for good; here it waits for `child2`.

    So it is started once somebody terminates `child2`: it was to run before, too.
    """
    sick = child("child2", shutdown="brutal", starting=sickness, dispatcher="pinned")
    system = grow(
        child("child1"),
        sick,
        child("child3"),
        strategy="rest_for_one",
        intensity=UNLIMITED,
        backoff=backoff,
    )

    hang(system, "/root/child2")
    wait_for(system, "/root/child3 exited restart_with_sibling")

    assert refused(system, StartChild(sick)) in present(backoff)
    assert refused(system, RestartChild("child2")) == "restarting"
    assert refused(system, DeleteChild("child2")) == "restarting"
    seen = states(system)
    assert (seen["child1"], seen["child3"]) == ("up", "restarting")
    assert seen["child2"] in shown(backoff)
    assert counts(system) == [3, 1, 0, 3]
    order(system, TerminateChild("child2"))
    wait_for(system, "/root/child3 ready", times=2)
    assert states(system) == {"child1": "up", "child2": "down", "child3": "up"}

    sickness.broken = False
    order(system, RestartChild("child2"))
    hang(system, "/root/child2")

    assert str(system.stop().get(timeout=PATIENCE)) == "shutdown"


@RESTART_LOOPS
def test_hanging_restart_loop_simple(
    backoff: Backoff | None,
    grow: Grow,
    child: Specify,
    sickness: Sickness,
    hang: Hang,
    order: Order,
    refused: Refused,
    states: States,
    counts: Counts,
) -> None:
    template = child("x", shutdown="brutal", starting=sickness, dispatcher="pinned")
    system = grow(template, strategy=SIMPLE, intensity=UNLIMITED, backoff=backoff)
    order(system, StartChild())

    hang(system, "/root/1")

    assert refused(system, RestartChild("1")) == "simple_one_for_one"
    assert refused(system, DeleteChild("1")) == "simple_one_for_one"
    assert states(system)["1"] in shown(backoff)
    assert counts(system) == [1, 0, 0, 1]
    order(system, TerminateChild("1"))
    assert states(system) == {}

    sickness.broken = False
    order(system, StartChild())
    hang(system, "/root/2")

    assert str(system.stop().get(timeout=PATIENCE)) == "shutdown"


@pytest.mark.parametrize(
    ("path", "how"),
    [
        ("/root/sup2", "kill"),
        ("/root/sup2/server", "kill"),
        ("/root/sup2/server", "normal"),
        ("/root/sup2/server", "restart_child"),
    ],
)
def test_simple_global_supervisor(
    path: str, how: str, grow: Grow, child: Specify, order: Order, end: End
) -> None:
    """Adapted: a name is a path, and what was bound to it stays bound to it."""
    middle = SupervisorSpec(
        id="sup2",
        children=(child("server", shutdown=2),),
        strategy="one_for_all",
        backoff=None,
    )
    system = grow(middle, strategy="one_for_all")
    supervisor, server = system.ref("/root/sup2"), system.ref("/root/sup2/server")

    if how == "restart_child":
        order(system, TerminateChild("server"), "/root/sup2")
        order(system, RestartChild("server"), "/root/sup2")
    else:
        end(system, path, how)

    assert server.ask("alive?") == "alive?"
    assert supervisor.command(CountChildren()).get().active == 1
    assert server.cell.incarnation == 2
    assert system.ref("/root/sup2/server") is server
    system.stop().get(timeout=PATIENCE)
    assert not server.is_alive()
    assert not supervisor.is_alive()


def test_already_started_outside_supervisor(
    grow: Grow, child: Specify, order: Order, states: States
) -> None:
    """Adapted: a place in the tree can't be taken from outside.

    What an actor takes there can be, such as a lock or a port. Whoever wanted the start
    is told who has it, and the supervisor does not take the other one for its child.
    """

    def register(_: Actor) -> None:
        raise FileExistsError("already started: process 4711")

    system = grow(intensity=0)

    with pytest.raises(ChildError, match="already started: process 4711") as caught:
        order(system, StartChild(child("child", starting=register)))

    assert caught.value.code == "start_failed"
    assert states(system) == {}
    assert str(system.stop().get(timeout=PATIENCE)) == "shutdown"
