"""Endings from outside: a kill at any moment, and a thread that can't start."""

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

import attrs
import pykka
import pytest

from holdfast.supervision import (
    Actor,
    ActorCrashed,
    ActorSystem,
    Backoff,
    ChildSpec,
    EventKind,
    ExitKind,
    ExitReason,
    Future,
    ManualClock,
    StartFailed,
)

PATIENCE = 20.0
KILLED = ExitReason(ExitKind.KILLED, "by a test")

Grow = Callable[..., ActorSystem]
Specify = Callable[..., ChildSpec]
Settle = Callable[[ActorSystem], None]
WaitFor = Callable[..., None]
Said = list[Any]

dispatchers = pytest.mark.parametrize("dispatcher", ["shared", "pinned"])


def exits(system: ActorSystem) -> list[tuple[str, int, str]]:
    return [
        (event.path, event.incarnation, event.reason)
        for event in system.events.since(0)
        if event.kind is EventKind.EXITED
    ]


def end(system: ActorSystem) -> None:
    """Stop the system and wait for all its threads, those of the killed too."""
    system.stop().get(timeout=PATIENCE)
    system.close()


@attrs.define
class Held:
    """Keeps an actor busy until the gate opens, then says so."""

    gate: threading.Event
    say: Callable[[Any], object]
    entered: threading.Event = attrs.field(factory=threading.Event)

    def __call__(self, actor: Actor) -> str:
        self.entered.set()
        self.gate.wait(PATIENCE)
        self.say(f"went on as {actor.incarnation}, {actor.redelivered=}")
        return "too late"


@dispatchers
def test_killing_an_idle_actor_calls_no_hook_and_keeps_what_is_queued(
    dispatcher: str, grow: Grow, child: Specify, settle: Settle
) -> None:
    said: Said = []
    system = grow(child("a", dispatcher=dispatcher, say=said.append))

    system.cell("/root/a").kill(KILLED)
    system.ref("/root/a").tell("queued")
    settle(system)

    assert said == ["queued"]
    assert exits(system) == [("/root/a", 1, "killed: by a test")]


@dispatchers
def test_whoever_asked_a_killed_actor_is_told_at_once_and_its_reply_is_void(
    dispatcher: str,
    grow: Grow,
    child: Specify,
    settle: Settle,
    gate: threading.Event,
) -> None:
    said: Said = []
    system = grow(child("a", dispatcher=dispatcher, say=said.append))
    held, ref = Held(gate, said.append), system.ref("/root/a")
    current = ref.ask(held, block=False)
    assert held.entered.wait(PATIENCE)
    queued = ref.ask("queued", block=False)

    system.cell("/root/a").kill(KILLED)
    with pytest.raises(ActorCrashed, match=r"/root/a \(incarnation 1\) ended while"):
        current.get()
    before = list(said)
    gate.set()

    assert before == []
    assert queued.get(timeout=PATIENCE) == "queued"
    settle(system)
    assert exits(system) == [("/root/a", 1, "killed: by a test")]


@dispatchers
@pytest.mark.parametrize("in_flight", ["dead_letter", "redeliver"])
def test_the_message_that_a_killed_actor_was_at_follows_its_policy(
    dispatcher: str,
    in_flight: str,
    grow: Grow,
    child: Specify,
    settle: Settle,
    gate: threading.Event,
) -> None:
    said: Said = []
    spec = child("a", dispatcher=dispatcher, in_flight=in_flight, say=said.append)
    system = grow(spec)
    held = Held(gate, said.append)
    system.ref("/root/a").tell(held)
    assert held.entered.wait(PATIENCE)
    system.ref("/root/a").tell("queued")

    system.cell("/root/a").kill(KILLED)
    gate.set()
    settle(system)
    end(system)

    lines = sorted(line for line in said if line.startswith("went on"))
    first = "went on as 1, actor.redelivered=False"
    if in_flight == "redeliver":
        assert lines == [first, "went on as 2, actor.redelivered=True"]
        assert system.dead_letters.count() == 0
    else:
        assert lines == [first]
        assert [letter.message for letter in system.dead_letters.newest()] == [held]
    assert said.count("queued") == 1


