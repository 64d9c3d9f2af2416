"""Waiting that can never end is told at once, and by name."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from holdfast.supervision import Actor, ActorSystem, ChildSpec, EventKind, Future
from holdfast.supervision.simulation import Deadlock, Livelock, World

Child = Callable[..., ChildSpec]
Inhabit = Callable[..., ActorSystem]


class Clockwork(Actor):
    """Says each second what time it is."""

    def __init__(self, say: Callable[[Any], object], each: float = 1.0) -> None:
        self._say, self._each = say, each

    def on_start(self) -> None:
        self.after(self._each, self._tick)

    def _tick(self) -> None:
        self._say((self.path, self.clock.now()))
        self.after(self._each, self._tick)


def test_a_deadlock_names_who_waits_for_whom(
    world: World, inhabit: Inhabit, child: Child
) -> None:
    never = threading.Event()
    system = inhabit(child("a", dispatcher="pinned", hang_after=None))

    def wait(actor: Actor) -> None:
        actor.clock.wait(never, None)

    system.ref("/root/a").tell(wait)

    with pytest.raises(Deadlock, match="/root/a waits for an event that nobody sets"):
        world.run(until=10.0)


def test_a_caller_who_waits_for_what_never_comes_is_told(
    inhabit: Inhabit, child: Child
) -> None:
    system = inhabit(child("a"))

    with pytest.raises(Deadlock, match="the caller waits for what nobody brings"):
        system.ended.get()


def test_actors_without_end_are_told_from_time_that_does_not_pass(
    world: World, inhabit: Inhabit, child: Child, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("holdfast.supervision.simulation.world.AT_ONCE", 1000)
    system = inhabit(child("a"))

    def again(actor: Actor) -> None:
        actor.me.tell(again)

    system.ref("/root/a").tell(again)

    with pytest.raises(Livelock, match="1000 turns, and no time has passed at 0 s"):
        world.run(until=1.0)


def test_calls_without_a_delay_do_not_go_on_for_ever(
    world: World, inhabit: Inhabit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("holdfast.supervision.simulation.world.AT_ONCE", 1000)
    inhabit(
        ChildSpec(id="a", start=Clockwork, args={"say": str, "each": 0.0}), start=False
    ).start()

    with pytest.raises(Livelock, match="calls without a delay"):
        world.run(until=1.0)


def test_a_deadlock_tells_everybody_who_waits(
    world: World, inhabit: Inhabit, child: Child
) -> None:
    never = threading.Event()
    system = inhabit(
        child("a", dispatcher="pinned", hang_after=None),
        child("b", dispatcher="pinned", hang_after=None),
    )

    def wait(actor: Actor) -> None:
        actor.clock.wait(never, None)

    def ask(actor: Actor) -> None:
        Future(actor.clock, target=actor.system.cell("/root/a")).get()

    system.ref("/root/a").tell(wait)
    system.ref("/root/b").tell(ask)

    with pytest.raises(Deadlock) as told:
        world.run(until=1e9)

    assert "/root/a waits for an event that nobody sets" in str(told.value)
    assert "/root/b waits for /root/a" in str(told.value)


def test_a_watchdog_ends_what_would_be_a_deadlock(
    world: World, inhabit: Inhabit, child: Child
) -> None:
    never = threading.Event()
    system = inhabit(child("a", dispatcher="pinned", hang_after=3.0))

    def wait(actor: Actor) -> None:
        actor.clock.wait(never, None)

    system.ref("/root/a").tell(wait)
    world.run(until=10.0)

    ended = [each for each in system.events.since(0) if each.kind is EventKind.EXITED]
    assert [each.exit_kind for each in ended] == ["hung"]
    assert "wait (test_waiting.py:" in ended[0].reason
    assert system.ref("/root/a").ask("hello") == "hello"
