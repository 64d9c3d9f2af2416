"""Stopping in phases: intake, what is under way, the tree; one deadline for all."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from holdfast.supervision import (
    Actor,
    ActorSystem,
    ChildSpec,
    ManualClock,
    SupervisorSpec,
    WhichChildren,
)
from holdfast.supervision.shutdown import Shutdown

Grow = Callable[..., ActorSystem]
Specify = Callable[..., ChildSpec]
Wait = Callable[..., None]
History = Callable[[ActorSystem], list[str]]

PATIENCE = 20.0


def exits(system: ActorSystem) -> list[str]:
    """Return who has ended, how, in order."""
    return [
        f"{each.path} {each.reason}"
        for each in system.events.since(0)
        if each.kind == "exited"
    ]


def heard(system: ActorSystem) -> None:
    """Wait until the root has heard all that it was told so far."""
    system.ref("/root").command(WhichChildren()).get(timeout=PATIENCE)


@pytest.fixture
def holding(gate: threading.Event) -> Callable[[Actor], None]:
    """Let an actor hang until the test, or its end, lets it go."""

    def hold(_: Actor) -> None:
        gate.wait(PATIENCE)

    return hold


def test_first_nothing_new_comes_in_then_all_under_way_is_done_then_it_stops(
    grow: Grow, child: Specify, gate: threading.Event
) -> None:
    done: list[Any] = []
    begun = threading.Event()
    strategy = child("strategy", say=done.append, dispatcher="pinned")
    system = grow(child("exchange"), strategy, child("feed", intake=True))
    shutdown = Shutdown.within(system, 60.0)

    def slowly(_: Any) -> None:
        begun.set()
        gate.wait(PATIENCE)

    for message in (slowly, 1, 2, 3):
        system.ref("/root/strategy").tell(message)
    assert begun.wait(PATIENCE)
    shutdown.stop_intake().get(timeout=PATIENCE)
    without_feed = exits(system)
    drained = shutdown.drain()
    was_drained, had_done = drained.done, list(done)
    gate.set()
    drained.get(timeout=PATIENCE)
    then_done = list(done)
    shutdown.stop_tree().get(timeout=PATIENCE)

    assert without_feed == ["/root/feed shutdown"]
    assert (was_drained, had_done) == (False, [])
    assert then_done == [1, 2, 3]
    assert exits(system)[1:] == [
        "/root/strategy shutdown",
        "/root/exchange shutdown",
        "/root shutdown",
    ]
    assert system.dead_letters.count() == 0


def test_all_that_brings_work_in_is_stopped_wherever_it_stands(
    grow: Grow, child: Specify
) -> None:
    deep = SupervisorSpec(id="deep", children=(child("a", intake=True), child("b")))
    gone = child("gone", intake=True, restart="transient")
    system = grow(deep, child("c"), child("d", intake=True), gone)
    system.ref("/root/gone").ask(Actor.stop, timeout=PATIENCE)

    Shutdown.within(system, 60.0).stop_intake().get(timeout=PATIENCE)

    assert sorted(exits(system)) == [
        "/root/d shutdown",
        "/root/deep/a shutdown",
        "/root/gone normal",
    ]


def test_without_intake_the_first_phase_is_over_at_once(
    grow: Grow, child: Specify
) -> None:
    system = grow(child("a"))

    stopped = Shutdown.within(system, 60.0).stop_intake()

    assert (stopped.done, stopped.get()) == (True, [])


def test_a_quiet_system_is_drained_without_anybody_saying_anything(
    grow: Grow, child: Specify
) -> None:
    system = grow(child("a"), child("b", dispatcher="pinned"))

    Shutdown.within(system, 60.0).drain().get(timeout=PATIENCE)

    assert exits(system) == []


@pytest.mark.parametrize("own_limit", ["infinity", 60])
def test_who_hangs_while_stopping_is_killed_at_the_total_deadline(
    grow: Grow,
    child: Specify,
    clock: ManualClock,
    holding: Callable[[Actor], None],
    wait_for: Wait,
    own_limit: float | str,
) -> None:
    hangs = child("hangs", stopping=holding, dispatcher="pinned", shutdown=own_limit)
    system = grow(child("a"), SupervisorSpec(id="deep", children=(hangs,)), child("b"))
    shutdown = Shutdown.within(system, 10.0)
    clock.advance(4.0)

    ended = shutdown.stop_tree()
    wait_for(system, "/root/deep/hangs stopping")
    clock.advance(5.9)
    before = ended.done
    clock.advance(0.1)
    reason = ended.get(timeout=PATIENCE)

    assert (before, str(reason)) == (False, "shutdown")
    told = exits(system)
    assert told[0] == "/root/b shutdown"
    assert "/root/deep/hangs killed: did not stop in time" in told
    assert clock.now() == 10.0


def test_who_has_less_time_of_its_own_is_killed_sooner(
    grow: Grow,
    child: Specify,
    clock: ManualClock,
    holding: Callable[[Actor], None],
    wait_for: Wait,
) -> None:
    hangs = child("hangs", stopping=holding, dispatcher="pinned", shutdown=2)
    system = grow(child("a"), hangs)

    ended = Shutdown.within(system, 10.0).stop_tree()
    wait_for(system, "/root/hangs stopping")
    clock.advance(2.0)
    ended.get(timeout=PATIENCE)

    assert exits(system) == [
        "/root/hangs killed: did not stop in time",
        "/root/a shutdown",
        "/root shutdown",
    ]


def test_an_intake_that_hangs_does_not_keep_the_tree_from_stopping(
    grow: Grow,
    child: Specify,
    clock: ManualClock,
    holding: Callable[[Actor], None],
    wait_for: Wait,
) -> None:
    feed = child(
        "feed", intake=True, stopping=holding, dispatcher="pinned", shutdown="infinity"
    )
    system = grow(child("a"), feed)
    shutdown = Shutdown.within(system, 10.0)

    stopped = shutdown.stop_intake()
    wait_for(system, "/root/feed stopping")
    clock.advance(8.0)
    drained = shutdown.drain()
    ended = shutdown.stop_tree()
    waited_for = (stopped.done, drained.done, ended.done, shutdown.left())
    heard(system)
    clock.advance(2.0)
    ended.get(timeout=PATIENCE)

    assert waited_for == (False, False, False, 2.0)
    assert "/root/feed killed: did not stop in time" in exits(system)


def test_to_hurry_kills_at_once_whatever_was_promised(
    grow: Grow,
    child: Specify,
    clock: ManualClock,
    holding: Callable[[Actor], None],
    wait_for: Wait,
) -> None:
    hangs = child("hangs", stopping=holding, dispatcher="pinned", shutdown="infinity")
    system = grow(child("a"), hangs)
    shutdown = Shutdown.within(system, 10.0)
    ended = shutdown.stop_tree()
    wait_for(system, "/root/hangs stopping")

    assert system.stop(0.0) is ended
    heard(system)
    clock.advance(0.0)
    ended.get(timeout=PATIENCE)

    assert clock.now() == 0.0
    assert exits(system)[0] == "/root/hangs killed: did not stop in time"


def test_the_time_left_never_falls_below_nothing(
    grow: Grow, child: Specify, clock: ManualClock
) -> None:
    shutdown = Shutdown.within(grow(child("a")), 10.0)

    left = [shutdown.left()]
    for _ in range(3):
        clock.advance(6.0)
        left.append(shutdown.left())

    assert left == [10.0, 4.0, 0.0, 0.0]
