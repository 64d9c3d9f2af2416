"""Stops a system in phases, all of them under one total deadline.

Akka calls it coordinated shutdown: first nothing new comes in, then what is under way
is finished, then the tree is stopped in reverse start order. A phase that does not end
in time never keeps the next one from beginning.
"""

from typing import Any

import attrs

from .commands import CountChildren, TerminateChild
from .runtime.cell import Cell
from .runtime.exit_reason import ExitReason
from .runtime.future import Future, gather
from .specs import ChildSpec
from .system import ActorSystem


@attrs.frozen
class Shutdown:
    """One shutdown; `deadline` is the clock's time by which everything has stopped."""

    system: ActorSystem
    deadline: float

    @classmethod
    def within(cls, system: ActorSystem, total: float) -> "Shutdown":
        """Plan a shutdown that takes `total` seconds at the most."""
        return cls(system, system.clock.now() + total)

    def left(self) -> float:
        """Return the seconds until the deadline."""
        return max(0.0, self.deadline - self.system.clock.now())

    def stop_intake(self) -> Future[list[Any]]:
        """Stop every child that brings work in, each through its supervisor."""
        return gather(
            [
                cell.parent.ref.command(TerminateChild(cell.name), timeout=self.left())
                for cell in reversed(self.system.cells())
                if cell.parent is not None and _brings_work_in(cell)
            ]
        )

    def drain(self) -> Future[None]:
        """Wait until every message that is under way has been handled."""
        drained: Future[None] = Future(self.system.clock)
        self.system.when_settled(lambda: drained.settle(None))
        # Whether all is settled is looked at when a turn ends: see to it that one does.
        self.system.cells()[0].ref.command(CountChildren())
        return drained

    def stop_tree(self) -> Future[ExitReason]:
        """Stop everything, in what is left of the time."""
        return self.system.stop(self.left())


def _brings_work_in(cell: Cell) -> bool:
    spec = cell.spec
    return isinstance(spec, ChildSpec) and spec.intake and cell.expected
