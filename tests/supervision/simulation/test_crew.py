"""Exactly one thread runs a world, and none is left when it is closed."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from holdfast.supervision import ActorSystem, ChildSpec, SupervisorSpec, hang
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
