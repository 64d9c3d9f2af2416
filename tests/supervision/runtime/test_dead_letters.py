"""Dead letters are kept, counted and never fail the one who writes them."""

import threading

from holdfast.supervision import DeadLetter, DeadLetters, ManualClock


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
