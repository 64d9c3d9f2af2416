"""The dispatchers of a simulated world: they only tell it who is due for a turn."""

import threading
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

    `held_by` is who keeps the one thread that `shared` has from everybody else.
    """

    runs_coroutines = False
    turn_limit = 1

    def __init__(self, world: Chooser, *, may_block: bool) -> None:
        self.may_block = may_block
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
        if not self.may_block:
            worker.relieved = True
            self.held_by = None
            self._world.reconsider()

    def fail(self, error: BaseException) -> None:
        """End the run of the world with this error."""
        self._world.fail(error)

    def close(self) -> None:
        """Do nothing: a world may hold several systems, and is closed itself."""

    # -- for the world --

    def blocked(self, life: Turns) -> None:
        """Take note that the calling thread waits in a turn of this incarnation."""
        worker = self._workers.get(life)
        if worker is None:
            worker = self._workers[life] = Worker(_nothing, life.thread_name)
            worker.life = life
        worker.thread = threading.current_thread()
        if not (self.may_block or worker.relieved):
            self.held_by = life

    def turn_over(self, life: Turns) -> None:
        """Take note that a turn which had waited is over."""
        del self._workers[life]
        if self.held_by is life:
            self.held_by = None


class NoLoops:
    """Stands for `loop`, and refuses: coroutines are not simulated."""

    may_block = False
    runs_coroutines = True
    turn_limit = 1

    def attach(self, life: Turns) -> Submit:
        """Refuse an incarnation.

        Raises:
            RuntimeError: always.

        """
        raise RuntimeError(
            f"{life.thread_name} needs an asyncio loop, and a simulated world has none:"
            ' give it "dispatcher": "pinned", or put a double in its place'
        )

    def backlog(self) -> bool:
        """Say no."""
        return False

    def workers(self) -> list[Worker]:
        """Return none."""
        return []

    def relieve(self, worker: Worker) -> None:
        """Do nothing: there are none."""

    def close(self) -> None:
        """Do nothing."""


def _nothing(worker: Worker) -> None:
    del worker
