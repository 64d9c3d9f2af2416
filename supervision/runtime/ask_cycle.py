"""Finds out whether an answer depends on whoever waits for it."""

import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from .future import Future

if TYPE_CHECKING:
    from .incarnation import Incarnation

_deadlock_check = threading.Lock()


class AskCycle(Exception):
    """Waiting here would wait for somebody who waits for us."""


def begin_waiting(life: "Incarnation", future: Future[Any]) -> None:
    """Note that an incarnation can't go on before the future is done.

    Raises:
        AskCycle: the future depends on this incarnation.

    """
    with _deadlock_check:
        awaited = list(_awaited(life, future))
        if any(each.source is None and each.target is life.cell for each in awaited):
            raise _cycle(life.cell.path, awaited)
        life.waits_for = future


def defer(life: "Incarnation", reply_to: Future[Any], source: Future[Any]) -> None:
    """Let a reply follow another future, unless that waits for the reply."""
    with _deadlock_check:
        awaited = list(_awaited(life, source))
    if reply_to in awaited:
        reply_to.fail(_cycle(life.cell.path, awaited))
    else:
        reply_to.follow(source)


def _awaited(life: "Incarnation", future: Future[Any] | None) -> Iterator[Future[Any]]:
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
