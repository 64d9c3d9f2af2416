"""The words for what happens to the tree: every decision is an event."""

import enum

from msgspec import Struct

TERMINATED = "terminated"
"""The reason of a stop that a command ordered, of one child alone."""


class EventKind(enum.StrEnum):
    """What can happen to a place in the tree."""

    ADDED = "added"
    STARTING = "starting"
    READY = "ready"
    STOPPING = "stopping"
    EXITED = "exited"
    BACKING_OFF = "backing_off"
    ESCALATED = "escalated"
    REMOVED = "removed"
    COMMANDED = "commanded"
    HELD_THREAD = "held_thread"
    ALARM = "alarm"
    BREAKER = "breaker"


class Decision(enum.StrEnum):
    """What a supervisor made of an exit, or of a command about a child that is down."""

    NONE = ""
    RESTART = "restart"
    RETRY = "retry"
    RESTART_WITH_SIBLING = "restart_with_sibling"
    LEAVE_STOPPED = "leave_stopped"
    FORGET = "forget"
    ESCALATE = "escalate"
    SHUT_DOWN = "shut_down"


# `gc=False`: it refers to nothing that could refer back, and there may be many.
class SupervisionEvent(Struct, frozen=True, gc=False):
    """One thing that happened, and what it followed from.

    `time` is wall seconds. `cause_seq` is the `seq` of the event that led to this one,
    0 where there is none. For `added`, `reason` describes the place, for `breaker` it
    is what a circuit breaker has become, with the numbers that caused it.
    """

    seq: int
    time: float
    path: str
    incarnation: int
    kind: EventKind
    reason: str
    decision: Decision
    cause_seq: int

    @property
    def exit_kind(self) -> str:
        """How an incarnation ended: the `ExitKind` that its reason begins with."""
        return self.reason.partition(":")[0] if self.kind is EventKind.EXITED else ""