@dispatchers
def test_an_actor_killed_in_its_clean_up_is_reported_once(
    dispatcher: str,
    grow: Grow,
    child: Specify,
    settle: Settle,
    gate: threading.Event,
) -> None:
    said: Said = []
    held = Held(gate, said.append)
    spec = child("a", dispatcher=dispatcher, stopping=held)
    system = grow(spec)
    system.ref("/root/a").tell(Actor.stop)
    assert held.entered.wait(PATIENCE)

    system.cell("/root/a").kill(KILLED)
    gate.set()
    settle(system)
    before = exits(system)
    end(system)

    assert before == [("/root/a", 1, "killed: by a test")]
    assert said.count("went on as 1, actor.redelivered=False") == 1


def test_an_actor_killed_while_it_starts_cleans_up_and_does_not_become_ready_later(
    grow: Grow, child: Specify, settle: Settle, gate: threading.Event
) -> None:
    said: Said = []
    held = Held(gate, said.append)

    def slow_the_second_time(actor: Actor) -> None:
        if actor.incarnation == 2:
            held(actor)

    spec = child(
        "a", dispatcher="pinned", say=said.append, starting=slow_the_second_time
    )
    system = grow(spec)
    system.cell("/root/a").kill(KILLED)
    assert held.entered.wait(PATIENCE)

    system.cell("/root/a").kill(KILLED)
    settle(system)
    gate.set()
    end(system)

    ready = [
        event.incarnation
        for event in system.events.since(0)
        if event.kind is EventKind.READY and event.path == "/root/a"
    ]
    assert ready == [1, 3]
    assert exits(system)[:2] == [("/root/a", n, "killed: by a test") for n in (1, 2)]
    assert said.count("on_stop") == 2  # of the second, when it came to, and the third


class MeddledClock(ManualClock):
    """Somebody looks for the right moment, and finds it when the clock is read."""

    def __init__(self) -> None:
        super().__init__()
        self.meddle: list[Callable[[], object]] = []

    def now(self) -> float:
        while self.meddle and threading.current_thread().name == "/root/a#1":
            self.meddle.pop()()
        return super().now()


def test_a_message_taken_by_an_actor_that_is_killed_before_it_began_is_given_back(
    grow: Grow, child: Specify, settle: Settle
) -> None:
    """An ask reads the clock after it is taken, to see whether it is still wanted."""
    clock = MeddledClock()
    system = grow(child("a", dispatcher="pinned"), clock=clock)
    cell = system.cell("/root/a")

    def who(actor: Actor) -> int:
        return actor.incarnation

    clock.meddle.append(lambda: cell.kill(KILLED))
    answer = cell.ref.ask(who)
    settle(system)

    assert answer == 2
    assert system.dead_letters.count() == 0
    assert exits(system) == [("/root/a", 1, "killed: by a test")]


def test_a_kill_is_taken_once(grow: Grow, child: Specify, settle: Settle) -> None:
    system = grow(child("a", restart="temporary"))
    life = system.cell("/root/a").life
    assert life is not None

    taken = [life.kill(KILLED), life.kill(KILLED)]
    settle(system)

    assert taken == [True, False]
    assert exits(system) == [("/root/a", 1, "killed: by a test")]


def test_what_a_killed_actor_still_throws_reaches_nobody(
    grow: Grow, child: Specify, settle: Settle, gate: threading.Event
) -> None:
    said: Said = []
    entered = threading.Event()

    def throw_late() -> None:
        entered.set()
        gate.wait(PATIENCE)
        raise ValueError("a ghost")

    def throw_soon(actor: Actor) -> None:
        actor.soon(throw_late)

    system = grow(child("a", dispatcher="pinned", say=said.append))
    system.ref("/root/a").tell(throw_soon)
    assert entered.wait(PATIENCE)

    system.cell("/root/a").kill(KILLED)
    settle(system)
    gate.set()
    end(system)

    assert said == ["on_stop"]  # of the second incarnation
    assert exits(system)[0] == ("/root/a", 1, "killed: by a test")


