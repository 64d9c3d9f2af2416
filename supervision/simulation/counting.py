"""Counts the messages of one place: each that was accepted must come to some end."""

from collections.abc import Callable
from functools import partial
from types import CoroutineType
from typing import Any

from msgspec import Struct

from ..runtime.afterwards import afterwards
from ..runtime.cell import Cell, Handler
from ..runtime.coroutine_incarnation import Flight
from ..runtime.future import Future
from ..runtime.incarnation import Incarnation
from ..runtime.mailbox import Envelope, Mailbox
from .history import Flow

IN_FLIGHT = "in flight when its actor ended"
EXPIRED = "expired"

_NOTHING = object()

Ask = Callable[[Future[Any]], None]


class CountingMailbox(Mailbox):
    """A mailbox that keeps count; `in_hand` is what was taken and not handled yet."""

    __slots__ = ("cell", "flow", "in_hand", "on_ask", "path", "restarting")

    def __init__(self, cell: Cell, on_ask: Ask) -> None:
        super().__init__(cell.mailbox.spec, self)
        self.closed = cell.mailbox.closed
        self.cell = cell
        self.path = cell.path
        self.flow = Flow(cell.path)
        self.on_ask = on_ask
        self.in_hand: Any = _NOTHING
        self.restarting = False

    def put(self, item: Any) -> None:
        """Count what is accepted."""
        Mailbox.put(self, item)
        self.flow.accepted += 1
        if item.__class__ is Envelope and item.reply_to is not None:
            self.on_ask(item.reply_to)

    def take(self) -> Any:
        """Count what is taken; while the mailbox tidies itself nothing is."""
        item = Mailbox.take(self)
        if not self.restarting:
            self.flow.taken += 1
            self.in_hand = item
        return item

    def put_back(self, item: Any) -> None:
        """Count what comes a second time, and why."""
        self.flow.put_back += 1
        if item is self.in_hand:
            self.flow.given_back += 1
            self.in_hand = _NOTHING
        else:
            self.flow.redelivered += 1
        super().put_back(item)

    def restarted(self) -> None:
        """Count what the mailbox discards by itself."""
        self.restarting = True
        super().restarted()
        self.restarting = False

    def dead_letter(self, message: Any, reason: str) -> None:
        """Count a dead letter that is the end of an accepted message."""
        if reason == IN_FLIGHT:
            self.flow.dead += 1
        elif reason == EXPIRED and _holds(self.in_hand, message):
            self.in_hand = _NOTHING
            self.flow.expired += 1

    def discard(self, item: Any, reason: str) -> None:
        """Count what the mailbox gives up, and pass it on to the place."""
        if item is self.in_hand:
            self.in_hand = _NOTHING
            self.flow.discarded += 1
        else:
            self.flow.discarded_unseen += 1
        self.cell.discard(item, reason)


class MessageCounter:
    """Counts what goes through one place, between its mailbox and its actor."""

    def __init__(self, cell: Cell, on_ask: Ask) -> None:
        self._cell = cell
        self._mailbox = CountingMailbox(cell, on_ask)
        self._under_way: dict[_UnderWay, None] = {}
        self._cut_short: list[Any] = []
        cell.mailbox = self._mailbox
        before = cell.intercept
        cell.intercept = lambda handler: self._around(before(handler))

    def flow(self) -> Flow:
        """Return the counts as they stand between two turns."""
        given_up = [each.item for each in self._under_way if each.is_given_up]
        cut_short = [*self._cut_short, *given_up]
        flow = self._mailbox.flow
        flow.waiting = len(self._mailbox.items)
        flow.in_hand = int(self._mailbox.in_hand is not _NOTHING)
        flow.open = len(self._under_way) - len(given_up)
        flow.cut_short = len(cut_short)
        flow.failed = sum(map(_has_its_reply, cut_short))
        return flow

    def dead_letter(self, message: Any, reason: str) -> None:
        """Take note of a dead letter of this place."""
        self._mailbox.dead_letter(message, reason)

    def _around(self, handler: Handler) -> Handler:
        mailbox, under_way, over = self._mailbox, self._under_way, self._over
        flow = mailbox.flow

        def handle(message: Any) -> Any:
            item, life = mailbox.in_hand, self._cell.life
            if item is not message and not _holds(item, message):
                return handler(message)  # a command, or it goes on with something
            mailbox.in_hand = _NOTHING
            flow.begun += 1
            if life is None:
                self._cut_short.append(item)
                return handler(message)
            entry = _UnderWay(life, item)
            under_way[entry] = None
            try:
                result = handler(message)
            except BaseException as error:
                over(entry, error)
                raise
            if type(result) is not CoroutineType:
                del under_way[entry]  # as in `_over`, for what is most frequent
                if life.ended:
                    self._cut_short.append(item)
                else:
                    flow.finished += 1
                return result
            entry.flies = True
            return afterwards(result, partial(over, entry))

        return handle

    def _over(self, entry: "_UnderWay", error: BaseException | None) -> None:
        del self._under_way[entry]
        failed = error is not None and not _answers(entry.life, entry.item, error)
        given_up = entry.is_given_up if entry.flies else entry.life.ended
        if failed or given_up:
            self._cut_short.append(entry.item)
        else:
            self._mailbox.flow.finished += 1


class _UnderWay(Struct, eq=False):
    """A message that is being handled; `flies` if a coroutine goes on with it."""

    life: Incarnation
    item: Any
    flies: bool = False

    @property
    def is_given_up(self) -> bool:
        """Whether it has been decided what becomes of it without its handler."""
        return self.life.ended or (
            self.flies
            and not any(
                isinstance(step, Flight) and step.item is self.item
                for step in self.life.doing()
            )
        )


def _holds(item: Any, message: Any) -> bool:
    return type(item) is Envelope and item.message is message


def _answers(life: Incarnation, item: Any, error: BaseException) -> bool:
    """Say whether an exception is no failure of the actor, but what it answers."""
    answers = life.actor is not None and isinstance(error, life.actor.replies_with)
    return answers and not _is_ask(item)


def _is_ask(item: Any) -> bool:
    return type(item) is Envelope and item.reply_to is not None


def _has_its_reply(item: Any) -> bool:
    return type(item) is Envelope and item.reply_to is not None and item.reply_to.done
