"""The dispatchers of a world block whom the real ones would block."""

from collections.abc import Callable

from holdfast.supervision import (
    ActorSystem,
    ChildSpec,
    EventKind,
    ExitKind,
    ExitReason,
    hang,
)
from holdfast.supervision.simulation import World

Child = Callable[..., ChildSpec]
Inhabit = Callable[..., ActorSystem]


def test_a_shared_actor_that_hangs_holds_the_others_until_it_is_noticed(
    world: World, inhabit: Inhabit, child: Child
) -> None:
    system = inhabit(child("a"), child("b"), child("c", dispatcher="pinned"))
    hang(system.cell("/root/a"), 7.0)
    world.run(until=0.0)

    pinned = system.ref("/root/c").ask("pinned")
    at_once = world.clock.now()
    shared = system.ref("/root/b").ask("shared")

    assert (pinned, at_once) == ("pinned", 0.0)
    assert (shared, round(world.clock.now(), 2)) == ("shared", 0.12)
    assert [
        event.path
        for event in system.events.since(0)
        if event.kind is EventKind.HELD_THREAD
    ] == ["/root/a"]


def test_several_systems_live_in_one_world(
    world: World, inhabit: Inhabit, child: Child
) -> None:
    one, other = inhabit(child("a")), inhabit(child("a"))
    hang(one.cell("/root/a"), 5.0)
    world.run(until=0.0)

    reply = other.ref("/root/a").ask("hello")

    assert (reply, world.clock.now()) == ("hello", 0.0)
    assert world.systems == [one, other]


def test_a_killed_actor_is_replaced_while_its_thread_still_hangs(
    world: World, inhabit: Inhabit, child: Child
) -> None:

    system = inhabit(child("a", dispatcher="pinned"))
    hang(system.cell("/root/a"), 50.0)
    world.run(until=1.0)

    system.cell("/root/a").kill(ExitReason(ExitKind.KILLED, "a test"))
    reply = system.ref("/root/a").ask("hello")
    world.run(until=100.0)

    assert (reply, system.cell("/root/a").incarnation) == ("hello", 2)
