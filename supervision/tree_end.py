"""Watches how a tree ends: because all its work is done, or because it gave up."""

from collections.abc import Callable

from .events import Decision, EventKind, SupervisionEvent
from .runtime.exit_reason import ORDERLY, ExitKind
from .specs import ChildSpec
from .system import ActorSystem


class TreeEnd:
    """Says itself once every child that brings work in has ended by itself.

    `abnormal_end` is how the supervisor at `path` ended, if it ended by itself and not
    in order; empty otherwise. Subscribe its `heard` to the events of the system.
    """

    def __init__(
        self, system: ActorSystem, path: str, say: Callable[[object], None]
    ) -> None:
        self._path = path
        self._say = say
        self.abnormal_end = ""
        self._left = {
            cell.path
            for cell in system.cells()
            if isinstance(cell.spec, ChildSpec) and cell.spec.intake
        }

    def heard(self, event: SupervisionEvent) -> None:
        """Take note of an exit."""
        if event.kind is not EventKind.EXITED:
            return
        by_itself = event.decision is not Decision.SHUT_DOWN
        if event.path == self._path and by_itself and event.exit_kind not in ORDERLY:
            self.abnormal_end = event.reason
        is_over = event.decision in (Decision.LEAVE_STOPPED, Decision.FORGET)
        done = event.exit_kind in (ExitKind.NORMAL, ExitKind.IGNORED)
        if event.path in self._left and is_over and done:
            self._left.remove(event.path)
            if not self._left:
                self._say(self)
