"""A supervisor answers at once while its children start, back off and stop."""

import threading
from collections.abc import Callable
from typing import Any, NoReturn

import pytest

from holdfast.supervision import (
    Actor,
    ActorSystem,
    Backoff,
    ChildError,
    ChildSpec,
    ChildState,
    CycleChild,
    DeleteChild,
    EventKind,
    Future,
    ManualClock,
    Refusal,
    RestartChild,
    StartChild,
    Strategy,
    TerminateChild,
    WhichChildren,
)

PATIENCE = 20.0
STEADY = Backoff(minimum=1, jitter=0)

Grow = Callable[..., ActorSystem]
Specify = Callable[..., ChildSpec]
Settle = Callable[[ActorSystem], None]
History = Callable[[ActorSystem], list[str]]
WaitFor = Callable[..., None]

UP = ChildState.UP
DOWN = ChildState.DOWN


def fail(_: Actor) -> NoReturn:
    raise ValueError("boom")


def send(system: ActorSystem, message: object) -> Future[Any]:
    return system.ref("/root").command(message)


def code(future: Future[Any]) -> Refusal:
    with pytest.raises(ChildError) as caught:
        future.get()
    return caught.value.code


def states(system: ActorSystem) -> dict[str, ChildState]:
    return {info.id: info.state for info in send(system, WhichChildren()).get()}


@pytest.fixture
def backing_off(grow: Grow, child: Specify, wait_for: WaitFor) -> ActorSystem:
    """A system whose a waits for its restart, beside a b that runs."""
    system = grow(child("a"), child("b"), backoff=STEADY)
    system.ref("/root/a").tell(fail)
    wait_for(system, "/root/a backing_off")
    return system


@pytest.fixture
def starting(grow: Grow, child: Specify, wait_for: WaitFor) -> ActorSystem:
    """A system whose a runs and whose b starts, until it is told to be ready."""
    system = grow(child("a"))
    system.ref("/root").command(StartChild(child("b", patient=True)), timeout=1000)
    wait_for(system, "/root/b starting")
    return system


class Stopping:
    """A system whose a takes until the gate opens to stop, beside a b that runs."""

    def __init__(self, grow: Grow, child: Specify, gate: threading.Event) -> None:
        entered = threading.Event()

        def stop(_: Actor) -> None:
            entered.set()
            gate.wait(PATIENCE)

        self.gate = gate
        self.system = grow(child("a", dispatcher="pinned", stopping=stop), child("b"))
        self.gone = send(self.system, TerminateChild("a"))
        assert entered.wait(PATIENCE)


@pytest.fixture
def stopping(grow: Grow, child: Specify, gate: threading.Event) -> Stopping:
    return Stopping(grow, child, gate)


# -- while a child starts --


def test_while_a_child_starts_commands_about_it_say_so(
    starting: ActorSystem, child: Specify
) -> None:
    seen = [
        code(send(starting, StartChild(child("b")))),
        code(send(starting, RestartChild("b"))),
        code(send(starting, DeleteChild("b"))),
    ]

    assert seen == [
        Refusal.ALREADY_STARTED,
        Refusal.RESTARTING,
        Refusal.RESTARTING,
    ]
    assert states(starting) == {"a": UP, "b": ChildState.STARTING}


def test_while_a_child_starts_others_are_started_and_stopped(
    starting: ActorSystem, child: Specify
) -> None:
    send(starting, StartChild(child("c"))).get()
    send(starting, TerminateChild("a")).get()

    assert states(starting) == {
        "a": DOWN,
        "b": ChildState.STARTING,
        "c": UP,
    }


def test_a_child_terminated_while_it_starts_fails_the_start_of_whoever_wanted_it(
    grow: Grow, child: Specify, wait_for: WaitFor
) -> None:
    system = grow()
    started = send(system, StartChild(child("b", patient=True)))
    wait_for(system, "/root/b starting")

    send(system, TerminateChild("b")).get()

    assert code(started) is Refusal.START_FAILED


