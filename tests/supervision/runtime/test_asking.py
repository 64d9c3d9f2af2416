"""Actors that ask actors: nobody blocks whom he must not, and nobody for ever."""

import threading
from collections.abc import Callable
from typing import Any

import attrs
import pytest

from holdfast.supervision import (
    Actor,
    ActorSystem,
    AskCycle,
    AskTimeout,
    ChildSpec,
    Future,
    MailboxFull,
    MailboxSpec,
    ManualClock,
    Ref,
    RefTo,
    gather,
)

PATIENCE = 20.0

Grow = Callable[..., ActorSystem]
Specify = Callable[..., ChildSpec]
Settle = Callable[[ActorSystem], None]


class Asker(Actor):
    """Asks its neighbour what it is asked, until somebody knows."""

    replies_with = (AskCycle, RuntimeError)

    def __init__(self, neighbour: Ref | None = None, knows: str = "") -> None:
        self.neighbour = neighbour
        self._knows = knows
        self.asked = 0

    def on_receive(self, message: Any) -> Any:
        if callable(message):
            return message(self)
        self.asked += 1
        if self._knows or self.neighbour is None:
            return self._knows
        return self.neighbour.ask(message)


def asked(actor: Asker) -> int:
    return actor.asked


def fine(_: Actor) -> str:
    return "fine"


def ask_next(actor: Asker) -> str:
    assert actor.neighbour is not None
    return str(actor.neighbour.ask(fine))


def ring(*names: str, dispatcher: str = "pinned") -> list[ChildSpec]:
    """Specify askers of whom each asks the next, and the last the first."""
    following = [*names[1:], names[0]]
    return [
        ChildSpec(
            id=name,
            start=Asker,
            args={"neighbour": RefTo(path=f"/root/{after}")},
            dispatcher=dispatcher,
            hang_after=None,
        )
        for name, after in zip(names, following, strict=True)
    ]


@pytest.mark.parametrize("names", ["a", "ab", "abc"])
def test_asking_in_a_cycle_is_an_error_at_once(names: str, grow: Grow) -> None:
    system = grow(*ring(*names))

    with pytest.raises(AskCycle, match="asking in a cycle would wait for ever"):
        system.ref("/root/a").ask("who?")

    times = [system.ref(f"/root/{n}").ask(asked) for n in names]
    assert times == [1] * len(names)  # the ask that was refused is not made later
    assert system.dead_letters.count() == 0


def test_the_error_names_the_cycle(grow: Grow) -> None:
    system = grow(*ring("a", "b"))

    with pytest.raises(AskCycle, match="/root/b -> /root/a -> /root/b; use self"):
        system.ref("/root/a").ask("who?")


def test_many_asks_along_a_line_are_no_cycle(grow: Grow) -> None:
    line = ring("a", "b", "c")
    knower = ChildSpec(id="c", start=Asker, args={"knows": "c"}, dispatcher="pinned")
    system = grow(*line[:2], knower)

    futures = [system.ref("/root/a").ask("who?", block=False) for _ in range(50)]

    assert {future.get() for future in futures} == {"c"}


def test_two_actors_that_ask_each_other_at_the_same_moment_do_not_wait(
    grow: Grow,
) -> None:
    system = grow(*ring("a", "b"))
    refs = [system.ref("/root/a"), system.ref("/root/b")]

    for _ in range(300):
        begin = threading.Barrier(2)

        def ask(actor: Asker, begin: threading.Barrier = begin) -> str:
            begin.wait(PATIENCE)
            return ask_next(actor)

        futures = [ref.ask(ask, block=False) for ref in refs]
        answers = [answer_of(future) for future in futures]
        assert sorted(answers) == ["cycle", "fine"]


def answer_of(future: Future[Any]) -> str:
    try:
        return str(future.get())
    except AskCycle:
        return "cycle"


def test_blocking_on_a_shared_thread_is_refused_and_nothing_is_sent(
    grow: Grow,
) -> None:
    system = grow(*ring("a", "b", dispatcher="shared"))

    with pytest.raises(RuntimeError, match=r"use self\.pipe.*or give") as caught:
        system.ref("/root/a").ask("who?")

    assert "/root/a shares its thread and must not block on /root/b" in str(
        caught.value
    )
    assert '"dispatcher": "pinned"' in str(caught.value)
    assert system.ref("/root/b").ask(asked) == 0


def test_getting_a_result_that_is_there_blocks_nobody(grow: Grow) -> None:
    there: Future[str] = Future()
    there.settle("here")
    system = grow(ChildSpec(id="a", start=Asker))

    def get(_: Actor) -> str:
        return there.get()

    assert system.ref("/root/a").ask(get) == "here"


def test_an_asker_that_is_refused_by_a_full_mailbox_does_not_count_as_waiting(
    grow: Grow, gate: threading.Event
) -> None:
    a, b = ring("a", "b")
    system = grow(a, attrs.evolve(b, mailbox=MailboxSpec(capacity=1)))
    entered = threading.Event()

    def ask_once_free(actor: Asker) -> str:
        entered.set()
        gate.wait(PATIENCE)
        return ask_next(actor)

    def try_to_ask(actor: Asker) -> str:
        try:
            return ask_next(actor)
        except MailboxFull:
            return "full"

    answer = system.ref("/root/b").ask(ask_once_free, block=False)
    assert entered.wait(PATIENCE)
    system.ref("/root/b").tell("fills it up")
    refused = system.ref("/root/a").ask(try_to_ask)
    gate.set()

    assert refused == "full"
    assert answer.get() == "fine"


