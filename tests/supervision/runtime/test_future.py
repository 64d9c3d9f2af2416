"""A reply that comes once, in time or not, and can be built upon without blocking."""

import queue
import threading
from collections.abc import Callable, Iterable
from typing import Any

import attrs
import pykka
import pytest

from holdfast.supervision import AskTimeout, Future, ManualClock, gather

PATIENCE = 20.0


@attrs.frozen
class Place:
    path: str


def failed(error: BaseException) -> Future[object]:
    future: Future[object] = Future()
    future.fail(error)
    return future


def ask(clock: ManualClock, timeout: float = 5) -> Future[str]:
    return Future(clock, target=Place("/root/a"), timeout=timeout)


# -- the result --


def test_the_first_result_wins_and_a_later_one_is_void() -> None:
    future: Future[int] = Future()

    taken = [future.settle(1), future.settle(2), future.fail(ValueError("late"))]

    assert taken == [True, False, False]
    assert future.get() == 1


def test_an_error_is_raised_as_often_as_it_is_looked_at() -> None:
    future = failed(ValueError("boom"))

    for look in (future.get, future.result, future.get):
        with pytest.raises(ValueError, match="boom"):
            look()


def test_setting_a_result_twice_is_an_error_as_in_pykka() -> None:
    future: Future[int] = Future()
    future.set(1)

    with pytest.raises(queue.Full):
        future.set(2)
    with pytest.raises(queue.Full):
        future.set_exception((ValueError, ValueError("x"), None))


def test_the_exception_at_hand_is_set_where_none_is_given() -> None:
    future: Future[int] = Future()
    try:
        Future[int]().set_exception()
    except ValueError:
        future.set_exception()

    with pytest.raises(ValueError, match="needs an exception, there was none"):
        future.get()


def test_a_future_describes_itself() -> None:
    waiting, settled = Future[int](target=Place("/root/a")), Future[int]()
    settled.settle(7)

    assert repr(waiting) == "<Future /root/a waiting>"
    assert "value=7" in repr(settled)
    assert "error=ValueError('x')" in repr(failed(ValueError("x")))


def test_a_get_hook_is_refused_because_it_could_not_call_back() -> None:
    with pytest.raises(TypeError, match="use map"):
        Future[int]().set_get_hook(lambda _: 1)


def test_get_blocks_until_another_thread_brings_the_result() -> None:
    future: Future[str] = Future()
    thread = threading.Thread(target=future.settle, args=("here",))
    thread.start()

    assert future.get(timeout=PATIENCE) == "here"
    thread.join()


# -- deadlines --


def test_an_ask_that_nobody_began_is_withdrawn_at_its_deadline(
    clock: ManualClock,
) -> None:
    future = ask(clock, timeout=5)
    future.add_done_callback(lambda _: None)

    clock.advance(5)

    with pytest.raises(AskTimeout, match="withdrawn unhandled") as caught:
        future.get()
    assert caught.value.executed is False
    assert caught.value.path == "/root/a"
    assert future.begin() is False


def test_an_ask_that_was_begun_ends_at_its_deadline_with_unknown_outcome(
    clock: ManualClock,
) -> None:
    future = ask(clock, timeout=5)
    future.add_done_callback(lambda _: None)
    begun = future.begin()

    clock.advance(5)

    with pytest.raises(AskTimeout, match="outcome unknown") as caught:
        future.get()
    assert begun is True
    assert caught.value.executed is None
    assert future.settle("late") is False


def test_an_ask_is_not_begun_once_its_deadline_passed_unwatched(
    clock: ManualClock,
) -> None:
    future = ask(clock, timeout=5)
    clock.advance(5)

    assert future.begin() is False
    with pytest.raises(AskTimeout):
        future.result()


def test_getting_a_reply_after_its_deadline_does_not_wait(clock: ManualClock) -> None:
    future = ask(clock, timeout=5)
    clock.advance(6)

    with pytest.raises(AskTimeout) as caught:
        future.get()

    assert caught.value.executed is False


def test_a_reply_in_time_needs_no_watch_any_more(clock: ManualClock) -> None:
    future = ask(clock)
    future.add_done_callback(lambda _: None)
    watched = clock.pending()

    future.settle("here")

    assert (watched, clock.pending()) == ([5], [])


def test_waiting_less_than_the_deadline_gives_up_without_withdrawing(
    clock: ManualClock,
) -> None:
    future = ask(clock, timeout=5)

    with pytest.raises(AskTimeout) as caught:
        future.get(timeout=0)

    assert caught.value.executed is None
    assert future.begin() is True


