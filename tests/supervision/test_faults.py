"""Crashes and hangs to order: as many as planned, one at a time, repeatable."""

import asyncio
import itertools
import re
import threading
from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from holdfast.supervision import (
    Actor,
    ActorSystem,
    ChildSpec,
    CrashPlan,
    Decision,
    Describe,
    EventKind,
    InjectedCrash,
    ManualClock,
    SupervisionEvent,
    SupervisorSpec,
    UnknownPath,
    crash,
    hang,
)
from holdfast.supervision.runtime.clock import Timer

Grow = Callable[..., ActorSystem]
Specify = Callable[..., ChildSpec]
Wait = Callable[..., None]
Settle = Callable[[ActorSystem], None]

PATIENCE = 20.0


def seed_for(when: str) -> Random:
    """Return chance that strikes the first message, before or after it is handled."""
    for seed in itertools.count():
        chance = Random(seed)
        chance.randint(1, 1)
        if (chance.random() >= 0.5) is (when == "after"):
            return Random(seed)
    raise AssertionError


def strikes(system: ActorSystem) -> list[str]:
    """Return who was struck by the plan, and when, in order."""
    return [
        f"{each.path} {each.reason.rpartition(', ')[2]}"
        for each in system.events.since(0)
        if "the crash plan" in each.reason and each.decision is Decision.RESTART
    ]


def most_crashes_at_once(events: list[SupervisionEvent]) -> int:
    """Count how many crashes were ever under way: not all that fell was ready again."""
    down: set[str] = set()
    most = 0
    for each in events:
        if each.decision is Decision.RESTART:
            most = max(most, 2 if down else 1)
        if each.decision in (Decision.RESTART, Decision.RESTART_WITH_SIBLING):
            down.add(each.path)
        elif each.kind is EventKind.READY:
            down.discard(each.path)
    return most


def test_a_crash_comes_between_two_messages(
    grow: Grow, child: Specify, wait_for: Wait
) -> None:
    heard: list[Any] = []
    system = grow(child("a", say=heard.append))

    assert crash(system.cell("/root/a"), "a test")
    wait_for(system, "/root/a ready", times=2)
    system.ref("/root/a").ask("still there", timeout=PATIENCE)

    (exited,) = [
        each.reason for each in system.events.since(0) if each.kind is EventKind.EXITED
    ]
    assert exited == "crashed: InjectedCrash: injected by a test"
    assert heard == [f"on_failure {InjectedCrash('a test')!r}", "still there"]


def test_nobody_is_struck_where_nobody_lives(grow: Grow, child: Specify) -> None:
    system = grow(child("a"), start=False)

    assert not crash(system.cell("/root/a"), "a test")
    assert not hang(system.cell("/root/a"), 5.0)


def test_a_crashed_supervisor_takes_its_children_down_in_order(
    grow: Grow, child: Specify, wait_for: Wait, history: Callable[..., list[str]]
) -> None:
    branch = SupervisorSpec(id="branch", children=(child("a"), child("b")))
    system = grow(branch)
    before = len(history(system))

    crash(system.cell("/root/branch"), "a test")
    wait_for(system, "/root/branch ready", times=2)

    assert [line for line in history(system)[before:] if "exited" in line] == [
        "/root/branch/b exited shut_down",
        "/root/branch/a exited shut_down",
        "/root/branch exited restart",
    ]


class AnnouncingClock(ManualClock):
    """Says when somebody begins to wait for it."""

    def __init__(self) -> None:
        super().__init__()
        self.waited_for = threading.Event()

    def call_later(self, delay: float, call: Callable[[], None]) -> Timer:
        timer = super().call_later(delay, call)
        self.waited_for.set()
        return timer


def test_a_hang_keeps_its_thread_for_so_long(grow: Grow, child: Specify) -> None:
    clock = AnnouncingClock()
    system = grow(child("a", dispatcher="pinned"), clock=clock)
    clock.waited_for.clear()

    assert hang(system.cell("/root/a"), 5.0)
    assert clock.waited_for.wait(PATIENCE)
    asked = system.ref("/root/a").ask("hello", block=False, timeout=60.0)
    clock.advance(4.9)
    during = asked.done
    clock.advance(0.1)

    assert not during
    assert asked.get(timeout=PATIENCE) == "hello"
    assert system.cell("/root/a").incarnation == 1


