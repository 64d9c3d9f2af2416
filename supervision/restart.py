"""Who is restarted, when, and when to give up: pure decisions, OTP's rules.

The rules are those of `do_restart/3`, `restart/3` and `add_restart/3` in OTP's
supervisor.erl; the back-off is Akka's.
"""

from collections import deque
from collections.abc import Reversible
from itertools import takewhile
from random import Random
from typing import TypeVar

import attrs

from .failures import Directive, failure_class, what_helps
from .runtime.exit_reason import ExitKind, ExitReason
from .specs import (
    AutoShutdown,
    Backoff,
    ChildSpec,
    Restart,
    Spec,
    Strategy,
    SupervisorSpec,
)
from .waits import grown

T = TypeVar("T")


def is_restarted(restart: Restart, reason: ExitReason) -> bool:
    """Say whether a child of this restart type is restarted after this ending.

    | | ignored | normal, shutdown | any other |
    |---|---|---|---|
    | permanent | left stopped | restarted | restarted |
    | transient | left stopped | left stopped | restarted |
    | temporary | forgotten | forgotten | forgotten |
    """
    if reason.kind is ExitKind.IGNORED:
        return False
    if restart is Restart.PERMANENT:
        return True
    return restart is Restart.TRANSIENT and not reason.orderly


def affected(strategy: Strategy, children: Reversible[T], failed: T) -> list[T]:
    """Return the children, in start order, that are restarted when one failed."""
    match strategy:
        case Strategy.ONE_FOR_ALL:
            return list(children)
        case Strategy.REST_FOR_ONE:
            after = list(takewhile(lambda each: each != failed, reversed(children)))
            return [failed, *reversed(after)]
        case Strategy.ONE_FOR_ONE | Strategy.SIMPLE_ONE_FOR_ONE:
            return [failed]


def shuts_down(
    auto_shutdown: AutoShutdown, *, ended_by_itself: bool, others_run: bool
) -> bool:
    """Say whether the end of a significant child that is not restarted ends all.

    `others_run` is whether another significant child still runs. A child that was
    stopped through the supervisor, or because of a sibling, never counts.
    """
    if not ended_by_itself or auto_shutdown is AutoShutdown.NEVER:
        return False
    return auto_shutdown is AutoShutdown.ANY_SIGNIFICANT or not others_run


@attrs.define
class RestartWindow:
    """The restarts of the last `period` seconds; more than `intensity` is too many."""

    intensity: int
    period: float
    _times: deque[float] = attrs.field(factory=deque[float], init=False)

    def add(self, now: float) -> bool:
        """Count one more restart; say whether it is still within the intensity.

        A restart exactly `period` seconds old still counts, as in OTP.
        """
        self._times.append(now)
        while now - self._times[0] > self.period:
            self._times.popleft()
        return len(self._times) <= self.intensity


def delay(backoff: Backoff | None, attempt: int, random: Random) -> float:
    """Return how many seconds to wait before restart number `attempt` (from 0)."""
    if backoff is None:
        return 0.0
    # The exponent is capped so that a child failing for days can't overflow a float.
    wait = grown(backoff.minimum, backoff.maximum, attempt, backoff.factor)
    return wait * random.uniform(1 - backoff.jitter, 1 + backoff.jitter)


def directive(spec: Spec, reason: ExitReason) -> Directive:
    """Return what helps after a child with this specification has failed so."""
    if not isinstance(spec, ChildSpec):
        return Directive()
    return what_helps(failure_class(reason, spec.failures), reason.error)


def backoff_of(
    spec: Spec, supervisor: SupervisorSpec, helps: Directive
) -> Backoff | None:
    """Return the child's own back-off, or else its supervisor's.

    What does not count towards the intensity never goes without one: it would be tried
    again for ever without a pause.
    """
    own = spec.backoff if isinstance(spec, ChildSpec) else None
    given = own or supervisor.backoff
    return given if helps.counts or given is not None else Backoff()


def next_attempt(backoff: Backoff | None, attempt: int, ran_for: float) -> int:
    """Return the attempt number after a run of `ran_for` seconds."""
    if backoff is None or ran_for >= backoff.stable_for:
        return 0
    return attempt
