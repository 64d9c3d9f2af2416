"""One address for life: over restarts, for tells, asks and unmodified Pykka proxies."""

import threading
from collections.abc import Callable
from typing import Any

import pykka
import pytest

from holdfast.supervision import (
    Actor,
    ActorSystem,
    AskTimeout,
    ChildSpec,
    ExitKind,
    ExitReason,
    MailboxFull,
    MailboxSpec,
    ManualClock,
    TerminateChild,
)

PATIENCE = 20.0
KILLED = ExitReason(ExitKind.KILLED, "by a test")

Grow = Callable[..., ActorSystem]
Settle = Callable[[ActorSystem], None]

dispatchers = pytest.mark.parametrize("dispatcher", ["shared", "pinned"])


class Counter(Actor):
    """Counts, and forgets its count when it crashes."""

    def __init__(self, start: int = 0) -> None:
        self.count = start

    def add(self, more: int) -> int:
        self.count += more
        return self.count

    def total(self) -> int:
        return self.count

    def crash(self) -> None:
        raise ValueError("boom")

    def on_receive(self, message: Any) -> Any:
        return message(self) if callable(message) else (self.incarnation, message)


def counter(**fields: Any) -> ChildSpec:
    return ChildSpec(id="a", start=Counter, **fields)


@dispatchers
def test_a_reference_stays_valid_over_restarts(
    dispatcher: str, grow: Grow, settle: Settle
) -> None:
    system = grow(counter(dispatcher=dispatcher))
    ref = system.ref("/root/a")
    seen = [ref.ask("x")]

    for _ in range(2):
        system.cell("/root/a").kill(KILLED)
        seen.append(ref.ask("x"))
    settle(system)

    assert seen == [(1, "x"), (2, "x"), (3, "x")]
    assert system.ref("/root/a") is ref
    assert ref.is_alive()


@dispatchers
def test_an_unmodified_proxy_works_over_restarts(
    dispatcher: str, grow: Grow, settle: Settle
) -> None:
    system = grow(counter(dispatcher=dispatcher, args={"start": 10}))
    proxy: Any = pykka.ActorProxy(actor_ref=system.ref("/root/a"))

    before = [proxy.add(1).get(), proxy.count.get()]
    proxy.__setattr__("count", 20)
    before.append(proxy.add(1).get())
    proxy.crash.defer()
    settle(system)
    after = [proxy.add(1).get(), proxy.count.get()]

    assert before == [11, 11, 21]
    assert after == [11, 11]
    assert system.cell("/root/a").incarnation == 2


def test_a_proxy_is_made_by_the_reference_too(grow: Grow) -> None:
    proxy: Any = grow(counter()).ref("/root/a").proxy()

    assert proxy.add(2).get() == 2


def test_a_proxy_needs_somebody_who_lives(grow: Grow) -> None:
    system = grow(counter(), start=False)

    with pytest.raises(pykka.ActorDeadError):
        system.ref("/root/a").proxy()


def test_a_reference_names_its_place_and_class(grow: Grow) -> None:
    ref = grow(counter()).ref("/root/a")

    assert (ref.path, str(ref), repr(ref)) == ("/root/a", "/root/a", "<Ref /root/a>")
    assert ref.actor_urn == "/root/a"
    assert ref.actor_class is Counter


def test_what_is_told_before_the_start_waits_for_it(grow: Grow) -> None:
    system = grow(counter(), start=False)
    reply = system.ref("/root/a").ask("early", block=False)

    system.start()

    assert reply.get() == (1, "early")


@dispatchers
def test_a_stopped_actor_takes_no_message_and_fails_every_ask_at_once(
    dispatcher: str, grow: Grow
) -> None:
    system = grow(counter(dispatcher=dispatcher))
    ref = system.ref("/root/a")
    system.ref("/root").command(TerminateChild("a")).get()

    ref.tell("late")
    with pytest.raises(pykka.ActorDeadError, match="/root/a: stopped"):
        ref.ask("late")
    with pytest.raises(pykka.ActorDeadError):
        ref.command("late").get()

    assert not ref.is_alive()
    assert system.dead_letters.counts() == {("/root/a", "stopped"): 3}


def test_a_full_mailbox_fails_tells_and_asks_at_the_sender(grow: Grow) -> None:
    system = grow(counter(mailbox=MailboxSpec(capacity=1)), start=False)
    ref = system.ref("/root/a")
    ref.tell("fits")

    with pytest.raises(MailboxFull):
        ref.tell("too much")
    with pytest.raises(MailboxFull):
        ref.ask("too much")


def test_only_a_supervisor_stops_an_actor(grow: Grow) -> None:
    ref = grow(counter()).ref("/root/a")

    with pytest.raises(TypeError, match="stop it with TerminateChild"):
        ref.stop()

    assert ref.ask("alive?") == (1, "alive?")


@dispatchers
def test_an_ask_withdrawn_from_the_queue_never_runs(
    dispatcher: str,
    grow: Grow,
    clock: ManualClock,
    settle: Settle,
    gate: threading.Event,
) -> None:
    system = grow(counter(dispatcher=dispatcher))
    ref, entered = system.ref("/root/a"), threading.Event()

    def hold(actor: Counter) -> int:
        entered.set()
        gate.wait(PATIENCE)
        return actor.add(1)

    def add_100(actor: Counter) -> int:
        return actor.add(100)

    begun = ref.ask(hold, block=False, timeout=5)
    assert entered.wait(PATIENCE)
    queued = ref.ask(add_100, block=False, timeout=5)
    clock.advance(5)
    errors = [asked_in_vain(begun), asked_in_vain(queued)]
    gate.set()
    settle(system)

    assert [error.executed for error in errors] == [None, False]
    assert ref.ask(Counter.total) == 1  # begun ran to its end, void
    assert system.dead_letters.counts() == {("/root/a", "expired"): 1}


def asked_in_vain(future: pykka.Future[Any]) -> AskTimeout:
    with pytest.raises(AskTimeout) as caught:
        future.get()
    return caught.value


def test_no_ask_waits_for_ever(grow: Grow, clock: ManualClock) -> None:
    system = grow(counter(), start=False)
    futures = [
        system.ref("/root/a").ask("x", block=False),
        system.ref("/root/a").ask("x", block=False, timeout=60),
        system.ref("/root").command("x"),
    ]
    for future in futures:
        future.add_done_callback(lambda _: None)

    assert clock.pending() == [5, 5, 60]