def test_a_child_terminated_before_its_turn_to_start_came_is_not_started(
    grow: Grow, child: Specify, wait_for: WaitFor, history: History
) -> None:
    """The children of rest_for_one start one after the other."""
    system = grow(strategy=Strategy.REST_FOR_ONE)
    send(system, StartChild(child("a", patient=True)))
    wait_for(system, "/root/a starting")
    started = send(system, StartChild(child("b")))

    send(system, TerminateChild("b")).get()
    system.ref("/root/a").command(Actor.ready).get()

    assert code(started) is Refusal.START_FAILED
    assert states(system) == {"a": UP, "b": DOWN}
    assert "/root/b starting" not in history(system)


def test_a_stop_while_a_child_starts_refuses_whoever_wanted_it(
    grow: Grow, child: Specify, wait_for: WaitFor
) -> None:
    system = grow()
    started = send(system, StartChild(child("b", patient=True)))
    wait_for(system, "/root/b starting")

    system.stop().get(timeout=PATIENCE)

    assert code(started) is Refusal.SHUTTING_DOWN


@pytest.mark.parametrize("restart", ["permanent", "temporary"])
def test_a_start_that_a_failing_sibling_interrupts_goes_on_afterwards(
    restart: str, grow: Grow, child: Specify, wait_for: WaitFor
) -> None:
    system = grow(child("a"), strategy=Strategy.ONE_FOR_ALL)
    started = send(system, StartChild(child("b", patient=True, restart=restart)))
    wait_for(system, "/root/b starting")

    system.ref("/root/a").tell(fail)
    wait_for(system, "/root/b starting", times=2)
    system.ref("/root/b").command(Actor.ready).get()

    assert started.get() is system.ref("/root/b")


# -- while a child backs off --


def test_while_a_child_backs_off_commands_about_it_say_so(
    backing_off: ActorSystem, child: Specify
) -> None:
    seen = [
        code(send(backing_off, StartChild(child("a")))),
        code(send(backing_off, RestartChild("a"))),
        code(send(backing_off, DeleteChild("a"))),
    ]

    assert seen == [
        Refusal.ALREADY_PRESENT,
        Refusal.RESTARTING,
        Refusal.RESTARTING,
    ]
    assert states(backing_off) == {"a": ChildState.RESTARTING, "b": UP}


def test_a_child_that_backs_off_can_be_terminated_at_once(
    backing_off: ActorSystem, clock: ManualClock, settle: Settle, history: History
) -> None:
    backing_off.ref("/root/a").tell("waits")

    send(backing_off, TerminateChild("a")).get()
    clock.advance(100)
    settle(backing_off)

    assert states(backing_off) == {"a": DOWN, "b": UP}
    assert history(backing_off)[-2:] == [
        "/root/a backing_off",
        "/root/a commanded leave_stopped",
    ]
    assert backing_off.events.state().nodes["/root/a"].phase == "stopped"
    assert backing_off.dead_letters.counts()["/root/a", "stopped"] == 1


def test_a_child_that_backs_off_can_be_cycled_at_once(
    backing_off: ActorSystem, clock: ManualClock
) -> None:
    ref = send(backing_off, CycleChild("a", "now")).get()

    assert ref.ask("alive?") == "alive?"
    assert clock.pending() == []


def test_a_cycle_makes_the_back_off_start_small_again(
    backing_off: ActorSystem, clock: ManualClock, wait_for: WaitFor
) -> None:
    send(backing_off, CycleChild("a", "now")).get()

    backing_off.ref("/root/a").tell(fail)
    wait_for(backing_off, "/root/a backing_off", times=2)

    assert clock.pending() == [1]


# -- while a child stops --


def test_while_a_child_stops_commands_about_it_say_so(
    stopping: Stopping, child: Specify
) -> None:
    system = stopping.system
    seen = [
        code(send(system, StartChild(child("a")))),
        code(send(system, DeleteChild("a"))),
    ]
    shown = states(system)
    stopping.gate.set()
    stopping.gone.get()

    assert seen == [Refusal.ALREADY_PRESENT, Refusal.RUNNING]
    assert shown == {"a": ChildState.STOPPING, "b": UP}
    assert states(system) == {"a": DOWN, "b": UP}


