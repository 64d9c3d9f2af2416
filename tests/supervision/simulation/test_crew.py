"""Exactly one thread runs a world, and none is left when it is closed."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from holdfast.supervision import (
    Actor,
    ActorSystem,
    ChildSpec,
    EventKind,
    SupervisorSpec,
    crash,
    hang,
)
from holdfast.supervision.simulation import World

Child = Callable[..., ChildSpec]
Inhabit = Callable[..., ActorSystem]


def test_two_callers_at_once_are_refused(world: World, inhabit: Inhabit) -> None:
    refused: list[str] = []

    def meddle() -> None:
        try:
            world.run(until=1.0)
        except RuntimeError as error:
            refused.append(str(error))

    def ring() -> None:
        meddler = threading.Thread(target=meddle)
        meddler.start()
        meddler.join()

    inhabit()
    world.clock.call_later(1.0, ring)
    world.run(until=1.5)

    assert refused == ["two threads can't run the same world"]


def test_a_turn_that_is_blocked_when_the_world_closes_ends(child: Child) -> None:
    before = set(threading.enumerate())
    ended: list[Any] = []
    with World(seed=1) as world:
        system = ActorSystem(
            SupervisorSpec(
                children=[child("a", dispatcher="pinned", failing=ended.append)]
            ),
            clock=world.clock,
            dispatchers=world.dispatchers,
        )
        system.start().get()
        hang(system.cell("/root/a"), 100.0)
        world.run(until=1.0)

    assert [type(each).__name__ for each in ended] == ["Obedient"]
    assert set(threading.enumerate()) == before


def test_a_closed_world_does_not_go_on(world: World, inhabit: Inhabit) -> None:
    inhabit()
    world.close()

    with pytest.raises(RuntimeError, match="this world is closed"):
        world.run(until=1.0)


def test_closing_twice_changes_nothing(
    world: World, inhabit: Inhabit, child: Child
) -> None:
    before = set(threading.enumerate())
    inhabit(child("a"))

    for _ in range(3):
        world.close()

    assert set(threading.enumerate()) <= before


def test_a_world_is_not_closed_from_inside(
    world: World, inhabit: Inhabit, child: Child
) -> None:
    def close(_: Actor) -> None:
        world.close()

    system = inhabit(child("a"))

    with pytest.raises(RuntimeError, match="can't be closed from inside"):
        system.ref("/root/a").ask(close)
    assert system.ref("/root/a").ask("hello") == "hello"


def test_a_call_of_the_clock_must_not_block(
    world: World, inhabit: Inhabit, caplog: pytest.LogCaptureFixture
) -> None:
    inhabit()
    world.clock.call_later(1.0, lambda: world.run(until=2.0))

    world.run(until=5.0)

    assert "a call that the clock makes must not block" in caplog.text


def test_who_steps_aside_holds_no_lock_of_the_events(
    world: World, inhabit: Inhabit, child: Child
) -> None:
    system = inhabit(
        child("a", dispatcher="pinned"), child("b"), ChildSpec(id="c", start=Listener)
    )
    system.events.subscribe(system.ref("/root/c").tell)

    def emit(actor: Actor) -> None:
        for _ in range(50):
            actor.system.events.emit(EventKind.COMMANDED, actor.path)

    system.ref("/root/a").tell(emit)
    crash(system.cell("/root/b"), "a test")
    world.run(until=1.0)

    kinds = [event.kind for event in system.events.since(0)]
    assert kinds.count(EventKind.COMMANDED) == 50
    assert system.cell("/root/b").incarnation == 2


class Listener(Actor):
    """Hears of events as they happen."""

    def on_receive(self, message: Any) -> None:
        pass
