"""OTP's cases on adding, stopping and deleting children, and on faulty arguments."""

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from holdfast.supervision import (
    INFINITY,
    Actor,
    ActorSystem,
    ChildSpec,
    DeleteChild,
    Describe,
    RestartChild,
    StartChild,
    Strategy,
    SupervisorSpec,
    TerminateChild,
    UnknownPath,
)

Grow = Callable[..., ActorSystem]
Specify = Callable[..., ChildSpec]
Order = Callable[..., Any]
Refused = Callable[..., str]
Counts = Callable[..., list[int]]
States = Callable[..., dict[str, str]]
Settle = Callable[[ActorSystem], None]
End = Callable[[ActorSystem, str, str], None]

SIMPLE = Strategy.SIMPLE_ONE_FOR_ONE


def test_child_adm(
    grow: Grow,
    child: Specify,
    order: Order,
    refused: Refused,
    counts: Counts,
    states: States,
) -> None:
    spec = child("child1", shutdown=1)
    system = grow(spec)
    assert (states(system), counts(system)) == ({"child1": "up"}, [1, 1, 0, 1])

    # start what runs, terminate
    assert refused(system, StartChild(spec)) == "already_started"
    assert refused(system, TerminateChild("hej")) == "not_found"
    order(system, TerminateChild("child1"))
    assert (states(system), counts(system)) == ({"child1": "down"}, [1, 0, 0, 1])
    order(system, TerminateChild("child1"))  # like deleting what is not there: fine

    # start what is there already, restart
    assert refused(system, StartChild(spec)) == "already_present"
    assert order(system, RestartChild("child1")) is system.ref("/root/child1")
    assert (states(system), counts(system)) == ({"child1": "up"}, [1, 1, 0, 1])
    assert refused(system, RestartChild("child1")) == "running"
    assert refused(system, RestartChild("child2")) == "not_found"

    # delete
    assert refused(system, DeleteChild("child1")) == "running"
    assert refused(system, DeleteChild("hej")) == "not_found"
    order(system, TerminateChild("child1"))
    order(system, DeleteChild("child1"))
    assert refused(system, RestartChild("child1")) == "not_found"
    assert (states(system), counts(system)) == ({}, [0, 0, 0, 0])

    # start anew; a supervisor that is not there
    assert order(system, StartChild(spec)) is system.ref("/root/child1")
    assert (states(system), counts(system)) == ({"child1": "up"}, [1, 1, 0, 1])
    with pytest.raises(UnknownPath):
        order(system, TerminateChild("child1"), "/root/foo")


def test_child_adm_simple(
    grow: Grow,
    child: Specify,
    order: Order,
    refused: Refused,
    counts: Counts,
    states: States,
) -> None:
    """Adapted: OTP names an instance by its process, we by its number.

    So terminating by name is allowed. Who is gone is not found a second time: a number
    is never used again, so it can't mean somebody else.
    """
    system = grow(child("child", shutdown=1), strategy=SIMPLE)
    assert (states(system), counts(system)) == ({}, [1, 0, 0, 0])

    order(system, StartChild())
    assert (states(system), counts(system)) == ({"1": "up"}, [1, 1, 0, 1])
    order(system, StartChild())
    assert (states(system), counts(system)) == ({"1": "up", "2": "up"}, [1, 2, 0, 2])

    gone = system.ref("/root/1")
    order(system, TerminateChild("1"))
    assert (states(system), counts(system)) == ({"2": "up"}, [1, 1, 0, 1])
    assert not gone.is_alive()
    assert refused(system, TerminateChild("1")) == "not_found"
    assert refused(system, TerminateChild("child")) == "not_found"
    assert refused(system, RestartChild("2")) == "simple_one_for_one"
    assert refused(system, DeleteChild("2")) == "simple_one_for_one"
    assert states(system) == {"2": "up"}


class Telling(Actor):
    """Has something to say to whoever starts it."""

    def __init__(self, extra: str) -> None:
        self._extra = extra

    def on_receive(self, message: Any) -> Any:
        return message(self)

    def facts(self) -> Mapping[str, Any]:
        return {"extra": self._extra, "incarnation": self.incarnation}


