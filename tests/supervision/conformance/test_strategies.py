"""OTP's restart groups: who is restarted together, and when a supervisor gives up."""

import gc
import threading
import weakref
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from holdfast.supervision import (
    Actor,
    ActorSystem,
    ChildSpec,
    DeleteChild,
    Describe,
    ExitKind,
    ManualClock,
    StartChild,
    Strategy,
    TerminateChild,
)

Grow = Callable[..., ActorSystem]
Specify = Callable[..., ChildSpec]
Order = Callable[..., Any]
Counts = Callable[..., list[int]]
States = Callable[..., dict[str, str]]
Exits = Callable[[ActorSystem], list[str]]
History = Callable[[ActorSystem], list[str]]
WaitFor = Callable[..., None]
End = Callable[[ActorSystem, str, str], None]
Hook = Callable[..., Callable[[Actor], None]]

PATIENCE = 20.0
SIMPLE = Strategy.SIMPLE_ONE_FOR_ONE


def lives(system: ActorSystem) -> dict[str, int]:
    """Tell how often each child was started."""
    return {
        cell.name: cell.incarnation for cell in system.cells() if cell.path != "/root"
    }


def wait_at(door: threading.Event, _: Actor) -> None:
    door.wait(PATIENCE)


def gave_up(system: ActorSystem) -> bool:
    return system.ended.get(timeout=PATIENCE).kind is ExitKind.ESCALATED


def test_multiple_restarts(
    grow: Grow,
    child: Specify,
    order: Order,
    end: End,
    clock: ManualClock,
    states: States,
) -> None:
    system = grow(intensity=1, period=1)
    order(system, StartChild(child("child1", shutdown="brutal")))

    for _ in range(4):
        end(system, "/root/child1", "abnormal")
        clock.advance(2.1)

    assert lives(system) == {"child1": 5}
    order(system, TerminateChild("child1"))
    order(system, DeleteChild("child1"))
    assert states(system) == {}


# -- one_for_one --


def test_one_for_one(grow: Grow, child: Specify, end: End, counts: Counts) -> None:
    system = grow(child("child1"), child("child2"), intensity=2)

    end(system, "/root/child1", "abnormal")
    seen = (lives(system), counts(system))
    end(system, "/root/child2", "abnormal")
    end(system, "/root/child1", "abnormal")

    assert seen == ({"child1": 2, "child2": 1}, [2, 2, 0, 2])
    assert gave_up(system)


@pytest.fixture
def escalates(
    grow: Grow, child: Specify, fails: Hook, end: End, exits: Exits
) -> Callable[..., list[str]]:
    """Crash the first of two, one of which does not start again; tell who ended."""

    def told(strategy: str, sickly: str) -> list[str]:
        hooks = {name: fails(2, 3, 4, 5, 6) if name == sickly else str for name in "12"}
        system = grow(
            *(child(f"child{n}", starting=hooks[n]) for n in "12"),
            strategy=strategy,
            intensity=4,
        )
        end(system, "/root/child1", "abnormal")
        assert gave_up(system)
        return [line.split(":")[0] for line in exits(system)]

    return told


Escalates = Callable[..., list[str]]


def test_one_for_one_escalation(escalates: Escalates) -> None:
    assert escalates("one_for_one", "1") == [
        "/root/child1 crashed",
        *["/root/child1 start_failed"] * 4,
        "/root/child2 shutdown",
        "/root escalated",
    ]


# -- one_for_all --


def test_one_for_all(grow: Grow, child: Specify, end: End, counts: Counts) -> None:
    said: list[Any] = []
    system = grow(
        child("child1"),
        child("child2", say=said.append),
        strategy="one_for_all",
        intensity=2,
    )

    end(system, "/root/child1", "abnormal")
    seen = (lives(system), counts(system))
    end(system, "/root/child2", "abnormal")
    end(system, "/root/child1", "abnormal")

    assert said[0] == "on_stop"  # no old one is still alive
    assert seen == ({"child1": 2, "child2": 2}, [2, 2, 0, 2])
    assert gave_up(system)


def test_one_for_all_escalation(escalates: Escalates) -> None:
    """Each failed attempt takes the first down again, which started."""
    assert escalates("one_for_all", "2") == [
        "/root/child1 crashed",
        "/root/child2 shutdown",
        *["/root/child2 start_failed", "/root/child1 shutdown"] * 4,
        "/root escalated",
    ]


@pytest.fixture
def after_a_failed_restart(
    grow: Grow, child: Specify, fails: Hook, end: End, history: History
) -> Callable[[str], list[str]]:
    """Have the first die and the second fail to restart once; tell what followed."""

    def told(strategy: str) -> list[str]:
        system = grow(
            child("child1"), child("child2", starting=fails(2)), strategy=strategy
        )
        end(system, "/root/child1", "abnormal")
        lines = history(system)
        return lines[lines.index("/root/child2 exited restart") + 1 :]

    return told


Told = Callable[[str], list[str]]


def test_one_for_all_other_child_fails_restart(after_a_failed_restart: Told) -> None:
    assert after_a_failed_restart("one_for_all") == [
        "/root/child1 stopping",
        "/root/child1 exited restart_with_sibling",
        "/root/child1 starting",
        "/root/child1 ready",
        "/root/child2 starting",
        "/root/child2 ready",
    ]


# -- rest_for_one --


def test_rest_for_one(grow: Grow, child: Specify, end: End, counts: Counts) -> None:
    system = grow(
        *(child(f"child{n}") for n in (1, 2, 3)), strategy="rest_for_one", intensity=2
    )

    end(system, "/root/child2", "abnormal")
    seen = (lives(system), counts(system))
    end(system, "/root/child3", "abnormal")
    end(system, "/root/child2", "abnormal")

    assert seen == ({"child1": 1, "child2": 2, "child3": 2}, [3, 3, 0, 3])
    assert lives(system) == {"child1": 1, "child2": 2, "child3": 3}
    assert gave_up(system)


