"""How the process itself does that trades: whether it keeps up, and with the time."""

from collections import deque
from collections.abc import Sequence

import attrs

from ..supervision.runtime.actor import Actor
from ..supervision.runtime.reference import Ref
from .market import Trade

TRADES = 20
"""So many trades tell how far two clocks are apart: the quickest of them."""


def _some() -> deque[float]:
    return deque(maxlen=TRADES)


@attrs.define
class MachineSigns:
    """What is measured once in a while, as turns of `actor`.

    `lag` is by how many seconds the last turn came too late, `waiting` the longest of
    the queues before `actor` and `others`, `restarts` how many actors of the system
    were restarted within `window` seconds. `counts` is what is remembered of that: when
    it was looked at, and how many restarts there had been; a successor goes on with it.
    """

    actor: Actor
    others: Sequence[Ref]
    window: float
    counts: deque[tuple[float, int]]
    lag: float = attrs.field(default=0.0, init=False)
    waiting: int = attrs.field(default=0, init=False)
    restarts: int = attrs.field(default=0, init=False)
    _due: float | None = attrs.field(default=None, init=False)
    _apart: deque[float] = attrs.field(factory=_some, init=False)

    @property
    def clock_skew(self) -> float | None:
        """How many seconds the venue's clock is from ours; None: not known.

        Trades are on their way for a while: it may be less, the way of the quickest.
        """
        return min(self._apart, default=None)

    def heard(self, trade: Trade) -> None:
        """Hear what time it is at the venue."""
        self._apart.append(abs(trade.received_ns / 1e9 - trade.time))

    def look(self, next_in: float) -> None:
        """Measure; the next look is due in so many seconds."""
        now = self.actor.clock.now()
        if self._due is not None:
            self.lag = max(0.0, now - self._due)
        self._due = now + next_in
        queues = (self.actor.me, *self.others)
        self.waiting = max(len(each.cell.mailbox.items) for each in queues)
        total = self.actor.system.events.restarts
        self.counts.append((now, total))
        while len(self.counts) > 1 and self.counts[1][0] <= now - self.window:
            self.counts.popleft()
        self.restarts = total - self.counts[0][1]
