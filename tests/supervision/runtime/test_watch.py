"""Whoever watches hears of each ending exactly once, whatever it is."""

import asyncio
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any, ClassVar, NoReturn

import pytest

from holdfast.supervision import (
    Actor,
    ActorSystem,
    Backoff,
    ChildSpec,
    Down,
    ExitKind,
    ExitReason,
    Future,
    ManualClock,
    SupervisorSpec,
    TerminateChild,
    Watch,
)

PATIENCE = 20.0
KILLED = ExitReason(ExitKind.KILLED, "by a test")
NOBODY = ExitReason(ExitKind.NOPROC, "nobody lives there")

Grow = Callable[..., ActorSystem]
Specify = Callable[..., ChildSpec]
Settle = Callable[[ActorSystem], None]
WaitFor = Callable[..., None]
Said = list[Any]

dispatchers = pytest.mark.parametrize("dispatcher", ["shared", "pinned", "loop"])


def watch(path: str, times: int = 1) -> Callable[[Actor], list[Watch]]:
    return lambda actor: [actor.watch(actor.system.ref(path)) for _ in range(times)]


def raiser(error: BaseException) -> Callable[[object], NoReturn]:
    def fail(_: object) -> NoReturn:
        raise error

    return fail


def terminate(system: ActorSystem) -> None:
    system.ref("/root").command(TerminateChild("a")).get()


def kill(system: ActorSystem) -> None:
    system.cell("/root/a").kill(KILLED)


def told(act: Callable[[Actor], object]) -> Callable[[ActorSystem], None]:
    return lambda system: system.ref("/root/a").tell(act)


ENDINGS: dict[str, tuple[Callable[[ActorSystem], None], str]] = {
    "stop": (told(Actor.stop), "normal"),
    "exception": (told(raiser(ValueError("boom"))), "crashed: ValueError: boom"),
    "exit": (told(raiser(SystemExit(3))), "crashed: SystemExit: 3"),
    "interrupt": (told(raiser(KeyboardInterrupt())), "crashed: KeyboardInterrupt"),
    "cancelled": (told(raiser(asyncio.CancelledError())), "crashed: CancelledError"),
    "terminated": (terminate, "shutdown"),
    "killed": (kill, "killed: by a test"),
}


@dispatchers
@pytest.mark.parametrize("ending", ENDINGS)
def test_each_ending_is_heard_of_once_by_each_watch(
    dispatcher: str, ending: str, grow: Grow, child: Specify, settle: Settle
) -> None:
    said: Said = []
    target = child("a", dispatcher=dispatcher)
    system = grow(target, child("w", dispatcher=dispatcher, say=said.append))
    act, reason = ENDINGS[ending]

    system.ref("/root/w").ask(watch("/root/a", times=2))
    settle(system)
    before = list(said)
    act(system)
    settle(system)

    assert before == []
    assert [(type(each), each.path, each.incarnation) for each in said] == [
        (Down, "/root/a", 1)
    ] * 2
    assert [str(each.reason) for each in said] == [reason] * 2


@dispatchers
def test_a_clean_up_that_fails_is_heard_of_after_it(
    dispatcher: str, grow: Grow, child: Specify, settle: Settle
) -> None:
    said: Said = []
    target = child(
        "a", dispatcher=dispatcher, say=said.append, stopping=raiser(KeyError(1))
    )
    system = grow(target, child("w", say=said.append))

    system.ref("/root/w").ask(watch("/root/a"))
    system.ref("/root/a").tell(Actor.stop)
    settle(system)

    assert said == [
        "on_stop",
        Down("/root/a", 1, ExitReason(ExitKind.CLEANUP_FAILED, "KeyError: 1")),
    ]


