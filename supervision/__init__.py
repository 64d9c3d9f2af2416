"""The law of the house: what an actor is, who restarts it, and what is told of it."""

from .actor_info import ActorInfo, Lifecycle
from .budget import BudgetSpec
from .commands import (
    ChildCounts,
    ChildError,
    ChildInfo,
    ChildState,
    CountChildren,
    CycleChild,
    DeleteChild,
    GetChildSpec,
    Refusal,
    RestartChild,
    StartChild,
    TerminateChild,
    WhichChild,
    WhichChildren,
)
from .event_journal import EventJournal
from .event_log import EventLog
from .event_store import EventStore, JournalUnusable, StoredEvent
from .events import Decision, EventKind, SupervisionEvent
from .failures import FailureClass
from .faults import CrashPlan, InjectedCrash, crash, hang
from .runtime.actor import Actor
from .runtime.ask_cycle import AskCycle
from .runtime.asked_of_all import Describe
from .runtime.cell import Cell
from .runtime.clock import Clock, ManualClock, SystemClock
from .runtime.dead_letters import DeadLetter, DeadLetterReason, DeadLetters
from .runtime.down import Down, LinkDown, LinkedExit
from .runtime.exit_reason import ActorCrashed, ExitKind, ExitReason, Ignore
from .runtime.future import AskTimeout, Future, gather
from .runtime.mailbox import MailboxFull, MailboxSpec, OnRestart, Overflow
from .runtime.permit import Permit, PermitScope, PermitVoid
from .runtime.randomness import Randomness
from .runtime.reference import Ref
from .runtime.running import Fenced
from .runtime.watch import Watch
from .runtime.watchdog import Doing
from .specs import (
    BRUTAL,
    INFINITY,
    UNLIMITED,
    AutoShutdown,
    Backoff,
    ChildSpec,
    InFlight,
    RefTo,
    Restart,
    Strategy,
    SupervisorSpec,
)
from .status import Verdict, Word, verdict, word
from .supervisor import Supervisor
from .system import ActorSystem, StartFailed, UnknownPath
from .tree_state import NodeState, Phase, TreeState, fold

__all__ = [
    "BRUTAL",
    "INFINITY",
    "UNLIMITED",
    "Actor",
    "ActorCrashed",
    "ActorInfo",
    "ActorSystem",
    "AskCycle",
    "AskTimeout",
    "AutoShutdown",
    "Backoff",
    "BudgetSpec",
    "Cell",
    "ChildCounts",
    "ChildError",
    "ChildInfo",
    "ChildSpec",
    "ChildState",
    "Clock",
    "CountChildren",
    "CrashPlan",
    "CycleChild",
    "DeadLetter",
    "DeadLetterReason",
    "DeadLetters",
    "Decision",
    "DeleteChild",
    "Describe",
    "Doing",
    "Down",
    "EventJournal",
    "EventKind",
    "EventLog",
    "EventStore",
    "ExitKind",
    "ExitReason",
    "FailureClass",
    "Fenced",
    "Future",
    "GetChildSpec",
    "Ignore",
    "InFlight",
    "InjectedCrash",
    "JournalUnusable",
    "Lifecycle",
    "LinkDown",
    "LinkedExit",
    "MailboxFull",
    "MailboxSpec",
    "ManualClock",
    "NodeState",
    "OnRestart",
    "Overflow",
    "Permit",
    "PermitScope",
    "PermitVoid",
    "Phase",
    "Randomness",
    "Ref",
    "RefTo",
    "Refusal",
    "Restart",
    "RestartChild",
    "StartChild",
    "StartFailed",
    "StoredEvent",
    "Strategy",
    "SupervisionEvent",
    "Supervisor",
    "SupervisorSpec",
    "SystemClock",
    "TerminateChild",
    "TreeState",
    "UnknownPath",
    "Verdict",
    "Watch",
    "WhichChild",
    "WhichChildren",
    "Word",
    "crash",
    "fold",
    "gather",
    "hang",
    "verdict",
    "word",
]