def test_waiting_on_a_future_without_clock_times_out_as_in_pykka() -> None:
    with pytest.raises(pykka.Timeout):
        Future[int]().get(timeout=0.001)


# -- callbacks --


def test_callbacks_are_made_in_order_and_at_once_when_the_result_is_there() -> None:
    future: Future[int] = Future()
    called: list[str] = []
    future.add_done_callback(lambda _: called.append("first"))
    future.add_done_callback(lambda _: called.append("second"))
    before = list(called)

    future.settle(1)
    future.add_done_callback(lambda _: called.append("third"))

    assert before == []
    assert called == ["first", "second", "third"]


def test_a_callback_that_fails_is_logged_and_harms_nobody(
    caplog: pytest.LogCaptureFixture,
) -> None:
    future: Future[int] = Future()
    called: list[str] = []

    def fail(_: Future[int]) -> None:
        raise ValueError("my own fault")

    future.add_done_callback(fail)
    future.add_done_callback(lambda _: called.append("second"))
    taken = future.settle(1)
    future.add_done_callback(fail)

    assert taken is True
    assert called == ["second"]
    assert [record.message for record in caplog.records] == [
        "a callback of <Future  value=1> failed"
    ] * 2


def test_of_callbacks_and_results_from_many_threads_none_is_lost() -> None:
    for _ in range(200):
        settle_and_listen_at_once()


def settle_and_listen_at_once() -> None:
    future: Future[int] = Future()
    called: list[int] = []
    won: list[int] = []
    begin = threading.Barrier(4)

    def settle(value: int) -> None:
        begin.wait()
        if future.settle(value):
            won.append(value)

    def listen() -> None:
        begin.wait()
        future.add_done_callback(lambda done: called.append(done.result()))

    threads = [threading.Thread(target=settle, args=(n,)) for n in range(2)]
    threads += [threading.Thread(target=listen) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert won == [future.get()]
    assert called == [future.get()] * 2


# -- built upon --


def test_map_applies_to_the_result_and_fails_with_it_or_with_the_function() -> None:
    source: Future[int] = Future()
    doubled, broken = source.map(lambda n: n * 2), source.map(lambda n: n / 0)

    source.settle(21)

    assert doubled.get() == 42
    with pytest.raises(ZeroDivisionError):
        broken.get()
    with pytest.raises(KeyError):
        failed(KeyError("gone")).map(str).get()


def test_filter_and_reduce_work_on_the_items_of_the_result() -> None:
    source: Future[Iterable[int]] = Future()
    odd = source.filter(is_odd)
    total, from_ten = source.reduce(add), source.reduce(add, 10)

    source.settle([1, 2, 3, 4, 5])

    assert (odd.get(), total.get(), from_ten.get()) == ([1, 3, 5], 15, 25)


def is_odd(number: int) -> bool:
    return number % 2 == 1


def add(so_far: int, number: int) -> int:
    return so_far + number


def join(futures: list[Future[int]]) -> Future[Iterable[Any]]:
    return futures[0].join(*futures[1:])


@pytest.mark.parametrize("together", [join, gather])
def test_results_are_brought_together_in_the_order_of_their_futures(
    together: Callable[[list[Future[int]]], Future[Iterable[int]]],
) -> None:
    futures: list[Future[int]] = [Future() for _ in range(3)]
    joined = together(futures)

    for number in (2, 0, 1):
        assert not joined.done
        futures[number].settle(number)

    assert joined.get() == [0, 1, 2]


def test_the_first_failure_fails_what_was_brought_together() -> None:
    first, second = Future[int](), Future[int]()
    joined = gather([first, second])

    second.fail(ValueError("boom"))

    with pytest.raises(ValueError, match="boom"):
        joined.get()
    assert first.settle(1) is True


def test_bringing_nothing_together_is_done_at_once() -> None:
    assert gather([]).get() == []


def test_a_future_that_follows_another_takes_over_its_result_and_its_source(
    clock: ManualClock,
) -> None:
    follower, source = ask(clock), ask(clock)
    source.target = Place("/root/b")

    follower.follow(source)
    named = follower.path
    source.settle("here")

    assert named == "/root/b"
    assert follower.get() == "here"


def test_a_future_that_follows_an_ask_ends_with_it(clock: ManualClock) -> None:
    follower, source = ask(clock, timeout=100), ask(clock, timeout=5)
    follower.follow(source)

    clock.advance(5)

    with pytest.raises(AskTimeout):
        follower.result()
