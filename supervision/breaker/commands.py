"""What an operator, or whoever reconciles, says to a breaker; all are asks.

The answer to each is the `BreakerReport` of afterwards. Every reason is written down.
"""

import attrs
from attrs import validators as must

from .lanes import LaneReport
from .states import HoldKind, State


class BreakerCommandRefused(Exception):
    """A breaker does not do what it was told; the message says what would help."""


def _reason() -> str:
    # attrs' stubs say what the field holds, not that it is a field.
    return attrs.field(validator=must.min_len(1))


@attrs.frozen
class ForceOpen:
    """Open it, whatever happens, for `ttl` seconds or until it is reset."""

    reason: str = _reason()
    ttl: float | None = attrs.field(default=None, validator=must.optional(must.gt(0)))


@attrs.frozen
class Disable:
    """Let every call pass and judge none, until it is reset."""

    reason: str = _reason()


@attrs.frozen
class OnlyMeasure:
    """Let every call pass, and tell when it would have opened, until it is reset."""

    reason: str = _reason()


@attrs.frozen
class ResetBreaker:
    """Close it and begin anew.

    It is refused while anything but the timer holds it; `force` forgets that as well,
    and with it which calls nobody knows the outcome of.
    """

    reason: str = _reason()
    force: bool = False


@attrs.frozen
class UnlockBreaker:
    """The key, or whatever else only people can mend, is right again."""

    reason: str = _reason()


@attrs.frozen
class Reconciled:
    """It is known what became of these calls; of all that are not, if none is named."""

    calls: tuple[str, ...] = ()
    reason: str = "reconciled"


@attrs.frozen
class QueryBreaker:
    """Tell how you are."""


@attrs.frozen(kw_only=True)
class HoldReport:
    """Why it stays open; `seconds` are left, None: no time helps."""

    kind: HoldKind
    seconds: float | None
    reason: str


@attrs.frozen(kw_only=True)
class BreakerReport:
    """How a breaker is.

    `volume`, `bad` and `slow` are the calls of its window, `in_a_row` the bad ones
    since the last good one. `late` results came too late to count, `unresolved` are the
    calls whose outcome nobody knows, `forced_for` is how long it stays forced open.
    """

    path: str
    state: State
    generation: int
    holds: tuple[HoldReport, ...]
    forced_for: float | None
    attempt: int
    permits: int
    successes: int
    unresolved: tuple[str, ...]
    volume: int
    bad: int
    slow: int
    in_a_row: int
    late: int
    rejected: int
    would_open: int
    lanes: tuple[LaneReport, ...]
    evidence: tuple[str, ...]