@pytest.mark.parametrize("strategy", ["one_for_one", "rest_for_one", "one_for_all"])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_as_many_crashes_as_planned_one_at_a_time(
    grow: Grow, child: Specify, settle: Settle, strategy: str, seed: int
) -> None:
    workers = [child(name, in_flight="redeliver") for name in "abc"]
    system = grow(*workers, start=False, strategy=strategy, intensity=99)
    paths = ["/root/a", "/root/c", "/root/b"]
    plan = CrashPlan(system, paths, 7, random=Random(seed))
    system.start().get(timeout=PATIENCE)

    while plan.fired < plan.planned:
        for name in "abc":
            system.ref(f"/root/{name}").tell("work")
        settle(system)
    for name in "abc" * 50:
        system.ref(f"/root/{name}").tell("more work")
    settle(system)

    struck = [line.split()[0] for line in strikes(system)]
    assert struck == list(itertools.islice(itertools.cycle(paths), 7))
    assert (plan.planned, plan.fired) == (7, 7)
    assert most_crashes_at_once(system.events.since(0)) == 1
    assert system.events.state().restarts == 7


def run_with(seed: int, grow: Grow, child: Specify, settle: Settle) -> list[str]:
    """Return what strikes whom at which message, with this seed."""
    heard: list[Any] = []
    workers = [child(name, say=heard.append, in_flight="redeliver") for name in "ab"]
    system = grow(*workers, start=False, intensity=99)
    CrashPlan(system, ["/root/a", "/root/b"], 6, random=Random(seed))
    system.start().get(timeout=PATIENCE)
    for number in range(100):
        for name in "ab":
            system.ref(f"/root/{name}").tell(f"{name}{number}")
        settle(system)
    return [*strikes(system), *map(str, heard)]


def test_the_same_seed_crashes_the_same_and_another_one_does_not(
    grow: Grow, child: Specify, settle: Settle
) -> None:
    one, two, other = (run_with(seed, grow, child, settle) for seed in (5, 5, 6))

    assert one == two
    assert one != other


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("before", ["on_failure before", "work"]),
        ("after", ["work", "on_failure after", "work"]),
    ],
)
def test_a_strike_comes_before_or_after_the_message_is_handled(
    grow: Grow, child: Specify, settle: Settle, when: str, expected: list[str]
) -> None:
    heard: list[str] = []

    def say(what: str) -> None:
        failed = re.fullmatch(r"on_failure .*crash plan, (\w+) the message.*", what)
        heard.append(f"on_failure {failed[1]}" if failed else what)

    system = grow(child("a", say=say, in_flight="redeliver"), start=False)
    CrashPlan(system, ["/root/a"], 1, random=seed_for(when), farthest=1)
    system.start().get(timeout=PATIENCE)

    system.ref("/root/a").tell("work")
    settle(system)

    assert heard == expected


def test_a_strike_after_a_message_waits_for_its_coroutine(
    grow: Grow, child: Specify, settle: Settle
) -> None:
    heard: list[str] = []

    async def work(_: Actor) -> None:
        await asyncio.sleep(0)
        heard.append("work")

    spec = child("a", in_flight="redeliver", dispatcher="loop")
    system = grow(spec, start=False)
    CrashPlan(system, ["/root/a"], 1, random=seed_for("after"), farthest=1)
    system.start().get(timeout=PATIENCE)

    system.ref("/root/a").tell(work)
    settle(system)

    assert heard == ["work", "work"]
    assert strikes(system) == ["/root/a after the message"]


class Refusing(Actor):
    """Answers everything with an error, at once or by a coroutine."""

    replies_with = (LookupError,)

    def on_receive(self, message: Any) -> Any:
        if message == "later":
            return self._refuse()
        raise LookupError("no such order")

    async def _refuse(self) -> None:
        raise LookupError("no such order")


