"""Time that passes only when nothing is left to do, and then at once."""

import heapq
import itertools
import math
from collections.abc import Callable
from typing import Protocol

from ..runtime.clock import TICK, Alarm, Look, Timer
from ..runtime.latch import Happening

BEGIN = 1_767_225_600.0
"""The wall time at which every world begins: 2026-01-01 00:00 UTC."""

TIDY_FROM = 1000
"""Pending calls from which on cancelled ones are looked for."""


class Onlooker(Alarm):
    """A call that only looks at the world: nobody can be waiting for it."""


class Waits(Protocol):
    """What blocks the calling thread while the world goes on."""

    def __call__(self, event: Happening, timeout: float | None) -> bool:
        """Return whether the event came before the timeout."""
        ...


class VirtualClock:
    """The clock of a world; the world moves it with `advance`."""

    def __init__(self, wait: Waits) -> None:
        self._wait = wait
        self._now = 0.0
        self._alarms: list[tuple[float, int, Alarm]] = []
        self._order = itertools.count()
        self._tidy_at = TIDY_FROM
        self._looks: list[Look] = []
        self._ticking = False

    def now(self) -> float:
        """Return the virtual seconds since the world began."""
        return self._now

    def wall(self) -> float:
        """Return virtual seconds since 1970-01-01 UTC; they begin at a fixed date."""
        return BEGIN + self._now

    def call_later(self, delay: float, call: Callable[[], None]) -> Timer:
        """Call when `delay` virtual seconds have passed.

        Calls that are due at the same moment are made in the order of their creation.
        However short a delay above 0 is, some time passes: whoever waits until a sum of
        floats is reached would wait for ever otherwise.
        """
        return self.call_at(self.due_in(delay), call)

    def due_in(self, delay: float) -> float:
        """Return the moment that is this many virtual seconds ahead."""
        due = self._now + max(0.0, delay)
        if due == self._now and delay > 0:
            due = math.nextafter(due, math.inf)
        return due

    def call_at(self, due: float, call: Callable[[], None]) -> Alarm:
        """Call at a moment of this clock."""
        return self._add(due, Alarm(call))

    def look_at(self, due: float, call: Callable[[], None]) -> None:
        """Call at a moment of this clock something that only looks at the world."""
        self._add(due, Onlooker(call))

    def every_tick(self, look: Look) -> Callable[[], None]:
        """Call again and again, but only as long as somebody is blocked.

        Nothing that can be looked at changes in the ticks between.
        """
        self._looks.append(look)
        return lambda: self._looks.remove(look)

    def wait(self, event: Happening, timeout: float | None) -> bool:
        """Block until the event is set or virtual time is over; the world goes on."""
        return self._wait(event, timeout)

    def close(self) -> None:
        """Do nothing: a world may hold several systems, and is closed itself."""

    # -- for the world --

    def tick_while(self, is_needed: Callable[[], bool]) -> None:
        """Begin to tick, until that is not needed any more."""

        def tick() -> None:
            for look in list(self._looks):
                look(TICK)
            self._ticking = is_needed()
            if self._ticking:
                self.look_at(self._now + TICK, tick)

        if not self._ticking:
            self._ticking = True
            self.look_at(self._now + TICK, tick)

    def pending(self) -> int:
        """Return how many calls are kept, cancelled ones included."""
        return len(self._alarms)

    def has_other_than(self, alarm: Alarm | None) -> bool:
        """Say whether any call is pending beside this one and those that look."""
        for _, _, each in self._alarms:  # mostly it is the first one
            looks = isinstance(each, Onlooker)
            if each is not alarm and each.call is not None and not looks:
                return True
        return False

    def advance(self) -> bool:
        """Move on to the next pending calls and make them; False if there are none."""
        alarms = self._alarms
        while alarms and alarms[0][2].call is None:
            heapq.heappop(alarms)
        if not alarms:
            return False
        self._now = max(self._now, alarms[0][0])
        due: list[Alarm] = []
        while alarms and alarms[0][0] <= self._now:
            due.append(heapq.heappop(alarms)[2])
        for alarm in due:
            alarm.ring()
        return True

    def _add(self, due: float, alarm: Alarm) -> Alarm:
        if len(self._alarms) >= self._tidy_at:
            self._forget_cancelled()
        heapq.heappush(self._alarms, (due, next(self._order), alarm))
        return alarm

    def _forget_cancelled(self) -> None:
        self._alarms = [entry for entry in self._alarms if entry[2].call is not None]
        heapq.heapify(self._alarms)
        self._tidy_at = max(TIDY_FROM, 2 * len(self._alarms))
