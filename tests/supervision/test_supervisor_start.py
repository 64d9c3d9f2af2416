"""Children start in order, each when all before it are ready, or all together fail."""

import threading
from collections.abc import Callable
from typing import Any, NoReturn

import pytest

from holdfast.supervision import (
    Actor,
    ActorSystem,
    ChildSpec,
    ChildState,
    ExitKind,
    ManualClock,
    StartFailed,
    SupervisorSpec,
    WhichChildren,
)

PATIENCE = 20.0

Grow = Callable[..., ActorSystem]
Specify = Callable[..., ChildSpec]
Settle = Callable[[ActorSystem], None]
History = Callable[[ActorSystem], list[str]]
WaitFor = Callable[..., None]

dispatchers = pytest.mark.parametrize("dispatcher", ["shared", "pinned"])


def fail(_: Actor) -> NoReturn:
    raise ValueError("boom")


def states(system: ActorSystem, path: str = "/root") -> dict[str, ChildState]:
    children = system.ref(path).command(WhichChildren()).get()
    return {info.id: info.state for info in children}


def failure(system: ActorSystem) -> StartFailed:
    with pytest.raises(StartFailed) as caught:
        system.start().get(timeout=PATIENCE)
    return caught.value


def test_children_start_in_order_each_when_the_one_before_is_ready(
    grow: Grow, child: Specify, history: History
) -> None:
    branch = SupervisorSpec(id="b", children=(child("x"), child("y")))
    system = grow(child("a", dispatcher="pinned"), branch, child("c"))

    assert history(system) == [
        "/root starting",
        "/root/a starting",
        "/root/a ready",
        "/root/b starting",
        "/root/b/x starting",
        "/root/b/x ready",
        "/root/b/y starting",
        "/root/b/y ready",
        "/root/b ready",
        "/root/c starting",
        "/root/c ready",
        "/root ready",
    ]
    assert system.started.get() is system.ref("/root")


def test_an_empty_supervisor_is_ready_at_once(grow: Grow, history: History) -> None:
    assert history(grow()) == ["/root starting", "/root ready"]


@dispatchers
def test_a_child_that_says_itself_when_it_is_ready_is_waited_for(
    dispatcher: str, grow: Grow, child: Specify, history: History, wait_for: WaitFor
) -> None:
    spec = child("a", patient=True, dispatcher=dispatcher)
    system = grow(spec, child("b"), start=False)
    ref = system.ref("/root/a")

    system.start()
    wait_for(system, "/root/a starting")
    early = ref.ask("early", block=False)
    before = (states(system), system.started.done, early.done, system.is_up)
    ref.command(Actor.ready).get()
    system.started.get(timeout=PATIENCE)

    waiting = {"a": ChildState.STARTING, "b": ChildState.RESTARTING}
    assert before == (waiting, False, False, False)
    assert early.get() == "early"
    assert system.is_up
    assert history(system)[2:5] == [
        "/root/a ready",
        "/root/b starting",
        "/root/b ready",
    ]


def test_saying_ready_again_says_nothing_new(
    grow: Grow, child: Specify, settle: Settle, history: History
) -> None:
    system = grow(child("a"))
    before = history(system)

    system.ref("/root/a").ask(Actor.ready)
    settle(system)

    assert history(system) == before


@pytest.mark.parametrize("hook", ["starting", "patient"])
def test_a_child_that_is_not_ready_in_time_fails_the_start(
    hook: str,
    grow: Grow,
    child: Specify,
    clock: ManualClock,
    gate: threading.Event,
    history: History,
) -> None:
    """Whether it hangs in `on_start` or never says that it is ready."""
    entered = threading.Event()

    def start(_: Actor) -> None:
        entered.set()
        if hook == "starting":
            gate.wait(PATIENCE)

    spec = child(
        "b",
        dispatcher="pinned",
        patient=hook == "patient",
        starting=start,
        start_timeout=2,
    )
    system = grow(child("a"), spec, start=False)

    system.start()
    assert entered.wait(PATIENCE)
    clock.advance(1.999)
    before = system.started.done
    clock.advance(0.001)

    assert before is False
    assert str(failure(system)) == "/root/b: was not ready within 2 s"
    assert history(system)[-4:] == [
        "/root/b exited escalate",
        "/root/a stopping",
        "/root/a exited shut_down",
        "/root exited escalate",
    ]