@pytest.mark.parametrize("message", ["now", "later"])
def test_a_strike_comes_after_an_answer_that_is_an_error_as_well(
    grow: Grow, settle: Settle, message: str
) -> None:
    system = grow(ChildSpec(id="a", start=Refusing, dispatcher="loop"), start=False)
    CrashPlan(system, ["/root/a"], 1, random=seed_for("after"), farthest=1)
    system.start().get(timeout=PATIENCE)

    system.ref("/root/a").tell(message)
    settle(system)

    assert strikes(system) == ["/root/a after the message"]


def test_nobody_falls_while_another_is_still_at_the_message_it_falls_over(
    grow: Grow, child: Specify, settle: Settle, gate: threading.Event
) -> None:
    begun = threading.Event()
    a = child("a", dispatcher="pinned")
    system = grow(a, child("b"), start=False)
    chance = seed_for("after")
    plan = CrashPlan(system, ["/root/a", "/root/b"], 2, random=chance, farthest=1)
    system.start().get(timeout=PATIENCE)

    def slowly(_: Any) -> None:
        begun.set()
        gate.wait(PATIENCE)

    system.ref("/root/a").tell(slowly)
    assert begun.wait(PATIENCE)
    for _ in range(10):
        system.ref("/root/b").ask("work", timeout=PATIENCE)
    during = plan.fired
    gate.set()
    settle(system)
    system.ref("/root/b").tell("work")
    settle(system)

    assert (during, plan.fired) == (1, 2)
    assert most_crashes_at_once(system.events.since(0)) == 1


def test_while_something_is_down_nothing_else_falls(
    grow: Grow, child: Specify, settle: Settle
) -> None:
    slow = child("slow", patient=True)
    system = grow(child("a"), slow, start=False)
    plan = CrashPlan(system, ["/root/a"], 1, random=Random(1), farthest=1)
    system.start()

    for _ in range(10):
        system.ref("/root/a").ask("work", timeout=PATIENCE)
    before = plan.fired
    system.ref("/root/slow").command(Actor.ready).get(timeout=PATIENCE)
    system.ref("/root/a").tell("work")
    settle(system)

    assert (before, plan.fired) == (0, 1)


def test_a_plan_says_when_not_all_of_it_came_to_pass(
    grow: Grow, child: Specify, settle: Settle
) -> None:
    system = grow(child("a"), child("b"), start=False)
    plan = CrashPlan(system, ["/root/a", "/root/b"], 3, random=Random(1), farthest=1)
    system.start().get(timeout=PATIENCE)

    for _ in range(100):
        system.ref("/root/a").tell("work")
    settle(system)

    assert (plan.planned, plan.fired) == (3, 1)


def test_a_disarmed_plan_strikes_nobody(
    grow: Grow, child: Specify, settle: Settle
) -> None:
    system = grow(child("a"), start=False)
    plan = CrashPlan(system, ["/root/a"], 1, random=Random(1), farthest=1)
    system.start().get(timeout=PATIENCE)

    plan.disarm()
    system.ref("/root/a").tell("work")
    settle(system)

    assert (plan.planned, plan.fired) == (1, 0)


def test_to_look_at_an_actor_brings_no_crash_nearer(grow: Grow, child: Specify) -> None:
    system = grow(child("a"), start=False)
    plan = CrashPlan(system, ["/root/a"], 1, random=Random(1), farthest=1)
    system.start().get(timeout=PATIENCE)

    told = [
        system.ref("/root/a").command(Describe()).get(timeout=PATIENCE)
        for _ in range(10)
    ]

    assert (told, plan.fired) == ([{}] * 10, 0)


def test_a_plan_for_somebody_who_is_not_there_is_refused(
    grow: Grow, child: Specify
) -> None:
    system = grow(child("a"), start=False)

    with pytest.raises(UnknownPath, match="there is no /root/z in the tree"):
        CrashPlan(system, ["/root/a", "/root/z"], 1, random=Random(1))


def test_a_plan_without_crashes_changes_nothing(
    grow: Grow, child: Specify, settle: Settle
) -> None:
    system = grow(child("a"), start=False)
    plan = CrashPlan(system, [], 0, random=Random(1))
    system.start().get(timeout=PATIENCE)

    system.ref("/root/a").tell("work")
    settle(system)

    assert (plan.planned, plan.fired, system.events.state().restarts) == (0, 0, 0)
