"""What risk remembers over its own crash: verdicts, pace, risk states, the past."""

from collections import deque
from collections.abc import Iterable
from decimal import Decimal

import attrs

from .evidence import Entry, RiskArmed, RiskTightened
from .gates import Gate
from .limits import Limits
from .messages import Intent, IntentRefused
from .pace import Pace
from .risk_states import RiskStates, Scopes
from .track_record import TrackRecord, restored

REMEMBERED = 10_000
"""Verdicts; an intent that comes again comes soon after the first time."""


@attrs.define(kw_only=True)
class RiskMemory:
    """`verdicts` by intent id: why it was refused, or as what it has passed.

    `is_restored`: the journal was read.

    `owed` is what is not known to be written down.
    """

    states: RiskStates
    record: TrackRecord = attrs.field(factory=TrackRecord)
    pace: Pace = attrs.field(factory=Pace)
    restarts: deque[tuple[float, int]] = attrs.field(factory=deque[tuple[float, int]])
    gates: dict[Gate, str] = attrs.field(factory=dict[Gate, str])
    verdicts: dict[str, IntentRefused | Intent] = attrs.field(
        factory=dict[str, IntentRefused | Intent]
    )
    owed: list[Entry] = attrs.field(factory=list[Entry])
    refused: int = 0
    is_restored: bool = False

    @classmethod
    def empty(cls, scopes: Scopes) -> "RiskMemory":
        """Remember nothing."""
        return cls(states=RiskStates(scopes))

    def restore(self, entries: Iterable[Entry], symbol: str) -> None:
        """Take in what the journal tells, once: this memory is newer afterwards."""
        if self.is_restored:
            return
        self.is_restored = True
        found = tuple(entries)
        for entry in found:
            if isinstance(entry, RiskTightened | RiskArmed):
                self.states.apply(entry)
        self.record.baseline = restored(found, symbol)

    def judged(
        self,
        intent: Intent,
        verdict: IntentRefused | Intent,
        mark: Decimal | None,
        limits: Limits,
    ) -> None:
        """Remember a verdict at a mark, and what it means for those to come."""
        self.verdicts[intent.id] = verdict
        if len(self.verdicts) > REMEMBERED:
            del self.verdicts[next(iter(self.verdicts))]
        self.pace.wanted(intent, limits)
        if isinstance(verdict, Intent):
            if mark is not None:
                self.record.slippage.wanted_at[intent.id] = mark
            self.pace.passed(intent, limits)
        else:
            self.refused += 1
