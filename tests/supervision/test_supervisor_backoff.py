"""Restarts that wait: how long, from when, and what goes on meanwhile."""

import threading
from collections.abc import Callable
from typing import Any, NoReturn

import pytest

from holdfast.supervision import (
    Actor,
    ActorSystem,
    Backoff,
    ChildSpec,
    CountChildren,
    ExitKind,
    ManualClock,
    Strategy,
    SupervisorSpec,
)

PATIENCE = 20.0
STEADY = Backoff(minimum=1, factor=2, maximum=8, jitter=0, stable_for=60)

Grow = Callable[..., ActorSystem]
Specify = Callable[..., ChildSpec]
Settle = Callable[[ActorSystem], None]
History = Callable[[ActorSystem], list[str]]
WaitFor = Callable[..., None]


def fail(_: Actor) -> NoReturn:
    raise ValueError("boom")


@pytest.fixture
def fall(wait_for: WaitFor, clock: ManualClock) -> Callable[..., float]:
    """Crash a child and say after how many seconds it will be started again."""

    def fall(system: ActorSystem, path: str, *, times: int = 1) -> float:
        system.ref(path).tell(fail)
        wait_for(system, f"{path} backing_off", times=times)
        (wait,) = clock.pending()
        return wait

    return fall


Fall = Callable[..., float]


def test_each_restart_in_a_row_waits_longer_up_to_the_maximum(
    grow: Grow, child: Specify, clock: ManualClock, fall: Fall
) -> None:
    system = grow(child("a"), backoff=STEADY, intensity=100)
    waits: list[float] = []

    for times in range(1, 7):
        waits.append(fall(system, "/root/a", times=times))
        clock.advance(waits[-1])
        assert system.ref("/root/a").ask("alive?") == "alive?"

    assert waits == [1, 2, 4, 8, 8, 8]


def test_a_restart_comes_when_its_delay_is_over_and_not_before(
    grow: Grow, child: Specify, clock: ManualClock, history: History, fall: Fall
) -> None:
    system = grow(child("a"), backoff=STEADY)
    fall(system, "/root/a")
    before = len(history(system))

    clock.advance(0.999)
    system.ref("/root").command(CountChildren()).get()
    early = history(system)[before:]
    clock.advance(0.001)
    system.ref("/root/a").ask("alive?")

    assert early == []
    assert history(system)[before:] == ["/root/a starting", "/root/a ready"]


@pytest.mark.parametrize(("ran_for", "wait"), [(59.9, 2), (60, 1)])
def test_a_stable_run_makes_the_delay_start_small_again(
    ran_for: float,
    wait: float,
    grow: Grow,
    child: Specify,
    clock: ManualClock,
    fall: Fall,
) -> None:
    system = grow(child("a"), backoff=STEADY)
    clock.advance(fall(system, "/root/a"))
    system.ref("/root/a").ask("alive?")

    clock.advance(ran_for)

    assert fall(system, "/root/a", times=2) == wait


def test_failed_starts_wait_longer_each_time_though_much_time_passes(
    grow: Grow, child: Specify, clock: ManualClock, wait_for: WaitFor, fall: Fall
) -> None:
    def start(actor: Actor) -> None:
        if actor.incarnation in {2, 3}:
            fail(actor)

    system = grow(child("a", starting=start), backoff=STEADY, intensity=10)
    waits = [fall(system, "/root/a")]
    for times in (2, 3):
        clock.advance(waits[-1] + 100)
        wait_for(system, "/root/a backing_off", times=times)
        waits += clock.pending()
    clock.advance(waits[-1])

    assert system.ref("/root/a").ask("alive?") == "alive?"
    assert waits == [1, 2, 4]


def test_a_child_may_have_a_backoff_of_its_own(
    grow: Grow, child: Specify, fall: Fall
) -> None:
    patient = Backoff(minimum=7, jitter=0)
    system = grow(child("a", backoff=patient), child("b"), backoff=STEADY)

    assert fall(system, "/root/a") == 7


def test_the_delay_is_jittered_by_seeded_chance(
    grow: Grow, child: Specify, wait_for: WaitFor
) -> None:
    """Twenty feeds that fail together must not come back together."""
    backoff = Backoff(minimum=1, jitter=0.5)

    def waits(seed: int) -> list[float]:
        time = ManualClock()
        system = grow(
            *(child(n) for n in "abc"), backoff=backoff, seed=seed, clock=time
        )
        for name in "abc":
            system.ref(f"/root/{name}").tell(fail)
            wait_for(system, f"/root/{name} backing_off")
        return time.pending()

    first, again, other = waits(1), waits(1), waits(2)

    assert first == again != other
    assert len(set(first)) == 3
    assert all(0.5 <= wait <= 1.5 for wait in first)