# -- replies that come later --


class Broker(Actor):
    """Passes on what it is asked, and may do more before the answer comes."""

    def __init__(self, source: Ref) -> None:
        self._source = source

    def on_receive(self, message: Any) -> Any:
        match message:
            case "busy?":
                return "not at all"
            case ("add one to", question):
                return self._source.ask(question, block=False).map(lambda n: n + 1)
            case _:
                return self._source.ask(message, block=False)


@pytest.fixture
def brokered(grow: Grow, child: Specify) -> ActorSystem:
    source = child("source", dispatcher="pinned")
    args = {"source": RefTo(path="/root/source")}
    return grow(source, ChildSpec(id="broker", start=Broker, args=args))


def test_a_handler_that_returns_a_future_replies_when_its_result_comes(
    brokered: ActorSystem, gate: threading.Event
) -> None:
    broker = brokered.ref("/root/broker")

    def wait(_: Actor) -> bool:
        return gate.wait(PATIENCE)

    slow = broker.ask(wait, block=False)
    meanwhile = broker.ask("busy?")
    early = slow.done
    gate.set()

    assert (meanwhile, early, slow.get()) == ("not at all", False, True)
    assert broker.ask(("add one to", 41)) == 42


def test_an_error_of_a_deferred_reply_is_a_reply_and_no_crash_of_the_one_between(
    brokered: ActorSystem, settle: Settle
) -> None:
    def fail(_: Actor) -> None:
        raise ValueError("boom")

    with pytest.raises(ValueError, match="boom"):
        brokered.ref("/root/broker").ask(fail)
    settle(brokered)

    assert brokered.cell("/root/broker").incarnation == 1
    assert brokered.cell("/root/source").incarnation == 2


def test_a_deferred_reply_ends_with_the_deadline_of_what_it_waits_for(
    brokered: ActorSystem, clock: ManualClock, gate: threading.Event, settle: Settle
) -> None:
    entered = threading.Event()

    def hold(_: Actor) -> str:
        entered.set()
        gate.wait(PATIENCE)
        return "late"

    reply = brokered.ref("/root/broker").ask(hold, block=False, timeout=60)
    assert entered.wait(PATIENCE)
    clock.advance(5)

    with pytest.raises(AskTimeout, match="/root/source did not reply") as caught:
        reply.get()
    assert caught.value.executed is None
    gate.set()
    settle(brokered)


def test_a_cycle_through_a_deferred_reply_is_found_when_it_closes(
    grow: Grow,
) -> None:
    """The pinned a asks the broker, who passes on to the pinned b, who asks a."""
    a, b = ring("a", "b")
    a = attrs.evolve(a, args={"neighbour": RefTo(path="/root/broker")})
    args = {"source": RefTo(path="/root/b")}
    system = grow(a, b, ChildSpec(id="broker", start=Broker, args=args))

    with pytest.raises(AskCycle):
        system.ref("/root/a").ask("who?")


@pytest.mark.parametrize("brokers", [["broker"], ["broker", "other"]])
def test_a_reply_deferred_to_the_asker_itself_is_a_cycle_too(
    brokers: list[str], grow: Grow
) -> None:
    """The pinned a asks a broker, who passes it back, or on to one who does."""
    (a,) = ring("a")
    passed_to = [*brokers[1:], "a"]
    a = attrs.evolve(a, args={"neighbour": RefTo(path="/root/broker")})
    between = [
        ChildSpec(id=name, start=Broker, args={"source": RefTo(path=f"/root/{after}")})
        for name, after in zip(brokers, passed_to, strict=True)
    ]
    system = grow(a, *between)

    with pytest.raises(AskCycle, match="/root/a"):
        system.ref("/root/a").ask("who?")


def test_whoever_waits_for_one_in_a_cycle_that_nobody_saw_still_gets_an_end(
    grow: Grow, clock: ManualClock
) -> None:
    """The deferred reply is made of several futures: nobody knows who has to answer."""

    class Blind(Broker):
        def on_receive(self, message: Any) -> Any:
            entered.set()
            return gather([self._source.ask(message, block=False, timeout=60)])

    entered = threading.Event()
    a, b = ring("a", "b")
    a = attrs.evolve(a, args={"neighbour": RefTo(path="/root/blind")})
    blind = ChildSpec(id="blind", start=Blind, args={"source": RefTo(path="/root/a")})
    system = grow(a, b, blind)

    first = system.ref("/root/a").ask("who?", block=False, timeout=60)
    assert entered.wait(PATIENCE)
    second = system.ref("/root/b").ask("who?", block=False, timeout=60)
    while not (first.done and second.done):
        clock.advance(1)

    for future in (first, second):
        with pytest.raises(AskTimeout):
            future.get()


def test_futures_of_actors_are_brought_together_without_blocking_one(
    grow: Grow, child: Specify
) -> None:
    system = grow(*(child(name) for name in "abc"))
    refs = [system.ref(f"/root/{name}") for name in "bc"]

    def ask_all(_: Actor) -> Future[list[Any]]:
        return gather(ref.ask(ref.path, block=False) for ref in refs)

    assert system.ref("/root/a").ask(ask_all) == ["/root/b", "/root/c"]
