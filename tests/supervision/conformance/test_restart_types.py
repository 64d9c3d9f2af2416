"""OTP's groups `normal_`, `shutdown_` and `abnormal_termination`: who comes back."""

from collections.abc import Callable
from typing import Any, NoReturn

import pytest

from holdfast.supervision import (
    Actor,
    ActorSystem,
    ChildSpec,
    RestartChild,
    StartChild,
    StartFailed,
    SupervisorSpec,
)

Grow = Callable[..., ActorSystem]
Specify = Callable[..., ChildSpec]
Order = Callable[..., Any]
Counts = Callable[..., list[int]]
States = Callable[..., dict[str, str]]
History = Callable[[ActorSystem], list[str]]
End = Callable[[ActorSystem, str, str], None]
Outcome = Callable[..., "tuple[int, dict[str, str], list[int]]"]

PATH = "/root/child1"
BACK = (2, {"child1": "up"}, [1, 1, 0, 1])
STOPPED = (1, {"child1": "down"}, [1, 0, 0, 1])
GONE: tuple[int, dict[str, str], list[int]] = (1, {}, [0, 0, 0, 0])


@pytest.fixture
def system(grow: Grow) -> ActorSystem:
    return grow(intensity=2, period=3600)


@pytest.fixture
def after(
    system: ActorSystem,
    child: Specify,
    order: Order,
    end: End,
    states: States,
    counts: Counts,
) -> Outcome:
    """Start a child, have it end; tell how often it was started, and what is there."""

    def told(restart: str, how: str) -> tuple[int, dict[str, str], list[int]]:
        ref = order(system, StartChild(child("child1", restart=restart)))
        end(system, PATH, how)
        return ref.cell.incarnation, states(system), counts(system)

    return told


# -- permanent --


def test_permanent_normal(after: Outcome) -> None:
    assert after("permanent", "normal") == BACK


def test_permanent_shutdown(after: Outcome, system: ActorSystem, end: End) -> None:
    assert after("permanent", "shutdown") == BACK

    end(system, PATH, "shutdown: some info")

    assert system.cell(PATH).incarnation == 3


def test_permanent_abnormal(after: Outcome) -> None:
    assert after("permanent", "abnormal") == BACK


# -- transient --


def test_transient_normal(after: Outcome, system: ActorSystem, order: Order) -> None:
    assert after("transient", "normal") == STOPPED

    assert order(system, RestartChild("child1")).ask("alive?") == "alive?"


def test_transient_shutdown(
    after: Outcome, system: ActorSystem, order: Order, end: End, states: States
) -> None:
    assert after("transient", "shutdown") == STOPPED

    order(system, RestartChild("child1"))
    end(system, PATH, "shutdown: some info")

    assert states(system) == {"child1": "down"}
    assert system.cell(PATH).incarnation == 2


def test_transient_abnormal(after: Outcome) -> None:
    assert after("transient", "abnormal") == BACK


# -- temporary --


def test_temporary_normal(after: Outcome) -> None:
    assert after("temporary", "normal") == GONE


def test_temporary_shutdown(after: Outcome) -> None:
    assert after("temporary", "shutdown") == GONE
    assert after("temporary", "shutdown: some info") == GONE


def test_temporary_abnormal(after: Outcome) -> None:
    assert after("temporary", "abnormal") == GONE


@pytest.mark.parametrize("strategy", ["one_for_all", "rest_for_one"])
def test_temporary_bystander(
    strategy: str, grow: Grow, child: Specify, end: End, states: States
) -> None:
    """An attempt to start the bystander again would cost the supervisor its life."""
    system = grow(
        child("child1"),
        child("child2", restart="temporary"),
        strategy=strategy,
        intensity=1,
    )

    end(system, PATH, "normal")

    assert states(system) == {"child1": "up"}
    assert not system.ended.done


# -- what is said about it --


def test_faulty_application_shutdown(grow: Grow, child: Specify) -> None:
    """Adapted: the application is the system; its start fails with the first cause."""

    def undefined(_: Actor) -> NoReturn:
        raise NameError("an_undefined_function")

    inner = SupervisorSpec(id="app", children=(child("x", starting=undefined),))
    system = grow(inner, start=False)

    with pytest.raises(StartFailed) as failed:
        system.start().get(timeout=20)

    assert str(failed.value) == "/root/app/x: NameError: an_undefined_function"
    assert isinstance(failed.value.reason.error, NameError)
    assert system.ended.done


def test_external_start_no_progress_log(
    after: Outcome, system: ActorSystem, history: History
) -> None:
    """Adapted: progress is told in events; each start is told once, by its number."""
    after("permanent", "normal")

    assert [line for line in history(system) if PATH in line] == [
        "/root/child1 starting",
        "/root/child1 ready",
        "/root/child1 exited restart",
        "/root/child1 starting",
        "/root/child1 ready",
    ]
    told = [
        event.incarnation
        for event in system.events.since(0)
        if event.path == PATH and event.kind != "added"
    ]
    assert told == [1, 1, 1, 2, 2]
