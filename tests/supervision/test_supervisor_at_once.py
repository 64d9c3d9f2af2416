"""A thousand children that fail at the same time: what comes of it is defined."""

import threading
from collections import defaultdict
from collections.abc import Callable
from typing import NoReturn

import pytest

from holdfast.supervision import (
    Actor,
    ActorSystem,
    ChildCounts,
    ChildSpec,
    CountChildren,
    ExitKind,
    StartChild,
    Strategy,
    SupervisorSpec,
    gather,
)

PATIENCE = 20.0

N = 1000
IDS = [str(number) for number in range(N)]

Grow = Callable[..., ActorSystem]
Specify = Callable[..., ChildSpec]
History = Callable[[ActorSystem], list[str]]
Settle = Callable[[ActorSystem], None]
FailAll = Callable[..., list[str]]


def fail(_: Actor) -> NoReturn:
    raise ValueError("boom")


@pytest.fixture
def fail_all(history: History, settle: Settle) -> FailAll:
    """Crash all below a place before their supervisor hears of one; tell what came."""

    def failed(system: ActorSystem, path: str = "/root") -> list[str]:
        before = len(history(system))
        entered, let_go = threading.Event(), threading.Event()

        def hold() -> None:
            entered.set()
            let_go.wait(PATIENCE)

        supervisor = system.cell(path)
        assert supervisor.life is not None
        supervisor.life.signal(hold)
        assert entered.wait(PATIENCE)
        for child in supervisor.children.values():
            child.ref.tell(fail)
        let_go.set()
        settle(system)
        return history(system)[before:]

    return failed


def by_child(lines: list[str], above: str = "/root") -> dict[str, list[str]]:
    """Sort lines by the child that they are about, in their order."""
    told: dict[str, list[str]] = defaultdict(list)
    for line in lines:
        path, _, what = line.partition(" ")
        if path.startswith(f"{above}/"):
            told[path.removeprefix(f"{above}/")].append(what)
    return told


def test_within_the_intensity_all_come_back_and_each_once(
    grow: Grow, child: Specify, fail_all: FailAll
) -> None:
    system = grow(*map(child, IDS), intensity=N)

    lines = fail_all(system)

    once = ["exited restart", "starting", "ready"]
    assert by_child(lines) == dict.fromkeys(IDS, once)
    assert len(lines) == 3 * N
    assert {system.cell(f"/root/{name}").incarnation for name in IDS} == {2}
    assert system.is_up


@pytest.mark.parametrize("strategy", [Strategy.ONE_FOR_ALL, Strategy.REST_FOR_ONE])
def test_where_order_matters_all_come_back_once_for_the_first_that_failed(
    strategy: Strategy, grow: Grow, child: Specify, fail_all: FailAll
) -> None:
    """The others were condemned when their own ends were heard of."""
    system = grow(*map(child, IDS), strategy=strategy, intensity=1)

    lines = fail_all(system)

    told = by_child(lines)
    assert told.pop("0") == ["exited restart", "starting", "ready"]
    assert all(
        [line for line in each if line != "stopping"]
        == ["exited restart_with_sibling", "starting", "ready"]
        for each in told.values()
    )
    assert [line for line in lines if line.endswith("starting")] == [
        f"/root/{name} starting" for name in IDS
    ]
    assert {system.cell(f"/root/{name}").incarnation for name in IDS} == {2}
    assert system.is_up


def test_beyond_the_intensity_their_supervisor_gives_up_once_and_all_end_in_order(
    grow: Grow, child: Specify, fail_all: FailAll
) -> None:
    """Ten were being restarted when the eleventh failure was too many.

    The last one is told to stop before its own end was heard of.
    """
    system = grow(*map(child, IDS), intensity=10)

    lines = fail_all(system)

    assert system.ended.get(timeout=PATIENCE).kind is ExitKind.ESCALATED
    told = by_child(lines)
    again = ["exited restart", "starting"]
    assert [told[name][:2] for name in IDS[:10]] == [again] * 10
    assert told["10"] == ["exited escalate"]
    assert [told[name] for name in IDS[11:-1]] == [["exited shut_down"]] * (N - 12)
    assert told[IDS[-1]] == ["stopping", "exited shut_down"]
    assert [line for line in lines if line.startswith("/root ")] == [
        "/root escalated",
        "/root exited escalate",
    ]
    ended = [line for line in lines if line.endswith("exited shut_down")]
    assert ended[-10:] == [f"/root/{name} exited shut_down" for name in IDS[9::-1]]


def test_a_branch_that_gave_up_over_a_thousand_failures_is_restarted_once(
    grow: Grow, child: Specify, fail_all: FailAll
) -> None:
    branch = SupervisorSpec(
        id="b", children=tuple(map(child, IDS)), intensity=10, backoff=None
    )
    system = grow(branch)

    lines = fail_all(system, "/root/b")

    assert [line for line in lines if line.startswith("/root/b ")] == [
        "/root/b escalated",
        "/root/b exited restart",
        "/root/b starting",
        "/root/b ready",
    ]
    assert [each[-2:] for each in by_child(lines, "/root/b").values()] == [
        ["starting", "ready"]
    ] * N
    assert system.is_up


@pytest.mark.parametrize(
    ("restart", "told", "left"),
    [
        ("temporary", ["exited forget", "removed"], 0),
        ("permanent", ["exited restart", "starting", "ready"], N),
    ],
)
def test_instances_that_fail_at_once_are_forgotten_or_come_back_each_once(
    restart: str,
    told: list[str],
    left: int,
    grow: Grow,
    child: Specify,
    fail_all: FailAll,
) -> None:
    template = child("template", restart=restart)
    system = grow(template, strategy=Strategy.SIMPLE_ONE_FOR_ONE, intensity=N)
    root = system.ref("/root")
    gather([root.command(StartChild()) for _ in IDS]).get(timeout=PATIENCE)

    lines = fail_all(system)

    numbers = [str(number) for number in range(1, N + 1)]
    assert by_child(lines) == dict.fromkeys(numbers, told)
    assert root.command(CountChildren()).get() == ChildCounts(1, left, 0, left)
