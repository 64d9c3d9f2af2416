"""Whoever is blocked in a simulated world, and what it means if that is for ever."""

from collections.abc import Iterable

import attrs

from ..runtime.clock import Alarm
from ..runtime.incarnation import Incarnation
from ..runtime.latch import Happening
from .crew import Place


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
        life = self.life
        return life is not None and not life.ended and life.hang_after is not None

    @property
    def wants_looks(self) -> bool:
        """Whether a watchdog could come to think anything of whoever waits here."""
        life = self.life
        return life is not None and (
            self.is_watched or life.fenced or not life.dispatcher.may_block
        )

    def __str__(self) -> str:
        if self.life is None:
            return "the caller waits for what nobody brings"
        future = self.life.waits_for
        whom = "an event that nobody sets" if future is None else future.path
        return f"{self.life.cell.path} waits for {whom or 'a future of nobody'}"


def deadlock(parked: Iterable[Parked]) -> Deadlock | None:
    """Say who waits for whom, if nothing can ever end that but what is pending."""
    waiting = list(parked)
    told = "; ".join(str(each) for each in waiting if each.is_for_ever)
    if not told or any(each.is_watched for each in waiting):
        return None
    return Deadlock(
        f"nothing is left that could happen, but {told}: give what waits a timeout, or"
        " see to it that what it waits for comes"
    )