def test_rest_for_one_escalation(escalates: Escalates) -> None:
    assert escalates("rest_for_one", "2") == [
        "/root/child1 crashed",
        "/root/child2 shutdown",
        *["/root/child2 start_failed"] * 4,
        "/root/child1 shutdown",
        "/root escalated",
    ]


def test_rest_for_one_other_child_fails_restart(after_a_failed_restart: Told) -> None:
    assert after_a_failed_restart("rest_for_one") == [
        "/root/child2 starting",
        "/root/child2 ready",
    ]


# -- simple_one_for_one --


def test_simple_one_for_one(
    grow: Grow, child: Specify, order: Order, end: End, counts: Counts
) -> None:
    system = grow(child("x"), strategy=SIMPLE, intensity=2)
    for _ in range(2):
        order(system, StartChild())

    end(system, "/root/1", "abnormal")
    seen = (lives(system), counts(system))
    end(system, "/root/2", "abnormal")
    end(system, "/root/1", "abnormal")

    assert seen == ({"1": 2, "2": 1}, [1, 2, 0, 2])
    assert gave_up(system)


def test_simple_one_for_one_shutdown(
    grow: Grow,
    child: Specify,
    order: Order,
    gate: threading.Event,
    wait_for: WaitFor,
    clock: ManualClock,
    exits: Exits,
) -> None:
    """All are told at once: the time is that of the slowest, not of their sum."""
    ready_to_go = threading.Event()
    template = child("x", shutdown=2, dispatcher="pinned")
    system = grow(template, strategy=SIMPLE)
    for door in (ready_to_go, ready_to_go, gate):
        order(system, StartChild(args={"stopping": partial(wait_at, door)}))

    ended = system.stop()
    for name in (1, 2, 3):
        wait_for(system, f"/root/{name} stopping")
    began = clock.now()
    clock.advance(1)
    ready_to_go.set()
    for name in (1, 2):
        wait_for(system, f"/root/{name} exited shut_down")
    clock.advance(1)
    ended.get(timeout=PATIENCE)

    assert clock.now() - began == 2
    told = exits(system)
    assert sorted(told[:2]) == ["/root/1 shutdown", "/root/2 shutdown"]
    assert told[2:] == ["/root/3 killed: did not stop in time", "/root shutdown"]


class Telling(Actor):
    """Has something to say to whoever starts it."""

    def __init__(self, extra: object = None) -> None:
        self._extra = extra

    def on_receive(self, message: Any) -> Any:
        return message(self)

    def facts(self) -> dict[str, Any]:
        return {"extra": self._extra}


def test_simple_one_for_one_extra(
    grow: Grow, order: Order, end: End, counts: Counts
) -> None:
    """Adapted: what a start has to tell are the actor's facts, after a restart too."""
    template = ChildSpec(id="x", start=Telling, args={"extra": "extra_info"})
    system = grow(template, strategy=SIMPLE, intensity=2)
    refs = [order(system, StartChild()) for _ in range(2)]

    end(system, "/root/1", "abnormal")
    told = [ref.command(Describe()).get() for ref in refs]
    seen = (lives(system), counts(system))
    end(system, "/root/2", "abnormal")
    end(system, "/root/1", "abnormal")

    assert told == [{"extra": "extra_info"}] * 2
    assert seen == ({"1": 2, "2": 1}, [1, 2, 0, 2])
    assert gave_up(system)


def test_simple_one_for_one_escalation(
    grow: Grow, child: Specify, fails: Hook, order: Order, end: End, exits: Exits
) -> None:
    system = grow(child("x"), strategy=SIMPLE, intensity=4)
    order(system, StartChild(args={"starting": fails(2, 3, 4, 5, 6)}))
    order(system, StartChild())

    end(system, "/root/1", "abnormal")

    assert gave_up(system)
    assert [line.split(":")[0] for line in exits(system)] == [
        "/root/1 crashed",
        *["/root/1 start_failed"] * 4,
        "/root/2 shutdown",
        "/root escalated",
    ]


class Burden:
    """Something big that an actor is given."""


def test_simple_one_for_one_corruption(grow: Grow, order: Order, end: End) -> None:
    """Adapted: arguments are kept while an instance may be cycled, and no longer.

    Also after the first one died, where OTP once began to keep them.
    """
    template = ChildSpec(id="x", start=Telling, restart="temporary")
    system = grow(template, strategy=SIMPLE)
    kept: list[weakref.ref[Burden]] = []
    for name in ("1", "2"):
        burden = Burden()
        kept.append(weakref.ref(burden))
        order(system, StartChild(args={"extra": burden}))
        del burden
        end(system, f"/root/{name}", "abnormal")

    gc.collect()

    assert [ref() for ref in kept] == [None, None]


@pytest.mark.parametrize("restart", ["permanent", "transient"])
def test_simple_one_for_one_restart_ignore(
    restart: str,
    grow: Grow,
    child: Specify,
    declines: Hook,
    order: Order,
    end: End,
    states: States,
    counts: Counts,
) -> None:
    template = child("x", restart=restart, starting=declines(3))
    system = grow(template, strategy=SIMPLE, intensity=10)
    order(system, StartChild())

    seen: list[tuple[dict[str, str], list[int]]] = []
    for _ in range(2):
        end(system, "/root/1", "kill")
        seen.append((states(system), counts(system)))

    assert seen == [({"1": "up"}, [1, 1, 0, 1]), ({}, [1, 0, 0, 0])]
    order(system, StartChild())
    assert states(system) == {"2": "up"}
