"""The venue's own clock: the machine's, wrong by as many seconds as a test wants."""

from holdfast.supervision.runtime.clock import Clock


class VenueClock:
    """Tells two times: what the venue believes it is, and how long it has been up."""

    def __init__(self, clock: Clock) -> None:
        self.skew = 0.0
        self._clock = clock
        self._started = clock.now()

    def wall(self) -> float:
        """Return what the venue takes for seconds since 1970-01-01 UTC."""
        return self._clock.wall() + self.skew

    def milliseconds(self) -> int:
        """Return `wall` as protocols write it."""
        return int(self.wall() * 1000)

    def elapsed(self) -> float:
        """Return seconds since the venue started; no skew touches them."""
        return self._clock.now() - self._started
