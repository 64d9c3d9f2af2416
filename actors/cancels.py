"""Takes orders back, and does not let go before they are known to have ended.

To cancel twice does no harm, so a cancel is said again until the order is done: a venue
that denies the order proves nothing about one that it had before.
"""

from collections.abc import Callable
from functools import partial

import attrs

from ..supervision.outcome import VenueRefused
from ..supervision.runtime.actor import Actor
from ..supervision.waits import grown
from .messages import CancelOrder
from .order_desk import OrderDesk
from .order_state import Evidence
from .queries import VenueOrder
from .venue_calls import VenueCalls

FIRST_WAIT = 0.5
LONGEST_WAIT = 10.0
"""Seconds between two tries, doubling from the first to the longest."""

ALARM_AFTER = 3
"""Tries that failed before somebody has to look."""


@attrs.define
class Cancels:
    """One effort for each order that has to end, made as turns of `actor`.

    `learn` gets the evidence, `doubted` is called when the venue denies an order that
    it had, `known` gets the name of one whose cancel had failed and that has ended,
    `alarm` a sentence when an order does not end.
    """

    actor: Actor
    venue: VenueCalls
    desk: OrderDesk
    learn: Callable[[Evidence], object]
    doubted: Callable[[], object]
    known: Callable[[str], object]
    alarm: Callable[[str], object]
    _tries: dict[str, int] = attrs.field(factory=dict[str, int], init=False)
    _failures: set[str] = attrs.field(factory=set[str], init=False)

    def begin(self, name: str, time: float) -> None:
        """Cancel an order, unless that is being done already; `time` is event time."""
        if name not in self._tries:
            self._tries[name] = 0
            self._cancel(name, time)

    def _cancel(self, name: str, time: float) -> None:
        record = self.desk.record(name)
        if record is None or self.desk.is_over(name):
            self._end(name)
            return
        self._tries[name] += 1
        cancel = CancelOrder(client_order_id=name, symbol=record.symbol, time=time)
        self.actor.pipe(
            self.venue.cancel(cancel),
            partial(self._answered, name, time),
            partial(self._failed, name, time),
        )

    def _answered(self, name: str, time: float, order: VenueOrder) -> None:
        self.learn(order)
        self._go_on(name, time)

    def _failed(self, name: str, time: float, error: BaseException) -> None:
        self._failures.add(name)
        record = self.desk.record(name)
        if isinstance(error, VenueRefused) and record is not None and record.exists:
            self.doubted()
        if self._tries[name] == ALARM_AFTER:
            self.alarm(f"{name} can't be cancelled: {error}")
        self._go_on(name, time)

    def _go_on(self, name: str, time: float) -> None:
        wait = grown(FIRST_WAIT, LONGEST_WAIT, self._tries[name] - 1)
        if self.desk.is_over(name):
            self._end(name)
        else:
            self.actor.after(wait, partial(self._cancel, name, time))

    def _end(self, name: str) -> None:
        del self._tries[name]
        if name in self._failures:
            self._failures.discard(name)
            self.known(name)
