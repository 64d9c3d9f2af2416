"""Actors on loops live in a world: in its time, in its order, and watched by it."""

import asyncio
import pkgutil
from collections.abc import Callable
from typing import Any

import pytest

from holdfast.supervision import (
    Actor,
    ActorSystem,
    ChildSpec,
    EventKind,
    ExitKind,
    ExitReason,
    Future,
    Randomness,
    RefTo,
    SupervisorSpec,
    TerminateChild,
    hang,
)
from holdfast.supervision.simulation import Deadlock, Escaped, World
from holdfast.supervision.simulation.loops import SimulatedLoops

Inhabit = Callable[..., ActorSystem]

KILLED = ExitReason(ExitKind.KILLED, "by a test")


class Coroutines(Actor):
    """Does what it is told, and awaits it."""

    async def on_receive(self, message: Any) -> Any:
        result = message(self)
        return await result if asyncio.iscoroutine(result) else result


def on_loop(name: str, **fields: Any) -> ChildSpec:
    return ChildSpec(id=name, start=Coroutines, dispatcher="loop", **fields)


async def sleep(actor: Actor) -> float:
    await asyncio.sleep(2.5)
    return actor.clock.now()


async def wait_for_ever(_: Actor) -> None:
    await asyncio.Event().wait()


def exits(system: ActorSystem) -> list[str]:
    return [
        f"{event.path} {event.reason}"
        for event in system.events.since(0)
        if event.kind is EventKind.EXITED
    ]


def open_loops(system: ActorSystem) -> list[str]:
    dispatcher = system.dispatcher("loop")
    assert isinstance(dispatcher, SimulatedLoops)
    return [worker.thread.name for worker in dispatcher.workers()]


def test_coroutines_wait_in_virtual_time(inhabit: Inhabit) -> None:
    system = inhabit(on_loop("a", concurrency=2))
    asked = [system.ref("/root/a").ask(sleep, block=False) for _ in range(3)]

    assert [each.get() for each in asked] == [2.5, 2.5, 5.0]


def test_inside_it_is_a_loop_like_any_other(inhabit: Inhabit) -> None:
    async def look(_: Actor) -> tuple[bool, object]:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        await asyncio.sleep(1)
        same = (asyncio.get_running_loop(), asyncio.current_task()) == (loop, task)
        return same, loop

    system = inhabit(on_loop("a"), on_loop("b"))
    asked = [system.ref(f"/root/{name}").ask(look, block=False) for name in "ab"]
    (one, loop), (other, other_loop) = (each.get() for each in asked)

    assert (one, other) == (True, True)
    assert loop is not other_loop


def test_every_step_is_that_of_its_own_actor(inhabit: Inhabit) -> None:
    async def block(actor: Actor) -> str:
        await asyncio.sleep(1)
        try:
            actor.system.ref("/root/c").ask(sleep)
        except RuntimeError as error:
            return str(error).partition(" runs on")[0]
        return "it may block"

    system = inhabit(on_loop("a"), on_loop("b"), on_loop("c"))
    asked = [system.ref(f"/root/{name}").ask(block, block=False) for name in "ab"]

    assert [each.get() for each in asked] == ["/root/a", "/root/b"]


def what_time() -> float:
    now: float = pkgutil.resolve_name("time:time")()
    return now


OTHER_END = "an actor that stands for whoever is at the other end"

ESCAPES: list[tuple[Callable[[], Any], str, str]] = [
    (lambda: asyncio.to_thread(print), "asyncio.to_thread", OTHER_END),
    (lambda: asyncio.open_connection("127.0.0.1", 1), "socket.socket", OTHER_END),
    (lambda: asyncio.open_connection("a.example", 1), "asyncio.to_thread", OTHER_END),
    (lambda: asyncio.start_server(print, "127.0.0.1"), "socket.socket", OTHER_END),
    (lambda: asyncio.create_subprocess_exec("true"), "subprocess.Popen", OTHER_END),
    (lambda: asyncio.sleep(what_time()), "time.time", "self.clock.now"),
]


