"""What happened to the calls of the last seconds, in buckets that expire one by one."""

from collections import deque


class Window:
    """Counts calls over `seconds`, forgetting a share of 1/`buckets` at a time.

    So it covers between `seconds` less one bucket and `seconds`. `in_a_row` counts the
    bad ones since the last good one, whatever their age.
    """

    __slots__ = (
        "_bad",
        "_ends",
        "_good",
        "_old",
        "_old_bad",
        "_old_slow",
        "_old_volume",
        "_slow",
        "_width",
        "in_a_row",
        "seconds",
    )

    def __init__(self, seconds: float, buckets: int) -> None:
        self.seconds = seconds
        self._width = seconds / buckets
        self._old: deque[tuple[int, int, int]] = deque(
            [(0, 0, 0)] * (buckets - 1), maxlen=buckets - 1
        )
        self._ends = 0.0
        self.clear()

    def clear(self) -> None:
        """Forget all calls."""
        self._good = self._bad = self._slow = self.in_a_row = 0
        self._old_volume = self._old_bad = self._old_slow = 0
        self._old.extend([(0, 0, 0)] * len(self._old))

    def good(self, now: float) -> None:
        """Count a call that went well, in time."""
        if now >= self._ends:
            self._roll(now)
        self._good += 1
        self.in_a_row = 0

    def other(self, now: float, *, bad: bool, slow: bool) -> None:
        """Count a call that failed, took too long, or both."""
        if now >= self._ends:
            self._roll(now)
        if bad:
            self._bad += 1
            self.in_a_row += 1
        else:
            self._good += 1
            self.in_a_row = 0
        self._slow += slow

    def counts(self, now: float) -> tuple[int, int, int]:
        """Return how many calls there were, how many were bad, and how many slow."""
        if now >= self._ends:
            self._roll(now)
        return (
            self._old_volume + self._good + self._bad,
            self._old_bad + self._bad,
            self._old_slow + self._slow,
        )

    def _roll(self, now: float) -> None:
        """Begin the bucket of this moment; those between were empty."""
        passed = int((now - self._ends) / self._width) + 1
        self._ends += passed * self._width
        self._keep((self._good + self._bad, self._bad, self._slow))
        self._good = self._bad = self._slow = 0
        for _ in range(min(passed - 1, len(self._old))):
            self._keep((0, 0, 0))

    def _keep(self, bucket: tuple[int, int, int]) -> None:
        old = self._old
        if not old:
            return
        for sign, (volume, bad, slow) in ((-1, old[0]), (1, bucket)):
            self._old_volume += sign * volume
            self._old_bad += sign * bad
            self._old_slow += sign * slow
        old.append(bucket)
