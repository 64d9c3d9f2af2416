"""The simulated world: the unchanged tree under one seeded scheduler."""

from .chaos import Chaos, Fault, FaultKind, plan
from .guards import Escaped
from .history import History
from .invariants import violations
from .recorder import Recorder
from .report import Report, Summary, summarise
from .runner import Simulation, simulate
from .virtual_clock import VirtualClock
from .waiting import Deadlock, Livelock
from .world import World

__all__ = [
    "Chaos",
    "Deadlock",
    "Escaped",
    "Fault",
    "FaultKind",
    "History",
    "Livelock",
    "Recorder",
    "Report",
    "Simulation",
    "Summary",
    "VirtualClock",
    "World",
    "plan",
    "simulate",
    "summarise",
    "violations",
]
