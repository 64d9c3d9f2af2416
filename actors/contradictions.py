"""Believes a venue that lists an order as open which has ended by the books here.

Such an order can trade and nobody counts with it: it is taken back, somebody is told,
and it counts as open again until the venue says otherwise.
"""

from collections.abc import Callable, Iterable

import attrs

from ..supervision.runtime.actor import Actor
from .cancels import Cancels
from .messages import OrderAccepted
from .order_desk import OrderDesk
from .order_state import OrderRecord
from .queries import VenueOrder

LAG = 1.0
"""Seconds by which a list may be older than what the venue has reported before it."""


@attrs.define
class Contradictions:
    """Made as turns of `actor`; `tell` has others count with the order again."""

    actor: Actor
    desk: OrderDesk
    cancels: Cancels
    tell: Callable[[OrderRecord, OrderAccepted], object]
    _ended: dict[str, float] = attrs.field(factory=dict[str, float], init=False)

    def has_ended(self, name: str) -> None:
        """Take note that an order has ended just now: a list may not know it yet."""
        self._ended[name] = self.actor.clock.now()

    def look_at(self, listed: Iterable[VenueOrder], asked_at: float) -> None:
        """Look for orders that are open in a list that was asked for at this time."""
        self._ended = {
            name: ended for name, ended in self._ended.items() if asked_at < ended + LAG
        }
        for order in listed:
            name = order.client_order_id
            record = self.desk.record(name)
            if order.status.is_done or record is None or name in self._ended:
                continue
            if self.desk.is_over(name):
                self._count_again(record, order)

    def _count_again(self, record: OrderRecord, order: VenueOrder) -> None:
        name = order.client_order_id
        self.desk.contest(order)
        self.actor.alarm(
            f"the venue lists {name} as open, which is {record.status} here: it is"
            " taken back, and counts as open until the venue says that it is not"
        )
        accepted = OrderAccepted(
            client_order_id=name,
            exchange_order_id=order.exchange_order_id,
            symbol=order.symbol,
            time=order.time,
        )
        self.tell(record, accepted)
        self.desk.wants_cancel.add(name)
        self.cancels.begin(name, 0.0)
