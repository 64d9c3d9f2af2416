"""Time, as the machine has it and as a test turns it."""

import threading
import weakref
from collections.abc import Iterator
from functools import partial

import pytest

from holdfast.supervision import Clock, ManualClock, SystemClock
from holdfast.supervision.runtime.clock import LATE, Timer

PATIENCE = 20.0
THREAD = "holdfast-clock"


def nothing() -> None:
    pass


@pytest.fixture
def system_clock() -> Iterator[SystemClock]:
    clock = SystemClock()
    yield clock
    clock.close()


class Waiting(threading.Thread):
    """A thread that waits on a clock and keeps the answer."""

    def __init__(
        self, clock: Clock, event: threading.Event, timeout: float | None
    ) -> None:
        super().__init__()
        self.answer: bool | None = None
        self._clock, self._event, self._timeout = clock, event, timeout
        self.start()

    def run(self) -> None:
        self.answer = self._clock.wait(self._event, self._timeout)


# -- the clock that stands still --


def test_a_manual_clock_stands_still_until_it_is_advanced() -> None:
    clock = ManualClock(wall=1000)
    seen = [clock.now(), clock.wall()]

    clock.advance(2.5)
    seen += [clock.now(), clock.wall()]

    assert seen == [0, 1000, 2.5, 1002.5]


def test_calls_come_in_the_order_of_their_time_each_at_its_own() -> None:
    clock = ManualClock()
    rung: list[tuple[str, float]] = []

    def ring(name: str) -> None:
        rung.append((name, clock.now()))

    for name, delay in (("late", 3), ("first", 1), ("also first", 1), ("never", 9)):
        clock.call_later(delay, partial(ring, name))
    clock.advance(5)

    assert rung == [("first", 1), ("also first", 1), ("late", 3)]
    assert clock.now() == 5


def test_a_call_due_exactly_now_is_made() -> None:
    clock = ManualClock()
    rung: list[float] = []
    clock.call_later(2, lambda: rung.append(clock.now()))

    clock.advance(2)

    assert rung == [2]


def test_a_call_that_plans_another_has_it_made_in_the_same_advance() -> None:
    clock = ManualClock()
    rung: list[float] = []

    def tick() -> None:
        rung.append(clock.now())
        clock.call_later(1, tick)

    clock.call_later(1, tick)
    clock.advance(3.5)

    assert rung == [1, 2, 3]
    assert clock.pending() == [0.5]


def test_a_cancelled_call_is_neither_made_nor_pending() -> None:
    clock = ManualClock()
    rung: list[str] = []
    timer = clock.call_later(1, lambda: rung.append("cancelled"))
    clock.call_later(1, lambda: rung.append("kept"))

    timer.cancel()
    pending = clock.pending()
    clock.advance(2)

    assert pending == [1]
    assert rung == ["kept"]


