"""Restarts as stories: who goes down with whom, who comes back, and when it is over."""

from collections.abc import Callable
from typing import NoReturn

import pytest

from holdfast.supervision import (
    Actor,
    ActorSystem,
    ChildSpec,
    ExitKind,
    ManualClock,
    StartFailed,
    Strategy,
    SupervisorSpec,
)

PATIENCE = 20.0

Grow = Callable[..., ActorSystem]
Specify = Callable[..., ChildSpec]
Settle = Callable[[ActorSystem], None]
History = Callable[[ActorSystem], list[str]]

dispatchers = pytest.mark.parametrize("dispatcher", ["shared", "pinned"])


def fail(_: Actor) -> NoReturn:
    raise ValueError("boom")


def fails_at(*incarnations: int) -> Callable[[Actor], None]:
    """Say a start hook that fails in these incarnations."""

    def start(actor: Actor) -> None:
        if actor.incarnation in incarnations:
            raise ValueError("boom")

    return start


@pytest.fixture
def fell(settle: Settle, history: History) -> Callable[[ActorSystem, str], list[str]]:
    """Crash somebody, wait until all is settled, and tell what happened."""

    def tell(system: ActorSystem, path: str) -> list[str]:
        before = len(history(system))
        system.ref(path).tell(fail)
        settle(system)
        return history(system)[before:]

    return tell


Fell = Callable[[ActorSystem, str], list[str]]


@dispatchers
@pytest.mark.parametrize("strategy", ["one_for_one", "one_for_all", "rest_for_one"])
def test_each_strategy_tells_its_own_story(
    strategy: str, dispatcher: str, grow: Grow, child: Specify, fell: Fell
) -> None:
    system = grow(*(child(n, dispatcher=dispatcher) for n in "abc"), strategy=strategy)

    story = fell(system, "/root/b")

    crash = ["/root/b exited restart"]
    down = {
        name: [f"/root/{name} stopping", f"/root/{name} exited restart_with_sibling"]
        for name in "abc"
    }
    up = {name: [f"/root/{name} starting", f"/root/{name} ready"] for name in "abc"}
    assert (
        story
        == {
            "one_for_one": crash + up["b"],
            "one_for_all": crash + down["c"] + down["a"] + up["a"] + up["b"] + up["c"],
            "rest_for_one": crash + down["c"] + up["b"] + up["c"],
        }[strategy]
    )


def test_a_failed_restart_counts_and_is_tried_again(
    grow: Grow, child: Specify, fell: Fell
) -> None:
    system = grow(child("a", starting=fails_at(2, 3)), intensity=3)

    assert fell(system, "/root/a") == [
        "/root/a exited restart",
        "/root/a starting",
        "/root/a exited restart",
        "/root/a starting",
        "/root/a exited restart",
        "/root/a starting",
        "/root/a ready",
    ]


def test_a_restart_that_never_succeeds_ends_the_supervisor_and_its_siblings(
    grow: Grow, child: Specify, history: History
) -> None:
    """As in OTP: an intensity of 3 makes four attempts, the first start included."""
    system = grow(child("a", starting=fails_at(2, 3, 4, 5)), child("b"), intensity=3)

    system.ref("/root/a").tell(fail)

    assert system.ended.get(timeout=PATIENCE).kind is ExitKind.ESCALATED
    story = history(system)
    assert story.count("/root/a starting") == 4
    assert story[-5:] == [
        "/root/a exited escalate",
        "/root escalated",
        "/root/b stopping",
        "/root/b exited shut_down",
        "/root exited escalate",
    ]


def test_one_for_all_stops_again_what_came_back_when_a_later_one_fails_to(
    grow: Grow, child: Specify, fell: Fell
) -> None:
    system = grow(
        child("a"),
        child("b", starting=fails_at(2)),
        child("c"),
        strategy=Strategy.ONE_FOR_ALL,
    )

    assert fell(system, "/root/c") == [
        "/root/c exited restart",
        "/root/b stopping",
        "/root/b exited restart_with_sibling",
        "/root/a stopping",
        "/root/a exited restart_with_sibling",
        "/root/a starting",
        "/root/a ready",
        "/root/b starting",
        "/root/b exited restart",
        "/root/a stopping",
        "/root/a exited restart_with_sibling",
        "/root/a starting",
        "/root/a ready",
        "/root/b starting",
        "/root/b ready",
        "/root/c starting",
        "/root/c ready",
    ]


