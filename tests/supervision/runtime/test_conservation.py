"""No message vanishes: each accepted one is handled, queued, or a dead letter."""

import threading
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

import attrs
import pykka
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.supervision import (
    Actor,
    ActorSystem,
    ChildSpec,
    CountChildren,
    Future,
    MailboxFull,
    MailboxSpec,
    OnRestart,
    Overflow,
    SupervisorSpec,
    TerminateChild,
    crash,
)

PATIENCE = 20.0
UNLIMITED = 1_000_000

Grow = Callable[..., ActorSystem]
Specify = Callable[..., ChildSpec]
Settle = Callable[[ActorSystem], None]
Said = list[Any]

dispatchers = pytest.mark.parametrize("dispatcher", ["shared", "pinned"])


class Ledger(Actor):
    """Notes what it handled, and crashes over what it can't stand."""

    def __init__(self, note: Callable[[int], object], hates: frozenset[int]) -> None:
        self._note = note
        self._hates = hates

    def on_receive(self, message: int) -> int:
        if message in self._hates:
            raise ValueError(message)
        self._note(message)
        return message


@attrs.frozen
class Quote:
    symbol: str
    price: int


@contextmanager
def running(*children: ChildSpec) -> Generator[ActorSystem]:
    """Run a system for one example of a property."""
    spec = SupervisorSpec(children=children, intensity=UNLIMITED, backoff=None)
    system = ActorSystem(spec)
    system.start().get(timeout=PATIENCE)
    try:
        yield system
    finally:
        system.stop().get(timeout=PATIENCE)
        system.close()


def settle_down(system: ActorSystem) -> None:
    done = threading.Event()
    system.when_settled(done.set)
    system.ref("/root").command(CountChildren())
    assert done.wait(PATIENCE)


numbers = st.integers(0, 29)


@settings(deadline=None, max_examples=60)
@given(
    dispatcher=st.sampled_from(["shared", "pinned"]),
    in_flight=st.sampled_from(["dead_letter", "redeliver"]),
    overflow=st.sampled_from([Overflow.FAIL, Overflow.DROP_NEW, Overflow.DROP_OLD]),
    on_restart=st.sampled_from([OnRestart.KEEP, OnRestart.PURGE]),
    capacity=st.sampled_from([3, 1000]),
    hates=st.frozensets(numbers),
    crashes=st.frozensets(numbers),
    asks=st.frozensets(numbers),
    terminated=st.booleans(),
)
def test_over_any_crashes_every_accepted_message_ends_exactly_once(
    dispatcher: str,
    in_flight: str,
    overflow: Overflow,
    on_restart: OnRestart,
    capacity: int,
    hates: frozenset[int],
    crashes: frozenset[int],
    asks: frozenset[int],
    *,
    terminated: bool,
) -> None:
    handled: list[int] = []
    futures: dict[int, Future[Any]] = {}
    accepted: list[int] = []
    spec = ChildSpec(
        id="a",
        start=Ledger,
        args={"note": handled.append, "hates": hates},
        dispatcher=dispatcher,
        in_flight=in_flight,
        mailbox=MailboxSpec(
            capacity=capacity, overflow=overflow, on_restart=on_restart
        ),
    )

    with running(spec) as system:
        ref = system.ref("/root/a")
        for number in range(30):
            if number in crashes:
                crash(ref.cell, "a test")
            try:
                if number in asks:
                    futures[number] = ref.ask(number, block=False)
                else:
                    ref.tell(number)
            except MailboxFull:
                continue
            accepted.append(number)
        if terminated:
            system.ref("/root").command(TerminateChild("a")).get()
        else:
            settle_down(system)
        lost = [letter.message for letter in system.dead_letters.newest()]

    answered_with_error = [
        number for number in futures if number in hates and number not in lost
    ]
    assert sorted(handled + lost + answered_with_error) == sorted(accepted)
    assert all(future.done for future in futures.values())


@dispatchers
def test_a_message_in_flight_is_redelivered_once_and_marked(
    dispatcher: str, grow: Grow, child: Specify, settle: Settle
) -> None:
    said: Said = []
    system = grow(child("a", dispatcher=dispatcher, in_flight="redeliver"))

    def fail(actor: Actor) -> None:
        said.append((actor.incarnation, actor.redelivered))
        raise ValueError("boom")

    def look(actor: Actor) -> None:
        said.append((actor.incarnation, actor.redelivered))

    system.ref("/root/a").tell(fail)
    system.ref("/root/a").tell(look)
    settle(system)

    assert said == [(1, False), (2, True), (3, False)]
    assert [letter.message for letter in system.dead_letters.newest()] == [fail]