@pytest.mark.parametrize(("use", "name", "way_out"), ESCAPES)
def test_a_coroutine_that_gets_round_the_world_fails_the_run(
    inhabit: Inhabit, use: Callable[[], Any], name: str, way_out: str
) -> None:
    async def escape(_: Actor) -> None:
        await asyncio.sleep(1)
        await use()

    system = inhabit(on_loop("a"))

    with pytest.raises(Escaped, match=f"^/root/a calls {name}.* use {way_out}"):
        system.ref("/root/a").ask(escape)


def test_a_coroutine_that_waits_too_long_is_hung_and_the_event_says_where(
    world: World, inhabit: Inhabit
) -> None:
    system = inhabit(on_loop("a", hang_after=3.0))
    system.ref("/root/a").tell(wait_for_ever)

    world.run(until=10.0)

    (told,) = exits(system)
    assert told.startswith("/root/a hung: at function for 3.0")
    assert "wait_for_ever (test_loops.py:" in told
    assert system.ref("/root/a").ask(sleep) == 12.5


def test_coroutines_that_nothing_can_wake_are_a_deadlock_with_names_and_places(
    world: World, inhabit: Inhabit
) -> None:
    async def ask(actor: Actor) -> None:
        await Future[None](actor.clock, target=actor.system.cell("/root/a"))

    system = inhabit(on_loop("a", hang_after=None), on_loop("b", hang_after=None))
    system.ref("/root/a").tell(wait_for_ever)
    system.ref("/root/b").tell(ask)

    with pytest.raises(Deadlock) as told:
        world.run(until=1e9)

    assert "/root/a awaits what nobody brings in Event.wait (" in str(told.value)
    assert "wait_for_ever (test_loops.py:" in str(told.value)
    assert "/root/b awaits /root/a in " in str(told.value)


def test_a_task_of_its_own_that_waits_for_ever_is_no_deadlock(
    world: World, inhabit: Inhabit
) -> None:
    tasks: list[asyncio.Task[None]] = []

    async def begin(actor: Actor) -> None:
        tasks.append(asyncio.create_task(wait_for_ever(actor)))

    system = inhabit(on_loop("a", hang_after=None))
    system.ref("/root/a").ask(begin)

    world.run(until=1e9)

    assert [task.done() for task in tasks] == [False]


def test_who_blocks_its_loop_keeps_no_other_and_goes_on_later(inhabit: Inhabit) -> None:
    system = inhabit(on_loop("a"), on_loop("b"))
    hang(system.cell("/root/a"), 1.0)
    asked = [system.ref(f"/root/{name}").ask(sleep, block=False) for name in "ab"]

    assert [each.get() for each in asked] == [3.5, 2.5]


def test_a_blocked_turn_and_loops_take_turns(inhabit: Inhabit) -> None:
    class Asker(Actor):
        def on_receive(self, message: Any) -> Any:
            return self.system.ref("/root/a").ask(message, timeout=20)

    system = inhabit(
        on_loop("a"), ChildSpec(id="b", start=Asker, dispatcher="pinned"), on_loop("c")
    )

    async def ask_back(actor: Actor) -> Any:
        first: Any = await actor.system.ref("/root/c").ask(sleep, block=False)
        return first, await sleep(actor)

    assert system.ref("/root/b").ask(ask_back, timeout=20) == (2.5, 5.0)


def test_a_loop_is_closed_when_its_actor_has_ended_and_its_tasks_too(
    world: World, inhabit: Inhabit
) -> None:
    said: list[float] = []

    async def clean_up(actor: Actor) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.5)
            said.append(actor.clock.now())

    async def begin(actor: Actor) -> None:
        tasks.append(asyncio.create_task(clean_up(actor)))

    tasks: list[asyncio.Task[None]] = []
    system = inhabit(on_loop("a"))
    system.ref("/root/a").ask(begin)
    system.ref("/root").command(TerminateChild("a")).get()
    before = open_loops(system)
    world.run(until=1.0)

    assert len(before) == 1
    assert (said, open_loops(system)) == ([0.5], [])


