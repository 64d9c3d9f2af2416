"""What the runtime gives an actor: time, chance, results without blocking, a memory."""

import threading
from collections.abc import Callable
from typing import Any, NoReturn

import pytest

from holdfast.supervision import (
    Actor,
    ActorSystem,
    ChildSpec,
    Describe,
    EventKind,
    ExitKind,
    ExitReason,
    Future,
    ManualClock,
    TerminateChild,
)

PATIENCE = 20.0
KILLED = ExitReason(ExitKind.KILLED, "by a test")

Grow = Callable[..., ActorSystem]
Specify = Callable[..., ChildSpec]
Settle = Callable[[ActorSystem], None]
WaitFor = Callable[..., None]
Said = list[Any]

dispatchers = pytest.mark.parametrize("dispatcher", ["shared", "pinned"])


def exits(system: ActorSystem) -> list[tuple[int, str]]:
    return [
        (event.incarnation, event.reason)
        for event in system.events.since(0)
        if event.kind is EventKind.EXITED
    ]


def test_an_actor_knows_its_place(grow: Grow, child: Specify) -> None:
    system = grow(child("a"))

    def introduce(actor: Actor) -> tuple[object, ...]:
        return actor.path, actor.incarnation, actor.me, actor.system, str(actor)

    assert system.ref("/root/a").ask(introduce) == (
        "/root/a",
        1,
        system.ref("/root/a"),
        system,
        "Obedient at /root/a",
    )


def test_the_same_seed_gives_an_actor_the_same_chance(
    grow: Grow, child: Specify
) -> None:
    def draw(actor: Actor) -> float:
        return actor.random("dice").random()

    drawn = [
        grow(child("a"), child("b"), seed=seed).ref(path).ask(draw)
        for seed, path in (
            (7, "/root/a"),
            (7, "/root/a"),
            (7, "/root/b"),
            (8, "/root/a"),
        )
    ]

    assert drawn[0] == drawn[1]
    assert len(set(drawn)) == 3


def test_a_snapshot_outlives_its_incarnation_and_not_its_end(
    grow: Grow, child: Specify
) -> None:
    system = grow(child("a"))
    ref = system.ref("/root/a")

    def remember(actor: Actor) -> None:
        actor.save_snapshot({"orders": 3})

    def recall(actor: Actor) -> Any:
        return actor.snapshot

    seen = [ref.ask(recall)]
    ref.tell(remember)
    system.cell("/root/a").kill(KILLED)
    seen.append(ref.ask(recall))
    system.ref("/root").command(TerminateChild("a")).get()

    assert seen == [None, {"orders": 3}]
    assert system.cell("/root/a").snapshot is None


def test_a_message_that_nobody_knows_becomes_a_dead_letter(
    grow: Grow, settle: Settle
) -> None:
    system = grow(ChildSpec(id="a", start=Actor))

    system.ref("/root/a").tell("what?")
    answer = system.ref("/root/a").ask("what?")
    settle(system)

    assert answer is None
    assert system.dead_letters.counts() == {("/root/a", "unhandled"): 2}


def test_every_actor_can_be_asked_for_its_facts(grow: Grow) -> None:
    class Factual(Actor):
        def facts(self) -> dict[str, Any]:
            return {"open_orders": 3}

    system = grow(ChildSpec(id="a", start=Factual), ChildSpec(id="b", start=Actor))

    assert system.ref("/root/a").command(Describe()).get() == {"open_orders": 3}
    assert system.ref("/root/b").command(Describe()).get() == {}


# -- results without blocking --


@dispatchers
def test_a_piped_result_comes_as_a_turn_of_the_actor(
    dispatcher: str, grow: Grow, child: Specify, settle: Settle
) -> None:
    said: Said = []
    system = grow(child("a", dispatcher=dispatcher, say=said.append))
    result: Future[int] = Future()
    threads: list[str] = []

    def listen(actor: Any) -> None:
        threads.append(threading.current_thread().name)
        actor.pipe(result, arrived)

    def arrived(value: int) -> None:
        threads.append(threading.current_thread().name)
        said.append(value)

    system.ref("/root/a").ask(listen)
    result.settle(42)
    settle(system)

    assert said == [42]
    assert threads[0] == threads[1] != threading.current_thread().name


