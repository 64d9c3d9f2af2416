"""Hung is told from busy; who hangs is fenced, replaced and counted."""

import threading
from collections.abc import Callable
from typing import Any

import attrs
import pykka
import pytest

from holdfast.supervision import (
    Actor,
    ActorCrashed,
    ActorSystem,
    ChildSpec,
    EventKind,
    Fenced,
    ManualClock,
    PermitVoid,
)
from holdfast.supervision.runtime.watchdog import HOLD_LIMIT, LEAKED_AFTER

PATIENCE = 20.0

Grow = Callable[..., ActorSystem]
Specify = Callable[..., ChildSpec]
WaitFor = Callable[..., None]
History = Callable[[ActorSystem], list[str]]

both = pytest.mark.parametrize("dispatcher", ["shared", "pinned"])


@attrs.define
class Trap:
    """Something to send to an actor that then stands still until it is let go."""

    gate: threading.Event
    entered: threading.Event = attrs.field(factory=threading.Event)
    after: Callable[[Actor], object] = lambda _: None
    came_back: threading.Event = attrs.field(factory=threading.Event)
    outcome: list[object] = attrs.field(factory=list[object])

    def __call__(self, actor: Actor) -> str:
        self.entered.set()
        self.gate.wait(PATIENCE)
        try:
            self.outcome.append(self.after(actor))
        except BaseException as error:
            self.outcome.append(error)
            raise
        finally:
            self.came_back.set()
        return "late"


def spring(system: ActorSystem, trap: Trap, path: str = "/root/a") -> None:
    system.ref(path).tell(trap)
    assert trap.entered.wait(PATIENCE)


def exits(system: ActorSystem) -> list[str]:
    return [
        event.reason.partition(" for ")[0]
        for event in system.events.since(0)
        if event.kind is EventKind.EXITED
    ]


def where_of(system: ActorSystem, kind: EventKind) -> list[str]:
    return [
        event.reason.rpartition(": ")[2].partition(" (")[0]
        for event in system.events.since(0)
        if event.kind is kind
    ]


@both
def test_who_is_at_one_message_for_too_long_is_hung_and_replaced(
    grow: Grow,
    child: Specify,
    clock: ManualClock,
    gate: threading.Event,
    wait_for: WaitFor,
    dispatcher: str,
) -> None:
    system = grow(child("a", dispatcher=dispatcher, hang_after=3))
    spring(system, Trap(gate))

    clock.advance(2.9)
    before = exits(system)
    clock.advance(0.1)
    wait_for(system, "/root/a ready", times=2)
    answer = system.ref("/root/a").ask("are you there?")

    assert before == []
    assert exits(system) == ["hung: at Trap"]
    assert answer == "are you there?"
    assert system.events.state().hung == 1


def test_the_report_says_where_it_hung(
    grow: Grow,
    child: Specify,
    clock: ManualClock,
    gate: threading.Event,
    wait_for: WaitFor,
) -> None:
    system = grow(child("a", dispatcher="pinned", hang_after=3))
    spring(system, Trap(gate))

    clock.advance(3)
    wait_for(system, "/root/a ready", times=2)

    (told,) = [
        event.reason
        for event in system.events.since(0)
        if event.kind is EventKind.EXITED
    ]
    assert told.startswith("hung: at Trap for 3.00 s: Trap.__call__ (test_watchdog.py:")
    assert "Obedient.on_receive (conftest.py:" in told


def test_many_messages_that_take_long_together_are_busy_not_hung(
    grow: Grow, child: Specify, clock: ManualClock
) -> None:
    """Each takes a second less than the limit, all of them in one turn."""
    handled = threading.Semaphore(0)
    steps = threading.Semaphore(0)

    def slow(_: Actor) -> None:
        handled.release()
        steps.acquire(timeout=PATIENCE)

    system = grow(child("a", dispatcher="pinned", hang_after=3))
    for _ in range(5):
        system.ref("/root/a").tell(slow)
    for _ in range(5):
        assert handled.acquire(timeout=PATIENCE)
        clock.advance(2)
        steps.release()

    assert system.ref("/root/a").ask("done?") == "done?"
    assert exits(system) == []