def test_rest_for_one_leaves_what_came_back_when_a_later_one_fails_to(
    grow: Grow, child: Specify, fell: Fell
) -> None:
    system = grow(
        child("a"),
        child("b", starting=fails_at(2)),
        child("c"),
        strategy=Strategy.REST_FOR_ONE,
    )

    assert fell(system, "/root/a")[5:] == [
        "/root/a starting",
        "/root/a ready",
        "/root/b starting",
        "/root/b exited restart",
        "/root/b starting",
        "/root/b ready",
        "/root/c starting",
        "/root/c ready",
    ]


@pytest.mark.parametrize("strategy", ["one_for_all", "rest_for_one"])
def test_a_temporary_bystander_goes_down_and_is_forgotten(
    strategy: str, grow: Grow, child: Specify, fell: Fell
) -> None:
    system = grow(child("a"), child("b", restart="temporary"), strategy=strategy)

    assert fell(system, "/root/a") == [
        "/root/a exited restart",
        "/root/b stopping",
        "/root/b exited forget",
        "/root/b removed",
        "/root/a starting",
        "/root/a ready",
    ]


@pytest.mark.parametrize("strategy", ["one_for_one", "one_for_all", "rest_for_one"])
def test_a_transient_child_that_ended_normally_stays_down_when_others_fail(
    strategy: str, grow: Grow, child: Specify, settle: Settle, fell: Fell
) -> None:
    system = grow(child("a", restart="transient"), child("b"), strategy=strategy)
    system.ref("/root/a").tell(Actor.stop)
    settle(system)

    assert fell(system, "/root/b") == [
        "/root/b exited restart",
        "/root/b starting",
        "/root/b ready",
    ]


def test_failures_spaced_wider_than_the_period_never_end_the_supervisor(
    grow: Grow, child: Specify, clock: ManualClock, fell: Fell
) -> None:
    system = grow(child("a"), intensity=1, period=10)

    for _ in range(10):
        assert fell(system, "/root/a")[0] == "/root/a exited restart"
        clock.advance(10.5)


@pytest.mark.parametrize(("later", "survives"), [(10, False), (10.001, True)])
def test_at_the_edge_of_the_period_a_failure_still_counts(
    later: float, *, survives: bool, grow: Grow, child: Specify, clock: ManualClock
) -> None:
    system = grow(child("a"), intensity=1, period=10)
    ref = system.ref("/root/a")

    ref.tell(fail)
    assert ref.ask("alive?") == "alive?"
    clock.advance(later)
    ref.tell(fail)

    if survives:
        assert ref.ask("alive?") == "alive?"
    else:
        assert system.ended.get(timeout=PATIENCE).kind is ExitKind.ESCALATED


@pytest.mark.parametrize("intensity", [0, 1, 2])
def test_an_intensity_survives_as_many_failures_and_not_one_more(
    intensity: int, grow: Grow, child: Specify
) -> None:
    system = grow(child("a"), intensity=intensity)
    ref = system.ref("/root/a")

    for _ in range(intensity):
        ref.tell(fail)
        assert ref.ask("alive?") == "alive?"
    ref.tell(fail)

    assert system.ended.get(timeout=PATIENCE).kind is ExitKind.ESCALATED
    assert system.cell("/root/a").incarnation == intensity + 1


def test_failures_of_all_children_count_together(grow: Grow, child: Specify) -> None:
    system = grow(child("a"), child("b"), intensity=1)

    for path in ("/root/a", "/root/b"):
        system.ref(path).tell(fail)

    assert system.ended.get(timeout=PATIENCE).kind is ExitKind.ESCALATED


# -- upwards --


def branch(name: str, *children: ChildSpec | SupervisorSpec) -> SupervisorSpec:
    return SupervisorSpec(id=name, children=children, intensity=0, backoff=None)


