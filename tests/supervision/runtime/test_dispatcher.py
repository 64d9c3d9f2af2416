"""On which thread turns run, and that none is lost or runs twice at once."""

import threading
from collections.abc import Callable

import pytest

from holdfast.supervision import ExitReason
from holdfast.supervision.runtime.dispatcher import (
    Dispatcher,
    PinnedDispatcher,
    SharedDispatcher,
)

PATIENCE = 20.0


class Life:
    """Counts its turns, notes their threads, and ends when it is told to."""

    def __init__(
        self, name: str, act: Callable[["Life"], object] | None = None
    ) -> None:
        self.thread_name = name
        self.ended = self.fenced = False
        self.hang_after = None
        self.threads: list[str] = []
        self.turned = threading.Semaphore(0)
        self._act = act

    def turn(self) -> None:
        self.threads.append(threading.current_thread().name)
        if self._act is not None:
            self._act(self)
        self.turned.release()

    def doing(self) -> list[object]:
        return []

    def told(self, step: object) -> str:
        return str(step)

    def kill(self, reason: ExitReason) -> bool:
        raise AssertionError(reason)


def end(life: Life) -> None:
    life.ended = True


@pytest.mark.parametrize("dispatcher", [SharedDispatcher(), PinnedDispatcher()])
def test_each_schedule_is_one_turn(dispatcher: Dispatcher) -> None:
    life = Life("alone")
    submit = dispatcher.attach(life)

    for _ in range(3):
        submit(life)
    turns = [life.turned.acquire(timeout=PATIENCE) for _ in range(3)]

    end(life)
    submit(life)
    dispatcher.close()
    assert turns == [True] * 3


def test_shared_turns_run_on_one_thread_first_scheduled_first_served() -> None:
    order: list[str] = []
    gate = threading.Event()
    dispatcher = SharedDispatcher()
    first = Life("first", lambda _: gate.wait(PATIENCE))
    second = Life("second", lambda life: order.append(life.thread_name))
    third = Life("third", lambda life: order.append(life.thread_name))
    for life in (first, third, second):
        dispatcher.attach(life)(life)

    backlog = dispatcher.backlog()
    gate.set()
    dispatcher.close()

    assert backlog is True
    assert dispatcher.backlog() is False
    assert order == ["third", "second"]
    assert {*first.threads, *second.threads, *third.threads} == {"holdfast-shared"}


def test_a_stuck_shared_thread_is_relieved_and_the_others_go_on() -> None:
    entered, gate = threading.Event(), threading.Event()

    def stand(_: Life) -> None:
        entered.set()
        gate.wait(PATIENCE)

    dispatcher = SharedDispatcher()
    stuck = Life("stuck", stand)
    free = Life("free")
    dispatcher.attach(stuck)(stuck)
    dispatcher.attach(free)(free)
    assert entered.wait(PATIENCE)
    (serving,) = dispatcher.workers()

    dispatcher.relieve(serving)
    dispatcher.relieve(serving)  # once is enough
    went_on = free.turned.acquire(timeout=PATIENCE)
    threads = len(dispatcher.workers())
    gate.set()
    serving.thread.join(PATIENCE)
    left = len(dispatcher.workers())
    dispatcher.close()

    assert (went_on, threads, left) == (True, 2, 1)
    assert dispatcher.workers() == []


def test_a_thread_relieved_while_it_is_idle_leaves_the_queue_to_its_successor() -> None:
    """So it is when a turn ends in the moment in which it would have been stuck."""
    dispatcher = SharedDispatcher()
    life = Life("late")
    submit = dispatcher.attach(life)
    (idle,) = dispatcher.workers()

    dispatcher.relieve(idle)
    submit(life)
    submit(life)
    turns = [life.turned.acquire(timeout=PATIENCE) for _ in range(2)]
    dispatcher.close()

    assert turns == [True, True]
    assert dispatcher.workers() == []


def test_a_pinned_life_has_a_thread_of_its_own_until_it_ends() -> None:
    dispatcher = PinnedDispatcher()
    one, other = Life("/root/one#1", end), Life("/root/other#1", end)
    for life in (one, other):
        dispatcher.attach(life)(life)

    dispatcher.close()

    assert (one.threads, other.threads) == (["/root/one#1"], ["/root/other#1"])
    assert not {"/root/one#1", "/root/other#1"} & {
        thread.name for thread in threading.enumerate()
    }


def test_a_pinned_life_that_is_busy_does_not_hold_up_another() -> None:
    gate = threading.Event()
    dispatcher = PinnedDispatcher()
    busy = Life("busy", lambda life: end(life) if gate.wait(PATIENCE) else None)
    free = Life("free", end)
    for life in (busy, free):
        dispatcher.attach(life)(life)

    assert free.turned.acquire(timeout=PATIENCE)
    assert dispatcher.backlog() is False
    gate.set()
    dispatcher.close()


@pytest.mark.parametrize("dispatcher", [SharedDispatcher(), PinnedDispatcher()])
def test_closing_does_not_wait_for_ever_for_a_life_that_is_stuck(
    dispatcher: Dispatcher,
) -> None:
    gate = threading.Event()
    stuck = Life("stuck", lambda life: end(life) if gate.wait(PATIENCE) else None)
    dispatcher.attach(stuck)(stuck)

    dispatcher.close()

    assert not stuck.ended
    gate.set()


@pytest.mark.parametrize("dispatcher", [SharedDispatcher(), PinnedDispatcher()])
def test_closing_again_or_before_anything_ran_is_harmless(
    dispatcher: Dispatcher,
) -> None:
    before = threading.active_count()

    dispatcher.close()
    dispatcher.close()

    assert threading.active_count() == before


def test_only_a_thread_of_its_own_may_block() -> None:
    assert not SharedDispatcher.may_block
    assert PinnedDispatcher.may_block


@pytest.mark.parametrize("dispatcher", [SharedDispatcher(), PinnedDispatcher()])
def test_a_thread_that_the_system_refuses_leaves_nothing_to_wait_for(
    dispatcher: Dispatcher,
) -> None:
    life = Life("refused", end)
    before = threading.stack_size(1 << 46)
    try:
        with pytest.raises(RuntimeError, match="can't start new thread"):
            dispatcher.attach(life)
    finally:
        threading.stack_size(before)

    dispatcher.attach(life)(life)
    dispatcher.close()

    assert len(life.threads) == 1
