"""Finds out whether an answer depends on whoever waits for it."""

import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from .dispatcher import Dispatcher
from .future import Future

if TYPE_CHECKING:
    from .cell import Cell

_deadlock_check = threading.Lock()


class AskCycle(Exception):
    """Waiting here would wait for somebody who waits for us."""


class Asking:
    """What an incarnation waits for, and when it must not wait."""

    __slots__ = ("cell", "dispatcher", "waits_for")

    def __init__(self, cell: "Cell", dispatcher: Dispatcher) -> None:
        self.cell = cell
        self.dispatcher = dispatcher
        self.waits_for: Future[Any] | None = None

    def before_blocking(self, future: Future[Any]) -> None:
        """Refuse to block where that would stop others, or for ever.

        Raises:
            RuntimeError: this actor shares its thread.
            AskCycle: the answer depends on this actor.

        """
        if not self.dispatcher.may_block:
            raise RuntimeError(
                f"{self.cell.path} shares its thread and must not block on"
                f" {future.path or 'a future'}: use self.pipe(future, then), or give"
                ' this actor a thread of its own with "dispatcher": "pinned"'
            )
        self._begin_waiting(future)

    def before_awaiting(self, future: Future[Any]) -> None:
        """Do nothing: only coroutines await."""

    def after_waiting(self) -> None:
        """Take note that it goes on."""
        self.waits_for = None

    def _begin_waiting(self, future: Future[Any]) -> None:
        with _deadlock_check:
            awaited = list(_awaited(self, future))
            if any(
                each.source is None and each.target is self.cell for each in awaited
            ):
                raise _cycle(self.cell.path, awaited)
            self.waits_for = future


def defer(life: Asking, reply_to: Future[Any], source: Future[Any]) -> None:
    """Let a reply follow another future, unless that waits for the reply."""
    with _deadlock_check:
        awaited = list(_awaited(life, source))
    if reply_to in awaited:
        reply_to.fail(_cycle(life.cell.path, awaited))
    else:
        reply_to.follow(source)


def _awaited(life: Asking, future: Future[Any] | None) -> Iterator[Future[Any]]:
    """Yield a future and, in turn, what its result waits for."""
    seen: set[Future[Any]] = set()
    while future is not None and not future.done and future not in seen:
        seen.add(future)
        yield future
        if future.source is not None:
            future = future.source
        else:
            other = life.cell.system.life_at(future.target)
            future = None if other is None else other.waits_for


def _cycle(path: str, awaited: list[Future[Any]]) -> AskCycle:
    paths = [path, *(each.path for each in awaited if each.source is None)]
    return AskCycle(
        f"asking in a cycle would wait for ever: {' -> '.join(paths)};"
        " use self.pipe(future, then) in one of them"
    )
