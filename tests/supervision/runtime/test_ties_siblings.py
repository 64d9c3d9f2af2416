"""Links between siblings: how many restarts is that, and who is there to link to?"""

from collections.abc import Callable
from typing import NoReturn

import pytest

from holdfast.supervision import (
    Actor,
    ActorSystem,
    Backoff,
    ChildSpec,
    EventKind,
    ExitKind,
    ManualClock,
)

PATIENCE = 20.0

Grow = Callable[..., ActorSystem]
Specify = Callable[..., ChildSpec]
Settle = Callable[[ActorSystem], None]
History = Callable[[ActorSystem], list[str]]
WaitFor = Callable[..., None]


def link(path: str) -> Callable[[Actor], None]:
    return lambda actor: actor.link(actor.system.ref(path))


def fail(_: object) -> NoReturn:
    raise ValueError("boom")


def exited(system: ActorSystem) -> list[str]:
    events = system.events.since(0)
    return [each.path for each in events if each.kind is EventKind.EXITED]


@pytest.mark.parametrize("dispatcher", ["shared", "pinned"])
@pytest.mark.parametrize(
    ("strategy", "spent"),
    [("one_for_one", 2), ("one_for_all", 1), ("rest_for_one", 1)],
)
def test_a_failure_that_takes_a_linked_sibling_with_it_spends_of_the_intensity(
    dispatcher: str,
    strategy: str,
    spent: int,
    grow: Grow,
    child: Specify,
    settle: Settle,
    history: History,
) -> None:
    """One for each crash that it answers; restarted with a sibling is no answer."""
    second = child("b", dispatcher=dispatcher, starting=link("/root/a"))
    first = child("a", dispatcher=dispatcher)
    system = grow(first, second, strategy=strategy, intensity=spent)

    system.ref("/root/a").tell(fail)
    settle(system)

    lines = history(system)
    assert [line for line in lines if line.endswith(" restart")] == [
        f"/root/{name} exited restart" for name in "ab"[:spent]
    ]
    lives = {name: system.cell(f"/root/{name}").incarnation for name in "ab"}
    assert lives == {"a": 2, "b": 2}
    assert system.info("/root/b").links == ("/root/a",)
    assert system.is_up


def test_the_same_failure_ends_a_supervisor_that_has_less_intensity(
    grow: Grow, child: Specify
) -> None:
    second = child("b", starting=link("/root/a"))
    system = grow(child("a"), second, strategy="one_for_one", intensity=1)

    system.ref("/root/a").tell(fail)

    assert system.ended.get(timeout=PATIENCE).kind is ExitKind.ESCALATED


def test_who_links_a_sibling_that_backs_off_is_started_when_that_is_ready(
    grow: Grow, child: Specify, clock: ManualClock, wait_for: WaitFor
) -> None:
    second = child("b", starting=link("/root/a"))
    steady = Backoff(minimum=5, jitter=0)
    system = grow(
        child("a"), second, strategy="rest_for_one", intensity=1, backoff=steady
    )

    system.ref("/root/a").tell(fail)
    wait_for(system, "/root/a backing_off")
    clock.advance(5)
    wait_for(system, "/root/b ready", times=2)

    assert system.info("/root/b").links == ("/root/a",)
    assert exited(system) == ["/root/a", "/root/b"]


def test_a_tree_with_links_still_stops_in_order(
    grow: Grow, child: Specify, history: History
) -> None:
    """An end by `shutdown` is not passed on: else the first would end with the last."""
    names = ("a", "b", "c")
    specs = [child(each, starting=link("/root/a")) for each in names[1:]]
    system = grow(child("a"), *specs)

    system.stop().get(timeout=PATIENCE)

    assert [line for line in history(system) if "exited" in line] == [
        *(f"/root/{name} exited shut_down" for name in reversed(names)),
        "/root exited shut_down",
    ]
