"""Whoever is blocked in a simulated world, and what it means if that is for ever."""

import threading
from collections.abc import Iterable

import attrs

from ..runtime.clock import Alarm
from ..runtime.future import Arrival
from ..runtime.incarnation import Incarnation
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
    event: threading.Event | None
    place: Place = attrs.field(factory=Place)
    alarm: Alarm | None = None
    expired: bool = False

    @property
    def is_due(self) -> bool:
        """Whether what it waits for has come."""
        return self.event is not None and self.event.is_set()

    @property
    def is_for_ever(self) -> bool:
        """Whether no moment ends the waiting."""
        return self.alarm is None and self.event is not None

    def __str__(self) -> str:
        who = "the caller" if self.life is None else self.life.cell.path
        return f"{who} waits for {_awaited(self.event)}"


def deadlock(parked: Iterable[Parked]) -> Deadlock:
    """Describe who waits for whom."""
    told = "; ".join(str(each) for each in parked if each.is_for_ever)
    return Deadlock(
        f"nothing is left that could happen, but {told}: give what waits a timeout, or"
        " see to it that what it waits for comes"
    )


def _awaited(event: threading.Event | None) -> str:
    if isinstance(event, Arrival):
        return event.future.path or "a future that nobody settles"
    return "an event that nobody sets"
