"""Dead letters are kept, counted and never fail the one who writes them."""

import threading
from collections.abc import Callable

import pytest

from holdfast.supervision import (
    Actor,
    ActorSystem,
    ChildSpec,
    DeadLetter,
    DeadLetterReason,
    DeadLetters,
    ManualClock,
    TerminateChild,
)


def test_a_letter_says_what_it_was_where_when_and_why() -> None:
    clock = ManualClock(wall=1000)
    letters = DeadLetters(clock.wall)
    clock.advance(5)

    letters.add("/root/a", "hello", "stopped")

    assert letters.newest() == [DeadLetter(1005, "/root/a", "hello", "stopped")]


def test_only_the_newest_are_kept_whole_but_all_are_counted() -> None:
    letters = DeadLetters(ManualClock().wall, capacity=2)
    for number in range(5):
        letters.add("/root/a", number, "stopped" if number else "expired")

    assert [letter.message for letter in letters.newest()] == [3, 4]
    assert letters.count() == 5
    assert letters.counts() == {
        ("/root/a", "expired"): 1,
        ("/root/a", "stopped"): 4,
    }


def test_letters_from_many_threads_are_all_counted() -> None:
    letters = DeadLetters(ManualClock().wall)
    begin = threading.Barrier(4)

    def write() -> None:
        begin.wait()
        for number in range(1000):
            letters.add("/root/a", number, "stopped")

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert letters.count() == 4000


# -- who hears of them --


def test_subscribers_hear_of_each_letter_in_order_until_they_do_no_more() -> None:
    letters = DeadLetters(ManualClock(wall=1000).wall)
    heard: list[tuple[str, object]] = []

    letters.add("/root/a", 0, "stopped")
    unsubscribe = letters.subscribe(lambda each: heard.append(("one", each.message)))
    letters.subscribe(lambda each: heard.append(("other", each.message)))
    letters.add("/root/a", 1, "stopped")
    unsubscribe()
    letters.add("/root/a", 2, "stopped")

    assert heard == [("one", 1), ("other", 1), ("other", 2)]


def test_a_subscriber_that_fails_harms_nobody(
    caplog: pytest.LogCaptureFixture,
) -> None:
    letters = DeadLetters(ManualClock().wall)
    heard: list[object] = []

    def fail(_: DeadLetter) -> None:
        raise SystemExit(3)

    letters.subscribe(fail)
    letters.subscribe(lambda each: heard.append(each.message))
    for number in range(2):
        letters.add("/root/a", number, "stopped")

    assert heard == [0, 1]
    assert [record.getMessage() for record in caplog.records] == [
        "a subscriber could not take the letter to /root/a"
    ] * 2


def test_a_letter_that_comes_of_the_telling_is_kept_and_not_told(
    grow: Callable[..., ActorSystem],
) -> None:
    """Else a subscriber that is stopped itself would be told for ever."""
    system = grow(ChildSpec(id="a", start=Actor), ChildSpec(id="b", start=Actor))
    for name in "ab":
        system.ref("/root").command(TerminateChild(name)).get()

    system.dead_letters.subscribe(system.ref("/root/a").tell)
    system.ref("/root/b").tell("hello")

    first, second = system.dead_letters.newest()
    assert (first.path, first.message) == ("/root/b", "hello")
    assert (second.path, second.message) == ("/root/a", first)


def test_letters_from_many_threads_are_told_one_at_a_time_and_none_is_lost() -> None:
    letters = DeadLetters(ManualClock().wall, capacity=10_000)
    heard: list[DeadLetter] = []
    alone = threading.Lock()
    meetings: list[DeadLetter] = []
    begin = threading.Barrier(4)

    def hear(letter: DeadLetter) -> None:
        if not alone.acquire(blocking=False):
            meetings.append(letter)
            return
        heard.append(letter)
        alone.release()

    def write() -> None:
        begin.wait()
        for number in range(1000):
            letters.add("/root/a", number, "stopped")

    letters.subscribe(hear)
    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert meetings == []
    assert heard == letters.newest()


def test_a_subscriber_may_ask_for_what_others_wait_to_add() -> None:
    """It is told without a lock: who adds meanwhile only leaves its letter."""
    letters = DeadLetters(ManualClock().wall)
    counts: list[int] = []

    def look(_: DeadLetter) -> None:
        other = threading.Thread(target=letters.add, args=("/root/b", 2, "expired"))
        if not counts:
            counts.append(letters.count())
            other.start()
            other.join()
        else:
            counts.append(letters.count())

    letters.subscribe(look)
    letters.add("/root/a", 1, "stopped")

    assert counts == [1, 2]


def test_reasons_are_the_words_that_they_always_were_and_others_are_free(
    grow: Callable[..., ActorSystem],
) -> None:
    class Choosy(Actor):
        def on_receive(self, message: object) -> None:
            self.unhandled(message, *(["too late"] if message == 1 else []))

    system = grow(ChildSpec(id="a", start=Choosy))
    for number in range(2):
        system.ref("/root/a").ask(number)

    reasons = [letter.reason for letter in system.dead_letters.newest()]
    assert reasons == ["unhandled", "too late"]
    assert reasons[0] is DeadLetterReason.UNHANDLED
    assert f"{reasons[0]}" == "unhandled"
