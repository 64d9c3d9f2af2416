"""One watch, of an actor or from outside, and one direction of a link."""

import logging
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from .down import Down, LinkDown
from .exit_reason import ExitReason

if TYPE_CHECKING:
    from .cell import Cell
    from .incarnation import Incarnation
    from .ties import Ties

logger = logging.getLogger(__name__)


class Watch:
    """One watch: of this incarnation of the actor at `path`, 0 if nobody lived there.

    `watcher` and `target` are the runtime's, and None once the watch is over.
    """

    __slots__ = ("incarnation", "path", "target", "watcher")

    def __init__(
        self, watcher: "Incarnation | None", cell: "Cell", target: "Incarnation | None"
    ) -> None:
        self.path = cell.path
        self.incarnation = 0 if target is None else target.number
        self.watcher = watcher
        self.target = target

    def tell(
        self, book: "Ties", watcher: "Incarnation | None", reason: ExitReason
    ) -> None:
        """Have the watcher hear how it ended, in a turn of its own."""
        if watcher is not None:
            down = Down(self.path, self.incarnation, reason)
            watcher.resume(partial(book.deliver, watcher, self, down))


class OutsideWatch(Watch):
    """A watch of somebody who is no actor."""

    __slots__ = ("_callback",)

    def __init__(self, cell: "Cell", callback: Callable[[Down], object]) -> None:
        super().__init__(None, cell, cell.life)
        self._callback = callback

    def tell(
        self, book: "Ties", watcher: "Incarnation | None", reason: ExitReason
    ) -> None:
        """Call back; a fault there is no concern of who has ended."""
        del watcher
        if not book.claim(self):
            return
        try:
            self._callback(Down(self.path, self.incarnation, reason))
        except BaseException:
            logger.exception("who watched %s could not take its end", self.path)


class Link(Watch):
    """One direction of a link; between two incarnations there is at most one."""

    __slots__ = ()

    def __hash__(self) -> int:
        return hash((self.watcher, self.target))

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return (
            type(other) is Link
            and self.target is not None
            and (self.watcher, self.target) == (other.watcher, other.target)
        )

    def tell(
        self, book: "Ties", watcher: "Incarnation | None", reason: ExitReason
    ) -> None:
        """Have the other end hear of it if it traps exits; else end it too."""
        if watcher is None:
            return
        if watcher.cell.actor_class.traps_exits:
            down = LinkDown(self.path, self.incarnation, reason)
            watcher.resume(partial(book.deliver, watcher, self, down))
        elif reason.orderly:
            book.close(self)
        else:
            watcher.signal(partial(book.sever, self, reason))
