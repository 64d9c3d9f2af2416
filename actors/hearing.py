"""Knows whether the account's stream tells of orders, and notices when it is deaf.

A stream may be connected, answer pings, and tell nothing. That shows when a list has
fills that happened while it was up, and it does not tell them soon: then it is told.
"""

from collections.abc import Callable
from functools import partial

import attrs

from ..supervision.runtime.actor import Actor
from ..supervision.runtime.reference import Ref
from .gates import Gate, Gates
from .messages import OrderFilled, OrderReport
from .order_state import Evidence
from .queries import AccountStreamDown, AccountStreamUp, FillsNotTold

TOLD_WITHIN = 5.0
"""Seconds in which the stream may still tell a fill that was read from a list."""


@attrs.define
class KeptOfStream:
    """What outlives a crash: the stream that is up, and why one that is not is down."""

    up: Ref | None = None
    down: str = ""


@attrs.define
class Hearing:
    """Made as turns of `actor`; closes its gate while nothing is told.

    `learn` gets what was read, and says whether it was news; `compare` makes a round
    of reconciliation.
    """

    actor: Actor
    kept: KeptOfStream
    gates: Gates
    learn: Callable[[Evidence], bool]
    compare: Callable[[], object]
    _is_compared: bool = attrs.field(default=False, init=False)
    _untold: set[int] = attrs.field(factory=set[int], init=False)

    def changed(self, message: AccountStreamUp | AccountStreamDown) -> None:
        """Learn what was said while nobody listened, and trust nothing meanwhile."""
        self._is_compared = False
        self._untold.clear()
        if isinstance(message, AccountStreamUp):
            self.kept.up, self.kept.down = message.stream, ""
            self.compare()
        else:
            self.kept.up = None
            self.kept.down = f"the account's stream is down: {message.reason}"
            self.gates.close(Gate.RECONCILIATION, self.kept.down)

    def compared(self, *, is_last: bool) -> None:
        """Take note of a round; the last one has seen all from before the stream."""
        if self.kept.down:
            self.gates.close(Gate.RECONCILIATION, self.kept.down)
        elif is_last:
            self._is_compared = True
            self.gates.open(Gate.RECONCILIATION)

    def told(self, report: OrderReport) -> None:
        """Take note of what the stream has told."""
        if isinstance(report, OrderFilled):
            self._untold.discard(report.trade_id)

    def read(self, evidence: Evidence) -> bool:
        """Learn from a list; of a fill that is news the stream has to tell, too."""
        is_news = self.learn(evidence)
        if is_news and isinstance(evidence, OrderFilled) and self._is_compared:
            self._untold.add(evidence.trade_id)
            self.actor.after(TOLD_WITHIN, partial(self._look_for, evidence))
        return is_news

    def _look_for(self, fill: OrderFilled) -> None:
        if self.kept.up is not None and fill.trade_id in self._untold:
            untold = tuple(sorted(self._untold))
            self._untold.clear()
            self.kept.up.tell(FillsNotTold(symbol=fill.symbol, trade_ids=untold))