def test_a_call_that_fails_is_logged_and_those_after_it_are_made(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock = ManualClock()
    rung: list[str] = []

    def fail() -> None:
        raise ValueError("boom")

    clock.call_later(1, fail)
    clock.call_later(2, lambda: rung.append("second"))
    clock.advance(3)

    assert rung == ["second"]
    assert [record.message for record in caplog.records] == [
        "a call that was due failed"
    ]


def test_a_delay_below_zero_is_no_journey_into_the_past() -> None:
    clock = ManualClock()
    clock.advance(5)
    clock.call_later(-3, nothing)

    clock.advance(0)

    assert clock.now() == 5
    assert clock.pending() == []


def test_a_closed_manual_clock_forgets_what_was_due() -> None:
    clock = ManualClock()
    rung: list[str] = []
    clock.call_later(1, lambda: rung.append("rung"))

    clock.close()
    clock.advance(2)

    assert rung == []


def test_waiting_ends_when_somebody_advances_past_the_timeout() -> None:
    clock = ManualClock()
    waiting = Waiting(clock, threading.Event(), 5)

    while waiting.is_alive():
        clock.advance(1)

    assert waiting.answer is False
    assert clock.now() >= 5
    assert clock.pending() == []


@pytest.mark.parametrize("timeout", [None, 5])
def test_waiting_ends_when_the_event_is_set(timeout: float | None) -> None:
    clock = ManualClock()
    event = threading.Event()
    waiting = Waiting(clock, event, timeout)

    event.set()
    waiting.join(PATIENCE)

    assert waiting.answer is True
    assert clock.now() == 0


@pytest.mark.parametrize("timeout", [0, -1])
def test_waiting_without_time_to_wait_only_looks(timeout: float) -> None:
    clock = ManualClock()
    event = threading.Event()
    seen = [clock.wait(event, timeout)]
    event.set()
    seen.append(clock.wait(event, timeout))

    assert seen == [False, True]


# -- the machine's own clock --


def test_the_system_clock_makes_a_call_from_a_thread_of_its_own(
    system_clock: SystemClock,
) -> None:
    names: list[str] = []
    done = threading.Event()

    def ring() -> None:
        names.append(threading.current_thread().name)
        done.set()

    system_clock.call_later(0, ring)

    assert done.wait(PATIENCE)
    assert names == [THREAD]


def test_an_earlier_call_wakes_a_system_clock_that_waits_for_a_later_one(
    system_clock: SystemClock,
) -> None:
    done = threading.Event()
    system_clock.call_later(1000, nothing)

    system_clock.call_later(0, done.set)

    assert done.wait(PATIENCE)


def test_the_system_clock_rings_in_order_and_leaves_out_what_was_cancelled(
    system_clock: SystemClock,
) -> None:
    rung: list[str] = []
    gate, done = threading.Event(), threading.Event()

    def hold() -> None:
        gate.wait(PATIENCE)

    system_clock.call_later(0, hold)
    system_clock.call_later(0, lambda: rung.append("first"))
    timer = system_clock.call_later(0, lambda: rung.append("cancelled"))
    system_clock.call_later(0, lambda: rung.append("second"))
    system_clock.call_later(0, done.set)

    timer.cancel()
    gate.set()

    assert done.wait(PATIENCE)
    assert rung == ["first", "second"]


def test_the_time_of_the_system_clock_moves_forward(
    system_clock: SystemClock,
) -> None:
    times: list[float] = [system_clock.now()]
    done = threading.Event()

    def ring() -> None:
        times.append(system_clock.now())
        done.set()

    system_clock.call_later(0.001, ring)

    assert done.wait(PATIENCE)
    assert times[1] - times[0] >= 0.001
    assert system_clock.wall() > 1_700_000_000


def test_the_system_clock_waits_for_an_event_or_a_timeout(
    system_clock: SystemClock,
) -> None:
    event = threading.Event()
    seen = [system_clock.wait(event, 0.001)]
    event.set()
    seen.append(system_clock.wait(event, None))

    assert seen == [False, True]


def test_a_closed_system_clock_has_no_thread_and_makes_no_call(
    system_clock: SystemClock,
) -> None:
    rung: list[str] = []
    system_clock.call_later(1000, lambda: rung.append("pending"))
    (thread,) = (each for each in threading.enumerate() if each.name == THREAD)

    system_clock.close()
    system_clock.call_later(0, lambda: rung.append("late"))

    assert not thread.is_alive()
    assert THREAD not in {each.name for each in threading.enumerate()}
    assert rung == []


def test_a_system_clock_may_be_closed_by_its_own_call(
    system_clock: SystemClock,
) -> None:
    done = threading.Event()

    def ring() -> None:
        system_clock.close()
        done.set()

    system_clock.call_later(0, ring)

    assert done.wait(PATIENCE)


def test_a_call_that_fails_does_not_end_the_system_clock(
    system_clock: SystemClock, caplog: pytest.LogCaptureFixture
) -> None:
    done = threading.Event()

    def fail() -> None:
        raise SystemExit

    system_clock.call_later(0, fail)
    system_clock.call_later(0, done.set)

    assert done.wait(PATIENCE)
    assert len(caplog.records) == 1


def test_cancelled_calls_do_not_pile_up_until_they_would_have_been_due(
    system_clock: SystemClock,
) -> None:
    kept = weakref.WeakSet[Timer]()
    for _ in range(20_000):
        timer = system_clock.call_later(1000, nothing)
        kept.add(timer)
        timer.cancel()

    assert len(kept) < 5_000


def test_closing_does_not_wait_for_ever_for_a_call_that_is_stuck() -> None:
    clock = SystemClock()
    entered, gate = threading.Event(), threading.Event()

    def hang() -> None:
        entered.set()
        gate.wait(PATIENCE)

    clock.call_later(0, hang)
    assert entered.wait(PATIENCE)

    clock.close()

    assert THREAD in {each.name for each in threading.enumerate()}
    gate.set()


def test_time_in_which_nobody_ran_counts_for_nobody() -> None:
    """As in a process that was suspended, and goes on."""
    seen: list[float] = []
    clock = SystemClock()
    looked = threading.Semaphore(0)

    def look(passed: float) -> None:
        seen.append(passed)
        looked.release()

    stop = clock.every_tick(look)
    for _ in range(3):
        assert looked.acquire(timeout=PATIENCE)
    stop()
    clock.close()

    assert all(0 < passed <= LATE for passed in seen)