def test_everybody_who_terminates_a_child_hears_when_it_is_gone(
    stopping: Stopping,
) -> None:
    again = send(stopping.system, TerminateChild("a"))
    states(stopping.system)
    before = (stopping.gone.done, again.done)
    stopping.gate.set()

    assert before == (False, False)
    assert (stopping.gone.get(), again.get()) == (None, None)


@pytest.mark.parametrize("command", [RestartChild("a"), CycleChild("a", "x")])
def test_a_child_wanted_again_while_it_stops_is_started_once_it_has_stopped(
    command: object, stopping: Stopping, settle: Settle
) -> None:
    back = send(stopping.system, command)
    early = back.done
    states(stopping.system)
    stopping.gate.set()

    assert early is False
    assert back.get().ask("alive?") == "alive?"
    assert stopping.gone.get() is None
    settle(stopping.system)
    assert exits(stopping.system) == [("/root/a", 1)]


def exits(system: ActorSystem) -> list[tuple[str, int]]:
    return [
        (event.path, event.incarnation)
        for event in system.events.since(0)
        if event.kind is EventKind.EXITED
    ]


def test_a_sibling_that_fails_does_not_bring_back_what_is_being_terminated(
    grow: Grow, child: Specify, gate: threading.Event, settle: Settle
) -> None:
    entered = threading.Event()

    def stop(_: Actor) -> None:
        entered.set()
        gate.wait(PATIENCE)

    b = child("b", dispatcher="pinned", stopping=stop)
    system = grow(child("a"), b, strategy=Strategy.ONE_FOR_ALL)
    gone = send(system, TerminateChild("b"))
    assert entered.wait(PATIENCE)

    system.ref("/root/a").tell(fail)
    back = system.ref("/root/a").ask("back?", block=False)
    gate.set()
    gone.get()
    settle(system)
    assert back.get() == "back?"
    down = states(system)
    send(system, RestartChild("b")).get()
    settle(system)

    assert down == {"a": UP, "b": DOWN}
    assert system.cell("/root/b").incarnation == 2


def test_nobody_is_started_before_a_terminated_sibling_behind_it_is_down(
    grow: Grow,
    child: Specify,
    wait_for: WaitFor,
    history: History,
    gate: threading.Event,
) -> None:
    def stop(_: Actor) -> None:
        gate.wait(PATIENCE)

    slow = child("b", dispatcher="pinned", stopping=stop)
    system = grow(child("a"), slow, strategy="rest_for_one")
    system.ref("/root/a").tell(fail)
    wait_for(system, "/root/b stopping")
    before = len(history(system))

    gone = send(system, TerminateChild("b"))
    added = send(system, StartChild(child("c")))
    send(system, WhichChildren()).get()
    gate.set()
    gone.get()
    added.get()

    assert history(system)[before:] == [
        "/root/b exited leave_stopped",
        "/root/a starting",
        "/root/a ready",
        "/root/c starting",
        "/root/c ready",
    ]


def test_while_all_is_stopped_every_command_is_refused_but_looking_is_not(
    grow: Grow, child: Specify, gate: threading.Event
) -> None:
    entered = threading.Event()

    def stop(_: Actor) -> None:
        entered.set()
        gate.wait(PATIENCE)

    system = grow(child("a"), child("b", dispatcher="pinned", stopping=stop))
    system.stop()
    assert entered.wait(PATIENCE)

    codes = {
        code(send(system, message))
        for message in (
            StartChild(child("c")),
            TerminateChild("a"),
            RestartChild("a"),
            DeleteChild("a"),
            CycleChild("a", "x"),
        )
    }

    assert codes == {Refusal.SHUTTING_DOWN}
    assert states(system) == {"a": UP, "b": ChildState.STOPPING}
    gate.set()
