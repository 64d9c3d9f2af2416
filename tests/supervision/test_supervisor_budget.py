"""Restarts that burden the same dependency wait until it bears them."""

from collections.abc import Callable

import pytest

from holdfast.supervision import (
    Actor,
    ActorSystem,
    Backoff,
    BudgetSpec,
    ChildSpec,
    CountChildren,
    CycleChild,
    EventKind,
    ExitKind,
    ExitReason,
    ManualClock,
    RestartChild,
    SupervisorSpec,
    TerminateChild,
)

Grow = Callable[..., ActorSystem]
Specify = Callable[..., ChildSpec]
WaitFor = Callable[..., None]


def boom(_: Actor) -> None:
    raise ValueError("boom")


def crash(system: ActorSystem, path: str) -> None:
    system.ref(path).tell(boom)


def waits(system: ActorSystem) -> list[str]:
    return [
        f"{event.path[-1]} {event.reason}"
        for event in system.events.since(0)
        if event.kind is EventKind.BACKING_OFF
    ]


def test_restarts_of_one_dependency_wait_for_each_other(
    grow: Grow, child: Specify, clock: ManualClock, wait_for: WaitFor
) -> None:
    feeds = [child(name, dependency="venue") for name in "abcd"]
    budget = BudgetSpec(restarts=2, period=10)
    system = grow(*feeds, child("e"), strategy="one_for_all", budgets={"venue": budget})

    crash(system, "/root/e")
    wait_for(system, "/root/c backing_off")
    before = [system.cell(f"/root/{name}").incarnation for name in "abcde"]
    clock.advance(10)
    wait_for(system, "/root/e ready", times=2)

    assert before == [2, 2, 1, 1, 1]
    assert waits(system) == ["c 10.000 s until venue bears one more restart"]
    assert [system.cell(f"/root/{name}").incarnation for name in "abcde"] == [2] * 5


def test_a_first_start_burdens_no_budget_and_other_dependencies_are_others(
    grow: Grow, child: Specify, wait_for: WaitFor
) -> None:
    system = grow(
        child("a", dependency="one"),
        child("b", dependency="one"),
        child("c", dependency="other"),
        budgets={"one": BudgetSpec(restarts=1), "other": BudgetSpec(restarts=1)},
    )

    for name in "ac":
        crash(system, f"/root/{name}")
        wait_for(system, f"/root/{name} ready", times=2)
    crash(system, "/root/b")
    wait_for(system, "/root/b backing_off")

    assert len(waits(system)) == 1


@pytest.mark.parametrize("restarts", [1, 3])
def test_who_is_terminated_while_it_waits_for_its_budget_leaves_it_to_the_next(
    grow: Grow,
    child: Specify,
    clock: ManualClock,
    wait_for: WaitFor,
    restarts: int,
) -> None:
    budget = {"venue": BudgetSpec(restarts=restarts, period=10)}
    system = grow(child("a", dependency="venue"), intensity=10, budgets=budget)
    for times in range(restarts + 1):
        crash(system, "/root/a")
        if times < restarts:
            wait_for(system, "/root/a ready", times=times + 2)
    wait_for(system, "/root/a backing_off")

    system.ref("/root").command(TerminateChild("a")).get()
    started = system.ref("/root").command(RestartChild("a"), timeout=60)
    wait_for(system, "/root/a backing_off", times=2)
    clock.advance(10)
    started.get(timeout=20)

    assert system.cell("/root/a").incarnation == restarts + 2


def test_a_restart_by_hand_comes_no_sooner_than_the_dependency_bears_it(
    grow: Grow, child: Specify, clock: ManualClock, wait_for: WaitFor
) -> None:
    budget = {"venue": BudgetSpec(restarts=1, period=10)}
    system = grow(child("a", dependency="venue"), intensity=10, budgets=budget)
    crash(system, "/root/a")
    wait_for(system, "/root/a ready", times=2)
    crash(system, "/root/a")
    wait_for(system, "/root/a backing_off")

    root = system.ref("/root")
    cycled = [root.command(CycleChild("a", "now"), timeout=60) for _ in range(3)]
    root.command(CountChildren()).get()
    clock.advance(9)
    before = system.cell("/root/a").incarnation
    clock.advance(1)

    assert [each.get(timeout=20) for each in cycled] == [system.ref("/root/a")] * 3
    assert (before, system.cell("/root/a").incarnation) == (2, 3)


def restarts(system: ActorSystem) -> list[tuple[float, str]]:
    """Tell who was restarted, and how many seconds after the first event."""
    events = system.events.since(0)
    return [
        (event.time - events[0].time, event.path)
        for event in events
        if event.kind is EventKind.STARTING and event.incarnation > 1
    ]


def test_whom_a_sibling_holds_up_when_its_budget_is_free_waits_for_it_anew(
    grow: Grow, child: Specify, clock: ManualClock, wait_for: WaitFor
) -> None:
    slow = child("a", backoff=Backoff(minimum=8, jitter=0))
    feeds = [child(name, dependency="venue") for name in "bc"]
    budget = {"venue": BudgetSpec(restarts=1, period=10)}
    system = grow(slow, *feeds, strategy="rest_for_one", intensity=9, budgets=budget)

    crash(system, "/root/b")
    wait_for(system, "/root/c backing_off")
    clock.advance(5)
    crash(system, "/root/a")
    wait_for(system, "/root/b exited restart_with_sibling")
    clock.advance(8)
    wait_for(system, "/root/c backing_off", times=2)
    clock.advance(10)
    wait_for(system, "/root/c ready", times=2)

    assert restarts(system) == [
        (0, "/root/b"),
        (13, "/root/a"),
        (13, "/root/b"),
        (23, "/root/c"),
    ]


def test_what_is_restarted_again_while_it_waits_takes_nothing_from_the_budget(
    grow: Grow, child: Specify, clock: ManualClock, wait_for: WaitFor
) -> None:
    feed = child("feed", dependency="venue")
    venue = SupervisorSpec(id="venue", children=(feed,), backoff=None)
    budget = {"venue": BudgetSpec(restarts=1, period=10)}
    system = grow(venue, intensity=99, budgets=budget)
    crash(system, "/root/venue/feed")
    wait_for(system, "/root/venue/feed ready", times=2)

    for times in range(1, 11):
        system.cell("/root/venue").kill(ExitReason(ExitKind.KILLED, "by a test"))
        wait_for(system, "/root/venue/feed backing_off", times=times)
    clock.advance(10)
    wait_for(system, "/root/venue ready", times=2)

    assert restarts(system)[-1] == (10, "/root/venue/feed")
