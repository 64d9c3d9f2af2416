"""OTP's cases on what is kept of children, and on what it costs to have many."""

import gc
import threading
import weakref
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from holdfast.supervision import (
    Actor,
    ActorSystem,
    ChildSpec,
    RestartChild,
    StartChild,
    Strategy,
    TerminateChild,
)

Grow = Callable[..., ActorSystem]
Specify = Callable[..., ChildSpec]
Order = Callable[..., Any]
Refused = Callable[..., str]
End = Callable[[ActorSystem, str, str], None]

SIMPLE = Strategy.SIMPLE_ONE_FOR_ONE


# -- what is kept --


class Burden:
    """Something big that an actor is given."""


def carry(_burden: Burden, _: Actor) -> None:
    pass


STRATEGIES = ("one_for_all", "one_for_one", "rest_for_one")


@pytest.mark.parametrize("strategy", [*STRATEGIES, "simple_one_for_one"])
@pytest.mark.parametrize("restart", ["permanent", "transient", "temporary"])
def test_do_not_save_start_parameters_for_temporary_children(
    restart: str,
    strategy: str,
    grow: Grow,
    child: Specify,
    order: Order,
    end: End,
) -> None:
    """Adapted: they are kept while a child may be cycled, and no longer."""
    simple = strategy == "simple_one_for_one"
    template = [child("x", restart=restart)] if simple else []
    system = grow(*template, strategy=strategy)
    kept: list[weakref.ref[Burden]] = []

    def start(number: int) -> str:
        burden = Burden()
        kept.append(weakref.ref(burden))
        hook = {"starting": partial(carry, burden)}
        spec = None if simple else child(f"c{number}", restart=restart, **hook)
        started = StartChild(spec, hook if simple else {})
        return str(order(system, started).path)

    for number in range(3):
        end(system, start(number), "abnormal")
    gc.collect()

    forgotten = restart == "temporary"
    assert [ref() is None for ref in kept] == [forgotten] * 3


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("how", ["kill", "normal", "abnormal", "supervisor"])
def test_do_not_save_child_specs_for_temporary_children(
    how: str,
    strategy: str,
    grow: Grow,
    child: Specify,
    order: Order,
    refused: Refused,
    end: End,
) -> None:
    system = grow(strategy=strategy)

    def again(restart: str) -> StartChild:
        """Start a child, have it end, and return what would start it once more."""
        spec = child(restart, restart=restart)
        order(system, StartChild(spec))
        if how == "supervisor":
            order(system, TerminateChild(restart))
        else:
            end(system, f"/root/{restart}", how)
        return StartChild(spec)

    stays_down = {
        "permanent": how == "supervisor",
        "transient": how in {"supervisor", "normal"},
    }
    for restart, is_down in stays_down.items():
        code = refused(system, again(restart))
        assert code == ("already_present" if is_down else "already_started")
        if is_down:
            order(system, RestartChild(restart))
    assert order(system, again("temporary")).path == "/root/temporary"


# -- scale --


@pytest.fixture
def effort(grow: Grow, order: Order) -> Iterator[Callable[..., list[int]]]:
    """Count the calls that a supervisor makes to start children, and to stop them."""
    made = 0

    def called(_frame: object, event: str, _arg: object) -> None:
        nonlocal made
        made += event == "call"

    def measured(
        starts: list[StartChild], *children: ChildSpec, **top: Any
    ) -> list[int]:
        threading.setprofile(called)
        system = grow(*children, **top)
        begun = made
        names = [order(system, start).cell.name for start in starts]
        started = made
        for name in names:
            order(system, TerminateChild(name))
        threading.setprofile(None)
        return [started - begun, made - started]

    yield measured
    threading.setprofile(None)


Effort = Callable[..., list[int]]
LIMIT = 12
"""Ten times as many children must cost less than so many times as much, as in OTP."""


def times_more(few: list[int], many: list[int]) -> float:
    return max(more / less for less, more in zip(few, many, strict=True))


def test_simple_one_for_one_scale_many_temporary_children(
    child: Specify, effort: Effort
) -> None:
    """Adapted: what it costs is counted in calls, which no busy machine changes."""
    template = child("x", restart="temporary")

    few, many = (
        effort([StartChild()] * count, template, strategy=SIMPLE)
        for count in (100, 1000)
    )

    assert times_more(few, many) < LIMIT


def test_scale_start_stop_many_children(child: Specify, effort: Effort) -> None:
    """Adapted: what it costs is counted in calls, which no busy machine changes."""
    few, many = (
        effort([StartChild(child(f"c{number}")) for number in range(count)])
        for count in (100, 1000)
    )

    assert times_more(few, many) < LIMIT
