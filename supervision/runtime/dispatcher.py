"""On which thread an actor's turns run: the seam between actors and threads.

A dispatcher never looks into an actor. It is told that an incarnation has work
(`schedule`) and calls `turn` once for each such call, never twice at once for the same
incarnation. That is all an actor can tell of its dispatcher.
"""

import queue
import threading
from collections.abc import Callable
from typing import Protocol

PATIENCE = 1.0
"""Seconds to wait for a thread that should end; one that is stuck never does."""

SharedQueue = queue.SimpleQueue["Turns | None"]


class Turns(Protocol):
    """What a dispatcher runs: an incarnation of an actor."""

    ended: bool
    lane: SharedQueue | None

    @property
    def thread_name(self) -> str:
        """How a thread of its own is called."""
        ...

    def turn(self) -> None:
        """Handle what waits, up to a limit. Must not raise."""
        ...


class Dispatcher(Protocol):
    """Gives incarnations their turns."""

    may_block: bool

    def attach(self, life: Turns) -> None:
        """Take on an incarnation.

        Raises:
            RuntimeError: the operating system gives no thread.

        """
        ...

    def schedule(self, life: Turns) -> None:
        """Give the incarnation one turn, soon; called from any thread."""
        ...

    def backlog(self) -> bool:
        """Say whether turns are known to be due."""
        ...

    def close(self) -> None:
        """End the dispatcher's threads; waits for the turn that runs."""
        ...


def _run(lane: SharedQueue, stays: Callable[[], bool]) -> None:
    while stays() and (life := lane.get()) is not None:
        life.turn()


class SharedDispatcher:
    """Many actors on one thread, first scheduled first served.

    Nothing that it runs may block. One thread also means: what its actors do depends
    on the order of their messages alone, never on how threads are timed.
    """

    may_block = False

    def __init__(self) -> None:
        self._lane: SharedQueue = queue.SimpleQueue()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def attach(self, life: Turns) -> None:
        """Take on an incarnation; the first one starts the thread."""
        life.lane = self._lane
        with self._starting:
            if self._thread is None:
                thread = threading.Thread(
                    target=_run,
                    args=(self._lane, lambda: True),
                    name="holdfast-shared",
                    daemon=True,
                )
                thread.start()
                self._thread = thread

    def schedule(self, life: Turns) -> None:
        """Queue the incarnation behind those that wait."""
        self._lane.put(life)

    def backlog(self) -> bool:
        """Say whether somebody waits for a turn."""
        return not self._lane.empty()

    def close(self) -> None:
        """End the thread after the queued turns, but do not wait for a stuck one."""
        thread = self._thread
        self._lane.put(None)
        if thread is not None and thread is not threading.current_thread():
            thread.join(PATIENCE)


class PinnedDispatcher:
    """A thread of its own for each incarnation, which may block."""

    may_block = True

    def __init__(self) -> None:
        self._threads: set[threading.Thread] = set()
        self._changing = threading.Lock()

    def attach(self, life: Turns) -> None:
        """Start the incarnation's thread; it ends with the incarnation."""
        lane: SharedQueue = queue.SimpleQueue()
        life.lane = lane
        thread = threading.Thread(
            target=self._serve, args=(life, lane), name=life.thread_name, daemon=True
        )
        with self._changing:
            self._threads.add(thread)
        try:
            thread.start()
        except RuntimeError:
            with self._changing:
                self._threads.discard(thread)
            raise

    def schedule(self, life: Turns) -> None:
        """Wake the incarnation's thread."""
        if life.lane is not None:
            life.lane.put(life)

    def backlog(self) -> bool:
        """Say no: threads of their own queue nowhere."""
        return False

    def close(self) -> None:
        """Wait for the threads of ended incarnations, but not for a stuck one."""
        with self._changing:
            threads = list(self._threads)
        for thread in threads:
            if thread is not threading.current_thread():
                thread.join(PATIENCE / len(threads))

    def _serve(self, life: Turns, lane: SharedQueue) -> None:
        _run(lane, lambda: not life.ended)
        with self._changing:
            self._threads.discard(threading.current_thread())
