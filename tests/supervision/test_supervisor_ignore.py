"""What a supervisor makes of an actor that declines to start (OTP: ignore)."""

import threading
from collections.abc import Callable
from typing import Any, NoReturn

import attrs
import pykka
import pytest

from holdfast.supervision import (
    Actor,
    ActorSystem,
    ChildSpec,
    CycleChild,
    Future,
    Ignore,
    Phase,
    RestartChild,
    StartChild,
    TerminateChild,
    WhichChildren,
)

Grow = Callable[..., ActorSystem]
Specify = Callable[..., ChildSpec]
Settle = Callable[[ActorSystem], None]
WaitFor = Callable[..., None]
History = Callable[[ActorSystem], list[str]]

PATIENCE = 20.0


def fail(_: Actor) -> NoReturn:
    raise ValueError("boom")


def declines(*incarnations: int) -> Callable[[Actor], None]:
    def start(actor: Actor) -> None:
        if actor.incarnation in incarnations:
            raise Ignore("no key")

    return start


def order(system: ActorSystem, command: object) -> Any:
    return system.ref("/root").command(command).get()


def states(system: ActorSystem) -> dict[str, str]:
    return {info.id: str(info.state) for info in order(system, WhichChildren())}


@pytest.mark.parametrize("strategy", ["one_for_one", "one_for_all", "rest_for_one"])
def test_the_siblings_start_in_order_around_who_declined(
    strategy: str, grow: Grow, child: Specify, history: History
) -> None:
    system = grow(
        child("a"), child("b", starting=declines(1)), child("c"), strategy=strategy
    )

    assert history(system) == [
        "/root starting",
        "/root/a starting",
        "/root/a ready",
        "/root/b starting",
        "/root/b exited leave_stopped",
        "/root/c starting",
        "/root/c ready",
        "/root ready",
    ]
    assert system.is_up
    assert system.events.state().nodes["/root/b"].phase is Phase.STOPPED


@pytest.mark.parametrize("strategy", ["one_for_one", "one_for_all", "rest_for_one"])
def test_who_declined_stays_down_when_others_fail(
    strategy: str, grow: Grow, child: Specify, settle: Settle
) -> None:
    system = grow(child("a"), child("b", starting=declines(1)), strategy=strategy)

    system.ref("/root/a").tell(fail)
    settle(system)

    assert states(system) == {"a": "up", "b": "down"}
    assert system.cell("/root/b").incarnation == 1


def test_who_declines_to_be_restarted_stays_down_and_has_not_failed(
    grow: Grow, child: Specify, settle: Settle, history: History
) -> None:
    """One failure is within the intensity; to decline afterwards is no second one."""
    system = grow(child("a", starting=declines(2)), intensity=1)
    before = len(history(system))

    system.ref("/root/a").tell(fail)
    settle(system)

    assert history(system)[before:] == [
        "/root/a exited restart",
        "/root/a starting",
        "/root/a exited leave_stopped",
    ]


def test_who_declines_when_it_was_to_stop_anyway_is_asked_again(
    grow: Grow, child: Specify, gate: threading.Event, wait_for: WaitFor
) -> None:
    """A sibling has failed meanwhile, and takes it along into the next start."""

    def start(actor: Actor) -> None:
        if actor.incarnation == 1:
            gate.wait(PATIENCE)
            raise Ignore("no key yet")

    system = grow(child("a"), strategy="one_for_all")
    late = child("b", starting=start, dispatcher="pinned")
    started = system.ref("/root").command(StartChild(late))
    wait_for(system, "/root/b starting")

    system.ref("/root/a").tell(fail)
    wait_for(system, "/root/b stopping")
    gate.set()

    assert started.get() is system.ref("/root/b")
    assert states(system) == {"a": "up", "b": "up"}


def test_who_declined_may_be_asked_again(grow: Grow, child: Specify) -> None:
    system = grow(child("a", starting=declines(1, 2, 4)))

    answers = [order(system, RestartChild("a"))]
    answers.append(order(system, RestartChild("a")))
    answers.append(order(system, CycleChild("a", "another key")))
    answers.append(order(system, TerminateChild("a")))
    answers.append(order(system, CycleChild("a", "yet another key")))

    ref = system.ref("/root/a")
    assert answers == [None, ref, None, None, ref]
    assert ref.ask("alive?") == "alive?"


def test_messages_for_who_declined_are_dead_letters(
    grow: Grow, child: Specify, settle: Settle
) -> None:
    system = grow(child("a", starting=declines(1)))
    ref = system.ref("/root/a")

    ref.tell("hello")
    settle(system)

    with pytest.raises(pykka.ActorDeadError):
        ref.ask("anybody?")
    assert not ref.is_alive()
    assert system.dead_letters.counts() == {("/root/a", "stopped"): 2}


@pytest.mark.parametrize("mode", ["any_significant", "all_significant"])
def test_to_decline_ends_nobody_however_significant(
    mode: str, grow: Grow, child: Specify
) -> None:
    shy = child("a", restart="transient", significant=True, starting=declines(1))
    other = child("b", restart="transient", significant=True)

    system = grow(shy, other, auto_shutdown=mode)
    order(system, StartChild(attrs.evolve(shy, id="c")))
    before = system.ended.done
    system.ref("/root/b").tell(Actor.stop)

    assert not before
    assert str(system.ended.get(timeout=PATIENCE)) == "shutdown: /root/b ended"


class Shy(Actor):
    """Finds out in a coroutine that it has nothing to do."""

    async def on_start(self) -> None:  # type: ignore[override] # on a loop it may
        looked_up: Future[str] = Future()

        def answer() -> None:
            looked_up.settle("no key")

        self.soon(answer)
        raise Ignore(await looked_up)


def test_to_decline_in_a_coroutine_is_the_same(grow: Grow) -> None:
    system = grow(ChildSpec(id="a", start=Shy, dispatcher="loop"))

    assert [
        event.reason for event in system.events.since(0) if event.kind == "exited"
    ] == ["ignored: no key"]
    assert states(system) == {"a": "down"}
