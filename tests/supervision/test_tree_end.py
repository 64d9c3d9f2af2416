"""When all work is done: every child that brings work in has ended by itself."""

from collections.abc import Callable

import pytest

from holdfast.supervision import Actor, ActorSystem, ChildSpec, Ignore, TerminateChild
from holdfast.supervision.tree_end import TreeEnd

Grow = Callable[..., ActorSystem]
Specify = Callable[..., ChildSpec]
Settle = Callable[[ActorSystem], None]


def decline(_: Actor) -> None:
    raise Ignore("no source")


@pytest.fixture
def said() -> list[object]:
    return []


@pytest.fixture
def end(grow: Grow, child: Specify, said: list[object]) -> TreeEnd:
    """Watch two sources, one of which declines to start."""
    system = grow(
        child("a", intake=True, restart="transient"),
        child("b", intake=True, starting=decline),
        child("c"),
        start=False,
    )
    end = TreeEnd(system, "/root", said.append)
    system.events.subscribe(end.heard)
    system.start().get()
    return end


def test_it_is_said_once_when_the_last_source_has_ended(
    end: TreeEnd,
    said: list[object],
    witnesses: dict[ActorSystem, object],
    settle: Settle,
) -> None:
    [system] = witnesses
    before = list(said)

    system.ref("/root/a").tell(Actor.stop)
    settle(system)

    assert (before, said) == ([], [end])
    assert end.abnormal_end == ""


def test_a_source_that_somebody_stopped_has_not_ended(
    end: TreeEnd, said: list[object], witnesses: dict[ActorSystem, object]
) -> None:
    [system] = witnesses

    system.ref("/root").command(TerminateChild("a")).get()

    assert said == []
    assert end.abnormal_end == ""
