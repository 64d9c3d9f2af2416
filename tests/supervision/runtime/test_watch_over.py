"""A watch that is over, however that came, is heard of no more and keeps nothing."""

import gc
import threading
import weakref
from collections.abc import Callable
from typing import Any

import pytest

from holdfast.supervision import (
    Actor,
    ActorSystem,
    ChildSpec,
    Down,
    ExitKind,
    ExitReason,
    Fenced,
    Future,
    Watch,
)

PATIENCE = 20.0
KILLED = ExitReason(ExitKind.KILLED, "by a test")

Grow = Callable[..., ActorSystem]
Specify = Callable[..., ChildSpec]
Settle = Callable[[ActorSystem], None]
Said = list[Any]

dispatchers = pytest.mark.parametrize("dispatcher", ["shared", "pinned", "loop"])


def watch(path: str, times: int = 1) -> Callable[[Actor], list[Watch]]:
    return lambda actor: [actor.watch(actor.system.ref(path)) for _ in range(times)]


def kill(system: ActorSystem) -> None:
    system.cell("/root/a").kill(KILLED)


@dispatchers
def test_a_watch_ends_with_who_watches_and_its_successor_hears_nothing(
    dispatcher: str, grow: Grow, child: Specify, settle: Settle
) -> None:
    said: Said = []
    system = grow(child("a"), child("w", dispatcher=dispatcher, say=said.append))

    system.ref("/root/w").ask(watch("/root/a", times=3))
    system.cell("/root/w").kill(KILLED)
    settle(system)
    watchers = system.info("/root/a").watchers
    kill(system)
    settle(system)

    assert watchers == ()
    assert said == []


def test_what_is_on_its_way_when_who_watches_is_killed_reaches_nobody(
    grow: Grow, child: Specify, settle: Settle, gate: threading.Event
) -> None:
    said: Said = []
    entered = threading.Event()

    def hold(_: Actor) -> None:
        entered.set()
        gate.wait(PATIENCE)

    system = grow(child("a"), child("w", dispatcher="pinned", say=said.append))
    system.ref("/root/w").ask(watch("/root/a"))
    system.ref("/root/w").tell(hold)
    assert entered.wait(PATIENCE)

    kill(system)
    system.cell("/root/w").kill(KILLED)
    gate.set()
    settle(system)

    assert said == []
    assert system.dead_letters.counts() == {
        ("/root/w", "in flight when its actor ended"): 1
    }


def test_who_watches_itself_hears_nothing(
    grow: Grow, child: Specify, settle: Settle
) -> None:
    said: Said = []
    system = grow(child("w", say=said.append))

    system.ref("/root/w").ask(watch("/root/w"))
    system.cell("/root/w").kill(KILLED)
    settle(system)

    assert said == []
    assert system.info("/root/w").watchers == ()


@dispatchers
def test_what_is_unwatched_is_not_heard_of_even_if_it_is_on_its_way(
    dispatcher: str, grow: Grow, child: Specify, settle: Settle
) -> None:
    said: Said = []
    watched = child("a", dispatcher=dispatcher)
    system = grow(watched, child("w", dispatcher=dispatcher, say=said.append))

    def unwatch_two(actor: Actor) -> None:
        ref = actor.system.ref("/root/a")
        early, late, kept = (actor.watch(ref) for _ in range(3))
        actor.unwatch(early)
        ref.cell.kill(KILLED)
        actor.unwatch(late)
        actor.unwatch(late)
        said.append(kept.incarnation)

    system.ref("/root/w").ask(unwatch_two)
    settle(system)

    assert said == [1, Down("/root/a", 1, KILLED)]


def test_a_zombie_watches_nobody(
    grow: Grow, child: Specify, settle: Settle, gate: threading.Event
) -> None:
    outcome: Future[BaseException] = Future()
    entered = threading.Event()

    def come_back(actor: Actor) -> None:
        entered.set()
        gate.wait(PATIENCE)
        try:
            actor.watch(actor.system.ref("/root/a"))
        except Fenced as error:
            outcome.settle(error)
            raise

    system = grow(child("a"), child("w", dispatcher="pinned"))
    system.ref("/root/w").tell(come_back)
    assert entered.wait(PATIENCE)
    system.cell("/root/w").kill(KILLED)
    gate.set()
    settle(system)

    assert isinstance(outcome.get(timeout=PATIENCE), Fenced)
    assert system.info("/root/a").watchers == ()


def test_watches_keep_nothing_and_leave_nothing_behind(
    grow: Grow, child: Specify, settle: Settle
) -> None:
    system = grow(child("a"), child("w"), child("gone"))
    held: list[Watch] = []
    objects: list[int] = []

    def watch_and_unwatch(actor: Actor) -> None:
        ref = actor.system.ref("/root/a")
        for _ in range(20_000):
            actor.unwatch(actor.watch(ref))
        gc.collect()
        objects.append(len(gc.get_objects()))

    def hold(actor: Actor) -> None:
        held.append(actor.watch(actor.system.ref("/root/gone")))

    for _ in range(2):
        system.ref("/root/w").ask(watch_and_unwatch)
    system.ref("/root/w").ask(hold)
    life = system.cell("/root/gone").life
    assert life is not None
    actor = weakref.ref(life.actor)
    del life
    system.cell("/root/gone").kill(KILLED)
    settle(system)
    gc.collect()

    assert objects[1] - objects[0] < 100
    assert actor() is None, "a watch that is kept keeps who was watched"
