"""The window counts what happened lately, whatever the pattern in time."""

from random import Random

import pytest

from holdfast.supervision.breaker.window import Window


def test_what_is_older_than_the_window_is_forgotten() -> None:
    window = Window(30.0, 10)
    window.other(0.0, bad=True, slow=True)
    window.good(15.0)

    assert window.counts(29.0) == (2, 1, 1)
    assert window.counts(30.0) == (1, 0, 0)
    assert window.counts(45.0) == (0, 0, 0)


def test_after_a_long_silence_it_is_empty() -> None:
    window = Window(30.0, 10)
    for _ in range(5):
        window.other(1e6, bad=True, slow=False)

    assert window.counts(1e6 + 29.0)[0] in (0, 5)
    assert window.counts(2e6) == (0, 0, 0)


def test_a_window_of_one_bucket_forgets_all_at_once() -> None:
    window = Window(10.0, 1)
    window.good(9.0)

    assert window.counts(9.9) == (1, 0, 0)
    assert window.counts(10.0) == (0, 0, 0)


def test_failures_in_a_row_end_with_a_good_one_however_slow() -> None:
    window = Window(30.0, 10)
    for _ in range(3):
        window.other(0.0, bad=True, slow=False)
    in_a_row = window.in_a_row
    window.other(0.0, bad=False, slow=True)

    assert (in_a_row, window.in_a_row) == (3, 0)


def test_cleared_it_knows_nothing() -> None:
    window = Window(30.0, 10)
    for time in (0.0, 10.0, 20.0):
        window.other(time, bad=True, slow=True)

    window.clear()

    assert (window.counts(20.0), window.in_a_row) == ((0, 0, 0), 0)


@pytest.mark.parametrize("seed", range(20))
def test_it_counts_what_a_list_of_all_calls_would(seed: int) -> None:
    # Numbers that are exact as floats: what is at the edge of a bucket is no matter.
    random = Random(seed)
    buckets = random.choice([1, 2, 3, 4, 6, 8, 12])
    window, width = Window(24.0, buckets), 24.0 / buckets
    calls: list[tuple[int, bool, bool]] = []
    now = 0.0
    for _ in range(300):
        now += random.choice([0.0, 0.25, 1.0, 5.0, 40.0])
        bucket = int(now / width)
        bad, slow = random.random() < 0.3, random.random() < 0.3
        if bad or slow:
            window.other(now, bad=bad, slow=slow)
        else:
            window.good(now)
        calls.append((bucket, bad, slow))
        recent = [each for each in calls if each[0] > bucket - buckets]

        assert window.counts(now) == (
            len(recent),
            sum(each[1] for each in recent),
            sum(each[2] for each in recent),
        )
