"""Starts and stops out of order are found, and those in order are not."""

import pytest

from holdfast.supervision import (
    ChildSpec,
    Decision,
    EventKind,
    SupervisionEvent,
    SupervisorSpec,
)
from holdfast.supervision.runtime.actor import Actor
from holdfast.supervision.simulation.history import Happened, History
from holdfast.supervision.simulation.order import Order

KINDS = {
    "+": EventKind.STARTING,
    "!": EventKind.READY,
    "-": EventKind.STOPPING,
    "x": EventKind.EXITED,
    "~": EventKind.EXITED,
    "^": EventKind.ESCALATED,
    "c": EventKind.COMMANDED,
    ">": EventKind.ADDED,
    "<": EventKind.REMOVED,
}

DECISIONS = {"x": Decision.RESTART, "~": Decision.LEAVE_STOPPED}


def told(story: str, strategy: str = "one_for_one") -> list[str]:
    """Judge events such as `+a` (a starts) or `-b6` (b stops because of event 6).

    An exit `x` is answered by a restart, an exit `~` is not.

    `S` stands for the supervisor, whose children are a, b and c.
    """
    events = [Happened(0.0, event(0, f">{name}")) for name in "Sabc"]
    events += [
        Happened(0.0, event(number, word))
        for number, word in enumerate(f"+S {story}".split(), start=1)
    ]
    children = [ChildSpec(id=name, start=Actor) for name in "abc"]
    spec = SupervisorSpec(strategy=strategy, children=children)
    history = History(supervisors={"/root": spec}, events=events)
    return [sentence.replace("/root/", "") for sentence in Order(history).violations()]


def event(number: int, word: str) -> SupervisionEvent:
    kind = KINDS[word[0]]
    return SupervisionEvent(
        seq=number,
        time=0.0,
        path="/root" if word[1] == "S" else f"/root/{word[1]}",
        incarnation=1,
        kind=kind,
        reason="crashed",
        decision=DECISIONS.get(word[0], Decision.NONE),
        cause_seq=int(word[2:] or 0),
    )


UP = "+a !a +b !b +c !c !S"  # events 2 to 8


@pytest.mark.parametrize(
    ("strategy", "story"),
    [
        ("one_for_one", UP),
        ("one_for_one", f"{UP} -S -c xc -b xb -a xa xS"),
        ("one_for_one", f"{UP} xa xb +b9 +a8 !a !b"),
        ("one_for_one", f"{UP} -a -b xa xb"),
        ("rest_for_one", "+a ~a +b !b +c !c !S xb -c9 xc +b9 !b +c9 !c"),
        ("rest_for_one", f"{UP} xb -c9 xc +b9 !b +c9 !c"),
        ("one_for_all", f"{UP} xb -c9 xc -a9 xa +a9 !a +b9 !b +c9 !c"),
        ("one_for_one", f"{UP} ca -a9 xa +a9 !a"),
        ("one_for_one", f"{UP} -S cb -b10 -c xc xb -a xa xS"),
        ("rest_for_one", f"{UP} -a ~a <a >a +a !a xb -a15 xa +b15 !b +a15 !a"),
        ("rest_for_one", f"{UP} -a ~a <a >a +a xS +S <a >a +a !a +b !b"),
        ("one_for_all", f"{UP} xa ^S -c xc -b xb xS +S +a !a +b !b +c !c !S"),
    ],
)
def test_what_is_in_order_is_no_violation(strategy: str, story: str) -> None:
    assert told(story, strategy) == []


@pytest.mark.parametrize(
    ("strategy", "story", "found"),
    [
        ("one_for_one", "+b", ["b was started before a was ready"]),
        ("one_for_one", "+a +b !a !b", ["b was started before a was ready"]),
        ("one_for_one", "+a !a +c !c +b", ["c was started before b was ready"]),
        ("one_for_one", f"{UP} -S -a", ["a was stopped before b was down"] * 1),
        ("rest_for_one", f"{UP} -S cb -b10", ["b was stopped before c was down"]),
        (
            "one_for_one",
            "+a !a +b !b cc +c6 -S -b6",
            ["b was stopped before c was down"],
        ),
        ("rest_for_one", f"{UP} xa -b9", ["b was stopped before c was down"]),
        (
            "rest_for_one",
            f"{UP} xa -c9 xc -b9 xb +b9",
            ["b was started before a was ready"],
        ),
        ("rest_for_one", f"{UP} xa -b +a", ["a was started before b was down"]),
        ("rest_for_one", f"{UP} >d +d !d -d +c", ["c was started before d was down"]),
        ("one_for_all", f"{UP} xa ^S -b", ["b was stopped before c was down"]),
        (
            "one_for_one",
            f"{UP} xS +S +b",
            ["b was started before a was ready"],
        ),
    ],
)
def test_what_comes_too_early_is_found(
    strategy: str, story: str, found: list[str]
) -> None:
    assert [f"I3: {sentence}" for sentence in found] == told(story, strategy)[:1]


def test_children_of_a_template_have_no_order() -> None:
    template = ChildSpec(id="t", start=Actor)
    spec = SupervisorSpec(strategy="simple_one_for_one", children=[template])
    events = [
        Happened(0.0, event(number, word))
        for number, word in enumerate(["+S", "!S", "+b", "+a", "-S", "-a"], start=1)
    ]
    history = History(supervisors={"/root": spec}, events=events)

    assert list(Order(history).violations()) == []
