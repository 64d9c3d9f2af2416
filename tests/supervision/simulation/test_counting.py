"""Whatever becomes of a message, the counts of its place say it."""

import asyncio
from collections.abc import Callable
from typing import Any

import attrs
import pytest

from holdfast.supervision import (
    Actor,
    ActorSystem,
    ChildSpec,
    ExitKind,
    ExitReason,
    MailboxFull,
    MailboxSpec,
    crash,
    hang,
)
from holdfast.supervision.simulation import World
from holdfast.supervision.simulation.history import Flow
from holdfast.supervision.simulation.invariants import nothing_is_lost
from holdfast.supervision.simulation.recorder import Recorder

Child = Callable[..., ChildSpec]
Inhabit = Callable[..., ActorSystem]
Watched = tuple[ActorSystem, Callable[[], dict[str, int]]]


@attrs.frozen
class Price:
    """A message that is replaced by a newer one of its symbol."""

    symbol: str


@pytest.fixture
def watch(world: World, inhabit: Inhabit, child: Child) -> Callable[..., Watched]:
    """Start one counted child, `/root/a`; the second result tells what was counted."""

    def watched(**fields: Any) -> Watched:
        system = inhabit(child("a", **fields), start=False, intensity=100)
        recorder = Recorder(world, system)
        system.start().get()

        def counts() -> dict[str, int]:
            world.run(until=world.clock.now())
            flows = recorder.flows()
            assert nothing_is_lost(flows) == []
            (flow,) = [each for each in flows if each.path == "/root/a"]
            nothing = attrs.asdict(Flow("/root/a"))
            counted = attrs.asdict(flow).items()
            return {name: count for name, count in counted if count != nothing[name]}

        return system, counts

    return watched


def boom(_: Actor) -> None:
    raise ValueError("boom")


KILLED = ExitReason(ExitKind.KILLED, "a test")


def test_a_handled_message_is_finished(watch: Callable[..., Watched]) -> None:
    system, counts = watch()

    system.ref("/root/a").tell("hello")
    system.ref("/root/a").ask("hello")

    assert counts() == {"accepted": 2, "taken": 2, "begun": 2, "finished": 2}


def test_what_an_actor_does_by_itself_is_no_message(
    watch: Callable[..., Watched],
) -> None:
    system, counts = watch()

    def go_on(actor: Actor) -> None:
        actor.soon(lambda: None)

    system.ref("/root/a").tell(go_on)

    assert counts() == {"accepted": 1, "taken": 1, "begun": 1, "finished": 1}


def test_a_message_that_crashes_its_actor_is_a_dead_letter(
    watch: Callable[..., Watched],
) -> None:
    system, counts = watch()

    system.ref("/root/a").tell(boom)

    assert counts() == {
        "accepted": 1,
        "taken": 1,
        "begun": 1,
        "cut_short": 1,
        "dead": 1,
    }


def test_a_message_that_is_redelivered_comes_again(
    watch: Callable[..., Watched],
) -> None:
    system, counts = watch(in_flight="redeliver")

    system.ref("/root/a").tell(boom)

    assert counts() == {
        "accepted": 1,
        "put_back": 1,
        "redelivered": 1,
        "taken": 2,
        "begun": 2,
        "cut_short": 2,
        "dead": 1,
    }


def test_an_ask_that_crashes_its_actor_is_answered(
    watch: Callable[..., Watched],
) -> None:
    system, counts = watch()

    with pytest.raises(ValueError, match="boom"):
        system.ref("/root/a").ask(boom)

    assert counts() == {
        "accepted": 1,
        "taken": 1,
        "begun": 1,
        "cut_short": 1,
        "failed": 1,
    }


def test_an_ask_that_expired_is_not_begun(
    world: World, watch: Callable[..., Watched]
) -> None:
    system, counts = watch(dispatcher="pinned")
    hang(system.cell("/root/a"), 5.0)
    system.ref("/root/a").ask("hello", block=False, timeout=1.0)

    world.run(until=6.0)

    assert counts() == {"accepted": 1, "taken": 1, "expired": 1}


def test_the_message_of_a_killed_actor_follows_its_policy(
    world: World, watch: Callable[..., Watched]
) -> None:
    system, counts = watch(dispatcher="pinned", in_flight="redeliver")

    def wait(actor: Actor) -> None:
        actor.clock.wait(Never(), 5.0)

    system.ref("/root/a").tell(wait)
    world.run(until=1.0)
    system.cell("/root/a").kill(KILLED)
    world.run(until=2.0)
    meanwhile = counts()
    world.run(until=10.0)

    begun = {"accepted": 1, "put_back": 1, "redelivered": 1, "taken": 2, "begun": 2}
    assert meanwhile == {**begun, "cut_short": 1, "open": 1}
    assert counts() == {**begun, "cut_short": 1, "finished": 1}


