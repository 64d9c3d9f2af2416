"""Whoever is blocked in a simulated world, and what it means if that is for ever."""

from collections.abc import Iterable
from typing import cast

import attrs

from ..runtime.clock import Alarm
from ..runtime.coroutine_incarnation import Flight
from ..runtime.incarnation import Incarnation
from ..runtime.latch import Happening
from ..runtime.stack import of_coroutine
from .crew import Place
from .dispatchers import SimulatedDispatcher


class Deadlock(Exception):
    """Somebody waits, and nothing that is still to happen can ever end that."""


class Livelock(Exception):
    """Turn follows turn without any time passing."""


class WorldClosed(BaseException):
    """Raised where a turn is blocked when its world is closed, so that it ends."""


@attrs.define(eq=False)
class Parked:
    """A thread that waits: for an event, for a moment, or just to be chosen again.

    `life` is whose turn it is at; None stands for the caller, who is outside.
    """

    life: Incarnation | None
    event: Happening | None
    place: Place = attrs.field(factory=Place)
    alarm: Alarm | None = None
    expired: bool = False

    @property
    def is_due(self) -> bool:
        """Whether what it waits for has come."""
        return self.event is not None and self.event.is_set()

    @property
    def is_for_ever(self) -> bool:
        """Whether no moment ends the waiting, and it matters."""
        over = self.life is not None and self.life.ended
        return self.alarm is None and self.event is not None and not over

    @property
    def is_watched(self) -> bool:
        """Whether a watchdog will end whoever waits here."""
        return self.life is not None and _is_watched(self.life)

    @property
    def wants_looks(self) -> bool:
        """Whether a watchdog could come to think anything of whoever waits here."""
        life = self.life
        return life is not None and (
            self.is_watched
            or life.fenced
            or cast("SimulatedDispatcher", life.dispatcher).shares_thread
        )

    def __str__(self) -> str:
        if self.life is None:
            return "the caller waits for what nobody brings"
        future = self.life.waits_for
        whom = "an event that nobody sets" if future is None else future.path
        return f"{self.life.cell.path} waits for {whom or 'a future of nobody'}"


@attrs.frozen(eq=False)
class Awaiting:
    """An incarnation whose coroutines wait; no thread is at it."""

    life: Incarnation

    @property
    def is_for_ever(self) -> bool:
        """Whether they still matter; a moment that ended it would be pending."""
        return self.life.is_at_work and not self.life.ended

    @property
    def is_watched(self) -> bool:
        """Whether a watchdog will end whoever waits here."""
        return self.is_for_ever and _is_watched(self.life)

    def __str__(self) -> str:
        future, path = self.life.waits_for, self.life.cell.path
        whom = "what nobody brings" if future is None else future.path
        places = ", ".join(
            of_coroutine(step.coroutine)
            for step in self.life.doing()
            if isinstance(step, Flight)
        )
        return f"{path} awaits {whom or 'a future of nobody'} in {places}"


def deadlock(waiting: Iterable[Parked | Awaiting]) -> Deadlock | None:
    """Say who waits for whom, if nothing can ever end that but what is pending."""
    waiting = list(waiting)
    told = "; ".join(str(each) for each in waiting if each.is_for_ever)
    if not told or any(each.is_watched for each in waiting):
        return None
    return Deadlock(
        f"nothing is left that could happen, but {told}: give what waits a timeout, or"
        " see to it that what it waits for comes"
    )


def _is_watched(life: Incarnation) -> bool:
    return not life.ended and life.hang_after is not None
