"""The time at the venue: our clock, corrected by what was measured."""

from collections.abc import Awaitable, Callable
from typing import Any

from ...supervision.outcome import CallFailed
from ...supervision.runtime.clock import Clock
from .answers import venue_time
from .classifier import is_stale
from .venues import Words


class VenueClock:
    """Knows by how many seconds the venue is ahead of us (`skew`).

    That may be wrong by half of the time that asking took.
    """

    def __init__(self, clock: Clock, words: Words) -> None:
        self._clock = clock
        self._words = words
        self._remeasure: Callable[[], None] = _nobody
        self.skew = 0.0

    def now(self) -> float:
        """Return the seconds since 1970 by the venue's clock."""
        return self._clock.wall() + self.skew

    def there(self, wall: float) -> float:
        """Return what the venue's clock shows at a moment of ours."""
        return wall + self.skew

    async def compare(self, fetch_time: Callable[[], Awaitable[Any]]) -> float:
        """Ask for the venue's time, return it and correct ours.

        To be called when the question may leave: what it waits for before, as for the
        rate budget, is no time on its way.
        """
        asked = self._clock.wall()
        told = venue_time(await fetch_time())
        self.measured(asked, told, self._clock.wall())
        return told

    def measured(self, asked: float, told: float, answered: float) -> None:
        """Take `told` for the venue's time halfway between two moments of ours."""
        self.skew = told - (asked + answered) / 2

    def when_stale(self, remeasure: Callable[[], None]) -> None:
        """Have `remeasure` called when the venue refuses our time."""
        self._remeasure = remeasure

    def heed(self, failure: CallFailed) -> None:
        """See whether a call failed because of our clock."""
        if is_stale(failure, self._words):
            self._remeasure()


def _nobody() -> None:
    """Measure nothing: nobody asked for it."""