async def sleep(_: Actor) -> None:
    await asyncio.sleep(5.0)


def test_messages_that_coroutines_handle_are_open_until_those_are_through(
    world: World, watch: Callable[..., Watched]
) -> None:
    system, counts = watch(dispatcher="loop", concurrency=2)
    for _ in range(3):
        system.ref("/root/a").tell(sleep)
    meanwhile = counts()

    world.run(until=20.0)

    assert meanwhile == {"accepted": 3, "taken": 2, "begun": 2, "open": 2, "waiting": 1}
    assert counts() == {"accepted": 3, "taken": 3, "begun": 3, "finished": 3}


@pytest.mark.parametrize("ends", ["killed", "crashed", "hung"])
def test_messages_under_way_when_their_actor_ends_are_cut_short_side_by_side(
    world: World, watch: Callable[..., Watched], ends: str
) -> None:
    system, counts = watch(dispatcher="loop", concurrency=2, hang_after=2.0)
    system.ref("/root/a").tell(sleep)
    system.ref("/root/a").ask(sleep, block=False, timeout=50.0)
    world.run(until=1.0)

    if ends == "killed":
        system.cell("/root/a").kill(KILLED)
    elif ends == "crashed":
        crash(system.cell("/root/a"), "a test")
    world.run(until=3.0)

    begun = {"accepted": 2, "taken": 2, "begun": 2}
    assert counts() == {**begun, "cut_short": 2, "dead": 1, "failed": 1}


def test_what_lingers_while_its_actor_fails_slowly_is_cut_short_already(
    world: World, inhabit: Inhabit
) -> None:
    class Slow(Actor):
        async def on_receive(self, message: Any) -> None:
            try:
                await asyncio.sleep(5.0)
            finally:
                await asyncio.sleep(1.0)

        async def on_failure(self, *_: object) -> None:  # type: ignore[override]
            await asyncio.sleep(2.0)

    system = inhabit(ChildSpec(id="a", start=Slow, dispatcher="loop"), start=False)
    recorder = Recorder(world, system)
    system.start().get()
    system.ref("/root/a").tell("hello")
    world.run(until=1.0)
    crash(system.cell("/root/a"), "a test")

    for at in (1.0, 1.5, 2.5, 4.0):
        world.run(until=at)
        assert nothing_is_lost(recorder.flows()) == []


class Never:
    """Does not happen."""

    def is_set(self) -> bool:
        return False

    def wait(self, timeout: float | None = None) -> bool:
        raise AssertionError(f"waited {timeout} of real time")


def test_what_waits_when_the_actor_is_stopped_for_good_is_discarded(
    world: World, watch: Callable[..., Watched]
) -> None:
    system, counts = watch(dispatcher="pinned")
    hang(system.cell("/root/a"), 1.0)
    world.run(until=0.5)
    system.ref("/root/a").tell("hello")
    system.stop(10.0)

    world.run(until=5.0)

    assert counts() == {"accepted": 1, "taken": 1, "discarded": 1}


def test_a_mailbox_that_is_purged_at_a_restart_discards(
    world: World, watch: Callable[..., Watched]
) -> None:
    system, counts = watch(mailbox=MailboxSpec(on_restart="purge"))
    crash(system.cell("/root/a"), "a test")
    for _ in range(3):
        system.ref("/root/a").tell("hello")

    world.run(until=1.0)

    assert counts() == {"accepted": 3, "discarded_unseen": 3}


@pytest.mark.parametrize(
    ("overflow", "expected"),
    [
        ("drop_old", {"accepted": 5, "taken": 5, "discarded": 3, "begun": 2}),
        ("drop_new", {"accepted": 5, "taken": 2, "discarded_unseen": 3, "begun": 2}),
        ("conflate", {"accepted": 5, "taken": 1, "discarded_unseen": 4, "begun": 1}),
        ("fail", {"accepted": 2, "taken": 2, "begun": 2}),
    ],
)
def test_a_mailbox_that_is_full_discards_or_refuses(
    watch: Callable[..., Watched], overflow: str, expected: dict[str, int]
) -> None:
    mailbox = MailboxSpec(capacity=2, overflow=overflow, key="symbol")
    system, counts = watch(mailbox=mailbox)
    refused = 0

    for _ in range(5):
        try:
            system.ref("/root/a").tell(Price("BTC"))
        except MailboxFull:
            refused += 1

    assert counts() == {**expected, "finished": expected["begun"]}
    assert refused == (3 if overflow == "fail" else 0)