def test_a_start_that_fails_is_heard_of_by_who_watched_it_meanwhile(
    grow: Grow, child: Specify, settle: Settle
) -> None:
    said: Said = []

    def fail_the_second_time(actor: Actor) -> None:
        if actor.incarnation == 2:
            actor.system.ref("/root/w").ask(watch("/root/a"))
            raise ValueError("sick")

    spec = child("a", dispatcher="pinned", starting=fail_the_second_time)
    system = grow(child("w", say=said.append), spec)

    system.cell("/root/a").kill(KILLED)
    settle(system)

    failed = ExitReason(ExitKind.START_FAILED, "ValueError: sick")
    assert said == [Down("/root/a", 2, failed)]


@pytest.mark.parametrize("dispatcher", ["shared", "pinned"])
def test_a_hung_actor_is_heard_of_though_its_thread_never_comes_back(
    dispatcher: str,
    grow: Grow,
    child: Specify,
    clock: ManualClock,
    gate: threading.Event,
) -> None:
    heard: Future[Down] = Future()
    entered = threading.Event()
    spec = child("a", dispatcher=dispatcher, hang_after=5.0)
    system = grow(spec, child("w", dispatcher="pinned", say=heard.settle))

    def hang(_: Actor) -> None:
        entered.set()
        gate.wait(PATIENCE)

    system.ref("/root/w").ask(watch("/root/a"))
    system.ref("/root/a").tell(hang)
    assert entered.wait(PATIENCE)
    clock.advance(6.0)

    down = heard.get(timeout=PATIENCE)
    assert (down.path, down.incarnation, down.reason.kind) == ("/root/a", 1, "hung")


def test_a_supervisor_can_be_watched_and_so_can_those_who_end_with_it(
    grow: Grow, child: Specify, settle: Settle
) -> None:
    said: Said = []
    branch = SupervisorSpec(id="b", children=(child("x"), child("y")), intensity=0)
    system = grow(branch, child("w", say=said.append))

    for path in ("/root/b", "/root/b/x", "/root/b/y"):
        system.ref("/root/w").ask(watch(path))
    system.cell("/root/b/x").kill(KILLED)
    settle(system)

    assert [(each.path, each.reason.kind) for each in said] == [
        ("/root/b/x", "killed"),
        ("/root/b/y", "shutdown"),
        ("/root/b", "escalated"),
    ]


@contextmanager
def no_threads() -> Generator[None]:
    """Have the operating system refuse each thread: its stack would be too large."""
    before = threading.stack_size(1 << 46)
    try:
        yield
    finally:
        threading.stack_size(before)


def test_where_no_thread_can_be_had_nobody_lives(
    grow: Grow, child: Specify, clock: ManualClock, wait_for: WaitFor, settle: Settle
) -> None:
    """Such an incarnation is over before anybody could see it."""
    said: Said = []
    spec = child("a", dispatcher="pinned")
    system = grow(
        spec, child("w", say=said.append), backoff=Backoff(minimum=1, jitter=0)
    )
    system.ref("/root/w").ask(watch("/root/a"))

    with no_threads():
        kill(system)
        wait_for(system, "/root/a backing_off")
        clock.advance(clock.pending()[0])
        wait_for(system, "/root/a backing_off", times=2)
        system.ref("/root/w").ask(watch("/root/a"))
    clock.advance(2)
    settle(system)

    assert said == [Down("/root/a", 1, KILLED), Down("/root/a", 0, NOBODY)]
    assert system.cell("/root/a").incarnation == 3


@pytest.mark.parametrize("times", [1, 2])
def test_where_nobody_lives_it_is_heard_of_at_once(
    times: int, grow: Grow, child: Specify, settle: Settle
) -> None:
    said: Said = []
    system = grow(child("a"), child("w", say=said.append))
    terminate(system)

    system.ref("/root/w").ask(watch("/root/a", times))
    settle(system)

    assert said == [Down("/root/a", 0, NOBODY)] * times


