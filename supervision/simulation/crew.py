"""The threads of a simulated world: exactly one runs, and hands on to the next."""

import threading
from collections.abc import Callable, Iterable

PATIENCE = 1.0
"""Seconds of real time for a thread to end; what catches everything never does."""

# What must work inside a simulated turn, where starting a thread is an escape.
_start = threading.Thread.start


class Place:
    """Where one thread waits until it is called to go on."""

    __slots__ = ("_called", "thread")

    def __init__(self) -> None:
        self.thread = threading.current_thread()
        self._called = threading.Lock()
        self._called.acquire()

    def call(self) -> None:
        """Let the thread go on; the caller must wait or end now."""
        self._called.release()

    def wait(self) -> None:
        """Wait for the call."""
        self._called.acquire()


class Crew:
    """Leads the world with whichever thread is free.

    `lead` runs the world and returns the place that is to be called next, or None when
    there is none because the crew is closed. A thread
    that blocks while it leads waits at its own place; another one leads meanwhile, and
    when it is called it goes on as the leader.
    """

    def __init__(self, lead: Callable[[], Place | None]) -> None:
        self._lead = lead
        self._idle: list[Place] = []
        self._threads: list[threading.Thread] = []
        self.closed = False

    def hand_over(self, mine: Place) -> None:
        """Have somebody lead, and wait here to be called."""
        if self._idle:
            self._idle.pop().call()
        else:
            self._hire()
        mine.wait()

    def has(self, thread: threading.Thread) -> bool:
        """Say whether a thread is one of these."""
        return thread in self._threads

    def close(self, waiting: Iterable[Place]) -> None:
        """End all threads, one after the other, also those that wait in a turn."""
        if self.closed:
            return
        self.closed = True
        for place in waiting:
            place.call()
            place.thread.join(PATIENCE)
        for place in self._idle:
            place.call()
        for thread in self._threads:
            thread.join(PATIENCE)

    def apart(self, call: Callable[[], None]) -> None:
        """Make a call on a thread that is at nothing else, and wait for it."""
        thread = threading.Thread(target=call, name="holdfast-world-end", daemon=True)
        _start(thread)
        thread.join(PATIENCE)

    def _hire(self) -> None:
        thread = threading.Thread(
            target=self._serve,
            name=f"holdfast-world-{len(self._threads) + 1}",
            daemon=True,
        )
        self._threads.append(thread)
        _start(thread)

    def _serve(self) -> None:
        mine = Place()
        while not self.closed:
            called = self._lead()
            if called is None:
                return
            self._idle.append(mine)
            called.call()
            mine.wait()
