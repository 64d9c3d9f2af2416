"""On which thread an actor's turns run: the seam between actors and threads.

A dispatcher never looks into an actor. It takes an incarnation on (`attach`) and then
calls its `turn` once each time that it is asked for one, never twice at once for the
same incarnation. That is all an actor can tell of its dispatcher.
"""

import queue
import threading
from collections.abc import Callable, Iterable
from typing import Protocol

from .exit_reason import ExitReason

PATIENCE = 1.0
"""Seconds to wait for a thread that should end; one that is stuck never does."""

TURN_LIMIT = 64
"""Messages in one turn, before others on the same thread get theirs."""

Lane = queue.SimpleQueue["Turns | None"]
Submit = Callable[["Turns"], None]


class Turns(Protocol):
    """What a dispatcher runs: an incarnation of an actor."""

    ended: bool
    fenced: bool

    @property
    def thread_name(self) -> str:
        """How a thread of its own is called."""
        ...

    def turn(self) -> None:
        """Handle what waits, up to a limit. Must not raise."""
        ...

    # -- for the watchdog --

    @property
    def hang_after(self) -> float | None:
        """After how many seconds at one thing it is hung now; None for never."""
        ...

    def doing(self) -> Iterable[object]:
        """Return a mark of each thing it is at, equal as long as it is the same one.

        Only asked while one of its dispatcher's threads is at its turn.
        """
        ...

    def told(self, step: object) -> str:
        """Name the thing with this mark for people."""
        ...

    def kill(self, reason: ExitReason) -> bool:
        """End it from outside, whatever it is doing."""
        ...


class Worker:
    """One thread of a dispatcher, and whose turn it is at (None: it is idle)."""

    __slots__ = ("life", "relieved", "thread")

    def __init__(self, serve: Callable[["Worker"], None], name: str) -> None:
        self.life: Turns | None = None
        self.relieved = False
        self.thread = threading.Thread(
            target=serve, args=(self,), name=name, daemon=True
        )


class Dispatcher(Protocol):
    """Gives incarnations their turns."""

    may_block: bool
    runs_coroutines: bool
    turn_limit: int

    def attach(self, life: Turns) -> Submit:
        """Take on an incarnation; return what gives it one turn, soon, when called.

        It may be called from any thread.

        Raises:
            RuntimeError: the operating system gives no thread.

        """
        ...

    def backlog(self) -> bool:
        """Say whether turns are known to be due."""
        ...

    def workers(self) -> Iterable[Worker]:
        """Return the threads that are there now, stuck ones included."""
        ...

    def relieve(self, worker: Worker) -> None:
        """Let no others wait for the turn that this thread is at."""
        ...

    def close(self) -> None:
        """End the dispatcher's threads; waits for the turn that runs."""
        ...


def nowhere(life: Turns) -> None:
    """Take no turns before a dispatcher has taken the incarnation on."""
    del life


class SharedDispatcher:
    """Many actors on one thread, first scheduled first served.

    Nothing that it runs may block. One thread also means: what its actors do depends
    on the order of their messages alone, never on how threads are timed. A thread that
    is stuck in a turn is relieved: a fresh one goes on with the queue.
    """

    may_block = False
    runs_coroutines = False
    turn_limit = TURN_LIMIT

    def __init__(self) -> None:
        self._lane: Lane = queue.SimpleQueue()
        self._changing = threading.Lock()
        self._workers: list[Worker] = []
        self._closed = False

    def attach(self, life: Turns) -> Submit:
        """Take on an incarnation; the first one starts the thread."""
        del life
        if not self._workers:
            with self._changing:
                if not self._workers:
                    self._begin()
        return self._lane.put

    def backlog(self) -> bool:
        """Say whether somebody waits for a turn."""
        return not self._lane.empty()

    def workers(self) -> list[Worker]:
        """Return the thread that serves, and those that were relieved and are stuck."""
        return list(self._workers)

    def relieve(self, worker: Worker) -> None:
        """Start a fresh thread; the stuck one ends with its turn, if ever."""
        with self._changing:
            if worker.relieved or self._closed:
                return
            try:
                self._begin()
            except RuntimeError:  # no thread to be had: the next look tries again
                return
            worker.relieved = True

    def close(self) -> None:
        """End the thread after the queued turns, but do not wait for a stuck one."""
        with self._changing:
            self._closed = True
            workers = list(self._workers)
        for _ in workers:
            self._lane.put(None)
        for worker in workers:
            stuck = worker.relieved and worker.life is not None
            if not stuck and worker.thread is not threading.current_thread():
                worker.thread.join(PATIENCE)

    def _begin(self) -> None:
        worker = Worker(self._serve, "holdfast-shared")
        worker.thread.start()
        self._workers.append(worker)

    def _serve(self, worker: Worker) -> None:
        get = self._lane.get
        while not worker.relieved and (life := get()) is not None:
            if worker.relieved:  # while it waited: its successor has the queue
                self._lane.put(life)  # type: ignore[unreachable] # set by `relieve`
            else:
                worker.life = life
                life.turn()
                worker.life = None
        with self._changing:
            self._workers.remove(worker)


class PinnedDispatcher:
    """A thread of its own for each incarnation, which may block."""

    may_block = True
    runs_coroutines = False
    turn_limit = TURN_LIMIT

    def __init__(self) -> None:
        self._changing = threading.Lock()
        self._workers: set[Worker] = set()

    def attach(self, life: Turns) -> Submit:
        """Start the incarnation's thread; it ends with the incarnation."""
        lane: Lane = queue.SimpleQueue()

        def serve(worker: Worker) -> None:
            while not life.ended and (waiting := lane.get()) is not None:
                worker.life = waiting
                waiting.turn()
                worker.life = None
            with self._changing:
                self._workers.discard(worker)

        worker = Worker(serve, life.thread_name)
        with self._changing:
            self._workers.add(worker)
        try:
            worker.thread.start()
        except RuntimeError:
            with self._changing:
                self._workers.discard(worker)
            raise
        return lane.put

    def backlog(self) -> bool:
        """Say no: threads of their own queue nowhere."""
        return False

    def workers(self) -> list[Worker]:
        """Return the threads of all incarnations that have not ended."""
        with self._changing:
            return list(self._workers)

    def relieve(self, worker: Worker) -> None:
        """Do nothing: nobody else waits for a thread of one's own."""

    def close(self) -> None:
        """Wait for the threads of ended incarnations, but not for a stuck one."""
        threads = [worker.thread for worker in self.workers()]
        for thread in threads:
            if thread is not threading.current_thread():
                thread.join(PATIENCE / len(threads))
