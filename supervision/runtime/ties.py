"""Who hears of whose end: watches and links (OTP: monitors and links).

A tie holds between two incarnations, not between places: it ends with either of them.
All ties of a system are kept here, so that an actor without any pays nothing for them.
A tie is heard of by whoever takes it out under the lock, so nothing is heard twice: its
one delivery does, or before that `unwatch`, `unlink` or the end of who watches.
"""

import threading
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

from .down import NOBODY, Down, passed_on
from .exit_reason import ExitReason
from .running import Fenced
from .watch import Link, OutsideWatch, Watch

if TYPE_CHECKING:
    from .cell import Cell
    from .incarnation import Incarnation

OUTSIDE = "outside"
"""Who watches, where it is no actor."""


Index = dict["Incarnation | None", dict[Watch, None]]


class Ties:
    """All ties of one system."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._outgoing: Index = {}
        self._incoming: Index = {}

    # -- for actors, and who is none --

    def watch(self, watcher: "Incarnation", cell: "Cell") -> Watch:
        """See `Actor.watch`."""
        self._check(watcher, cell)
        watch = Watch(watcher, cell, cell.life)
        self._open(watch)
        return watch

    def watch_from_outside(
        self, cell: "Cell", callback: Callable[[Down], object]
    ) -> Callable[[], None]:
        """See `ActorSystem.watch`."""
        watch = OutsideWatch(cell, callback)
        self._open(watch)

        def unwatch() -> None:
            self.close(watch)

        return unwatch

    def close(self, tie: Watch) -> bool:
        """Let nobody hear of it any more; False if it was over already."""
        with self._lock:
            return self._forget(tie)

    def link(self, life: "Incarnation", cell: "Cell") -> None:
        """See `Actor.link`."""
        self._check(life, cell)
        other = cell.life
        if cell is life.cell:
            return
        back = () if other is None else (Link(other, life.cell, life),)
        self._open(Link(life, cell, other), *back)

    def unlink(self, life: "Incarnation", cell: "Cell") -> None:
        """See `Actor.unlink`."""
        with self._lock:
            for tie in list(self._outgoing.get(life, ())):
                if type(tie) is Link and tie.path == cell.path:
                    self._forget_both(tie)

    # -- for the runtime --

    def ended(
        self, life: "Incarnation", reason: ExitReason
    ) -> list[Callable[[], None]]:
        """Tell those who watched; return what it does to those who were linked.

        Its supervisor has to hear of it before them: cause before effect.
        """
        if life not in self._incoming and life not in self._outgoing:
            return []
        with self._lock:
            for tie in list(self._outgoing.get(life, ())):
                self._forget(tie)
            hear = [(tie, tie.watcher) for tie in self._incoming.pop(life, ())]
        for tie, watcher in hear:
            if type(tie) is not Link:
                tie.tell(self, watcher, reason)
        return [
            partial(tie.tell, self, watcher, reason)
            for tie, watcher in hear
            if type(tie) is Link
        ]

    def claim(self, tie: Watch) -> bool:
        """Begin to hear of it, the one time; False if it was over already."""
        with self._lock:
            return self._forget(tie)

    def deliver(self, watcher: "Incarnation", tie: Watch, down: Down) -> Any:
        """Have the actor handle what it hears, unless it wants to hear no more."""
        actor = watcher.actor
        if actor is None or not self.claim(tie):
            return None
        try:
            return actor.on_receive(down)
        except actor.replies_with:  # an answer, though nobody asked
            return None

    def sever(self, link: Watch, reason: ExitReason) -> None:
        """End the actor whose thread this is, unless it is linked no more.

        Raises:
            LinkedExit: which ends it.

        """
        if self.claim(link):
            raise passed_on(link.path, link.incarnation, reason)

    def paths(
        self, life: "Incarnation"
    ) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
        """Return with whom it is linked, who watches it, and whom it watches."""
        if life not in self._incoming and life not in self._outgoing:
            return (), (), ()
        with self._lock:
            outgoing = list(self._outgoing.get(life, ()))
            incoming = [
                OUTSIDE if each.watcher is None else each.watcher.cell.path
                for each in self._incoming.get(life, ())
                if type(each) is not Link
            ]
        there = [each for each in outgoing if each.target is not None]
        links = (each.path for each in there if type(each) is Link)
        watching = (each.path for each in there if type(each) is not Link)
        return tuple(links), tuple(incoming), tuple(watching)

    # -- inside --

    def _check(self, life: "Incarnation", cell: "Cell") -> None:
        if life.fenced:
            raise Fenced
        if cell.system.ties is not self:
            raise ValueError(
                f"{life.cell.path} can't be tied to {cell.path}: that is a place in"
                " another system; use system.watch there"
            )

    def _open(self, tie: Watch, *back: Link) -> None:
        """Begin; if it is too late for its target, have that heard of at once.

        Who ends leaves its place first and looks here then. So if it is still in its
        place once the tie is here, its end will find the tie. If both tell of it, the
        one that comes first is heard.
        """
        target, watcher = tie.target, tie.watcher
        with self._lock:
            for each in (tie, *back):
                self._outgoing.setdefault(each.watcher, {})[each] = None
                if each.target is not None:
                    self._incoming.setdefault(each.target, {})[each] = None
        if watcher is not None and watcher.ended:
            self._undo(watcher, tie, back)
        elif target is None or target.cell.life is not target:
            for each in back:
                self.close(each)
            tie.tell(self, watcher, NOBODY)

    def _undo(self, watcher: "Incarnation", tie: Watch, back: Iterable[Link]) -> None:
        """Forget what one began that has been killed, as far as its end has not."""
        with self._lock:
            self._forget(tie)
            for each in back:
                if each in self._incoming.get(watcher, ()):
                    self._forget(each)

    def _forget_both(self, link: Link) -> None:
        watcher, target = link.watcher, link.target
        self._forget(link)
        if watcher is not None and target is not None:
            self._forget(Link(target, watcher.cell, watcher))

    def _forget(self, tie: Watch) -> bool:
        there = _discard(self._outgoing, tie.watcher, tie)
        _discard(self._incoming, tie.target, tie)
        tie.watcher = tie.target = None
        return there


def _discard(index: Index, life: "Incarnation | None", tie: Watch) -> bool:
    ties = index.get(life)
    if ties is None or tie not in ties:
        return False
    del ties[tie]
    if not ties:
        del index[life]
    return True
