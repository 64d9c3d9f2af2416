"""The law of the house: what an actor is, who restarts it, and what is told of it."""

from .commands import (
    ChildCounts,
    ChildError,
    ChildInfo,
    ChildState,
    CountChildren,
    CycleChild,
    DeleteChild,
    Refusal,
    RestartChild,
    StartChild,
    TerminateChild,
    WhichChildren,
)
from .event_log import EventLog
from .events import Decision, EventKind, SupervisionEvent
from .runtime.actor import Actor
from .runtime.cell import Cell
from .runtime.clock import Clock, ManualClock, SystemClock
from .runtime.dead_letters import DeadLetter, DeadLetters
from .runtime.exit_reason import ActorCrashed, ExitKind, ExitReason
from .runtime.future import AskTimeout, Future, gather
from .runtime.incarnation import AskCycle
from .runtime.mailbox import MailboxFull, MailboxSpec, OnRestart, Overflow
from .runtime.randomness import Randomness
from .runtime.reference import Ref
from .specs import (
    BRUTAL,
    INFINITY,
    AutoShutdown,
    Backoff,
    ChildSpec,
    InFlight,
    RefTo,
    Restart,
    Strategy,
    SupervisorSpec,
)
from .supervisor import Supervisor
from .system import ActorSystem, StartFailed, UnknownPath
from .tree_state import NodeState, Phase, TreeState, fold

__all__ = [
    "BRUTAL",
    "INFINITY",
    "Actor",
    "ActorCrashed",
    "ActorSystem",
    "AskCycle",
    "AskTimeout",
    "AutoShutdown",
    "Backoff",
    "Cell",
    "ChildCounts",
    "ChildError",
    "ChildInfo",
    "ChildSpec",
    "ChildState",
    "Clock",
    "CountChildren",
    "CycleChild",
    "DeadLetter",
    "DeadLetters",
    "Decision",
    "DeleteChild",
    "EventKind",
    "EventLog",
    "ExitKind",
    "ExitReason",
    "Future",
    "InFlight",
    "MailboxFull",
    "MailboxSpec",
    "ManualClock",
    "NodeState",
    "OnRestart",
    "Overflow",
    "Phase",
    "Randomness",
    "Ref",
    "RefTo",
    "Refusal",
    "Restart",
    "RestartChild",
    "StartChild",
    "StartFailed",
    "Strategy",
    "SupervisionEvent",
    "Supervisor",
    "SupervisorSpec",
    "SystemClock",
    "TerminateChild",
    "TreeState",
    "UnknownPath",
    "WhichChildren",
    "fold",
    "gather",
]
