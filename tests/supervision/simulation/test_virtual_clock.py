"""Virtual time: exact, ordered, and never standing still where somebody waits."""

import threading
from collections.abc import Callable
from functools import partial

import pytest

from holdfast.supervision.runtime.latch import Happening
from holdfast.supervision.simulation.virtual_clock import BEGIN, TIDY_FROM, VirtualClock


def never(event: Happening, timeout: float | None) -> bool:
    raise AssertionError(f"waited for {event} {timeout}")


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(never)


def test_it_begins_at_a_fixed_date(clock: VirtualClock) -> None:
    assert (clock.now(), clock.wall()) == (0.0, BEGIN)
    assert BEGIN == 1_767_225_600.0


def test_it_jumps_to_the_next_call(clock: VirtualClock) -> None:
    said: list[float] = []
    clock.call_later(5.0, lambda: said.append(clock.wall() - BEGIN))
    clock.call_later(2.0, lambda: said.append(clock.now()))

    moved = [clock.advance(), clock.advance(), clock.advance()]

    assert moved == [True, True, False]
    assert said == [2.0, 5.0]


def test_calls_of_one_moment_are_made_in_the_order_of_their_creation(
    clock: VirtualClock,
) -> None:
    said: list[int] = []
    for number in range(100):
        clock.call_later(1.0, partial(said.append, number))

    clock.advance()

    assert said == list(range(100))


def test_what_a_call_adds_to_its_moment_comes_after_the_turns_of_that_moment(
    clock: VirtualClock,
) -> None:
    said: list[str] = []

    def add() -> None:
        clock.call_later(0.0, lambda: said.append("later"))

    clock.call_later(1.0, add)
    clock.call_later(1.0, lambda: said.append("first"))

    clock.advance()
    first = list(said)
    clock.advance()

    assert (first, said, clock.now()) == (["first"], ["first", "later"], 1.0)


def test_a_cancelled_call_is_not_made_and_takes_no_time(clock: VirtualClock) -> None:
    said: list[str] = []
    clock.call_later(1.0, lambda: said.append("cancelled")).cancel()

    moved = clock.advance()

    assert (moved, said, clock.now()) == (False, [], 0.0)


def test_the_shortest_delay_takes_some_time(clock: VirtualClock) -> None:
    clock.call_later(1e6, lambda: None)
    clock.advance()
    begun = clock.now()
    clock.call_later(1e-300, lambda: None)

    clock.advance()

    assert clock.now() > begun


@pytest.mark.parametrize("delay", [0.0, -1.0])
def test_no_delay_takes_no_time(clock: VirtualClock, delay: float) -> None:
    clock.call_later(delay, lambda: None)

    clock.advance()

    assert clock.now() == 0.0


def test_cancelled_calls_do_not_pile_up(clock: VirtualClock) -> None:
    for _ in range(10_000):
        clock.call_later(1.0, lambda: None).cancel()

    assert clock.pending() <= TIDY_FROM


def test_who_only_looks_is_nothing_to_wait_for(clock: VirtualClock) -> None:
    mine = clock.call_at(1.0, lambda: None)
    clock.look_at(2.0, lambda: None)

    before = clock.has_other_than(mine)
    clock.call_later(3.0, lambda: None)

    assert (before, clock.has_other_than(mine)) == (False, True)


def test_it_ticks_only_as_long_as_that_is_needed(clock: VirtualClock) -> None:
    looked: list[float] = []
    stop = clock.every_tick(lambda _: looked.append(round(clock.now(), 2)))
    needed: Callable[[], bool] = lambda: len(looked) < 3  # noqa: E731
    idle = clock.advance()

    clock.tick_while(needed)
    clock.tick_while(needed)
    while clock.advance():
        pass
    stop()
    clock.tick_while(lambda: False)
    clock.advance()

    assert (idle, looked) == (False, [0.02, 0.04, 0.06])


def test_it_waits_as_its_world_does() -> None:
    waited: list[float | None] = []

    def wait(event: Happening, timeout: float | None) -> bool:
        waited.append(timeout)
        return event.is_set()

    came = VirtualClock(wait).wait(threading.Event(), 3.0)

    assert (came, waited) == (False, [3.0])
