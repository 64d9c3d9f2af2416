"""A system knows its own actors, and what one of them costs does not grow with them."""

import gc
import inspect
import sys
from collections import Counter
from collections.abc import Callable
from types import FrameType
from typing import Any

import pykka
import pytest

from holdfast.supervision import Actor, ActorSystem, ChildSpec, ExitKind, ExitReason

PATIENCE = 20.0

Grow = Callable[..., ActorSystem]
Specify = Callable[..., ChildSpec]
Settle = Callable[[ActorSystem], None]


@pytest.fixture
def registry_calls(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Count whoever comes to the one list of all actors that Pykka keeps."""
    calls: Counter[str] = Counter()
    methods = inspect.getmembers(pykka.ActorRegistry, inspect.ismethod)
    assert {"register", "unregister", "get_all"} <= {name for name, _ in methods}

    for name, _ in methods:

        def count(*_: object, name: str = name) -> list[Any]:
            calls[name] += 1
            return []

        monkeypatch.setattr(pykka.ActorRegistry, name, count)
    return calls


def test_no_actor_is_in_the_registry_that_all_share(
    grow: Grow, child: Specify, settle: Settle, registry_calls: Counter[str]
) -> None:
    """Leaving it would take longer the more actors there are: it is a list."""
    systems = [grow(child("a"), child("b", dispatcher="pinned")) for _ in range(2)]
    for system in systems:
        system.ref("/root/a").ask("hello")
        system.cell("/root/a").kill(ExitReason(ExitKind.KILLED))
        settle(system)
        system.stop().get(timeout=PATIENCE)
    before = dict(registry_calls)
    pykka.ActorRegistry.get_all()

    assert before == {}
    assert registry_calls == {"get_all": 1}


def come_and_go(system: ActorSystem) -> None:
    spec = ChildSpec(id="one_more", start=Actor)
    system.remove(system.place(system.cell("/root"), spec, "one_more"))


def tell(system: ActorSystem) -> None:
    system.ref("/root/1").tell("hello")


def watch_and_unwatch(system: ActorSystem) -> None:
    system.watch("/root/1", str)()


def kill(system: ActorSystem) -> None:
    system.cell("/root/1").kill(ExitReason(ExitKind.KILLED))


@pytest.mark.parametrize("act", [come_and_go, tell, watch_and_unwatch, kill])
def test_one_actor_takes_as_many_calls_among_a_thousand_as_among_ten(
    act: Callable[[ActorSystem], object], grow: Grow, settle: Settle
) -> None:
    counts: list[int] = []
    for population in (10, 1000):
        names = map(str, range(population))
        system = grow(*(ChildSpec(id=name, start=Actor) for name in names))
        settle(system)
        calls: list[str] = []

        def note(_: FrameType, event: str, __: object, calls: Any = calls) -> None:
            calls.append(event)

        gc.disable()
        sys.setprofile(note)
        try:
            act(system)
        finally:
            sys.setprofile(None)
            gc.enable()
        counts.append(len(calls))

    assert counts[0] == counts[1] > 10
