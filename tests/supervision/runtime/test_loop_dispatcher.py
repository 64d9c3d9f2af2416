"""A loop of one's own: who hangs on it, what ends with it, what may wait on it."""

import asyncio
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any, Protocol

import pytest

from holdfast.supervision import (
    Actor,
    ActorSystem,
    AskCycle,
    ChildSpec,
    EventKind,
    ManualClock,
    RefTo,
    TerminateChild,
)

PATIENCE = 20.0

Grow = Callable[..., ActorSystem]
Specify = Callable[..., ChildSpec]
WaitFor = Callable[..., None]
Settle = Callable[[ActorSystem], None]


class Gates(Protocol):
    said: list[str]

    async def through(self, name: str) -> str: ...
    def await_entry(self, times: int = 1) -> None: ...
    def open(self, name: str) -> None: ...


def nothing(_: Actor) -> None:
    pass


def fine(_: Actor) -> str:
    return "fine"


def exits(system: ActorSystem) -> list[str]:
    return [
        f"{event.path} {event.exit_kind}"
        for event in system.events.since(0)
        if event.kind is EventKind.EXITED
    ]


def test_a_hung_coroutine_is_really_cancelled_and_its_actor_replaced(
    grow: Grow, traveller: Specify, gates: Gates, clock: ManualClock, wait_for: WaitFor
) -> None:
    system = grow(traveller(hang_after=3))
    system.ref("/root/a").tell("x")
    gates.await_entry()
    own = [each for each in threading.enumerate() if each.name == "/root/a#1"]

    clock.advance(3)
    wait_for(system, "/root/a ready", times=2)
    for thread in own:
        thread.join(PATIENCE)

    (told,) = [
        event.reason
        for event in system.events.since(0)
        if event.kind is EventKind.EXITED
    ]
    assert gates.said == ["x begins", "x cancelled"]
    assert "Gates.through (conftest.py:" in told
    assert told.startswith(
        (
            "hung: at str for 3.00 s: Future.__await__",
            "hung: at str for 3.00 s: Gates.through",
        )
    )
    assert [thread.is_alive() for thread in own] == [False]


def test_a_handler_that_blocks_its_loop_is_hung_too(
    grow: Grow,
    traveller: Specify,
    clock: ManualClock,
    gate: threading.Event,
    wait_for: WaitFor,
) -> None:
    entered = threading.Event()

    def block(_: Actor) -> None:
        entered.set()
        gate.wait(PATIENCE)

    system = grow(traveller(hang_after=3))
    system.ref("/root/a").tell(block)
    assert entered.wait(PATIENCE)

    clock.advance(3)
    wait_for(system, "/root/a ready", times=2)

    assert exits(system) == ["/root/a hung"]


def test_an_idle_actor_on_a_loop_is_not_hung(
    grow: Grow, traveller: Specify, clock: ManualClock, settle: Settle
) -> None:
    system = grow(traveller(hang_after=3))
    settle(system)

    for _ in range(10):
        clock.advance(1)

    assert system.ref("/root/a").ask(fine) == "fine"
    assert exits(system) == []


def test_its_own_tasks_end_with_it(
    grow: Grow, traveller: Specify, gates: Gates
) -> None:
    tasks: list[asyncio.Task[str]] = []

    async def begin(_: Actor) -> None:
        tasks.append(asyncio.create_task(gates.through("background")))

    system = grow(traveller())
    system.ref("/root/a").ask(begin)
    gates.await_entry()
    system.ref("/root").command(TerminateChild("a")).get(timeout=PATIENCE)
    system.stop().get(timeout=PATIENCE)
    system.close()

    assert [task.cancelled() for task in tasks] == [True]
    assert gates.said == ["background begins", "on_stop", "background cancelled"]


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt()])
def test_a_task_of_its_own_that_ends_the_loop_is_a_crash(
    grow: Grow, traveller: Specify, wait_for: WaitFor, error: BaseException
) -> None:
    async def leave() -> None:
        raise error

    async def begin(_: Actor) -> None:
        tasks.append(asyncio.create_task(leave()))

    tasks: list[asyncio.Task[None]] = []
    system = grow(traveller())
    own = [each for each in threading.enumerate() if each.name == "/root/a#1"]

    system.ref("/root/a").tell(begin)
    wait_for(system, "/root/a ready", times=2)
    for thread in own:
        thread.join(PATIENCE)

    assert exits(system) == ["/root/a crashed"]
    assert [thread.is_alive() for thread in own] == [False]


