"""One seed is one run: whose turn it is, when time passes, who waits for whom."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from holdfast.supervision import (
    Actor,
    ActorSystem,
    AskTimeout,
    Backoff,
    ChildSpec,
    EventKind,
    Randomness,
    RefTo,
    SupervisorSpec,
    WhichChildren,
    crash,
    gather,
    hang,
)
from holdfast.supervision.simulation import World

Child = Callable[..., ChildSpec]
Inhabit = Callable[..., ActorSystem]

RUN = Path(__file__).parent / "traced_run.py"


class Clockwork(Actor):
    """Says each second what time it is."""

    def __init__(self, say: Callable[[Any], object], each: float = 1.0) -> None:
        self._say, self._each = say, each

    def on_start(self) -> None:
        self.after(self._each, self._tick)

    def _tick(self) -> None:
        self._say((self.path, self.clock.now()))
        self.after(self._each, self._tick)


class Asker(Actor):
    """Asks `other`, on its own thread, whatever it is told to ask."""

    def __init__(self, other: Any, say: Callable[[Any], object]) -> None:
        self._other, self._say = other, say

    def on_receive(self, message: Any) -> Any:
        try:
            reply = self._other.ask(message, timeout=3.0)
        except AskTimeout as error:
            reply = f"{error.executed} at {self.clock.now():g}"
        self._say(reply)
        return reply


def lines(system: ActorSystem) -> list[str]:
    return [
        f"{event.path} {event.kind} {event.decision}".rstrip()
        for event in system.events.since(0)
        if event.kind is not EventKind.ADDED
    ]


def test_time_passes_only_where_nothing_is_left_to_do(
    world: World, inhabit: Inhabit
) -> None:
    said: list[Any] = []
    inhabit(ChildSpec(id="a", start=Clockwork, args={"say": said.append}))

    world.run(until=3.5)

    assert said == [("/root/a", 1.0), ("/root/a", 2.0), ("/root/a", 3.0)]
    assert world.clock.now() == 3.5


def test_what_is_due_at_the_last_moment_is_done(world: World, inhabit: Inhabit) -> None:
    said: list[Any] = []
    inhabit(ChildSpec(id="a", start=Clockwork, args={"say": said.append}))

    world.run(until=2.0)

    assert said[-1] == ("/root/a", 2.0)


def test_an_idle_tree_is_no_deadlock(
    world: World, inhabit: Inhabit, child: Child
) -> None:
    inhabit(child("a"), child("b", dispatcher="pinned"))

    world.run(until=1e9)

    assert world.clock.now() == 1e9


def test_the_whole_life_of_a_tree_takes_place_in_the_world(
    world: World, inhabit: Inhabit, child: Child
) -> None:
    system = inhabit(
        child("a"), child("b", dispatcher="pinned"), strategy="one_for_all"
    )
    crash(system.cell("/root/a"), "a test")
    world.run(until=1.0)

    reply = system.ref("/root/b").ask("hello")
    ended = system.stop(5.0).get()

    assert (reply, ended.kind) == ("hello", "shutdown")
    assert lines(system) == [
        "/root starting",
        "/root/a starting",
        "/root/a ready",
        "/root/b starting",
        "/root/b ready",
        "/root ready",
        "/root/a exited restart",
        "/root/b stopping",
        "/root/b exited restart_with_sibling",
        "/root/a starting",
        "/root/a ready",
        "/root/b starting",
        "/root/b ready",
        "/root stopping",
        "/root/b stopping",
        "/root/b exited shut_down",
        "/root/a stopping",
        "/root/a exited shut_down",
        "/root exited shut_down",
    ]


def test_a_restart_waits_for_its_back_off_in_virtual_time(
    world: World, inhabit: Inhabit, child: Child
) -> None:

    system = inhabit(child("a"), backoff=Backoff(minimum=100.0, maximum=100, jitter=0))
    crash(system.cell("/root/a"), "a test")

    world.run(until=99.9)
    before = system.cell("/root/a").incarnation
    world.run(until=100.0)

    assert (before, system.cell("/root/a").incarnation) == (1, 2)


def test_a_pinned_actor_may_block_while_others_go_on(
    world: World, inhabit: Inhabit, child: Child
) -> None:
    said: list[Any] = []
    system = inhabit(
        child("slow", dispatcher="pinned"),
        ChildSpec(
            id="asker",
            start=Asker,
            args={"other": RefTo(path="/root/slow"), "say": said.append},
            dispatcher="pinned",
        ),
        ChildSpec(id="clock", start=Clockwork, args={"say": said.append, "each": 2.0}),
    )
    hang(system.cell("/root/slow"), 2.5)

    answer = system.ref("/root/asker").ask("hello")

    assert answer == "hello"
    assert said == [("/root/clock", 2.0), "hello"]
    assert world.clock.now() == 2.5


def test_an_ask_inside_an_actor_ends_at_its_deadline(
    world: World, inhabit: Inhabit, child: Child
) -> None:
    said: list[Any] = []
    system = inhabit(
        child("slow", dispatcher="pinned"),
        ChildSpec(
            id="asker",
            start=Asker,
            args={"other": RefTo(path="/root/slow"), "say": said.append},
            dispatcher="pinned",
        ),
    )
    hang(system.cell("/root/slow"), 60.0)

    system.ref("/root/asker").tell("hello")
    world.run(until=100.0)

    assert said == ["False at 3"]


def test_a_turn_that_blocks_does_not_keep_the_caller(
    world: World, inhabit: Inhabit, child: Child
) -> None:
    system = inhabit(child("a", dispatcher="pinned"), child("b"))
    hang(system.cell("/root/a"), 1e6)
    world.run(until=1.0)

    reply = system.ref("/root/b").ask("hello")

    assert (reply, world.clock.now()) == ("hello", 1.0)


def test_futures_of_futures_run_the_world_too(
    world: World, inhabit: Inhabit, child: Child
) -> None:
    system = inhabit(child("a"), child("b"))
    asked = [system.ref(path).ask(path, block=False) for path in ("/root/a", "/root/b")]

    lengths = [each.map(len) for each in asked]

    assert gather(lengths).get() == [7, 7]
    assert world.clock.now() == 0.0


def test_the_caller_waits_no_longer_than_it_said(
    world: World, inhabit: Inhabit, child: Child
) -> None:
    system = inhabit(child("a", dispatcher="pinned", hang_after=None))
    hang(system.cell("/root/a"), 50.0)
    future = system.ref("/root/a").ask("hello", block=False, timeout=40.0)

    with pytest.raises(AskTimeout):
        future.get(timeout=2.0)
    first = world.clock.now()
    with pytest.raises(AskTimeout):
        future.get()

    assert (first, world.clock.now()) == (2.0, 40.0)


def race(seed: int, dispatcher: str) -> tuple[str, str]:
    """Let two actors send to a third; return what it heard, and the hash."""
    heard: list[str] = []

    class Sender(Actor):
        def __init__(self, to: Any) -> None:
            self._to = to

        def on_receive(self, message: Any) -> None:
            for _ in range(5):
                self._to.tell(self.path[-1])

    class Hearer(Actor):
        def on_receive(self, message: Any) -> None:
            heard.append(message)

    to = {"to": RefTo(path="/root/h")}
    senders = [
        ChildSpec(id=name, start=Sender, args=to, dispatcher=dispatcher)
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


def test_seeds_explore_the_order_of_shared_turns() -> None:
    heard = {race(seed, "shared")[0] for seed in range(20)}

    assert heard == {"aaaaabbbbb", "bbbbbaaaaa"}


def test_pinned_turns_interleave_where_they_send() -> None:
    heard = {race(seed, "pinned")[0] for seed in range(60)}

    assert {"aaaaabbbbb", "bbbbbaaaaa", "abbbbbaaaa", "baaaaabbbb"} <= heard
    assert all(sorted(each) == list("aaaaabbbbb") for each in heard)


def test_a_supervisor_answers_in_no_time(
    world: World, inhabit: Inhabit, child: Child
) -> None:
    system = inhabit(child("a"))

    told = system.ref("/root").command(WhichChildren()).get()

    assert [each.id for each in told] == ["a"]
    assert world.clock.now() == 0.0


@pytest.mark.parametrize("dispatcher", ["shared", "pinned"])
def test_the_same_seed_is_the_same_run_and_another_is_not(dispatcher: str) -> None:
    assert race(7, dispatcher) == race(7, dispatcher)
    assert race(7, dispatcher)[1] != race(8, dispatcher)[1]
