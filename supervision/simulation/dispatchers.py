"""The dispatchers of a simulated world: they only tell it who is due for a turn."""

from typing import Protocol, cast

from ..runtime.dispatcher import Turns
from ..runtime.incarnation import Incarnation


class Chooser(Protocol):
    """What a dispatcher needs of its world."""

    def begin(self, life: Incarnation) -> None:
        """Take note of a new incarnation."""
        ...

    def schedule(self, life: Incarnation) -> None:
        """Give an incarnation a turn, some time."""
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

    turn_limit = 1

    def __init__(self, world: Chooser, *, may_block: bool) -> None:
        self.may_block = may_block
        self.held_by: Incarnation | None = None
        self._world = world

    def attach(self, life: Turns) -> None:
        """Take on an incarnation."""
        self._world.begin(cast("Incarnation", life))

    def schedule(self, life: Turns) -> None:
        """Give the incarnation a turn, some time."""
        self._world.schedule(cast("Incarnation", life))

    def backlog(self) -> bool:
        """Say whether turns are due anywhere in the world."""
        return self._world.is_busy()

    def fail(self, error: BaseException) -> None:
        """End the run of the world with this error."""
        self._world.fail(error)

    def close(self) -> None:
        """Do nothing: a world may hold several systems, and is closed itself."""