def test_extra_return(grow: Grow, order: Order, counts: Counts, end: End) -> None:
    """Adapted: what a start has to tell are the actor's facts; whoever asks gets them.

    A start answers with the reference, which stays the same over restarts.
    """
    spec = ChildSpec(id="child1", start=Telling, args={"extra": "extra_return"})
    system = grow(spec)
    told = [order(system, Describe(), "/root/child1")]

    order(system, TerminateChild("child1"))
    ref = order(system, RestartChild("child1"))
    told.append(ref.command(Describe()).get())
    end(system, "/root/child1", "abnormal")
    told.append(ref.command(Describe()).get())
    order(system, TerminateChild("child1"))
    order(system, DeleteChild("child1"))
    again = order(system, StartChild(spec))
    told.append(again.command(Describe()).get())

    assert told == [
        {"extra": "extra_return", "incarnation": number} for number in (1, 2, 3, 1)
    ]
    assert again is not ref
    assert counts(system) == [1, 1, 0, 1]


FAULTY_CHILDREN = {
    "invalid_mfa": ({"start": "mfa"}, "start must be a subclass of Actor, was 'mfa'"),
    "invalid_restart_type": ({"restart": "prmanent"}, "'prmanent' is not a valid"),
    "invalid_shutdown": ({"shutdown": -10}, "shutdown must be seconds >= 0"),
    "invalid_child_type": ({"start": dict}, "start must be a subclass of Actor"),
    "invalid_modules": ({"args": ["dy"]}, "args must be a mapping by name"),
    "invalid_id": ({"id": "a/b"}, "'id' must match regex"),
    "invalid_significant": (
        {"restart": "transient", "significant": "maybe"},
        "'significant' must be <class 'bool'>",
    ),
    "bad_combination": ({"significant": True}, "'child' is permanent"),
}


@pytest.mark.parametrize(
    ("fields", "complaint"), FAULTY_CHILDREN.values(), ids=FAULTY_CHILDREN
)
def test_child_specs(fields: dict[str, Any], complaint: str) -> None:
    """Adapted: a faulty child can't be made, so there is none to check or to start."""
    faulty: dict[str, Any] = {"id": "child", "start": Actor, **fields}

    with pytest.raises((TypeError, ValueError), match=re.escape(complaint)):
        ChildSpec(**faulty)


FAULTY_TREES: dict[str, tuple[dict[str, Any], str]] = {
    "duplicate_child_name": (
        {"children": [ChildSpec(id="x", start=Actor), SupervisorSpec(id="x")]},
        "two children of 'root' are named 'x'",
    ),
    "template_missing": ({"strategy": SIMPLE}, "exactly one worker as template"),
    "two_templates": (
        {
            "strategy": SIMPLE,
            "children": [ChildSpec(id=name, start=Actor) for name in "xy"],
        },
        "exactly one worker as template",
    ),
    "bad_combination": (
        {
            "children": [
                ChildSpec(id="x", start=Actor, restart="transient", significant=True)
            ]
        },
        "'x' is significant, but 'root' has auto_shutdown never",
    ),
}


@pytest.mark.parametrize(
    ("fields", "complaint"), FAULTY_TREES.values(), ids=FAULTY_TREES
)
def test_child_specs_map(
    fields: dict[str, Any], complaint: str, grow: Grow, refused: Refused
) -> None:
    """Adapted: what is wrong with children together shows where they come together."""
    significant = ChildSpec(id="x", start=Actor, restart="temporary", significant=True)
    system = grow()

    with pytest.raises(ValueError, match=re.escape(complaint)):
        SupervisorSpec(**fields)

    assert refused(system, StartChild(significant)) == "bad_combination"
    with pytest.raises(TypeError, match="'spec' must be"):
        StartChild("hej")  # type: ignore[arg-type]
    for fine in (0, 10, INFINITY):
        assert ChildSpec(id="x", start=Actor, shutdown=fine).shutdown == fine
        assert SupervisorSpec(shutdown=fine).shutdown == fine


@pytest.mark.parametrize(
    ("flags", "complaint"),
    [
        ({"strategy": "none_for_one"}, "'none_for_one' is not a valid Strategy"),
        ({"intensity": math.inf}, "'intensity' must be <class 'int'>"),
        ({"intensity": -1}, "'intensity' must be >= 0"),
        ({"period": 0}, "'period' must be > 0"),
        ({"period": math.inf}, "'period' must be < inf"),
        ({"auto_shutdown": "sometimes"}, "'sometimes' is not a valid AutoShutdown"),
        ({"silly_flag": True}, "'silly_flag'"),
    ],
)
def test_sup_flags(flags: dict[str, Any], complaint: str) -> None:
    """Adapted: what OTP ignores, a flag that nobody knows, is refused too."""
    with pytest.raises((TypeError, ValueError), match=re.escape(complaint)):
        SupervisorSpec(**flags)