def test_it_overtakes_messages_and_is_there_before_the_successor(
    grow: Grow, child: Specify, settle: Settle, gate: threading.Event
) -> None:
    said: Said = []
    entered = threading.Event()

    def hello(actor: Actor) -> None:
        actor.system.ref("/root/w").tell(f"hello from {actor.incarnation}")

    def hold(actor: Actor) -> None:
        actor.watch(actor.system.ref("/root/a"))
        entered.set()
        gate.wait(PATIENCE)

    watcher = child("w", dispatcher="pinned", say=said.append)
    system = grow(watcher, child("a", starting=hello))
    settle(system)
    said.clear()
    system.ref("/root/w").tell(hold)
    assert entered.wait(PATIENCE)
    system.ref("/root/w").tell("a message")
    kill(system)
    system.ref("/root/a").ask("is the second there?")
    gate.set()
    settle(system)

    assert said == [Down("/root/a", 1, KILLED), "a message", "hello from 2"]


def test_a_watch_is_of_one_incarnation_and_the_next_one_has_to_be_watched_again(
    grow: Grow, child: Specify, settle: Settle
) -> None:
    said: Said = []
    system = grow(child("a"), child("w", say=said.append))

    for wanted in (1, 0, 3):
        if wanted:
            (begun,) = system.ref("/root/w").ask(watch("/root/a"))
            assert (begun.path, begun.incarnation) == ("/root/a", wanted)
        kill(system)
        settle(system)

    assert said == [Down("/root/a", 1, KILLED), Down("/root/a", 3, KILLED)]


def test_a_watch_can_begin_before_the_actor_is_made(
    grow: Grow, settle: Settle, child: Specify
) -> None:
    said: Said = []

    class Early(Actor):
        def __init__(self) -> None:
            self.watch(self.system.ref("/root/later"))

        def on_receive(self, message: object) -> None:
            said.append(message)

    system = grow(ChildSpec(id="early", start=Early), child("later"))
    settle(system)

    assert said == [Down("/root/later", 0, NOBODY)]
    assert system.cell("/root/early").incarnation == 1


def test_what_it_makes_of_it_counts_as_for_any_message(
    grow: Grow, settle: Settle, child: Specify
) -> None:
    """It may crash over it, answer nobody, or have no use for it."""

    class Touchy(Actor):
        replies_with: ClassVar[tuple[type[Exception], ...]] = (LookupError,)

        def on_receive(self, message: Any) -> object:
            if isinstance(message, Down):
                raise LookupError if message.path == "/root/a" else ValueError
            return message(self)

    class Deaf(Actor):
        def on_start(self) -> None:
            self.watch(self.system.ref("/root/a"))

    touchy = ChildSpec(id="touchy", start=Touchy)
    system = grow(child("a"), child("b"), touchy, ChildSpec(id="deaf", start=Deaf))

    lives: list[int] = []
    for name in "ab":
        system.ref("/root/touchy").ask(watch(f"/root/{name}"))
        system.cell(f"/root/{name}").kill(KILLED)
        settle(system)
        lives.append(system.cell("/root/touchy").incarnation)

    assert lives == [1, 2]
    assert system.dead_letters.counts() == {("/root/deaf", "unhandled"): 1}


def test_a_coroutine_may_handle_it(grow: Grow, child: Specify, settle: Settle) -> None:
    said: Said = []

    class Slow(Actor):
        async def on_receive(self, message: Any) -> None:
            await asyncio.sleep(0)
            said.append(message if isinstance(message, Down) else message(self))

    system = grow(child("a"), ChildSpec(id="w", start=Slow, dispatcher="loop"))
    system.ref("/root/w").tell(watch("/root/a"))
    settle(system)
    kill(system)
    settle(system)

    assert said[1:] == [Down("/root/a", 1, KILLED)]


def test_a_place_in_another_system_is_refused(grow: Grow, child: Specify) -> None:
    one, other = grow(child("a")), grow(child("w"))

    def reach(actor: Actor) -> None:
        actor.watch(one.ref("/root/a"))

    with pytest.raises(ValueError, match="another system"):
        other.ref("/root/w").ask(reach)
