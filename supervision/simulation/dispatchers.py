"""The dispatchers of a simulated world: they only tell it who is due for a turn."""

import threading
from collections.abc import Callable
from typing import Protocol, cast

from ..runtime.dispatcher import Submit, Turns, Worker
from ..runtime.incarnation import Incarnation


class Chooser(Protocol):
    """What a dispatcher needs of its world."""

    def begin(self, life: Incarnation) -> None:
        """Take note of a new incarnation."""
        ...

    def schedule(self, life: Incarnation) -> None:
        """Give an incarnation a turn, some time."""
        ...

    def wake(self, life: Incarnation) -> None:
        """Give the loop of an incarnation a step, some time."""
        ...

    def took_step(self, life: Incarnation) -> None:
        """Take note of what is under way on a loop after each step of it."""
        ...

    def reconsider(self) -> None:
        """Look again at those who could not have their turn."""
        ...

    def fail(self, error: BaseException) -> None:
        """End the run with this error, once the present turn is over."""
        ...

    def is_busy(self) -> bool:
        """Say whether turns are due."""
        ...


class SimulatedDispatcher:
    """Stands for `shared` or `pinned`: one message a turn, and the world chooses.

    `shares_thread` is whether a turn that blocks keeps the others from having theirs;
    `held_by` is who keeps the one thread that `shared` has from everybody else.
    """

    runs_coroutines = False
    turn_limit = 1

    def __init__(self, world: Chooser, *, may_block: bool) -> None:
        self.may_block = may_block
        self.shares_thread = not may_block
        self.held_by: Turns | None = None
        self._world = world
        self._workers: dict[Turns, Worker] = {}

    def attach(self, life: Turns) -> Submit:
        """Take on an incarnation."""
        self._world.begin(cast("Incarnation", life))
        return cast("Submit", self._world.schedule)

    def backlog(self) -> bool:
        """Say whether turns are due anywhere in the world."""
        return self._world.is_busy()

    def workers(self) -> list[Worker]:
        """Return the threads that are blocked in a turn: no other can be stuck."""
        return list(self._workers.values())

    def relieve(self, worker: Worker) -> None:
        """Let no others wait for the turn that this thread is at."""
        if self.shares_thread:
            worker.relieved = True
            self.held_by = None
            self._world.reconsider()

    def fail(self, error: BaseException) -> None:
        """End the run of the world with this error."""
        self._world.fail(error)

    def close(self) -> None:
        """Do nothing: a world may hold several systems, and is closed itself."""

    # -- for the world --

    give_turn: Callable[[Incarnation], None] = staticmethod(Incarnation.turn)
    """Let one of these incarnations have its turn."""

    def blocked(self, life: Turns) -> None:
        """Take note that the calling thread waits in a turn of this incarnation."""
        worker = self._workers.get(life)
        if worker is None:
            worker = self._workers[life] = Worker(nothing, life.thread_name)
            worker.life = life
        worker.thread = threading.current_thread()
        if self.shares_thread and not worker.relieved:
            self.held_by = life

    def turn_over(self, life: Turns) -> None:
        """Take note that a turn which had waited is over."""
        del self._workers[life]
        if self.held_by is life:
            self.held_by = None


def nothing(worker: Worker) -> None:
    """Serve nobody: the thread of a world is none of a dispatcher."""
    del worker
