"""Carries out what a breaker is told, and tells how it is."""

from collections.abc import Iterable
from typing import Any

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
from .lanes import Lane, reported

Command = (
    QueryBreaker
    | Reconciled
    | ForceOpen
    | Disable
    | OnlyMeasure
    | ResetBreaker
    | UnlockBreaker
)


def obey(core: BreakerCore, command: Command, now: float) -> None:
    """Do what the command says.

    Raises:
        BreakerCommandRefused: a reset would forget what must not be forgotten.

    """
    match command:
        case QueryBreaker():
            pass
        case Reconciled(calls=calls, reason=reason):
            core.reconciled(calls, now, reason)
        case ForceOpen(reason=reason, ttl=ttl):
            core.force_open(now, f"forced: {reason}", ttl)
        case Disable(reason=reason):
            core.disable(now, f"disabled: {reason}")
        case OnlyMeasure(reason=reason):
            core.only_measure(now, f"only measuring: {reason}")
        case UnlockBreaker(reason=reason):
            core.unlock(now, f"unlocked: {reason}")
        case ResetBreaker(reason=reason, force=force):
            if not core.reset(now, f"reset: {reason}", force=force):
                held = "; ".join(hold.told(now) for hold in core.holds.values())
                raise BreakerCommandRefused(
                    f"a reset would forget what holds it: {held}; say Reconciled or"
                    " UnlockBreaker, wait, or reset it with force"
                )


def report(
    core: BreakerCore, path: str, lanes: Iterable[Lane], rejected: int, now: float
) -> BreakerReport:
    """Tell how a breaker is."""
    volume, bad, slow = core.window.counts(now)
    forced = core.forced_until
    return BreakerReport(
        path=path,
        state=core.state,
        generation=core.generation,
        holds=tuple(
            HoldReport(
                kind=hold.kind,
                seconds=None if hold.until is None else max(0.0, hold.until - now),
                reason=hold.reason,
            )
            for hold in core.holds.values()
        ),
        forced_for=None if forced is None else max(0.0, forced - now),
        attempt=core.attempt,
        permits=core.permits,
        successes=core.successes,
        unresolved=tuple(core.unresolved),
        volume=volume,
        bad=bad,
        slow=slow,
        in_a_row=core.window.in_a_row,
        late=core.late,
        rejected=rejected,
        would_open=core.would_open,
        lanes=tuple(map(reported, lanes)),
        evidence=tuple(core.evidence),
    )


def in_short(core: BreakerCore, rejected: int, now: float) -> dict[str, Any]:
    """Tell an operator the same in a few words."""
    volume, bad, slow = core.window.counts(now)
    return {
        "state": str(core.state),
        "held_by": ", ".join(core.holds),
        "calls_in_window": volume,
        "failed_in_window": bad,
        "slow_in_window": slow,
        "attempt": core.attempt,
        "unresolved": len(core.unresolved),
        "rejected": rejected,
        "would_open": core.would_open,
    }
