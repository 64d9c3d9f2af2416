"""What is known of an actor is known without its help."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import attrs
import pytest

from holdfast.supervision import (
    Actor,
    ActorInfo,
    ActorSystem,
    Backoff,
    ChildSpec,
    Doing,
    ExitKind,
    ExitReason,
    Lifecycle,
    ManualClock,
    TerminateChild,
    UnknownPath,
)

PATIENCE = 20.0
KILLED = ExitReason(ExitKind.KILLED, "by a test")

Grow = Callable[..., ActorSystem]
Specify = Callable[..., ChildSpec]
Settle = Callable[[ActorSystem], None]
WaitFor = Callable[..., None]


@attrs.define(eq=False)
class Hang:
    """A message that stands still until the gate opens."""

    gate: threading.Event
    entered: threading.Event = attrs.field(factory=threading.Event)

    def __call__(self, _: Actor) -> None:
        self.entered.set()
        self.gate.wait(PATIENCE)


def watch(path: str) -> Callable[[Actor], object]:
    return lambda actor: [actor.watch(actor.system.ref(path))]


def link(path: str) -> Callable[[Actor], object]:
    return lambda actor: actor.link(actor.system.ref(path))


def test_of_an_actor_that_waits_all_that_is_known_is_told(
    grow: Grow, child: Specify, settle: Settle
) -> None:
    system = grow(child("a"), child("b", dispatcher="pinned"), child("w"))

    system.ref("/root/w").ask(watch("/root/a"))
    system.ref("/root/a").ask(watch("/root/b"))
    system.ref("/root/a").ask(link("/root/b"))
    system.watch("/root/a", str)
    settle(system)

    assert system.info("/root/a") == ActorInfo(
        path="/root/a",
        about="worker permanent",
        actor_class="Obedient",
        incarnation=1,
        lifecycle=Lifecycle.READY,
        dispatcher="shared",
        waiting=0,
        urgent=0,
        steps=system.info("/root/a").steps,
        at=(),
        links=("/root/b",),
        watchers=("/root/w", "outside"),
        watching=("/root/b",),
    )
    assert system.info("/root/b").links == ("/root/a",)
    assert system.info("/root").about == "supervisor one_for_one 3/60"


@pytest.mark.parametrize("dispatcher", ["shared", "pinned"])
def test_an_actor_that_hangs_is_known_as_well(
    dispatcher: str,
    grow: Grow,
    child: Specify,
    clock: ManualClock,
    gate: threading.Event,
) -> None:
    hang = Hang(gate)
    system = grow(child("a", dispatcher=dispatcher, hang_after=None))
    before = system.info("/root/a").steps

    system.ref("/root/a").tell(hang)
    assert hang.entered.wait(PATIENCE)
    system.ref("/root/a").tell("a message")
    system.ref("/root/a").command("a command")
    seen = [system.info("/root/a")]
    clock.advance(0.0)
    clock.advance(2.5)
    seen += [each for each in system.infos() if each.path == "/root/a"]

    assert [each.at for each in seen] == [
        (Doing("Hang", None),),
        (Doing("Hang", 2.5),),
    ]
    for each in seen:
        assert (each.lifecycle, each.waiting, each.urgent) == ("ready", 1, 1)
        assert each.steps == before + 1


def test_coroutines_that_run_side_by_side_are_all_told(
    grow: Grow, settle: Settle
) -> None:
    begun = threading.Semaphore(0)
    doors: list[Callable[[], object]] = []

    class Slow(Actor):
        async def on_receive(self, message: object) -> None:
            door = asyncio.Event()
            loop = asyncio.get_running_loop()
            doors.append(lambda: loop.call_soon_threadsafe(door.set))
            begun.release()
            await door.wait()

    spec = ChildSpec(id="a", start=Slow, dispatcher="loop", concurrency=2)
    system = grow(spec)
    for message in ("text", 1, 2.0):
        system.ref("/root/a").tell(message)
    for _ in range(2):
        assert begun.acquire(timeout=PATIENCE)

    info = system.info("/root/a")
    while len(info.at) > 2:  # its turn has yet to end
        info = system.info("/root/a")
    assert [each.what for each in info.at] == ["str", "int"]
    assert info.waiting == 1

    for _ in range(2):
        doors.pop()()
    assert begun.acquire(timeout=PATIENCE)
    doors.pop()()
    settle(system)
    assert system.info("/root/a").at == ()


def test_the_lifecycle_is_that_of_the_place(
    grow: Grow, child: Specify, wait_for: WaitFor
) -> None:
    spec = child("a", patient=True)
    system = grow(spec, start=False, backoff=Backoff(minimum=1, jitter=0))

    def look() -> tuple[str, int]:
        info = system.info("/root/a")
        return info.lifecycle, info.incarnation

    seen = [look()]
    system.start()
    wait_for(system, "/root/a starting")
    seen.append(look())
    system.ref("/root/a").command(Actor.ready)
    wait_for(system, "/root ready")
    seen.append(look())
    system.cell("/root/a").kill(KILLED)
    wait_for(system, "/root/a backing_off")
    seen.append(look())
    system.ref("/root").command(TerminateChild("a")).get()
    seen.append(look())

    assert seen == [
        ("down", 0),
        ("unready", 1),
        ("ready", 1),
        ("awaited", 1),
        ("down", 1),
    ]


def test_those_with_the_most_of_something_come_first(
    grow: Grow, child: Specify
) -> None:
    names = ("a", "b", "c")
    system = grow(*(child(each, patient=True) for each in names), start=False)
    for count, name in enumerate(names):
        for number in range(count):
            system.ref(f"/root/{name}").tell(number)

    def top(**by: Any) -> list[tuple[str, int]]:
        return [(each.path, each.waiting) for each in system.top(2, **by)]

    assert top() == [("/root/c", 2), ("/root/b", 1)]
    assert top(by="path") == [("/root/c", 2), ("/root/b", 1)]
    assert [each.path for each in system.infos()] == [
        "/root",
        *(f"/root/{name}" for name in names),
    ]


def test_of_a_place_that_is_not_there_nothing_is_known(grow: Grow) -> None:
    with pytest.raises(UnknownPath, match="/root/a"):
        grow().info("/root/a")