@contextmanager
def no_threads() -> Generator[None]:
    """Have the operating system refuse each thread: its stack would be too large."""
    before = threading.stack_size(1 << 46)
    try:
        yield
    finally:
        threading.stack_size(before)


def test_a_system_whose_first_thread_cannot_start_says_so(
    grow: Grow, child: Specify, history: Callable[[ActorSystem], list[str]]
) -> None:
    system = grow(child("a"), start=False)

    with no_threads(), pytest.raises(StartFailed, match="can't start new thread"):
        system.start().get(timeout=PATIENCE)

    assert history(system) == ["/root starting", "/root exited escalate"]
    assert system.ended.get().kind is ExitKind.SPAWN_ERROR


def test_a_thread_that_cannot_start_at_first_fails_the_start(
    grow: Grow, child: Specify, wait_for: WaitFor
) -> None:
    spec = child("b", dispatcher="pinned")
    system = grow(child("a", patient=True), spec, start=False)
    started = system.start()
    wait_for(system, "/root/a starting")

    with no_threads():
        system.ref("/root/a").command(Actor.ready)
        with pytest.raises(StartFailed) as caught:
            started.get(timeout=PATIENCE)

    told = "spawn_error: RuntimeError: can't start new thread"
    assert str(caught.value) == f"/root/b: {told}"
    assert exits(system)[0] == ("/root/b", 1, told)


@pytest.mark.parametrize("recovers", [True, False])
def test_a_thread_that_cannot_start_again_is_tried_again_and_loses_no_message(
    grow: Grow, child: Specify, wait_for: WaitFor, clock: ManualClock, *, recovers: bool
) -> None:
    said: Said = []
    spec = child("a", dispatcher="pinned", say=said.append)
    system = grow(spec, backoff=Backoff(minimum=1, jitter=0))
    ref = system.ref("/root/a")

    with no_threads():
        system.cell("/root/a").kill(KILLED)
        ref.tell("queued tell")
        queued: Future[str] = ref.ask("queued ask", block=False, timeout=1000)
        for times in (1, 2) if recovers else (1, 2, 3):
            wait_for(system, "/root/a backing_off", times=times)
            clock.advance(clock.pending()[0])
        if recovers:
            wait_for(system, "/root/a backing_off", times=3)
        else:
            system.ended.get(timeout=PATIENCE)
    clock.advance(8)

    kinds = [reason.split(":")[0] for _, _, reason in exits(system)]
    if recovers:
        assert queued.get() == "queued ask"
        assert said == ["queued tell", "queued ask"]
        assert kinds == ["killed", "spawn_error", "spawn_error"]
    else:
        with pytest.raises(pykka.ActorDeadError):
            queued.get()
        assert system.dead_letters.counts() == {("/root/a", "stopped"): 2}
        assert kinds == ["killed", *["spawn_error"] * 3, "escalated"]


def test_who_stops_by_itself_and_hangs_in_its_clean_up_is_hung(
    grow: Grow,
    child: Specify,
    clock: ManualClock,
    gate: threading.Event,
    wait_for: WaitFor,
) -> None:
    entered = threading.Event()

    def clean_up(_: Actor) -> None:
        entered.set()
        gate.wait(PATIENCE)

    def stop(actor: Actor) -> None:
        actor.stop()

    spec = child("a", dispatcher="pinned", hang_after=3, stopping=clean_up)
    system = grow(spec)
    system.ref("/root/a").tell(stop)
    assert entered.wait(PATIENCE)

    clock.advance(3)
    wait_for(system, "/root/a ready", times=2)

    assert [
        event.reason.partition(" for ")[0]
        for event in system.events.since(0)
        if event.kind is EventKind.EXITED
    ] == ["hung: at its own call"]
