"""Actors whose hooks and handlers are coroutines: what becomes of each message."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any, Protocol

import pytest

from holdfast.supervision import (
    Actor,
    ActorCrashed,
    ActorSystem,
    ChildSpec,
    CountChildren,
    Describe,
    EventKind,
    ExitKind,
    ExitReason,
    ManualClock,
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


def number(actor: Actor) -> int:
    return actor.incarnation


def exits(system: ActorSystem) -> list[str]:
    return [
        f"{event.path} {event.exit_kind}"
        for event in system.events.since(0)
        if event.kind is EventKind.EXITED
    ]


def test_a_coroutine_handles_a_message_and_its_result_is_the_reply(
    grow: Grow, traveller: Specify, gates: Gates
) -> None:
    system = grow(traveller())
    answer = system.ref("/root/a").ask("x", block=False)
    gates.await_entry()

    gates.open("x")

    assert answer.get(timeout=PATIENCE) == "through x"


def test_by_default_one_message_is_handled_after_the_other(
    grow: Grow, traveller: Specify, gates: Gates
) -> None:
    system = grow(traveller())
    for name in "xy":
        system.ref("/root/a").tell(name)
    gates.await_entry()
    for name in "yx":
        gates.open(name)
    gates.await_entry()
    system.ref("/root/a").ask(nothing)

    assert gates.said == ["x begins", "x ends", "y begins", "y ends"]


def test_up_to_its_concurrency_messages_are_handled_side_by_side(
    grow: Grow, traveller: Specify, gates: Gates
) -> None:
    system = grow(traveller(concurrency=2))
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
    grow: Grow, traveller: Specify, wait_for: WaitFor
) -> None:
    system = grow(traveller())

    with pytest.raises(LookupError):
        system.ref("/root/a").ask(LookupError("no such thing"))
    with pytest.raises(ValueError, match="boom"):
        system.ref("/root/a").ask(ValueError("boom"))
    wait_for(system, "/root/a ready", times=2)

    assert exits(system) == ["/root/a crashed"]


def test_a_crash_cancels_what_else_is_under_way_and_its_askers_learn_of_it(
    grow: Grow, traveller: Specify, gates: Gates, wait_for: WaitFor
) -> None:
    system = grow(traveller(concurrency=3))
    asked = system.ref("/root/a").ask("x", block=False)
    system.ref("/root/a").tell("y")
    gates.await_entry(2)
    own = [each for each in threading.enumerate() if each.name == "/root/a#1"]

    system.ref("/root/a").tell(ValueError("boom"))
    wait_for(system, "/root/a ready", times=2)
    for thread in own:
        thread.join(PATIENCE)

    with pytest.raises(ActorCrashed):
        asked.get(timeout=PATIENCE)
    assert sorted(gates.said[2:]) == ["x cancelled", "y cancelled"]
    assert [str(each.message) for each in system.dead_letters.newest()] == ["boom", "y"]


def test_a_message_in_flight_is_redelivered_once_and_says_so(
    grow: Grow, traveller: Specify
) -> None:
    said: list[bool] = []
    told = threading.Semaphore(0)

    def fail_once(actor: Actor) -> None:
        said.append(actor.redelivered)
        told.release()
        if not actor.redelivered:
            raise ValueError("boom")

    system = grow(traveller(in_flight="redeliver"))
    system.ref("/root/a").tell(fail_once)
    for _ in range(2):
        assert told.acquire(timeout=PATIENCE)
    system.ref("/root/a").ask(nothing)

    assert said == [False, True]


def test_a_stop_waits_for_what_is_under_way_and_takes_nothing_new(
    grow: Grow, traveller: Specify, gates: Gates
) -> None:
    system = grow(traveller())
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
    grow: Grow, traveller: Specify, gates: Gates, clock: ManualClock, wait_for: WaitFor
) -> None:
    system = grow(traveller(shutdown=2))
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


def test_it_is_ready_when_its_start_is_through(
    grow: Grow, traveller: Specify, gates: Gates
) -> None:
    spec = traveller(args={"slow_hooks": ("start",)})
    system = grow(spec, start=False)
    started = system.start()
    gates.await_entry()
    before = (started.done, system.cell("/root/a").ready)

    gates.open("start")
    started.get(timeout=PATIENCE)

    assert before == (False, False)
    assert system.cell("/root/a").ready


def test_a_start_that_fails_in_a_coroutine_is_a_failed_start(
    grow: Grow, traveller: Specify
) -> None:
    async def fail(_: Actor) -> None:
        raise ConnectionError("no line")

    system = grow(traveller(hooks={"on_start": fail}), start=False)

    with pytest.raises(Exception, match="no line"):
        system.start().get(timeout=PATIENCE)
    assert exits(system)[0] == "/root/a start_failed"


def test_a_stop_cancels_a_start_that_is_under_way(
    grow: Grow, traveller: Specify, gates: Gates
) -> None:
    spec = traveller(args={"slow_hooks": ("start",)})
    system = grow(spec, start=False)
    system.start()
    gates.await_entry()

    system.stop().get(timeout=PATIENCE)

    assert gates.said == ["start begins", "start cancelled", "on_stop"]
    assert exits(system) == ["/root/a shutdown", "/root shutdown"]


def test_its_clean_up_may_take_its_time(
    grow: Grow, traveller: Specify, gates: Gates
) -> None:
    system = grow(traveller(args={"slow_hooks": ("stop",)}))
    gone = system.ref("/root").command(TerminateChild("a"))
    gates.await_entry()
    before = exits(system)

    gates.open("stop")
    gone.get(timeout=PATIENCE)

    assert before == []
    assert gates.said == ["on_stop", "stop begins", "stop ends"]
    assert exits(system) == ["/root/a shutdown"]


def test_a_kill_in_its_clean_up_is_reported_once(
    grow: Grow, traveller: Specify, gates: Gates, wait_for: WaitFor
) -> None:
    system = grow(traveller(args={"slow_hooks": ("stop",)}))
    system.ref("/root").command(TerminateChild("a"))
    gates.await_entry()

    system.cell("/root/a").kill(ExitReason(ExitKind.KILLED, "by the test"))
    wait_for(system, "/root/a exited leave_stopped")

    assert exits(system) == ["/root/a killed"]


def test_after_a_redelivered_message_a_fresh_one_is_not_called_so(
    grow: Grow, traveller: Specify
) -> None:
    said: list[bool] = []

    def fail_once(actor: Actor) -> None:
        if not actor.redelivered:
            raise ValueError("boom")

    def note(actor: Actor) -> None:
        said.append(actor.redelivered)

    system = grow(traveller(in_flight="redeliver"))
    for message in (fail_once, note, note):
        system.ref("/root/a").tell(message)
    system.ref("/root/a").ask(note)

    assert said == [False] * 3


def test_who_cleans_up_after_a_crash_takes_nothing_more(
    grow: Grow, traveller: Specify, gates: Gates
) -> None:
    async def clean_up(actor: Any, *_: object) -> None:
        await actor.gates.through("failure")

    system = grow(traveller(hooks={"on_failure": clean_up}))
    system.ref("/root/a").tell(ValueError("boom"))
    gates.await_entry()
    answer = system.ref("/root/a").ask(number, block=False)
    before = answer.done

    gates.open("failure")

    assert answer.get(timeout=PATIENCE) == 2
    assert not before


def test_a_clean_up_that_hangs_is_hung(
    grow: Grow, traveller: Specify, gates: Gates, clock: ManualClock, wait_for: WaitFor
) -> None:
    async def clean_up(actor: Any, *_: object) -> None:
        await actor.gates.through("failure")

    system = grow(traveller(hooks={"on_failure": clean_up}, hang_after=3))
    system.ref("/root/a").tell(ValueError("boom"))
    gates.await_entry()

    clock.advance(3)
    wait_for(system, "/root/a ready", times=2)

    assert exits(system) == ["/root/a hung"]


def test_a_task_of_its_own_may_say_that_it_is_ready(
    grow: Grow, traveller: Specify, gates: Gates
) -> None:
    async def synchronise(actor: Any) -> None:
        await actor.gates.through("sync")
        actor.ready()

    async def begin(actor: Any) -> None:
        actor.task = asyncio.create_task(synchronise(actor))

    hooks = {"on_start": begin, "says_ready": True}
    system = grow(traveller(hooks=hooks), start=False)
    started = system.start()
    answer = system.ref("/root/a").ask(number, block=False)
    gates.await_entry()
    before = started.done

    gates.open("sync")

    assert answer.get(timeout=PATIENCE) == 1
    assert not before