def test_a_supervisor_that_gives_up_is_restarted_by_its_own_with_all_below(
    grow: Grow, child: Specify, fell: Fell
) -> None:
    system = grow(child("a"), branch("b", child("x"), child("y")), child("c"))

    assert fell(system, "/root/b/x") == [
        "/root/b/x exited escalate",
        "/root/b escalated",
        "/root/b/y stopping",
        "/root/b/y exited shut_down",
        "/root/b exited restart",
        "/root/b starting",
        "/root/b/x starting",
        "/root/b/x ready",
        "/root/b/y starting",
        "/root/b/y ready",
        "/root/b ready",
    ]


def test_escalation_goes_up_to_the_root_and_the_system_ends_with_its_reason(
    grow: Grow, child: Specify, history: History
) -> None:
    system = grow(
        child("a"), branch("b", branch("c", child("x"))), intensity=0, period=5
    )

    system.ref("/root/b/c/x").tell(fail)
    reason = system.ended.get(timeout=PATIENCE)

    assert str(reason) == (
        "escalated: more than 0 restarts in 5 s, last /root/b: escalated: more than 0"
        " restarts in 60 s, last /root/b/c: escalated: more than 0 restarts in 60 s,"
        " last /root/b/c/x: crashed: ValueError: boom"
    )
    assert isinstance(reason.error, ValueError)
    assert [line for line in history(system) if "escalate" in line] == [
        "/root/b/c/x exited escalate",
        "/root/b/c escalated",
        "/root/b/c exited escalate",
        "/root/b escalated",
        "/root/b exited escalate",
        "/root escalated",
        "/root exited escalate",
    ]


def test_the_children_of_a_restarted_supervisor_count_from_zero(
    grow: Grow, child: Specify
) -> None:
    inner = SupervisorSpec(id="b", children=(child("x"),), intensity=1, backoff=None)
    system = grow(inner, intensity=1)
    ref = system.ref("/root/b/x")

    for _ in range(3):
        ref.tell(fail)
        assert ref.ask("alive?") == "alive?"

    assert system.cell("/root/b").incarnation == 2


def test_a_transient_supervisor_that_gave_up_is_restarted_a_temporary_one_forgotten(
    grow: Grow, child: Specify, fell: Fell
) -> None:
    outcomes: dict[str, str] = {}
    for restart in ("transient", "temporary"):
        inner = SupervisorSpec(
            id="b", children=(child("x"),), intensity=0, restart=restart
        )
        story = fell(grow(inner), "/root/b/x")
        outcomes[restart] = next(line for line in story if "/root/b exited" in line)

    assert outcomes == {
        "transient": "/root/b exited restart",
        "temporary": "/root/b exited forget",
    }


def test_a_supervisor_whose_child_can_not_start_again_is_a_failed_start(
    grow: Grow, child: Specify
) -> None:
    inner = branch("b", child("x", starting=fails_at(2)))
    system = grow(inner)
    ref = system.ref("/root/b/x")

    ref.tell(fail)

    assert ref.ask("alive?") == "alive?"
    assert system.cell("/root/b").incarnation == 3
    assert ref.cell.incarnation == 3


def test_when_the_root_gives_up_whoever_waits_for_the_start_is_told(
    grow: Grow, child: Specify
) -> None:
    system = grow(child("a"), child("b", patient=True), intensity=0, start=False)
    started = system.start()

    system.ref("/root/a").tell(fail)

    with pytest.raises(StartFailed, match="more than 0 restarts in 60 s"):
        started.get(timeout=PATIENCE)


def test_every_event_says_what_it_followed_from(
    grow: Grow, child: Specify, settle: Settle
) -> None:
    system = grow(child("a"), child("b"), strategy=Strategy.ONE_FOR_ALL)
    before = system.events.since(0)[-1].seq

    system.ref("/root/a").tell(fail)
    settle(system)

    events = system.events.since(before)
    crash = events[0]
    assert crash.cause_seq == 0
    assert {event.cause_seq for event in events[1:]} == {crash.seq}
