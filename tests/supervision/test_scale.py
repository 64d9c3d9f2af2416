"""Many children: nothing that a supervisor does takes longer because it has others.

Nothing is timed. That ten thousand children start, answer and stop within the ordinary
time limit of a test, and that twice as many take twice as many calls, is what counts.
"""

import sys
import threading
from collections.abc import Callable
from functools import partial
from types import FrameType
from typing import Self

import pytest

from holdfast.supervision import (
    UNLIMITED,
    Actor,
    ActorSystem,
    ChildSpec,
    EventKind,
    Ref,
    StartChild,
    Strategy,
    SupervisorSpec,
    crash,
    gather,
)

PATIENCE = 300.0

MANY = [
    10_000,
    pytest.param(100_000, marks=[pytest.mark.long, pytest.mark.timeout(900)]),
]

IN_ORDER = [Strategy.ONE_FOR_ONE, Strategy.ONE_FOR_ALL, Strategy.REST_FOR_ONE]


class Echo(Actor):
    """Answers with what it is asked."""

    def on_receive(self, message: object) -> object:
        return message


def workers(n: int) -> list[ChildSpec]:
    return [ChildSpec(id=str(number), start=Echo) for number in range(n)]


def started(system: ActorSystem) -> ActorSystem:
    system.start().get(timeout=PATIENCE)
    return system


def one_supervisor(n: int, strategy: Strategy) -> ActorSystem:
    spec = SupervisorSpec(
        children=workers(n), strategy=strategy, intensity=UNLIMITED, backoff=None
    )
    return started(ActorSystem(spec))


def many_supervisors(n: int) -> ActorSystem:
    branches = [
        SupervisorSpec(id=f"b{number}", children=workers(n // 100))
        for number in range(100)
    ]
    return started(ActorSystem(SupervisorSpec(children=branches)))


def instances(n: int) -> ActorSystem:
    system = one_supervisor(1, Strategy.SIMPLE_ONE_FOR_ONE)
    root = system.ref("/root")
    starts = [root.command(StartChild(), timeout=PATIENCE) for _ in range(n)]
    gather(starts).get(timeout=PATIENCE)
    return system


def siblings(n: int, strategy: Strategy) -> ActorSystem:
    simple = strategy is Strategy.SIMPLE_ONE_FOR_ONE
    return instances(n) if simple else one_supervisor(n, strategy)


def refs_of_workers(system: ActorSystem) -> list[Ref]:
    cells = system.cells()
    return [cell.ref for cell in cells if issubclass(cell.actor_class, Echo)]


def ended(system: ActorSystem) -> None:
    system.stop().get(timeout=PATIENCE)
    system.close()


def order(system: ActorSystem, kind: EventKind) -> list[str]:
    """Return the workers of whom such an event tells, as far as the log goes back."""
    return [
        event.path
        for event in system.events.since(0)
        if event.kind is kind and event.path != "/root"
    ]


def answers(refs: list[Ref]) -> list[int]:
    asked = [ref.ask(1, block=False, timeout=PATIENCE) for ref in refs]
    return gather(asked).get(timeout=PATIENCE)


@pytest.mark.parametrize("n", MANY)
@pytest.mark.parametrize("strategy", IN_ORDER)
def test_one_supervisor_starts_many_children_in_order_and_stops_them_in_reverse(
    strategy: Strategy, n: int
) -> None:
    system = one_supervisor(n, strategy)
    refs = refs_of_workers(system)
    ready = order(system, EventKind.READY)
    said = answers(refs)
    ended(system)
    exited = order(system, EventKind.EXITED)

    paths = [ref.path for ref in refs]
    assert said == [1] * n
    assert ready == paths[-len(ready) :]
    assert exited == paths[::-1][-len(exited) :]
    assert min(len(ready), len(exited)) > 1000  # as many as the log keeps


@pytest.mark.parametrize("n", MANY)
@pytest.mark.parametrize("grown", [instances, many_supervisors])
def test_many_children_start_answer_and_stop(
    grown: Callable[[int], ActorSystem], n: int
) -> None:
    system = grown(n)
    said = answers(refs_of_workers(system))
    up = system.is_up
    ended(system)

    assert said == [1] * n
    assert up
    assert not any(cell.life for cell in system.cells())


# -- counted --


class Calls:
    """Counts the Python calls of this thread, and of those begun meanwhile."""

    def __init__(self) -> None:
        self.count = 0

    def __enter__(self) -> Self:
        threading.setprofile(self._note)
        sys.setprofile(self._note)
        return self

    def __exit__(self, *_: object) -> None:
        sys.setprofile(None)
        threading.setprofile(None)

    def _note(self, _frame: FrameType, event: str, _arg: object) -> None:
        self.count += event == "call"


@pytest.mark.parametrize(
    "grown",
    [
        *(partial(one_supervisor, strategy=strategy) for strategy in IN_ORDER),
        instances,
        many_supervisors,
    ],
)
def test_twice_as_many_children_take_twice_as_many_calls(
    grown: Callable[[int], ActorSystem],
) -> None:
    def life(n: int) -> int:
        with Calls() as calls:
            ended(grown(n))
        return calls.count

    life(100)  # what is done once for all is done now

    assert life(2000) < 2.2 * life(1000)


@pytest.mark.parametrize(
    ("strategy", "victim"),
    [
        (Strategy.ONE_FOR_ONE, 0),
        (Strategy.ONE_FOR_ONE, -1),
        (Strategy.REST_FOR_ONE, -1),
        (Strategy.SIMPLE_ONE_FOR_ONE, 0),
    ],
)
def test_a_restart_takes_no_more_calls_among_many_siblings(
    strategy: Strategy, victim: int
) -> None:
    def restarts(n: int) -> int:
        with Calls() as calls:
            system = siblings(n, strategy)
            ref = refs_of_workers(system)[victim]
            before = calls.count
            for _ in range(100):
                crash(ref.cell, "a test")
                assert ref.ask(1) == 1
            counted = calls.count - before
        assert ref.cell.incarnation == 101
        ended(system)
        return counted

    restarts(10)

    assert restarts(2000) < 1.5 * restarts(20)
