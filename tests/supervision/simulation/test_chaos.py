"""A plan of faults is data that follows from the seed, and each fault comes to pass."""

import asyncio
from collections.abc import Callable
from random import Random
from typing import Any

import attrs
import pytest

from holdfast.supervision import Actor, ActorSystem, ChildSpec, EventKind, UnknownPath
from holdfast.supervision.simulation import World
from holdfast.supervision.simulation.chaos import Chaos, Fault, FaultKind, plan

Child = Callable[..., ChildSpec]
Inhabit = Callable[..., ActorSystem]

WORKERS = ["/root/a", "/root/s/b"]
SUPERVISORS = ["/root/s"]


def planned(seed: int, count: int = 200) -> tuple[Fault, ...]:
    return plan(Random(seed), WORKERS, SUPERVISORS, duration=100.0, count=count)


def test_a_plan_follows_from_the_seed() -> None:
    assert planned(1) == planned(1)
    assert planned(1) != planned(2)


def test_a_plan_has_everything_that_can_go_wrong_in_the_order_of_time() -> None:
    faults = planned(1)

    assert {fault.kind for fault in faults} == set(FaultKind)
    assert [*faults] == sorted(faults, key=lambda fault: fault.at)
    assert all(5.0 <= fault.at <= 90.0 for fault in faults)


def test_supervisors_only_crash_or_are_killed() -> None:
    suffered = {fault.kind for fault in planned(1) if fault.path in SUPERVISORS}

    assert suffered == {FaultKind.CRASH, FaultKind.KILL}


def test_only_what_lasts_has_a_length() -> None:
    lasts = {fault.kind for fault in planned(1) if fault.seconds}

    assert lasts == {FaultKind.HANG, FaultKind.SLOW_START}


class Awaiting(Actor):
    """Takes its time in each hook."""

    def __init__(self, say: Callable[[Any], object]) -> None:
        self._say = say

    async def on_start(self) -> None:  # type: ignore[override]
        await asyncio.sleep(0.1)

    async def on_receive(self, message: Any) -> None:
        await asyncio.sleep(0.1)
        self._say(message)

    async def on_stop(self) -> None:  # type: ignore[override]
        await asyncio.sleep(0.1)


@pytest.mark.parametrize("dispatcher", ["pinned", "loop"])
@pytest.mark.parametrize(
    ("kind", "exits", "handled"),
    [
        ("crash", ["crashed: InjectedCrash: injected by chaos"], ["m"]),
        (
            "crash_before",
            ["crashed: InjectedCrash: injected by chaos, before the message"],
            [],
        ),
        (
            "crash_after",
            ["crashed: InjectedCrash: injected by chaos, after the message"],
            ["m"],
        ),
        (
            "crash_on_start",
            [
                "crashed: InjectedCrash: injected by chaos",
                "start_failed: InjectedCrash: injected by chaos, in on_start",
            ],
            ["m"],
        ),
        (
            "crash_on_stop",
            ["cleanup_failed: InjectedCrash: injected by chaos, in on_stop"],
            ["m"],
        ),
        ("hang", [], ["m"]),
        ("kill", ["killed: injected by chaos"], ["m"]),
        ("slow_start", ["crashed: InjectedCrash: injected by chaos"], ["m"]),
    ],
)
def test_each_fault_comes_to_pass_once(
    world: World,
    inhabit: Inhabit,
    child: Child,
    dispatcher: str,
    kind: str,
    exits: list[str],
    handled: list[str],
) -> None:
    said: list[Any] = []
    spec = child("a", say=said.append, dispatcher="pinned")
    if dispatcher == "loop":
        spec = attrs.evolve(spec, start=Awaiting, dispatcher="loop")
    system = inhabit(spec, start=False, intensity=9)
    chaos = Chaos(system, [Fault(kind, "/root/a", 2.0, seconds=1.0)])
    system.start().get()
    world.run(until=2.0)
    system.ref("/root/a").tell("m")

    world.run(until=10.0)

    events = system.events.since(0)
    assert [each.reason for each in events if each.kind is EventKind.EXITED] == exits
    assert [word for word in said if word == "m"] == handled
    assert chaos.counts() == {kind: 1}


@pytest.mark.parametrize(
    ("kind", "ready_at"), [("slow_start", 4.5), ("crash_on_start", 2.0)]
)
def test_a_slow_start_takes_its_time(
    world: World, inhabit: Inhabit, child: Child, kind: str, ready_at: float
) -> None:
    system = inhabit(child("a", dispatcher="pinned"), start=False, intensity=9)
    Chaos(system, [Fault(kind, "/root/a", 2.0, seconds=2.5)])
    system.start().get()

    world.run(until=10.0)

    ready = [each for each in system.events.since(0) if each.kind is EventKind.READY]
    assert (ready[-1].path, ready[-1].time - world.clock.wall() + 10.0) == (
        "/root/a",
        ready_at,
    )


def test_who_hangs_answers_later(world: World, inhabit: Inhabit, child: Child) -> None:
    system = inhabit(child("a", dispatcher="pinned"), start=False)
    Chaos(system, [Fault("hang", "/root/a", 2.0, seconds=1.5)])
    system.start().get()
    world.run(until=2.0)

    system.ref("/root/a").ask("hello")

    assert world.clock.now() == 3.5


def test_who_is_down_suffers_nothing_more(
    world: World, inhabit: Inhabit, child: Child
) -> None:
    system = inhabit(child("a", restart="temporary"), start=False)
    faults = [Fault("kill", "/root/a", at) for at in (1.0, 2.0, 3.0)]
    chaos = Chaos(system, faults)
    system.start().get()

    world.run(until=10.0)

    assert chaos.counts() == {"kill": 1}


def test_a_fault_for_a_place_that_is_not_there_is_refused(
    inhabit: Inhabit, child: Child
) -> None:
    system = inhabit(child("a"), start=False)

    with pytest.raises(UnknownPath, match="/root/b"):
        Chaos(system, [Fault("kill", "/root/b", 1.0)])
