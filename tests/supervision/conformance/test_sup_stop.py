"""OTP's group `sup_stop`: what becomes of the children when a supervisor stops."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from holdfast.supervision import (
    BRUTAL,
    INFINITY,
    Actor,
    ActorSystem,
    ChildSpec,
    ExitKind,
    ExitReason,
    ManualClock,
    StartChild,
    Strategy,
    SupervisorSpec,
)

Grow = Callable[..., ActorSystem]
Specify = Callable[..., ChildSpec]
Order = Callable[..., Any]
Exits = Callable[[ActorSystem], list[str]]
History = Callable[[ActorSystem], list[str]]
WaitFor = Callable[..., None]

PATIENCE = 20.0
SIMPLE = Strategy.SIMPLE_ONE_FOR_ONE
REASONS = {
    "normal": ExitReason(ExitKind.NORMAL),
    "shutdown": ExitReason(ExitKind.SHUTDOWN),
    "info": ExitReason(ExitKind.SHUTDOWN, "test"),
    "other": ExitReason(ExitKind.CRASHED, "other"),
}
RESTARTS = ("temporary", "transient", "permanent")


@pytest.fixture
def keep_busy(gate: threading.Event) -> Callable[[ActorSystem, str], None]:
    """Have an actor sleep on its own thread until the test is over."""

    def kept(system: ActorSystem, path: str) -> None:
        asleep = threading.Event()

        def sleep(_: Actor) -> None:
            asleep.set()
            gate.wait(PATIENCE)

        system.ref(path).tell(sleep)
        assert asleep.wait(PATIENCE)

    return kept


Busy = Callable[[ActorSystem, str], None]


def test_sup_stop_infinity(grow: Grow, child: Specify, exits: Exits) -> None:
    system = grow(
        SupervisorSpec(id="child1", shutdown=INFINITY),
        child("child2", shutdown=INFINITY),
    )

    system.stop().get(timeout=PATIENCE)

    assert exits(system) == [
        "/root/child2 shutdown",
        "/root/child1 shutdown",
        "/root shutdown",
    ]


def test_sup_stop_timeout(
    grow: Grow,
    child: Specify,
    keep_busy: Busy,
    wait_for: WaitFor,
    clock: ManualClock,
    exits: Exits,
) -> None:
    """Adapted: a thread can't be killed. It is fenced, and counts as gone."""
    system = grow(
        child("child1", shutdown=1),
        child("child2", shutdown=1, dispatcher="pinned"),
    )
    keep_busy(system, "/root/child2")

    ended = system.stop()
    wait_for(system, "/root/child2 stopping")
    clock.advance(1)
    ended.get(timeout=PATIENCE)

    assert exits(system) == [
        "/root/child2 killed: did not stop in time",
        "/root/child1 shutdown",
        "/root shutdown",
    ]


def test_sup_stop_timeout_dynamic(
    grow: Grow,
    child: Specify,
    order: Order,
    keep_busy: Busy,
    wait_for: WaitFor,
    clock: ManualClock,
    exits: Exits,
) -> None:
    """Adapted: a thread can't be killed. It is fenced, and counts as gone."""
    template = child("x", shutdown=1, restart="temporary", dispatcher="pinned")
    system = grow(template, strategy=SIMPLE)
    for _ in range(2):
        order(system, StartChild())
    keep_busy(system, "/root/2")

    ended = system.stop()
    wait_for(system, "/root/1 exited shut_down")
    clock.advance(1)
    ended.get(timeout=PATIENCE)

    assert exits(system) == [
        "/root/1 shutdown",
        "/root/2 killed: did not stop in time",
        "/root shutdown",
    ]


def test_sup_stop_brutal_kill(grow: Grow, child: Specify, exits: Exits) -> None:
    """Adapted: whoever is killed is fenced, and no clean-up of it runs."""
    said: dict[str, list[Any]] = {"child1": [], "child2": []}
    system = grow(
        child("child1", shutdown=1, say=said["child1"].append),
        child("child2", shutdown=BRUTAL, say=said["child2"].append),
    )

    system.stop().get(timeout=PATIENCE)

    assert said == {"child1": ["on_stop"], "child2": []}
    assert exits(system) == [
        "/root/child2 killed: brutal shutdown",
        "/root/child1 shutdown",
        "/root shutdown",
    ]


def test_sup_stop_brutal_kill_dynamic(
    grow: Grow, child: Specify, order: Order, keep_busy: Busy, exits: Exits
) -> None:
    """Adapted: ten threads that do not answer are fenced, and nobody waits."""
    template = child("x", shutdown=BRUTAL, restart="temporary", dispatcher="pinned")
    system = grow(template, strategy=SIMPLE)
    for _ in range(10):
        keep_busy(system, order(system, StartChild()).path)

    system.stop().get(timeout=PATIENCE)

    told = exits(system)
    assert sorted(told[:-1]) == sorted(
        f"/root/{n} killed: brutal shutdown" for n in range(1, 11)
    )
    assert told[-1] == "/root shutdown"


def test_sup_stop_race(
    grow: Grow,
    child: Specify,
    gate: threading.Event,
    wait_for: WaitFor,
    exits: Exits,
    history: History,
) -> None:
    def linger(_: Actor) -> None:
        gate.wait(PATIENCE)

    racers = {f"{restart}-{why}": why for restart in RESTARTS for why in REASONS}
    system = grow(
        child("a", restart="temporary"),
        *(child(name, restart=name.partition("-")[0]) for name in racers),
        child("z", restart="temporary", dispatcher="pinned", stopping=linger),
    )
    before = len(history(system))

    ended = system.stop()
    wait_for(system, "/root/z stopping")
    for name, why in racers.items():
        system.cell(f"/root/{name}").kill(REASONS[why])
        wait_for(system, f"/root/{name} exited shut_down")
    gate.set()
    ended.get(timeout=PATIENCE)

    assert exits(system) == [
        *(f"/root/{name} {REASONS[why]}" for name, why in racers.items()),
        "/root/z shutdown",
        "/root/a shutdown",
        "/root shutdown",
    ]
    assert [line for line in history(system)[before:] if "starting" in line] == []


@pytest.mark.parametrize("restart", RESTARTS)
def test_sup_stop_non_shutdown_exit_dynamic(
    restart: str,
    grow: Grow,
    child: Specify,
    order: Order,
    keep_busy: Busy,
    wait_for: WaitFor,
    history: History,
    exits: Exits,
) -> None:
    system = grow(child("x", restart=restart, dispatcher="pinned"), strategy=SIMPLE)
    paths = {order(system, StartChild()).path: why for why in REASONS}
    for path in paths:
        keep_busy(system, path)
    before = len(history(system))

    ended = system.stop()
    for path in paths:
        wait_for(system, f"{path} stopping")
    for path, why in paths.items():
        system.cell(path).kill(REASONS[why])
    ended.get(timeout=PATIENCE)

    assert exits(system) == [
        *(f"{path} {REASONS[why]}" for path, why in paths.items()),
        "/root shutdown",
    ]
    assert [line for line in history(system)[before:] if "starting" in line] == []
