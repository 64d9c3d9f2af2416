"""Children stop in reverse start order, each in its time, all in the total time."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from holdfast.supervision import (
    BRUTAL,
    INFINITY,
    Actor,
    ActorSystem,
    ChildSpec,
    CountChildren,
    EventKind,
    ExitKind,
    ManualClock,
    StartChild,
    Strategy,
    SupervisorSpec,
)

PATIENCE = 20.0
LATE = "killed: did not stop in time"

Grow = Callable[..., ActorSystem]
Specify = Callable[..., ChildSpec]
Settle = Callable[[ActorSystem], None]
History = Callable[[ActorSystem], list[str]]
WaitFor = Callable[..., None]

dispatchers = pytest.mark.parametrize("dispatcher", ["shared", "pinned"])


def exits(system: ActorSystem) -> list[tuple[str, str]]:
    return [
        (event.path, event.reason)
        for event in system.events.since(0)
        if event.kind is EventKind.EXITED
    ]


class Slow:
    """An `on_stop` that takes until the gate opens."""

    def __init__(self, gate: threading.Event) -> None:
        self.entered = threading.Event()
        self._gate = gate

    def __call__(self, actor: Actor) -> None:
        self.entered.set()
        self._gate.wait(PATIENCE)

    def wait(self) -> None:
        assert self.entered.wait(PATIENCE)


@pytest.fixture
def slow(gate: threading.Event) -> Slow:
    return Slow(gate)


@pytest.mark.parametrize("strategy", ["one_for_one", "one_for_all", "rest_for_one"])
def test_children_stop_in_reverse_each_after_the_next_has_stopped(
    strategy: str, grow: Grow, child: Specify, history: History
) -> None:
    branch = SupervisorSpec(id="b", children=(child("x"), child("y")))
    system = grow(
        child("a", dispatcher="pinned"), branch, child("c"), strategy=strategy
    )
    before = len(history(system))

    reason = system.stop().get(timeout=PATIENCE)

    assert reason.kind is ExitKind.SHUTDOWN
    assert history(system)[before:] == [
        "/root stopping",
        "/root/c stopping",
        "/root/c exited shut_down",
        "/root/b stopping",
        "/root/b/y stopping",
        "/root/b/y exited shut_down",
        "/root/b/x stopping",
        "/root/b/x exited shut_down",
        "/root/b exited shut_down",
        "/root/a stopping",
        "/root/a exited shut_down",
        "/root exited shut_down",
    ]


def test_everything_is_cleaned_up_before_the_one_before_is_stopped(
    grow: Grow, child: Specify
) -> None:
    done: list[str] = []

    def stop(actor: Actor) -> None:
        done.append(actor.path)

    system = grow(*(child(name, stopping=stop) for name in "abc"))

    system.stop().get(timeout=PATIENCE)

    assert done == ["/root/c", "/root/b", "/root/a"]


def test_a_child_that_does_not_stop_in_its_time_is_killed_and_the_rest_goes_on(
    grow: Grow, child: Specify, clock: ManualClock, slow: Slow
) -> None:
    system = grow(
        child("a"), child("b", dispatcher="pinned", shutdown=5, stopping=slow)
    )

    ended = system.stop()
    slow.wait()
    clock.advance(4.9)
    before = list(exits(system))
    clock.advance(0.2)
    ended.get(timeout=PATIENCE)

    assert before == []
    assert exits(system) == [
        ("/root/b", LATE),
        ("/root/a", "shutdown"),
        ("/root", "shutdown"),
    ]


def test_each_child_has_its_own_time_from_when_it_is_told(
    grow: Grow, child: Specify, clock: ManualClock, slow: Slow, gate: threading.Event
) -> None:
    second = Slow(gate)
    system = grow(
        child("a", dispatcher="pinned", shutdown=3, stopping=slow),
        child("b", dispatcher="pinned", shutdown=5, stopping=second),
    )

    ended = system.stop()
    second.wait()
    clock.advance(5)
    slow.wait()
    clock.advance(2)
    before = list(exits(system))
    clock.advance(1)
    ended.get(timeout=PATIENCE)

    assert before == [("/root/b", LATE)]
    assert exits(system)[1] == ("/root/a", LATE)
    assert clock.now() == 8


@dispatchers
def test_a_brutal_shutdown_gives_no_time_to_clean_up(
    dispatcher: str, grow: Grow, child: Specify
) -> None:
    said: list[Any] = []
    system = grow(
        child("a", dispatcher=dispatcher, shutdown=BRUTAL, say=said.append), child("b")
    )

    system.stop().get(timeout=PATIENCE)

    assert said == []
    assert exits(system)[:2] == [
        ("/root/b", "shutdown"),
        ("/root/a", "killed: brutal shutdown"),
    ]


def test_infinity_waits_as_long_as_it_takes(
    grow: Grow, child: Specify, clock: ManualClock, slow: Slow, gate: threading.Event
) -> None:
    system = grow(child("a", dispatcher="pinned", shutdown=INFINITY, stopping=slow))

    ended = system.stop()
    slow.wait()
    clock.advance(1_000_000)
    before = (ended.done, clock.pending())
    gate.set()
    ended.get(timeout=PATIENCE)

    assert before == (False, [])
    assert exits(system)[0] == ("/root/a", "shutdown")


def test_the_total_time_caps_infinity_and_whoever_has_more_time_of_its_own(
    grow: Grow, child: Specify, clock: ManualClock, slow: Slow, gate: threading.Event
) -> None:
    second = Slow(gate)
    system = grow(
        child("a", dispatcher="pinned", shutdown=60, stopping=slow),
        child("b", dispatcher="pinned", shutdown=INFINITY, stopping=second),
    )

    ended = system.stop(timeout=7)
    second.wait()
    clock.advance(6.9)
    before = list(exits(system))
    clock.advance(0.1)
    slow.wait()
    clock.advance(0)
    ended.get(timeout=PATIENCE)

    assert before == []
    assert exits(system)[:2] == [("/root/b", LATE), ("/root/a", LATE)]
    assert clock.now() == 7


def test_the_total_time_holds_for_supervisors_below_too(
    grow: Grow, child: Specify, clock: ManualClock, slow: Slow
) -> None:
    leaf = child("x", dispatcher="pinned", shutdown=INFINITY, stopping=slow)
    inner = SupervisorSpec(id="inner", children=(child("w"), leaf))
    system = grow(child("a"), SupervisorSpec(id="outer", children=(inner,)))

    ended = system.stop(timeout=3)
    slow.wait()
    clock.advance(3)
    ended.get(timeout=PATIENCE)

    assert sorted(exits(system)) == [
        ("/root", "shutdown"),
        ("/root/a", "shutdown"),
        ("/root/outer", LATE),
        ("/root/outer/inner", LATE),
        ("/root/outer/inner/w", LATE),
        ("/root/outer/inner/x", LATE),
    ]


@pytest.mark.parametrize(
    ("first", "second", "over_at"),
    [
        (None, 2.0, 3.0),  # infinity, then two seconds from then
        (10.0, 2.0, 3.0),
        (10.0, None, 10.0),
        (10.0, 60.0, 10.0),
    ],
)
def test_a_second_stop_can_only_shorten_the_time(
    first: float | None,
    second: float | None,
    over_at: float,
    grow: Grow,
    child: Specify,
    clock: ManualClock,
    slow: Slow,
) -> None:
    leaf = child("x", dispatcher="pinned", shutdown=INFINITY, stopping=slow)
    system = grow(SupervisorSpec(id="b", children=(leaf,)))
    system.stop(first)
    slow.wait()
    clock.advance(1)

    ended = system.stop(second)
    flush(system)
    clock.advance(over_at - 1 - 0.01)
    flush(system)
    before = ended.done
    clock.advance(0.01)
    ended.get(timeout=PATIENCE)

    assert before is False
    assert exits(system)[0] == ("/root/b/x", LATE)


def flush(system: ActorSystem) -> None:
    """Wait until the shared thread has done all that was due before."""
    for cell in system.cells():
        if cell.children and cell.life is not None:
            cell.ref.command(CountChildren()).get()


@pytest.mark.parametrize("again", [None, 3.0])
def test_a_second_stop_gives_a_child_no_more_than_its_own_time(
    again: float | None,
    grow: Grow,
    child: Specify,
    clock: ManualClock,
    slow: Slow,
    history: History,
) -> None:
    system = grow(child("a", dispatcher="pinned", shutdown=5, stopping=slow))
    system.stop()
    slow.wait()
    clock.advance(4)

    ended = system.stop(again)
    flush(system)
    clock.advance(1)
    ended.get(timeout=PATIENCE)

    assert exits(system)[0] == ("/root/a", LATE)
    assert history(system).count("/root/a stopping") == 1


def test_instances_of_a_template_stop_all_at_once(
    grow: Grow, child: Specify, clock: ManualClock, gate: threading.Event
) -> None:
    stops = [Slow(gate) for _ in range(3)]
    template = child("x", dispatcher="pinned", shutdown=5)
    system = grow(template, strategy=Strategy.SIMPLE_ONE_FOR_ONE)
    for stop in stops:
        system.ref("/root").command(StartChild(args={"stopping": stop})).get()

    ended = system.stop()
    for stop in stops:
        stop.wait()
    clock.advance(5)
    ended.get(timeout=PATIENCE)

    assert sorted(exits(system)[:3]) == [(f"/root/{n}", LATE) for n in (1, 2, 3)]
    assert clock.now() == 5


def test_a_child_that_crashes_in_its_clean_up_does_not_stop_the_shutdown(
    grow: Grow, child: Specify
) -> None:
    def fail(_: Actor) -> None:
        raise ValueError("boom")

    system = grow(child("a"), child("b", stopping=fail))

    system.stop().get(timeout=PATIENCE)

    assert exits(system) == [
        ("/root/b", "cleanup_failed: ValueError: boom"),
        ("/root/a", "shutdown"),
        ("/root", "shutdown"),
    ]


def test_what_ends_by_itself_while_all_is_stopped_is_not_restarted(
    grow: Grow, child: Specify, slow: Slow, gate: threading.Event, history: History
) -> None:
    system = grow(child("a"), child("b", dispatcher="pinned", stopping=slow))
    ended = system.stop()
    slow.wait()

    system.ref("/root/a").tell(Actor.stop)
    flush(system)
    gate.set()
    ended.get(timeout=PATIENCE)

    assert history(system)[-4:] == [
        "/root/b stopping",
        "/root/a exited shut_down",
        "/root/b exited shut_down",
        "/root exited shut_down",
    ]
