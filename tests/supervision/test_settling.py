"""A system is settled when nothing happens any more before somebody sends something."""

import threading
from collections import deque
from collections.abc import Callable
from typing import Any

from holdfast.supervision import (
    Actor,
    ActorSystem,
    ChildSpec,
    CountChildren,
    ManualClock,
    TerminateChild,
)

PATIENCE = 20.0

Grow = Callable[..., ActorSystem]
Specify = Callable[..., ChildSpec]
Settle = Callable[[ActorSystem], None]


def test_a_system_is_settled_when_the_message_at_hand_has_been_handled(
    grow: Grow, child: Specify, gate: threading.Event
) -> None:
    settled = threading.Event()
    entered = threading.Event()

    def hold(_: Actor) -> None:
        entered.set()
        gate.wait(PATIENCE)

    system = grow(child("a", dispatcher="pinned"))
    system.ref("/root/a").tell(hold)
    assert entered.wait(PATIENCE)
    system.when_settled(settled.set)
    system.ref("/root").command(CountChildren()).get()
    early = settled.is_set()
    gate.set()

    assert settled.wait(PATIENCE)
    assert early is False


class Watched(deque[Any]):
    """A queue that does something when somebody looks whether it is empty."""

    def __init__(self, look: Callable[[], None]) -> None:
        super().__init__()
        self._looks = [look]

    def __len__(self) -> int:
        while self._looks:
            self._looks.pop()()
        return super().__len__()


def test_a_message_that_moves_on_behind_the_look_is_not_overlooked(
    grow: Grow, child: Specify, gate: threading.Event, settle: Settle
) -> None:
    """It goes from c, not looked at yet, to a, looked at already."""
    settled, sent, at_a, free = (threading.Event() for _ in range(4))

    def pass_on(actor: Actor) -> None:
        sent.set()
        free.wait(PATIENCE)
        actor.system.ref("/root/a").tell(hold)

    def hold(_: Actor) -> None:
        at_a.set()
        gate.wait(PATIENCE)

    def look() -> None:
        free.set()
        assert at_a.wait(PATIENCE)
        while not system.cell("/root/c").quiet:
            pass

    system = grow(*(child(name, dispatcher="pinned") for name in "abc"))
    system.ref("/root/c").tell(pass_on)
    assert sent.wait(PATIENCE)
    system.when_settled(settled.set)
    system.cell("/root/b").mailbox.items = Watched(look)
    system.ref("/root").command(CountChildren())
    assert at_a.wait(PATIENCE)
    system.ref("/root").command(CountChildren()).get()
    early = settled.is_set()
    gate.set()

    assert settled.wait(PATIENCE)
    assert early is False
    settle(system)


def test_whoever_waits_for_a_settled_system_is_called_once(
    grow: Grow, child: Specify, settle: Settle
) -> None:
    called: list[str] = []
    system = grow(child("a"))
    system.when_settled(lambda: called.append("first"))
    system.when_settled(lambda: called.append("second"))

    settle(system)
    settle(system)

    assert called == ["first", "second"]


def test_a_system_settles_after_a_child_was_ended_brutally(
    grow: Grow, child: Specify, settle: Settle
) -> None:
    """The turn that was due to the killed one is the last."""
    system = grow(child("a", shutdown="brutal"))
    settled = threading.Event()

    def terminate(actor: Actor) -> None:
        actor.system.when_settled(settled.set)
        actor.system.ref("/root").command(TerminateChild("a"))

    system.ref("/root/a").tell(terminate)

    assert settled.wait(PATIENCE)
    settle(system)


def test_messages_to_whoever_is_not_there_yet_keep_a_system_from_being_settled(
    grow: Grow, child: Specify, settle: Settle
) -> None:
    said: list[str] = []
    system = grow(child("a", say=said.append), start=False)
    system.ref("/root/a").tell("early")
    system.when_settled(lambda: said.append("settled"))

    system.start().get(timeout=PATIENCE)
    settle(system)

    assert said == ["early", "settled"]


def test_whoever_waits_for_time_before_it_is_ready_may_do_so_if_that_is_enough(
    grow: Grow, child: Specify, clock: ManualClock, settle: Settle
) -> None:
    said: list[str] = []

    def be_ready_later(actor: Actor) -> None:
        actor.after(7.0, actor.ready)

    waits = child("a", patient=True, starting=be_ready_later, say=said.append)
    system = grow(waits, start=False)
    system.when_settled(lambda: said.append("settled"))
    system.when_settled(lambda: said.append("quiet"), all_ready=False)
    system.ref("/root/a").tell("early")

    started = system.start()
    quiet = threading.Event()
    system.when_settled(quiet.set, all_ready=False)
    assert quiet.wait(PATIENCE)
    before = [*said]
    clock.advance(7.0)
    started.get(timeout=PATIENCE)
    settle(system)

    assert before == ["quiet"]
    assert said == ["quiet", "early", "settled"]