def test_without_a_limit_nobody_is_hung(
    grow: Grow, child: Specify, clock: ManualClock, gate: threading.Event
) -> None:
    system = grow(child("a", dispatcher="pinned", hang_after=None))
    spring(system, Trap(gate))

    clock.advance(10_000)
    gate.set()

    assert system.ref("/root/a").ask("done?") == "done?"
    assert exits(system) == []


def test_who_asked_the_hung_one_learns_that_the_outcome_is_unknown(
    grow: Grow, child: Specify, clock: ManualClock, gate: threading.Event
) -> None:
    system = grow(child("a", dispatcher="pinned", hang_after=3))
    trap = Trap(gate)
    answer = system.ref("/root/a").ask(trap, block=False, timeout=60)
    assert trap.entered.wait(PATIENCE)

    clock.advance(3)

    with pytest.raises(ActorCrashed, match="its outcome is unknown"):
        answer.get()
    gate.set()
    assert trap.came_back.wait(PATIENCE)
    with pytest.raises(ActorCrashed):  # the late reply changes nothing
        answer.get()


@both
def test_what_waits_for_the_hung_one_is_handled_by_its_successor(
    grow: Grow,
    child: Specify,
    clock: ManualClock,
    gate: threading.Event,
    dispatcher: str,
) -> None:
    said: list[Any] = []
    system = grow(child("a", dispatcher=dispatcher, hang_after=3, say=said.append))
    spring(system, Trap(gate))
    for number in range(3):
        system.ref("/root/a").tell(number)

    clock.advance(3)
    system.ref("/root/a").ask("last")

    assert said == [0, 1, 2, "last"]


def tell(actor: Actor) -> object:
    actor.system.ref("/root/b").tell("from a zombie")
    return None


def ask(actor: Actor) -> object:
    return actor.system.ref("/root/b").ask("from a zombie", block=False)


def command(actor: Actor) -> object:
    return actor.system.ref("/root").command("from a zombie")


def save(actor: Actor) -> object:
    actor.save_snapshot("of a zombie")
    return None


def check_permit(actor: Actor) -> None:
    actor.permit.check()


def tell_stubbornly(actor: Actor) -> object:
    try:
        return tell(actor)
    except Exception:  # noqa: BLE001 - what handlers do
        return tell(actor)


@both
@pytest.mark.parametrize("after", [tell, ask, command, save, tell_stubbornly])
def test_a_zombie_that_comes_back_reaches_nobody_and_ends(
    grow: Grow,
    child: Specify,
    clock: ManualClock,
    gate: threading.Event,
    dispatcher: str,
    after: Callable[[Actor], object],
) -> None:
    said: list[Any] = []
    system = grow(
        child("a", dispatcher=dispatcher, hang_after=3), child("b", say=said.append)
    )
    trap = Trap(gate, after=after)
    spring(system, trap)

    clock.advance(3)
    gate.set()
    assert trap.came_back.wait(PATIENCE)
    system.ref("/root/b").ask("from the test")

    assert [type(each) for each in trap.outcome] == [Fenced]
    assert said == ["from the test"]
    assert system.cell("/root/a").snapshot is None


def test_a_zombie_has_no_permit_and_its_successor_has_one(
    grow: Grow, child: Specify, clock: ManualClock, gate: threading.Event
) -> None:
    system = grow(child("a", dispatcher="pinned", hang_after=3))
    trap = Trap(gate, after=check_permit)
    spring(system, trap)

    clock.advance(3)
    gate.set()
    assert trap.came_back.wait(PATIENCE)

    assert [type(each) for each in trap.outcome] == [PermitVoid]
    assert system.ref("/root/a").ask(check_permit) is None