@dispatchers
@pytest.mark.parametrize(
    ("on_restart", "handled", "lost"),
    [
        (OnRestart.KEEP, ["A1", "B1", "A2", "ask"], {}),
        (OnRestart.PURGE, [], {"purged by restart": 4}),
        (OnRestart.CONFLATE, ["B1", "A2", "ask"], {"conflated": 1}),
    ],
)
def test_what_waits_over_a_restart_follows_the_policy(
    dispatcher: str,
    on_restart: OnRestart,
    handled: list[str],
    lost: dict[str, int],
    grow: Grow,
    child: Specify,
    settle: Settle,
    gate: threading.Event,
) -> None:
    said: Said = []
    box = MailboxSpec(on_restart=on_restart, key="symbol")
    system = grow(child("a", dispatcher=dispatcher, mailbox=box, say=said.append))
    ref, entered = system.ref("/root/a"), threading.Event()

    def hold_and_fail(_: Actor) -> None:
        entered.set()
        gate.wait(PATIENCE)
        raise ValueError("boom")

    ref.tell(hold_and_fail)
    assert entered.wait(PATIENCE)
    for quote in (Quote("A", 1), Quote("B", 1), Quote("A", 2)):
        ref.tell(quote)
    reply = ref.ask("ask", block=False)
    gate.set()
    settle(system)

    names = [f"{each.symbol}{each.price}" for each in said if isinstance(each, Quote)]
    assert [*names, *(each for each in said if each == "ask")] == handled
    reasons = {reason: n for (_, reason), n in system.dead_letters.counts().items()}
    assert reasons == {"in flight when its actor ended": 1, **lost}
    if on_restart is OnRestart.PURGE:
        with pytest.raises(pykka.ActorDeadError, match="purged by restart"):
            reply.get()
    else:
        assert reply.get() == "ask"


@dispatchers
@pytest.mark.parametrize("overflow", Overflow)
def test_of_what_many_threads_send_each_accepted_message_ends_exactly_once(
    dispatcher: str, overflow: Overflow, grow: Grow, settle: Settle
) -> None:
    handled: list[int] = []
    refused: list[int] = []
    box = MailboxSpec(capacity=5, overflow=overflow, key="real")
    args = {"note": handled.append, "hates": frozenset[int]()}
    system = grow(
        ChildSpec(id="a", start=Ledger, args=args, dispatcher=dispatcher, mailbox=box)
    )
    ref, begin = system.ref("/root/a"), threading.Barrier(4)

    def send(first: int) -> None:
        begin.wait(PATIENCE)
        for number in range(first, 2000, 4):
            try:
                ref.tell(number)
            except MailboxFull:
                refused.append(number)

    threads = [threading.Thread(target=send, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    settle(system)

    assert len(handled) + len(refused) + system.dead_letters.count() == 2000
    assert max(Counter(handled + refused).values(), default=1) == 1
    assert (refused == []) or overflow in {Overflow.FAIL, Overflow.CONFLATE}


@dispatchers
def test_a_stop_overtakes_a_backlog_of_ten_thousand_messages(
    dispatcher: str, grow: Grow, child: Specify, gate: threading.Event
) -> None:
    said: Said = []
    system = grow(child("a", dispatcher=dispatcher, say=said.append))
    ref, entered = system.ref("/root/a"), threading.Event()

    def hold(_: Actor) -> None:
        entered.set()
        gate.wait(PATIENCE)

    ref.tell(hold)
    assert entered.wait(PATIENCE)
    for number in range(10_000):
        ref.tell(number)
    ended = system.stop()
    if dispatcher == "pinned":  # the supervisor is free to pass the stop on
        system.ref("/root").command(CountChildren()).get()
    gate.set()

    ended.get(timeout=PATIENCE)
    assert [each for each in said if each != "on_stop"] == list(range(len(said) - 1))
    assert len(said) < 100
    assert len(said) - 1 + system.dead_letters.count() == 10_000