def test_a_child_that_was_ready_in_time_is_not_limited_any_more(
    grow: Grow, child: Specify, clock: ManualClock
) -> None:
    system = grow(child("a", start_timeout=2))

    clock.advance(100)

    assert clock.pending() == []
    assert system.is_up


@dispatchers
def test_the_first_start_that_fails_stops_those_before_it_in_reverse(
    dispatcher: str, grow: Grow, child: Specify, history: History
) -> None:
    broken = child("c", dispatcher=dispatcher, starting=fail)
    system = grow(child("a"), child("b"), broken, child("d"), start=False)

    error = failure(system)

    assert str(error) == "/root/c: ValueError: boom"
    assert isinstance(error.reason.error, ValueError)
    assert history(system)[5:] == [
        "/root/c starting",
        "/root/c exited escalate",
        "/root/b stopping",
        "/root/b exited shut_down",
        "/root/a stopping",
        "/root/a exited shut_down",
        "/root exited escalate",
    ]
    assert system.ended.get().kind is ExitKind.START_FAILED


@pytest.mark.parametrize("restart", ["permanent", "transient", "temporary"])
def test_no_restart_type_saves_the_first_start(
    restart: str, grow: Grow, child: Specify
) -> None:
    system = grow(child("a", starting=fail, restart=restart), start=False)

    assert str(failure(system)) == "/root/a: ValueError: boom"


def test_a_nested_failure_names_the_child_that_failed_and_its_cause(
    grow: Grow, child: Specify, history: History
) -> None:
    inner = SupervisorSpec(id="inner", children=(child("x"), child("y", starting=fail)))
    outer = SupervisorSpec(id="outer", children=(child("w"), inner))
    system = grow(child("a"), outer, start=False)

    error = failure(system)

    assert str(error) == "/root/outer/inner/y: ValueError: boom"
    assert error.reason.kind is ExitKind.START_FAILED
    assert isinstance(error.reason.error, ValueError)
    assert [line for line in history(system) if "exited" in line] == [
        "/root/outer/inner/y exited escalate",
        "/root/outer/inner/x exited shut_down",
        "/root/outer/inner exited escalate",
        "/root/outer/w exited shut_down",
        "/root/outer exited escalate",
        "/root/a exited shut_down",
        "/root exited escalate",
    ]


def test_a_child_that_crashes_before_it_says_ready_fails_the_start(
    grow: Grow, child: Specify, wait_for: WaitFor
) -> None:
    system = grow(child("a", patient=True), start=False)
    system.start()
    wait_for(system, "/root/a starting")

    system.ref("/root/a").command(fail)

    assert str(failure(system)) == "/root/a: crashed: ValueError: boom"


def test_a_failure_while_a_later_child_still_starts_is_a_restart(
    grow: Grow, child: Specify, wait_for: WaitFor, history: History
) -> None:
    """It has been ready once, so this is no failed start any more."""
    system = grow(child("a"), child("b", patient=True), start=False)
    system.start()
    wait_for(system, "/root/b starting")

    system.ref("/root/a").tell(fail)
    wait_for(system, "/root/a ready", times=2)
    system.ref("/root/b").command(Actor.ready).get()
    system.started.get(timeout=PATIENCE)

    assert history(system)[3:] == [
        "/root/b starting",
        "/root/a exited restart",
        "/root/a starting",
        "/root/a ready",
        "/root/b ready",
        "/root ready",
    ]


def test_a_stop_while_children_start_ends_the_start(
    grow: Grow, child: Specify, wait_for: WaitFor, history: History
) -> None:
    system = grow(child("a"), child("b", patient=True), child("c"), start=False)
    system.start()
    wait_for(system, "/root/b starting")

    reason = system.stop().get(timeout=PATIENCE)

    assert reason.kind is ExitKind.SHUTDOWN
    assert str(failure(system)) == "shutdown"
    assert history(system)[4:] == [
        "/root stopping",
        "/root/b stopping",
        "/root/b exited shut_down",
        "/root/a stopping",
        "/root/a exited shut_down",
        "/root exited shut_down",
    ]


def test_arguments_that_can_not_be_made_are_a_start_that_failed(grow: Grow) -> None:
    class Needy(Actor):
        def __init__(self, **needs: Any) -> None:
            del needs
            raise LookupError("no key for the venue")

    system = grow(ChildSpec(id="a", start=Needy, args={"key": 1}), start=False)

    assert str(failure(system)) == "/root/a: LookupError: no key for the venue"