def test_messages_wait_for_the_next_incarnation_and_the_system_is_not_settled(
    grow: Grow, child: Specify, clock: ManualClock, settle: Settle, fall: Fall
) -> None:
    said: list[Any] = []
    settled = threading.Event()
    system = grow(child("a", say=said.append), backoff=STEADY)
    fall(system, "/root/a")

    system.ref("/root/a").tell("while it is down")
    reply = system.ref("/root/a").ask("asked while it is down", block=False)
    system.when_settled(settled.set)
    system.ref("/root").command(CountChildren()).get()
    before = (system.is_up, settled.is_set(), said[1:], reply.done)
    clock.advance(1)

    assert reply.get() == "asked while it is down"
    assert settled.wait(PATIENCE)
    assert before == (False, False, [], False)
    assert said[1:] == ["while it is down", "asked while it is down"]
    assert system.is_up
    settle(system)


def test_a_stop_while_a_child_backs_off_does_not_wait_for_it(
    grow: Grow, child: Specify, clock: ManualClock, history: History, fall: Fall
) -> None:
    system = grow(child("a"), child("b"), backoff=STEADY)
    fall(system, "/root/b")
    before = len(history(system))

    system.stop().get(timeout=PATIENCE)

    assert history(system)[before:] == [
        "/root stopping",
        "/root/a stopping",
        "/root/a exited shut_down",
        "/root exited shut_down",
    ]
    assert clock.pending() == []


def test_one_child_that_backs_off_holds_up_no_other_of_one_for_one(
    grow: Grow, child: Specify, clock: ManualClock, wait_for: WaitFor, fall: Fall
) -> None:
    system = grow(child("a"), child("b", backoff=Backoff(minimum=0.001, jitter=0)))
    system.ref("/root/b").tell(fail)
    wait_for(system, "/root/b backing_off")
    clock.advance(0.001)

    assert system.ref("/root/b").ask("alive?") == "alive?"
    assert system.ref("/root/a").ask("alive?") == "alive?"
    assert fall(system, "/root/b", times=2) == 0.002


def test_those_after_a_child_that_backs_off_wait_for_it_in_rest_for_one(
    grow: Grow, child: Specify, clock: ManualClock, settle: Settle, history: History
) -> None:
    system = grow(
        *(child(n) for n in "abc"), strategy=Strategy.REST_FOR_ONE, backoff=STEADY
    )
    before = len(history(system))
    system.ref("/root/b").tell(fail)
    waiting = system.ref("/root/c").ask("still here?", block=False)
    flush(system)
    early = history(system)[before:]
    clock.advance(1)
    settle(system)

    assert waiting.get() == "still here?"
    assert early == [
        "/root/b exited restart",
        "/root/b backing_off",
        "/root/c stopping",
        "/root/c exited restart_with_sibling",
    ]
    assert history(system)[before + 4 :] == [
        "/root/b starting",
        "/root/b ready",
        "/root/c starting",
        "/root/c ready",
    ]


def flush(system: ActorSystem) -> None:
    """Let everything on the shared thread come to rest, with no timer fired."""
    for _ in range(5):
        system.ref("/root").command(CountChildren()).get()


def test_the_intensity_counts_failures_however_long_they_are_apart(
    grow: Grow, child: Specify, clock: ManualClock, fall: Fall
) -> None:
    system = grow(child("a"), backoff=STEADY, intensity=2, period=1000)
    for times in (1, 2):
        clock.advance(fall(system, "/root/a", times=times))
        system.ref("/root/a").ask("alive?")

    system.ref("/root/a").tell(fail)

    assert system.ended.get(timeout=PATIENCE).kind is ExitKind.ESCALATED


def test_a_supervisor_is_restarted_after_a_delay_too(
    grow: Grow, child: Specify, clock: ManualClock, wait_for: WaitFor
) -> None:
    inner = SupervisorSpec(id="b", children=(child("x"),), intensity=0)
    system = grow(inner, backoff=STEADY)

    system.ref("/root/b/x").tell(fail)
    wait_for(system, "/root/b backing_off")
    waiting = clock.pending()
    clock.advance(1)

    assert waiting == [1]
    assert system.ref("/root/b/x").ask("alive?") == "alive?"