NO_LOOP = """
import resource
from holdfast.supervision import Actor, ActorSystem, ChildSpec, SupervisorSpec

child = ChildSpec(id="a", start=Actor, dispatcher="loop")
system = ActorSystem(SupervisorSpec(children=[child]))
resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))
system.start()
print(system.ended.get(timeout=20))
system.close()
"""


def test_a_loop_that_can_not_be_made_is_a_thread_that_could_not_be_started() -> None:
    """In a process of its own: it has no file descriptor left."""
    typed = [sys.executable, "-c", NO_LOOP]

    told = subprocess.run(typed, capture_output=True, text=True, check=True)

    assert "spawn_error: OSError: [Errno 24] Too many open files" in told.stdout


def test_another_actor_is_awaited_without_blocking_the_loop(
    grow: Grow, traveller: Specify, gates: Gates
) -> None:
    def ask_other(actor: Actor) -> Any:
        return actor.system.ref("/root/b").ask("x", block=False)

    async def ask_and_await(actor: Actor) -> str:
        return f"heard {await ask_other(actor)}"

    system = grow(traveller(id="b"), traveller())
    answer = system.ref("/root/a").ask(ask_and_await, block=False)
    gates.await_entry()
    gates.open("x")

    assert answer.get(timeout=PATIENCE) == "heard through x"


def test_blocking_the_loop_on_a_future_is_refused_with_the_way_out(
    grow: Grow, traveller: Specify, gates: Gates
) -> None:
    async def block(actor: Actor) -> Any:
        return actor.system.ref("/root/b").ask("x")

    system = grow(traveller(id="b"), traveller())

    with pytest.raises(RuntimeError, match="await the future instead"):
        system.ref("/root/a").ask(block)
    assert gates.said == []


class Ring(Actor):
    def __init__(self, neighbour: Any) -> None:
        self.neighbour = neighbour

    async def on_receive(self, message: Any) -> Any:
        return await self.neighbour.ask(message, block=False)


def test_awaiting_in_a_cycle_is_an_error_at_once(grow: Grow) -> None:
    one, other = (
        ChildSpec(
            id=name,
            start=Ring,
            args={"neighbour": RefTo(path=f"/root/{after}")},
            dispatcher="loop",
        )
        for name, after in (("a", "b"), ("b", "a"))
    )
    system = grow(one, other)

    with pytest.raises(AskCycle, match="in a cycle would wait for ever"):
        system.ref("/root/a").ask("who?")


def test_a_coroutine_on_another_dispatcher_is_refused_with_the_way_out(
    grow: Grow, traveller: Specify
) -> None:
    plain = {"on_start": nothing, "on_stop": nothing}
    system = grow(traveller(hooks=plain, dispatcher="shared"))

    with pytest.raises(TypeError, match='that needs "dispatcher": "loop"'):
        system.ref("/root/a").ask("x")


def test_a_coroutine_under_way_keeps_the_system_from_being_settled(
    grow: Grow, traveller: Specify, gates: Gates, settle: Settle
) -> None:
    settled = threading.Event()
    system = grow(traveller())
    system.ref("/root/a").tell("x")
    gates.await_entry()
    system.when_settled(settled.set)
    system.ref("/root").command(TerminateChild("nobody")).add_done_callback(
        lambda _: None
    )
    before = settled.is_set()

    gates.open("x")

    assert settled.wait(PATIENCE)
    assert not before
    settle(system)


def test_a_timer_may_begin_a_coroutine(
    grow: Grow, traveller: Specify, gates: Gates, clock: ManualClock
) -> None:
    def later(actor: Actor) -> None:
        actor.after(1, lambda: gates.through("timed"))  # type: ignore[arg-type]

    system = grow(traveller())
    system.ref("/root/a").ask(later)
    clock.advance(1)
    gates.await_entry()
    gates.open("timed")
    system.ref("/root/a").ask(nothing)

    assert gates.said[0] == "timed begins"
