"""The words of technical gates: what blocks new risk while it lasts, and no longer.

They are no risk states: nobody has to open them, and nobody may forget to.
"""

import enum

import attrs

from ..supervision.runtime.reference import Ref


class Gate(enum.StrEnum):
    """What may be out of order; each is said by whoever knows.

    RECONCILIATION: what the venue has is not known for certain. UNKNOWN_ORDER: an order
    may be at the venue, or not. JOURNAL: nothing can be written down. FEED: the market
    is not known. VENUE: the venue is not to be called.
    """

    RECONCILIATION = "reconciliation"
    UNKNOWN_ORDER = "unknown_order"
    JOURNAL = "journal"
    FEED = "feed"
    VENUE = "venue"


@attrs.frozen(kw_only=True)
class GateClosed:
    """No new risk in this symbol until the gate opens, or is closed for longer."""

    gate: Gate
    symbol: str
    reason: str


@attrs.frozen(kw_only=True)
class GateOpened:
    """The cause is gone."""

    gate: Gate
    symbol: str


@attrs.define
class Gates:
    """The gates that one actor opens and closes for a symbol; `to` hears of it.

    `own` are those of which it knows, and nobody else says them.
    """

    own: tuple[Gate, ...]
    symbol: str
    to: Ref | None
    closed: dict[Gate, str] = attrs.field(factory=dict[Gate, str], init=False)

    def __str__(self) -> str:
        return "; ".join(f"{gate}: {why}" for gate, why in self.closed.items())

    def close(self, gate: Gate, why: str) -> None:
        """Close a gate, or say another reason for its being closed."""
        if self.closed.get(gate) == why:
            return
        self.closed[gate] = why
        if self.to is not None:
            self.to.tell(GateClosed(gate=gate, symbol=self.symbol, reason=why))

    def open(self, gate: Gate) -> None:
        """Open a gate, if it is closed."""
        if self.closed.pop(gate, None) is not None and self.to is not None:
            self.to.tell(GateOpened(gate=gate, symbol=self.symbol))

    def say_again(self, incarnation: int) -> None:
        """Say how it stands with each, if a predecessor may have said otherwise."""
        if self.to is None or incarnation == 1:
            return
        for gate in self.own:
            why = self.closed.get(gate)
            if why is None:
                self.to.tell(GateOpened(gate=gate, symbol=self.symbol))
            else:
                self.to.tell(GateClosed(gate=gate, symbol=self.symbol, reason=why))
