"""Time as a port: the system's clock, and one that tests turn by hand."""

import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Protocol

import attrs

from .latch import Happening

logger = logging.getLogger(__name__)

TICK = 0.02
"""Seconds between two looks of whoever watches all the time."""

LATE = 5 * TICK
"""The most seconds that count between two looks: after more, nobody was running."""

TIDY_FROM = 1000
"""Pending calls from which on cancelled ones are looked for."""

CLOSE_WITHIN = 1.0
"""Seconds to wait for a call that is being made while the clock is closed."""


Look = Callable[[float], None]


class Timer(Protocol):
    """A call that will happen later, unless cancelled before."""

    def cancel(self) -> None:
        """Make sure the call does not happen, if it has not begun."""
        ...


class Clock(Protocol):
    """Where a system gets its time from, in seconds."""

    def now(self) -> float:
        """Return seconds that never run backwards; their zero means nothing."""
        ...

    def wall(self) -> float:
        """Return seconds since 1970-01-01 UTC, for people and other machines."""
        ...

    def call_later(self, delay: float, call: Callable[[], None]) -> Timer:
        """Call after `delay` seconds. The call must be short and must not raise."""
        ...

    def every_tick(self, look: Look) -> Callable[[], None]:
        """Call `look` again and again as time passes, until the result is called.

        It is told how many seconds have passed since the last call, for all but itself:
        of a time in which nothing ran at all, as in a process that was suspended, only
        a few ticks count.
        Unlike a pending call it keeps nothing going: it only watches what happens.
        """
        ...

    def wait(self, event: Happening, timeout: float | None) -> bool:
        """Block until the event is set or `timeout` passed; say whether it is set."""
        ...

    def close(self) -> None:
        """Forget all pending calls and end what the clock has started."""
        ...


@attrs.define(eq=False)
class Alarm:
    """One pending call of a clock; cancelling drops what it would have called."""

    call: Callable[[], None] | None

    def cancel(self) -> None:
        """Make sure that the call does not happen, if it has not begun."""
        self.call = None

    def ring(self) -> None:
        """Make the call; a fault in it must not stop those that come after it."""
        call, self.call = self.call, None
        if call is not None:
            _safely(call)


def _safely(call: Callable[[], None]) -> None:
    try:
        call()
    except BaseException:
        logger.exception("a call that was due failed")


class SystemClock:
    """The machine's own time; its calls come from one thread of its own."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._changed = threading.Condition(self._lock)
        self._alarms: list[tuple[float, int, Alarm]] = []
        self._order = itertools.count()
        self._tidy_at = TIDY_FROM
        self._thread: threading.Thread | None = None
        self._closed = False

    # Without a frame of our own: each ask reads it three times, each event once.
    now = staticmethod(time.monotonic)  # noqa: TID251 - this is the port
    wall = staticmethod(time.time)  # noqa: TID251 - the same

    def call_later(self, delay: float, call: Callable[[], None]) -> Timer:
        """Call from the clock's thread after `delay` seconds."""
        alarm = Alarm(call)
        entry = (self.now() + delay, next(self._order), alarm)
        with self._lock:
            if self._closed:
                return alarm
            if len(self._alarms) >= self._tidy_at:
                self._forget_cancelled()
            heapq.heappush(self._alarms, entry)
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._run, name="holdfast-clock", daemon=True
                )
                self._thread.start()
            if self._alarms[0] is entry:
                self._changed.notify()
        return alarm

    def every_tick(self, look: Look) -> Callable[[], None]:
        """Call every `TICK` seconds, from a thread that does nothing else.

        The clock's other calls may be what it has to watch.
        """
        over = threading.Event()

        def watch() -> None:
            last = self.now()
            while not over.wait(TICK):
                now = self.now()
                _safely(partial(look, min(now - last, LATE)))
                last = now

        thread = threading.Thread(target=watch, name="holdfast-watch", daemon=True)
        thread.start()

        def stop() -> None:
            over.set()
            if thread is not threading.current_thread():
                thread.join(CLOSE_WITHIN)

        return stop

    def wait(self, event: Happening, timeout: float | None) -> bool:
        """Block the calling thread."""
        return event.wait(timeout)

    def close(self) -> None:
        """End the clock's thread; pending calls never happen."""
        with self._lock:
            self._closed = True
            self._alarms.clear()
            self._changed.notify()
            thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(CLOSE_WITHIN)

    def _forget_cancelled(self) -> None:
        """Let go of cancelled calls each time the heap has doubled without it."""
        self._alarms = [entry for entry in self._alarms if entry[2].call is not None]
        heapq.heapify(self._alarms)
        self._tidy_at = max(TIDY_FROM, 2 * len(self._alarms))

    def _run(self) -> None:
        while (alarm := self._next()) is not None:
            alarm.ring()

    def _next(self) -> Alarm | None:
        with self._lock:
            while not self._closed:
                if not self._alarms:
                    self._changed.wait()
                elif (left := self._alarms[0][0] - self.now()) > 0:
                    self._changed.wait(left)
                else:
                    return heapq.heappop(self._alarms)[2]
        return None


class ManualClock:
    """A clock that stands still until `advance` is called; for tests."""

    def __init__(self, *, wall: float = 1_700_000_000.0) -> None:
        self._changed = threading.RLock()
        self._now = 0.0
        self._wall = wall
        self._alarms: list[tuple[float, int, Alarm]] = []
        self._order = itertools.count()
        self._looks: list[Look] = []

    def now(self) -> float:
        """Return the seconds advanced so far."""
        return self._now

    def wall(self) -> float:
        """Return the wall time, which moves with `advance` only."""
        return self._wall + self._now

    def call_later(self, delay: float, call: Callable[[], None]) -> Timer:
        """Call from the thread that advances the clock past `delay`."""
        alarm = Alarm(call)
        with self._changed:
            due = self._now + max(0.0, delay)
            heapq.heappush(self._alarms, (due, next(self._order), alarm))
        return alarm

    def every_tick(self, look: Look) -> Callable[[], None]:
        """Call whenever somebody advances the clock, before and after."""
        self._looks.append(look)
        return lambda: self._looks.remove(look)

    def wait(self, event: Happening, timeout: float | None) -> bool:
        """Block until the event is set or somebody advances past `timeout`."""
        if timeout is None:
            return event.wait()
        if timeout <= 0:
            return event.is_set()
        woken = threading.Event()
        timer = self.call_later(timeout, woken.set)
        while not event.is_set() and not woken.is_set():
            event.wait(0.002)
        timer.cancel()
        return event.is_set()

    def advance(self, seconds: float) -> None:
        """Let `seconds` pass, making each call that falls due, in order."""
        self._look(0.0)
        end = self._now + seconds
        while (alarm := self._due(end)) is not None:
            alarm.ring()
        self._now = end
        self._look(seconds)

    def pending(self) -> list[float]:
        """Return in how many seconds each pending call is due, soonest first."""
        with self._changed:
            return sorted(
                due - self._now for due, _, alarm in self._alarms if alarm.call
            )

    def close(self) -> None:
        """Forget all pending calls."""
        with self._changed:
            self._alarms.clear()

    def _look(self, passed: float) -> None:
        for look in list(self._looks):
            _safely(partial(look, passed))

    def _due(self, end: float) -> Alarm | None:
        with self._changed:
            if not self._alarms or self._alarms[0][0] > end:
                return None
            due, _, alarm = heapq.heappop(self._alarms)
            self._now = max(self._now, due)
            return alarm
