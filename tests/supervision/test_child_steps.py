"""A timer that fires when its child has moved on does nothing any more.

The shared thread, on which the supervisor takes its turns, is kept busy meanwhile: so
the child's report comes first and the timer's turn right behind it.
"""

import threading
from collections.abc import Callable

import attrs

from holdfast.supervision import (
    Actor,
    ActorSystem,
    Backoff,
    ChildSpec,
    EventKind,
    ManualClock,
    RestartChild,
    TerminateChild,
)

PATIENCE = 20.0

Grow = Callable[..., ActorSystem]
Specify = Callable[..., ChildSpec]
Settle = Callable[[ActorSystem], None]
History = Callable[[ActorSystem], list[str]]
WaitFor = Callable[..., None]


@attrs.define
class Busy:
    """A root supervisor that can be kept busy, and let go."""

    system: ActorSystem
    gate: threading.Event

    def __enter__(self) -> None:
        entered = threading.Event()

        def hold() -> None:
            entered.set()
            self.gate.wait(PATIENCE)

        life = self.system.cell("/root").life
        assert life is not None
        life.signal(hold)
        assert entered.wait(PATIENCE)

    def __exit__(self, *_: object) -> None:
        self.gate.set()


def exits(system: ActorSystem) -> list[tuple[str, str]]:
    return [
        (event.path, event.reason)
        for event in system.events.since(0)
        if event.kind is EventKind.EXITED
    ]


def test_a_start_that_was_just_in_time_is_not_ended_by_its_limit(
    grow: Grow,
    child: Specify,
    clock: ManualClock,
    gate: threading.Event,
    wait_for: WaitFor,
    settle: Settle,
) -> None:
    late = child("a", patient=True, dispatcher="pinned", start_timeout=2)
    system = grow(child("busy"), late, start=False)
    system.start()
    wait_for(system, "/root/a starting")

    with Busy(system, gate):
        system.ref("/root/a").command(Actor.ready).get()
        clock.advance(2)
    settle(system)

    assert exits(system) == []
    assert system.is_up


def test_a_stop_that_was_just_in_time_does_not_end_the_next_incarnation(
    grow: Grow,
    child: Specify,
    clock: ManualClock,
    gate: threading.Event,
    settle: Settle,
) -> None:
    entered, leave = threading.Event(), threading.Event()

    def stop(_: Actor) -> None:
        entered.set()
        leave.wait(PATIENCE)

    spec = child("a", dispatcher="pinned", shutdown=3, stopping=stop)
    system = grow(spec)
    root = system.ref("/root")
    root.command(TerminateChild("a"))
    assert entered.wait(PATIENCE)
    back = root.command(RestartChild("a"))

    (own,) = (each for each in threading.enumerate() if each.name == "/root/a#1")

    with Busy(system, gate):
        leave.set()
        own.join(PATIENCE)
        clock.advance(3)
    back.get()
    settle(system)

    assert exits(system) == [("/root/a", "shutdown")]
    assert system.cell("/root/a").incarnation == 2


def test_a_delay_that_is_over_just_after_its_child_was_terminated_starts_nobody(
    grow: Grow,
    child: Specify,
    clock: ManualClock,
    gate: threading.Event,
    wait_for: WaitFor,
    settle: Settle,
    history: History,
) -> None:
    def fail(_: Actor) -> None:
        raise ValueError("boom")

    system = grow(child("a"), backoff=Backoff(minimum=1, jitter=0))
    system.ref("/root/a").tell(fail)
    wait_for(system, "/root/a backing_off")

    with Busy(system, gate):
        gone = system.ref("/root").command(TerminateChild("a"))
        clock.advance(1)
    gone.get()
    settle(system)

    assert history(system)[-1] == "/root/a commanded leave_stopped"
    assert system.cell("/root/a").incarnation == 1