def test_an_error_that_is_piped_crashes_the_actor_unless_it_wants_to_hear_of_it(
    grow: Grow, child: Specify, settle: Settle
) -> None:
    said: Said = []
    system = grow(child("a", say=said.append))
    results: list[Future[int]] = [Future(), Future()]

    def listen(actor: Any) -> None:
        actor.pipe(results[0], said.append, said.append)
        actor.pipe(results[1], said.append)

    system.ref("/root/a").ask(listen)
    for result, text in zip(results, ("heard", "not heard"), strict=True):
        result.fail(ValueError(text))
    settle(system)

    assert [repr(each) for each in said] == [
        "ValueError('heard')",
        "\"on_failure ValueError('not heard')\"",
    ]
    assert exits(system) == [(1, "crashed: ValueError: not heard")]


def test_what_an_ended_incarnation_waited_for_reaches_nobody(
    grow: Grow, child: Specify, clock: ManualClock, settle: Settle
) -> None:
    said: Said = []
    system = grow(child("a"))
    result: Future[int] = Future()

    def listen(actor: Actor) -> None:
        actor.pipe(result, said.append)
        actor.after(1, lambda: said.append("timer"))
        actor.when_settled(lambda: said.append("settled"))

    def listen_and_die(actor: Actor) -> NoReturn:
        listen(actor)
        raise ValueError("boom")

    system.ref("/root/a").tell(listen_and_die)
    settle(system)
    result.settle(42)
    clock.advance(1)
    settle(system)

    assert said == []


@dispatchers
def test_timers_come_as_turns_in_their_order_and_not_when_cancelled(
    dispatcher: str, grow: Grow, child: Specify, clock: ManualClock, settle: Settle
) -> None:
    said: Said = []
    system = grow(child("a", dispatcher=dispatcher, say=said.append))

    def set_timers(actor: Any) -> None:
        actor.after(2, lambda: actor.say("second"))
        actor.after(1, lambda: actor.say("first"))
        actor.after(1, lambda: actor.say("cancelled")).cancel()

    system.ref("/root/a").ask(set_timers)
    clock.advance(2)
    settle(system)

    assert said == ["first", "second"]


@dispatchers
def test_a_call_from_any_thread_becomes_a_turn_that_overtakes_messages(
    dispatcher: str, grow: Grow, child: Specify, settle: Settle, gate: threading.Event
) -> None:
    said: Said = []
    system = grow(child("a", dispatcher=dispatcher, say=said.append))
    ref, entered = system.ref("/root/a"), threading.Event()
    actors: list[Actor] = []

    def hold(actor: Actor) -> None:
        actors.append(actor)
        entered.set()
        gate.wait(PATIENCE)

    ref.tell(hold)
    assert entered.wait(PATIENCE)
    ref.tell("message")
    actors[0].soon(lambda: said.append("call"))
    gate.set()
    settle(system)

    assert said == ["call", "message"]


@dispatchers
def test_an_actor_can_have_something_done_once_all_is_handled(
    dispatcher: str, grow: Grow, child: Specify, settle: Settle
) -> None:
    said: Said = []
    system = grow(
        child("a", dispatcher=dispatcher), child("b", say=said.append), child("c")
    )
    other = system.ref("/root/b")

    def begin(actor: Actor) -> None:
        actor.when_settled(lambda: said.append("settled"))
        for number in range(200):
            other.tell(number)

    system.ref("/root/a").tell(begin)
    settle(system)
    settle(system)

    assert said == [*range(200), "settled"]


# -- Pykka's own ways, where they would lead astray --


def test_an_actor_is_not_started_without_a_supervisor() -> None:
    with pytest.raises(TypeError, match="put it into a ChildSpec"):
        Actor.start()
    with pytest.raises(TypeError, match="was started with"):
        Actor.start(1, name="x")


def test_what_pykka_would_make_for_an_actor_belongs_to_its_place() -> None:
    class Curious(Actor):
        def inbox(self) -> object:
            return self._create_actor_inbox()

        def loop(self) -> object:
            return self._start_actor_loop()

        def future(self) -> object:
            return self._create_future()

    with pytest.raises(TypeError, match="belongs to the actor's place"):
        Curious().inbox()
    with pytest.raises(TypeError, match="a dispatcher runs this actor"):
        Curious().loop()
    assert isinstance(Curious().future(), Future)
