"""Actors whose hooks and handlers are coroutines."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any, ClassVar

import attrs
import pytest

from holdfast.supervision import (
    Actor,
    ActorCrashed,
    ActorSystem,
    AskCycle,
    ChildSpec,
    CountChildren,
    Describe,
    EventKind,
    ExitKind,
    ExitReason,
    Future,
    ManualClock,
    RefTo,
    TerminateChild,
)

PATIENCE = 20.0

Grow = Callable[..., ActorSystem]
WaitFor = Callable[..., None]
Settle = Callable[[ActorSystem], None]


@attrs.define
class Gates:
    """Says what happens, and lets coroutines through one by one."""

    said: list[str] = attrs.field(factory=list[str])
    entered: threading.Semaphore = attrs.field(factory=lambda: threading.Semaphore(0))
    futures: dict[str, Future[str]] = attrs.field(factory=dict[str, Future[str]])

    async def through(self, name: str) -> str:
        gate = self.futures.setdefault(name, Future())
        self.said.append(f"{name} begins")
        self.entered.release()
        try:
            result = await gate
        except asyncio.CancelledError:
            self.said.append(f"{name} cancelled")
            raise
        self.said.append(f"{name} ends")
        return result

    def await_entry(self, times: int = 1) -> None:
        for _ in range(times):
            assert self.entered.acquire(timeout=PATIENCE)

    def open(self, name: str) -> None:
        self.futures.setdefault(name, Future()).settle(f"through {name}")


class Traveller(Actor):
    """Goes through the gate that it is told, or fails with what it is told."""

    replies_with: ClassVar[tuple[type[Exception], ...]] = (LookupError,)

    def __init__(self, gates: Gates, slow_hooks: tuple[str, ...] = ()) -> None:
        self.gates = gates
        self._slow = slow_hooks

    async def on_start(self) -> None:  # type: ignore[override]
        if "start" in self._slow:
            await self.gates.through("start")

    async def on_receive(self, message: Any) -> Any:
        if isinstance(message, Exception):
            raise message
        if callable(message):
            result = message(self)
            return await result if asyncio.iscoroutine(result) else result
        return await self.gates.through(message)

    async def on_stop(self) -> None:  # type: ignore[override]
        self.gates.said.append("on_stop")
        if "stop" in self._slow:
            await self.gates.through("stop")


@pytest.fixture
def gates() -> Gates:
    return Gates()


def traveller(gates: Gates, **fields: Any) -> ChildSpec:
    args = {"gates": gates, **fields.pop("args", {})}
    given: dict[str, Any] = {"id": "a", "dispatcher": "loop", **fields}
    return ChildSpec(start=Traveller, args=args, **given)


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


def test_a_coroutine_handles_a_message_and_its_result_is_the_reply(
    grow: Grow, gates: Gates
) -> None:
    system = grow(traveller(gates))
    answer = system.ref("/root/a").ask("x", block=False)
    gates.await_entry()

    gates.open("x")

    assert answer.get(timeout=PATIENCE) == "through x"


def test_by_default_one_message_is_handled_after_the_other(
    grow: Grow, gates: Gates
) -> None:
    system = grow(traveller(gates))
    for name in "xy":
        system.ref("/root/a").tell(name)
    gates.await_entry()
    for name in "yx":
        gates.open(name)
    gates.await_entry()
    system.ref("/root/a").ask(nothing)

    assert gates.said == ["x begins", "x ends", "y begins", "y ends"]


def test_up_to_its_concurrency_messages_are_handled_side_by_side(
    grow: Grow, gates: Gates
) -> None:
    system = grow(traveller(gates, concurrency=2))
    asked = [system.ref("/root/a").ask(name, block=False) for name in "xyz"]
    gates.await_entry(2)
    before = list(gates.said)

    gates.open("y")
    gates.await_entry()
    for name in "xz":
        gates.open(name)

    assert before == ["x begins", "y begins"]
    assert gates.said[2:4] == ["y ends", "z begins"]
    assert [each.get(timeout=PATIENCE) for each in asked] == [
        "through x",
        "through y",
        "through z",
    ]


def test_what_a_coroutine_raises_ends_the_actor_unless_it_is_an_answer(
    grow: Grow, gates: Gates, wait_for: WaitFor
) -> None:
    system = grow(traveller(gates))

    with pytest.raises(LookupError):
        system.ref("/root/a").ask(LookupError("no such thing"))
    with pytest.raises(ValueError, match="boom"):
        system.ref("/root/a").ask(ValueError("boom"))
    wait_for(system, "/root/a ready", times=2)

    assert exits(system) == ["/root/a crashed"]


def test_a_crash_cancels_what_else_is_under_way_and_its_askers_learn_of_it(
    grow: Grow, gates: Gates, wait_for: WaitFor
) -> None:
    system = grow(traveller(gates, concurrency=3))
    asked = system.ref("/root/a").ask("x", block=False)
    system.ref("/root/a").tell("y")
    gates.await_entry(2)

    system.ref("/root/a").tell(ValueError("boom"))
    wait_for(system, "/root/a ready", times=2)

    with pytest.raises(ActorCrashed):
        asked.get(timeout=PATIENCE)
    assert sorted(gates.said[2:]) == ["x cancelled", "y cancelled"]
    assert [str(each.message) for each in system.dead_letters.newest()] == ["boom", "y"]


def test_a_message_in_flight_is_redelivered_once_and_says_so(
    grow: Grow, gates: Gates
) -> None:
    said: list[bool] = []
    told = threading.Semaphore(0)

    def fail_once(actor: Actor) -> None:
        said.append(actor.redelivered)
        told.release()
        if not actor.redelivered:
            raise ValueError("boom")

    system = grow(traveller(gates, in_flight="redeliver"))
    system.ref("/root/a").tell(fail_once)
    for _ in range(2):
        assert told.acquire(timeout=PATIENCE)
    system.ref("/root/a").ask(nothing)

    assert said == [False, True]


def test_a_stop_waits_for_what_is_under_way_and_takes_nothing_new(
    grow: Grow, gates: Gates
) -> None:
    system = grow(traveller(gates))
    system.ref("/root/a").tell("x")
    gates.await_entry()

    gone = system.ref("/root").command(TerminateChild("a"))
    system.ref("/root/a").tell("y")
    system.ref("/root").command(CountChildren()).get(timeout=PATIENCE)
    system.ref("/root/a").command(Describe()).get(timeout=PATIENCE)  # it was told
    gates.open("x")
    gone.get(timeout=PATIENCE)

    assert gates.said == ["x begins", "x ends", "on_stop"]
    assert exits(system) == ["/root/a shutdown"]
    assert [each.message for each in system.dead_letters.newest()] == ["y"]


def test_what_does_not_end_before_the_deadline_of_a_stop_is_cancelled(
    grow: Grow, gates: Gates, clock: ManualClock, wait_for: WaitFor
) -> None:
    system = grow(traveller(gates, shutdown=2))
    system.ref("/root/a").tell("x")
    gates.await_entry()

    gone = system.ref("/root").command(TerminateChild("a"))
    wait_for(system, "/root/a stopping")
    clock.advance(2)
    gone.get(timeout=PATIENCE)
    system.stop().get(timeout=PATIENCE)
    system.close()  # waits for the thread of the loop

    assert exits(system)[0] == "/root/a killed"
    assert gates.said == ["x begins", "x cancelled"]


def test_a_hung_coroutine_is_really_cancelled_and_its_actor_replaced(
    grow: Grow, gates: Gates, clock: ManualClock, wait_for: WaitFor
) -> None:
    system = grow(traveller(gates, hang_after=3))
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
    assert "Gates.through (test_coroutine_incarnation.py:" in told
    assert told.startswith(
        (
            "hung: at str for 3.00 s: Future.__await__",
            "hung: at str for 3.00 s: Gates.through",
        )
    )
    assert [thread.is_alive() for thread in own] == [False]


def test_a_handler_that_blocks_its_loop_is_hung_too(
    grow: Grow,
    gates: Gates,
    clock: ManualClock,
    gate: threading.Event,
    wait_for: WaitFor,
) -> None:
    entered = threading.Event()

    def block(_: Actor) -> None:
        entered.set()
        gate.wait(PATIENCE)

    system = grow(traveller(gates, hang_after=3))
    system.ref("/root/a").tell(block)
    assert entered.wait(PATIENCE)

    clock.advance(3)
    wait_for(system, "/root/a ready", times=2)

    assert exits(system) == ["/root/a hung"]


def test_an_idle_actor_on_a_loop_is_not_hung(
    grow: Grow, gates: Gates, clock: ManualClock, settle: Settle
) -> None:
    system = grow(traveller(gates, hang_after=3))
    settle(system)

    for _ in range(10):
        clock.advance(1)

    assert system.ref("/root/a").ask(fine) == "fine"
    assert exits(system) == []


def test_it_is_ready_when_its_start_is_through(grow: Grow, gates: Gates) -> None:
    spec = traveller(gates, args={"slow_hooks": ("start",)})
    system = grow(spec, start=False)
    started = system.start()
    gates.await_entry()
    before = (started.done, system.cell("/root/a").ready)

    gates.open("start")
    started.get(timeout=PATIENCE)

    assert before == (False, False)
    assert system.cell("/root/a").ready


class BadStart(Traveller):
    async def on_start(self) -> None:  # type: ignore[override]
        raise ConnectionError("no line")


def test_a_start_that_fails_in_a_coroutine_is_a_failed_start(
    grow: Grow, gates: Gates
) -> None:
    spec = attrs.evolve(traveller(gates), start=BadStart)
    system = grow(spec, start=False)

    with pytest.raises(Exception, match="no line"):
        system.start().get(timeout=PATIENCE)
    assert exits(system)[0] == "/root/a start_failed"


def test_a_stop_cancels_a_start_that_is_under_way(grow: Grow, gates: Gates) -> None:
    spec = traveller(gates, args={"slow_hooks": ("start",)})
    system = grow(spec, start=False)
    system.start()
    gates.await_entry()

    system.stop().get(timeout=PATIENCE)

    assert gates.said == ["start begins", "start cancelled", "on_stop"]
    assert exits(system) == ["/root/a shutdown", "/root shutdown"]


def test_its_clean_up_may_take_its_time(grow: Grow, gates: Gates) -> None:
    system = grow(traveller(gates, args={"slow_hooks": ("stop",)}))
    gone = system.ref("/root").command(TerminateChild("a"))
    gates.await_entry()
    before = exits(system)

    gates.open("stop")
    gone.get(timeout=PATIENCE)

    assert before == []
    assert gates.said == ["on_stop", "stop begins", "stop ends"]
    assert exits(system) == ["/root/a shutdown"]


def test_a_kill_in_its_clean_up_is_reported_once(
    grow: Grow, gates: Gates, wait_for: WaitFor
) -> None:
    system = grow(traveller(gates, args={"slow_hooks": ("stop",)}))
    system.ref("/root").command(TerminateChild("a"))
    gates.await_entry()

    system.cell("/root/a").kill(ExitReason(ExitKind.KILLED, "by the test"))
    wait_for(system, "/root/a exited leave_stopped")

    assert exits(system) == ["/root/a killed"]


def test_its_own_tasks_end_with_it(grow: Grow, gates: Gates) -> None:
    tasks: list[asyncio.Task[str]] = []

    async def begin(_: Actor) -> None:
        tasks.append(asyncio.create_task(gates.through("background")))

    system = grow(traveller(gates))
    system.ref("/root/a").ask(begin)
    gates.await_entry()
    system.ref("/root").command(TerminateChild("a")).get(timeout=PATIENCE)
    system.stop().get(timeout=PATIENCE)
    system.close()

    assert [task.cancelled() for task in tasks] == [True]
    assert gates.said == ["background begins", "on_stop", "background cancelled"]


def test_another_actor_is_awaited_without_blocking_the_loop(
    grow: Grow, gates: Gates
) -> None:
    def ask_other(actor: Actor) -> Any:
        return actor.system.ref("/root/b").ask("x", block=False)

    async def ask_and_await(actor: Actor) -> str:
        return f"heard {await ask_other(actor)}"

    system = grow(traveller(gates, id="b"), traveller(gates))
    answer = system.ref("/root/a").ask(ask_and_await, block=False)
    gates.await_entry()
    gates.open("x")

    assert answer.get(timeout=PATIENCE) == "heard through x"


def test_blocking_the_loop_on_a_future_is_refused_with_the_way_out(
    grow: Grow, gates: Gates
) -> None:
    async def block(actor: Actor) -> Any:
        return actor.system.ref("/root/b").ask("x")

    system = grow(traveller(gates, id="b"), traveller(gates))

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
    grow: Grow, gates: Gates
) -> None:
    class Eager(Traveller):
        def on_start(self) -> None:  # type: ignore[override]
            pass

        def on_stop(self) -> None:  # type: ignore[override]
            pass

    spec = attrs.evolve(traveller(gates), start=Eager, dispatcher="shared")
    system = grow(spec)

    with pytest.raises(TypeError, match='that needs "dispatcher": "loop"'):
        system.ref("/root/a").ask("x")


def test_a_coroutine_under_way_keeps_the_system_from_being_settled(
    grow: Grow, gates: Gates, settle: Settle
) -> None:
    settled = threading.Event()
    system = grow(traveller(gates))
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
    grow: Grow, gates: Gates, clock: ManualClock
) -> None:
    def later(actor: Actor) -> None:
        actor.after(1, lambda: gates.through("timed"))  # type: ignore[arg-type]

    system = grow(traveller(gates))
    system.ref("/root/a").ask(later)
    clock.advance(1)
    gates.await_entry()
    gates.open("timed")
    system.ref("/root/a").ask(nothing)

    assert gates.said[0] == "timed begins"
