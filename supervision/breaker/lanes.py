"""Lanes with bounded concurrency and a bounded queue: a cancel waits for no order."""

from collections import deque
from collections.abc import Mapping
from typing import Any

import attrs

from ..outcome import CallClass
from ..runtime.clock import Timer
from ..runtime.future import Future
from .settings import LaneSettings

LANE_OF: Mapping[CallClass, str] = {
    CallClass.NEW: "new",
    CallClass.REDUCE: "new",
    CallClass.CANCEL: "cancel",
    CallClass.QUERY: "query",
    CallClass.ACCOUNT: "query",
    CallClass.DATA: "data",
}


@attrs.define(eq=False)
class Call:
    """One call from its arrival to its end; times are on the breaker's clock.

    `name` is how it is known to whoever reconciles. `ticket` is drawn when it is sent.
    `is_known`: somebody found out what became of it before it ended here.
    """

    number: int
    name: str
    message: Any
    call_class: CallClass
    reply: Future[Any]
    deadline: float
    began: float = 0.0
    ticket: int = 0
    is_known: bool = False
    is_probe: bool = False
    timer: Timer | None = None


class Lane:
    """The calls of some classes: those under way, and those that wait, in order."""

    __slots__ = ("name", "running", "settings", "waiting")

    def __init__(self, name: str, settings: LaneSettings) -> None:
        self.name = name
        self.settings = settings
        self.running = 0
        self.waiting: deque[Call] = deque()

    @property
    def has_slot(self) -> bool:
        """Whether a call may begin at once."""
        return self.running < self.settings.concurrency

    @property
    def is_full(self) -> bool:
        """Whether no further call may wait."""
        return len(self.waiting) >= self.settings.queue

    def next(self) -> Call | None:
        """Take out who has waited longest, if there is a slot."""
        return self.waiting.popleft() if self.waiting and self.has_slot else None

    def leave(self, call: Call) -> bool:
        """Take a call out of the queue; False if it no longer waits."""
        try:
            self.waiting.remove(call)
        except ValueError:
            return False
        return True


@attrs.frozen
class LaneReport:
    """How a lane is used."""

    name: str
    running: int
    waiting: int
    concurrency: int
    queue: int


def reported(lane: Lane) -> LaneReport:
    """Tell how a lane is used."""
    limits = lane.settings
    return LaneReport(
        lane.name, lane.running, len(lane.waiting), limits.concurrency, limits.queue
    )