def test_a_system_settles_although_a_task_went_on_after_the_last_message(
    world: World, inhabit: Inhabit
) -> None:
    tasks: list[asyncio.Task[None]] = []

    async def go_on() -> None:
        for _ in range(20):
            await asyncio.sleep(0)

    async def begin(_: Actor) -> None:
        tasks.append(asyncio.create_task(go_on()))

    settled: list[bool] = []
    system = inhabit(on_loop("a"))
    system.when_settled(lambda: settled.append(tasks[0].done()))
    system.ref("/root/a").tell(begin)
    world.run(until=1.0)

    assert settled == [True]


def test_a_world_may_be_closed_over_coroutines_under_way() -> None:
    said: list[str] = []

    async def clean_up(_: Actor) -> None:
        try:
            await asyncio.sleep(1e6)
        finally:
            said.append("cleaned up")

    async def live() -> list[str]:
        with World(seed=1) as world:
            system = ActorSystem(
                SupervisorSpec(children=[on_loop("a", hang_after=None)]),
                clock=world.clock,
                dispatchers=world.dispatchers,
            )
            system.start().get()
            system.ref("/root/a").tell(clean_up)
            world.run(until=1.0)
        return open_loops(system)

    assert asyncio.run(live()) == []  # also where a loop of the caller's runs
    assert said == ["cleaned up"]


def race(seed: int) -> tuple[str, str]:
    """Let two coroutines send to a third actor; return what it heard, and the hash."""
    heard: list[str] = []

    class Hearer(Actor):
        def on_receive(self, message: str) -> None:
            heard.append(message)

    class Sender(Actor):
        def __init__(self, to: Any) -> None:
            self._to = to

        async def on_receive(self, message: Any) -> None:
            for _ in range(3):
                self._to.tell(self.path[-1])
                await asyncio.sleep(0)

    senders = [
        ChildSpec(
            id=name, start=Sender, args={"to": RefTo(path="/root/h")}, dispatcher="loop"
        )
        for name in "ab"
    ]
    with World(seed) as world:
        system = ActorSystem(
            SupervisorSpec(children=[ChildSpec(id="h", start=Hearer), *senders]),
            clock=world.clock,
            randomness=Randomness(0),
            dispatchers=world.dispatchers,
        )
        system.start().get()
        for name in "ab":
            system.ref(f"/root/{name}").tell("go")
        world.run(until=1.0)
        return "".join(heard), world.trace_hash


def test_seeds_explore_how_coroutines_interleave() -> None:
    heard = {race(seed)[0] for seed in range(60)}

    assert len(heard) > 10
    assert {"".join(sorted(each)) for each in heard} == {"aaabbb"}


def test_the_same_seed_is_the_same_run_and_another_is_not() -> None:
    assert race(7) == race(7)
    assert race(7)[1] != race(8)[1]


class Late(Coroutines):
    """Takes too long to start, and takes its time to give back what it took."""

    def __init__(self, say: Callable[[str], object]) -> None:
        self._say = say

    async def on_start(self) -> None:  # type: ignore[override] # a loop lets it
        if self.incarnation == 2:
            self._say("taken")
            await wait_for_ever(self)

    async def on_stop(self) -> None:  # type: ignore[override] # a loop lets it
        await asyncio.sleep(0)
        self._say(f"{self.incarnation} gave back")


class Suicidal(Late):
    def on_start(self) -> None:  # type: ignore[override] # a loop takes either
        if self.incarnation == 2:
            self._say("taken")
            self.me.cell.kill(KILLED)


@pytest.mark.parametrize("start", [Late, Suicidal])
def test_a_start_that_is_cut_gives_back_what_it_took(
    world: World, inhabit: Inhabit, start: type[Actor]
) -> None:
    said: list[str] = []
    args = {"say": said.append}
    spec = ChildSpec(
        id="a", start=start, args=args, dispatcher="loop", start_timeout=2.0
    )
    system = inhabit(spec)

    system.cell("/root/a").kill(KILLED)
    world.run(until=10.0)

    assert said == ["taken", "2 gave back"]
    assert system.cell("/root/a").incarnation == 3
    assert len(open_loops(system)) == 1
