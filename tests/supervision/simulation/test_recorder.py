"""What is recorded is what happened: lives, questions, probes, late children."""

import contextlib
from collections.abc import Callable

import pytest

from holdfast.supervision import (
    ActorSystem,
    AskTimeout,
    Backoff,
    ChildError,
    ChildSpec,
    CycleChild,
    DeleteChild,
    StartChild,
    SupervisorSpec,
    TerminateChild,
    crash,
    hang,
)
from holdfast.supervision.runtime.exit_reason import NORMAL
from holdfast.supervision.simulation import World
from holdfast.supervision.simulation.history import Asked, Life, Probe
from holdfast.supervision.simulation.recorder import Recorder

Child = Callable[..., ChildSpec]
Inhabit = Callable[..., ActorSystem]


def test_every_life_is_recorded(world: World, inhabit: Inhabit, child: Child) -> None:
    system = inhabit(child("a"), start=False)
    recorder = Recorder(world, system)
    system.start().get()
    world.run(until=3.0)
    crash(system.cell("/root/a"), "a test")
    world.run(until=4.0)

    assert recorder.close().lives == [
        Life(0.0, "/root", 1),
        Life(0.0, "/root/a", 1),
        Life(3.0, "/root/a", 2),
    ]


def test_another_system_of_the_world_is_none_of_its_business(
    world: World, inhabit: Inhabit, child: Child
) -> None:
    recorder = Recorder(world, inhabit(child("a"), start=False))

    inhabit(child("b"))

    assert recorder.close().lives == []


def test_questions_are_recorded_with_their_end(
    world: World, inhabit: Inhabit, child: Child
) -> None:
    system = inhabit(child("a", dispatcher="pinned"), start=False)
    recorder = Recorder(world, system)
    a = system.ref("/root/a")
    system.start().get()
    a.ask("at once")
    hang(system.cell("/root/a"), 5.0)
    with pytest.raises(AskTimeout):
        a.ask("too late", timeout=2.0)
    a.ask("open", block=False, timeout=60.0)

    assert recorder.close().asks == [
        Asked("/root/a", 5.0, 0.0),
        Asked("/root/a", 2.0, 2.0),
        Asked("/root/a", 62.0, None),
    ]


def test_supervisors_are_probed_again_and_again(
    world: World, inhabit: Inhabit, child: Child
) -> None:
    system = inhabit(child("a"), start=False)
    recorder = Recorder(world, system)
    looked: list[float] = []
    recorder.probe_every(2.0, lambda: looked.append(world.clock.now()))
    system.start().get()

    world.run(until=5.0)

    assert looked == [2.0, 4.0]
    assert recorder.close().probes == [
        Probe(2.0, "/root", answered=True),
        Probe(4.0, "/root", answered=True),
    ]


def test_a_supervisor_whose_thread_is_held_is_excused(
    world: World, inhabit: Inhabit, child: Child
) -> None:
    system = inhabit(child("a"), start=False)
    recorder = Recorder(world, system)
    system.start().get()
    hang(system.cell("/root/a"), 5.0)
    world.run(until=0.05)
    recorder.probe()
    world.run(until=1.0)

    assert recorder.close().probes == [
        Probe(0.05, "/root", answered=False, excuse="/root/a#1 holds the shared thread")
    ]


def test_a_supervisor_that_ends_meanwhile_is_excused(
    world: World, inhabit: Inhabit, child: Child
) -> None:
    branch = SupervisorSpec(id="s", children=[child("a")])
    system = inhabit(branch, start=False, backoff=Backoff(minimum=5.0))
    recorder = Recorder(world, system)
    system.start().get()
    recorder.probe()
    system.cell("/root/s").kill(NORMAL)
    world.run(until=1.0)

    assert recorder.close().probes == [
        Probe(0.0, "/root", answered=True),
        Probe(0.0, "/root/s", answered=False, excuse="it had ended"),
    ]


def test_children_that_come_later_are_counted_too(
    world: World, inhabit: Inhabit, child: Child
) -> None:
    system = inhabit(child("a"), start=False)
    recorder = Recorder(world, system)
    system.start().get()
    system.ref("/root").command(StartChild(child("b"))).get()
    system.ref("/root/b").ask("hello")

    history = recorder.close()

    assert [flow.path for flow in history.flows if flow.finished] == ["/root/b"]


def test_what_restarts_burden_is_what_the_present_child_of_a_place_depends_on(
    world: World, inhabit: Inhabit, child: Child
) -> None:
    feed = child("a", dependency="venue", restart="temporary")
    system = inhabit(feed, start=False)
    recorder = Recorder(world, system)
    root = system.start().get()
    for spec in (child("a", dependency="bank"), child("a")):
        root.command(TerminateChild("a")).get()
        with contextlib.suppress(ChildError):  # one of them was forgotten already
            root.command(DeleteChild("a")).get()
        root.command(StartChild(spec)).get()
        world.run(until=world.clock.now() + 1.0)
        root.command(CycleChild("a", "a test")).get()

    assert recorder.close().borne == {"bank": [1.0]}
