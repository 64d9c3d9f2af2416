"""A circuit breaker in front of an actor: it keeps back what would do harm."""

from .circuit_breaker import CircuitBreaker
from .commands import (
    BreakerCommandRefused,
    BreakerReport,
    Disable,
    ForceOpen,
    HoldReport,
    OnlyMeasure,
    QueryBreaker,
    Reconciled,
    ResetBreaker,
    UnlockBreaker,
)
from .core import BreakerCore
from .fallback import LastGood
from .lanes import LaneReport
from .rejection import BreakerRejected
from .settings import BreakerSettings, LaneSettings
from .states import HoldKind, Sample, State

__all__ = [
    "BreakerCommandRefused",
    "BreakerCore",
    "BreakerRejected",
    "BreakerReport",
    "BreakerSettings",
    "CircuitBreaker",
    "Disable",
    "ForceOpen",
    "HoldKind",
    "HoldReport",
    "LaneReport",
    "LaneSettings",
    "LastGood",
    "OnlyMeasure",
    "QueryBreaker",
    "Reconciled",
    "ResetBreaker",
    "Sample",
    "State",
    "UnlockBreaker",
]