def test_who_is_stuck_on_the_shared_thread_does_not_hold_its_neighbours(
    grow: Grow,
    child: Specify,
    clock: ManualClock,
    gate: threading.Event,
    history: History,
) -> None:
    system = grow(child("a"), child("b"))
    spring(system, Trap(gate))
    answer = system.ref("/root/b").ask("are you free?", block=False, timeout=60)

    clock.advance(HOLD_LIMIT)

    assert answer.get(timeout=PATIENCE) == "are you free?"
    assert history(system)[-1] == "/root/a held_thread"
    assert where_of(system, EventKind.HELD_THREAD) == ["Trap.__call__"]


def test_who_was_only_slow_goes_on_as_if_nothing_had_been(
    grow: Grow, child: Specify, clock: ManualClock, gate: threading.Event
) -> None:
    said: list[Any] = []
    system = grow(child("a", say=said.append), child("b"))
    first = system.ref("/root/a").ask(Trap(gate), block=False, timeout=60)
    system.ref("/root/a").tell("second")
    system.ref("/root/b").ask("on a thread of its own", block=False)

    clock.advance(HOLD_LIMIT)
    gate.set()

    assert first.get(timeout=PATIENCE) == "late"
    assert system.ref("/root/a").ask("third") == "third"
    assert said == ["second", "third"]
    assert exits(system) == []


def test_an_incarnation_that_holds_the_thread_again_and_again_is_told_of_once(
    grow: Grow, child: Specify, clock: ManualClock, history: History
) -> None:
    system = grow(child("a"))
    for _ in range(3):
        gate = threading.Event()
        trap = Trap(gate)
        spring(system, trap)
        clock.advance(HOLD_LIMIT)
        gate.set()
        system.ref("/root/a").ask("over")

    assert history(system).count("/root/a held_thread") == 1


def test_too_many_leaked_threads_end_the_system(
    grow: Grow,
    child: Specify,
    clock: ManualClock,
    gate: threading.Event,
    wait_for: WaitFor,
) -> None:
    places = [child(name, dispatcher="pinned", hang_after=3) for name in "abc"]
    system = grow(*places, intensity=10, max_leaked_threads=2)
    for name in "abc":
        spring(system, Trap(gate), f"/root/{name}")

    clock.advance(3)  # all three are replaced, their threads are stuck
    for name in "abc":
        wait_for(system, f"/root/{name} ready", times=2)
    before = system.ended.done
    clock.advance(0)
    clock.advance(LEAKED_AFTER)
    reason = system.ended.get(timeout=PATIENCE)

    assert not before
    assert str(reason) == (
        "escalated: 3 threads are stuck in actors that were ended: more than 2"
    )


def test_a_leaked_thread_that_comes_back_is_forgiven(
    grow: Grow,
    child: Specify,
    clock: ManualClock,
    gate: threading.Event,
    wait_for: WaitFor,
) -> None:
    system = grow(child("a", dispatcher="pinned", hang_after=3), max_leaked_threads=0)
    trap = Trap(gate)
    spring(system, trap)
    worker = threading.current_thread()
    for thread in threading.enumerate():
        worker = thread if thread.name == "/root/a#1" else worker

    clock.advance(3)
    wait_for(system, "/root/a ready", times=2)
    gate.set()
    worker.join(PATIENCE)
    clock.advance(0)
    clock.advance(LEAKED_AFTER)

    with pytest.raises(pykka.Timeout):
        system.ended.get(timeout=0)


def test_who_takes_long_to_start_is_the_business_of_its_start_timeout(
    grow: Grow, child: Specify, clock: ManualClock, gate: threading.Event
) -> None:
    entered = threading.Event()

    def start(_: Actor) -> None:
        entered.set()
        gate.wait(PATIENCE)

    spec = child("a", dispatcher="pinned", starting=start, hang_after=3)
    system = grow(attrs.evolve(spec, start_timeout=60), start=False)
    started = system.start()
    assert entered.wait(PATIENCE)

    clock.advance(59)
    gate.set()

    started.get(timeout=PATIENCE)
    assert exits(system) == []
