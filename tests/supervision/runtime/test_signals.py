"""What overtakes: calls on an incarnation's own thread before any user message."""

import threading
from collections.abc import Callable
from typing import Any

import attrs
import pytest

from holdfast.supervision import (
    Actor,
    ActorSystem,
    ChildSpec,
    CountChildren,
    ExitKind,
    ExitReason,
    Fenced,
    MailboxSpec,
    TerminateChild,
)
from holdfast.supervision.runtime.dispatcher import TURN_LIMIT

PATIENCE = 20.0
BACKLOG = 100_000

Grow = Callable[..., ActorSystem]
Specify = Callable[..., ChildSpec]
WaitFor = Callable[..., None]

dispatchers = pytest.mark.parametrize("dispatcher", ["shared", "pinned", "loop"])


@attrs.define
class Trickle:
    """Sent to an actor, it keeps it busy until the gate opens."""

    gate: threading.Event
    entered: threading.Event = attrs.field(factory=threading.Event)

    def __call__(self, _: Actor) -> None:
        self.entered.set()
        self.gate.wait(PATIENCE)


@dispatchers
def test_a_stop_overtakes_a_backlog_of_a_hundred_thousand_messages(
    grow: Grow, child: Specify, gate: threading.Event, dispatcher: str
) -> None:
    said: list[Any] = []
    room = MailboxSpec(capacity=2 * BACKLOG)
    system = grow(child("a", dispatcher=dispatcher, mailbox=room, say=said.append))
    ref = system.ref("/root/a")
    trickle = Trickle(gate)
    ref.tell(trickle)
    assert trickle.entered.wait(PATIENCE)
    for number in range(BACKLOG):
        ref.tell(number)

    root = system.ref("/root")
    gone = root.command(TerminateChild("a"))
    if dispatcher != "shared":  # there the supervisor has its turn after the actor's
        root.command(CountChildren()).get(timeout=PATIENCE)
    gate.set()
    gone.get(timeout=PATIENCE)

    assert said[-1] == "on_stop"
    assert len(said) - 1 + system.dead_letters.count() == BACKLOG
    assert len(said) <= TURN_LIMIT, "it went through its backlog first"


class Flood(Actor):
    """Tells itself the next number as long as nobody stops it."""

    def on_start(self) -> None:
        self.me.tell(0)

    def on_receive(self, message: Any) -> None:
        self.me.tell(message + 1)


@pytest.mark.parametrize("how_many", [1, 5])
def test_who_floods_the_shared_thread_does_not_starve_the_others(
    grow: Grow, child: Specify, how_many: int
) -> None:
    floods = [ChildSpec(id=f"flood{n}", start=Flood) for n in range(how_many)]
    system = grow(*floods, child("a"))

    answers = [system.ref("/root/a").ask(number) for number in range(100)]

    assert answers == list(range(100))


class Forker(Actor):
    """Starts a thread of its own, which goes on in the given way."""

    def __init__(self, work: Callable[[Actor], object]) -> None:
        self._work = work

    def on_start(self) -> None:
        threading.Thread(target=self._work, args=(self,), name="own").start()


def own_thread() -> threading.Thread:
    (thread,) = (each for each in threading.enumerate() if each.name == "own")
    return thread


def test_what_an_actor_s_own_thread_hands_over_is_a_turn_of_the_actor(
    grow: Grow,
) -> None:
    seen: list[str] = []
    done = threading.Event()

    def note() -> None:
        seen.append(threading.current_thread().name)
        done.set()

    def work(actor: Actor) -> None:
        actor.soon(note)

    grow(ChildSpec(id="a", start=Forker, args={"work": work}))

    assert done.wait(PATIENCE)
    assert seen == ["holdfast-shared"]


def test_an_actor_s_own_thread_may_block_on_another_actor(
    grow: Grow, child: Specify
) -> None:
    answers: list[Any] = []

    def work(actor: Actor) -> None:
        answers.append(actor.system.ref("/root/b").ask("from a thread"))

    grow(child("b"), ChildSpec(id="a", start=Forker, args={"work": work}))
    for thread in threading.enumerate():
        if thread.name == "own":
            thread.join(PATIENCE)

    assert answers == ["from a thread"]


def test_an_actor_s_own_thread_outlives_it_but_hands_nothing_over_any_more(
    grow: Grow, gate: threading.Event
) -> None:
    """Only the actor can end it: clean up in `on_stop`."""
    seen: list[str] = []

    def work(actor: Actor) -> None:
        gate.wait(PATIENCE)
        actor.soon(lambda: seen.append("too late"))

    system = grow(ChildSpec(id="a", start=Forker, args={"work": work}))
    own = own_thread()
    system.ref("/root").command(TerminateChild("a")).get(timeout=PATIENCE)
    alive = own.is_alive()

    gate.set()
    own.join(PATIENCE)
    system.stop().get(timeout=PATIENCE)

    assert alive
    assert seen == []


def test_a_killed_actor_s_own_thread_is_not_fenced_with_it(
    grow: Grow, child: Specify, gate: threading.Event, wait_for: WaitFor
) -> None:
    """It is known to nobody: what it sends counts as sent from outside."""
    said: list[Any] = []

    def work(actor: Actor) -> None:
        gate.wait(PATIENCE)
        try:
            actor.save_snapshot("of a predecessor")
        except Fenced:
            actor.system.ref("/root/b").tell("still here")

    spec = ChildSpec(id="a", start=Forker, args={"work": work}, restart="temporary")
    system = grow(child("b", say=said.append), spec)
    own = own_thread()
    cell = system.cell("/root/a")
    life = cell.life
    assert life is not None
    life.kill(ExitReason(ExitKind.KILLED, "by the test"))
    wait_for(system, "/root/a exited forget")

    gate.set()
    own.join(PATIENCE)
    system.ref("/root/b").ask("over")

    assert said == ["still here", "over"]
    assert cell.snapshot is None
