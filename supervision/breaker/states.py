"""The words of the breaker: its states, what holds it open, and what happens to it."""

import enum

import attrs


class State(enum.StrEnum):
    """What the breaker does with calls.

    CLOSED passes and counts them. OPEN rejects them for as long as anything holds it
    open. HALF_OPEN tries a few. FORCED_OPEN is open because an operator said so,
    DISABLED passes all and judges nothing, METRICS_ONLY passes all and tells when it
    would have opened.
    """

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"
    FORCED_OPEN = "forced_open"
    DISABLED = "disabled"
    METRICS_ONLY = "metrics_only"


class HoldKind(enum.StrEnum):
    """What keeps it open, and so what must happen before it tries again.

    TIMER: the wait after failures. UNTIL: the venue wants to be left alone until then.
    BAN: the same, and it does not listen at all. RECONCILE: somebody must find out what
    became of calls. OPERATOR: the key is not accepted, and no time helps.
    """

    TIMER = "timer"
    UNTIL = "until"
    BAN = "ban"
    RECONCILE = "reconcile"
    OPERATOR = "operator"


class Event(enum.StrEnum):
    """What the table of transitions knows.

    FACT: a hold was added. LIFTED: one is gone. The others are results of calls of the
    present generation, times that are over, and an operator's commands.
    """

    BAD = "bad"
    TRIAL_GOOD = "trial_good"
    TRIAL_NEUTRAL = "trial_neutral"
    FACT = "fact"
    LIFTED = "lifted"
    DWELL_OVER = "dwell_over"
    TTL_OVER = "ttl_over"
    FORCE_OPEN = "force_open"
    DISABLE = "disable"
    ONLY_MEASURE = "only_measure"
    RESET = "reset"


class Sample(enum.IntEnum):
    """What the end of a call says of the dependency's health; NEUTRAL: nothing."""

    NEUTRAL = 0
    GOOD = 1
    BAD = 2


@attrs.frozen
class Hold:
    """One reason to stay open; `until` on the breaker's clock, None: no time helps."""

    kind: HoldKind
    until: float | None
    reason: str

    def told(self, now: float) -> str:
        """Say it to people."""
        left = "" if self.until is None else f" for {max(0.0, self.until - now):.3g} s"
        reason = f" ({self.reason})" if self.reason else ""
        return f"{self.kind}{left}{reason}"


@attrs.frozen
class Change:
    """A transition, or news within a state, as a sentence with its numbers."""

    before: State
    after: State
    told: str
