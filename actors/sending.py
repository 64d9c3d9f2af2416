"""Sends each order once: first it is written down, then it leaves, or it is refused.

What waits to be written outlives a crash of the actor in its snapshot. An order leaves
it before it is sent, so that a successor sends nothing twice; it will ask instead.
"""

from collections.abc import Callable
from functools import partial

import attrs

from ..supervision.runtime.actor import Actor
from .journal_writer import JournalWriter
from .messages import Intent, PlaceOrder, RejectionReason, VenueOrder
from .order_desk import OrderDesk
from .order_state import Evidence
from .venue_calls import VenueCalls
from .verdict import rejected, verdict

Unsent = dict[str, tuple[Intent, PlaceOrder]]


@attrs.define
class Sending:
    """The way of orders to the venue, made as turns of `actor`.

    `unsent` is kept by the actor over its crashes. `learn` gets the evidence of how it
    ended. `under_way` are the orders that were sent and not answered yet.
    """

    actor: Actor
    venue: VenueCalls
    desk: OrderDesk
    writer: JournalWriter
    unsent: Unsent
    learn: Callable[[Evidence], object]
    under_way: set[str] = attrs.field(factory=set[str], init=False)
    sent: int = attrs.field(default=0, init=False)

    def begin(self, intent: Intent, order: PlaceOrder) -> None:
        """Write down an order, and then send it."""
        self.desk.wish(intent, order)
        self.unsent[order.client_order_id] = intent, order
        self._write(intent, order)

    def resume(self) -> None:
        """Go on with what a predecessor has not sent, written down or not."""
        for intent, order in list(self.unsent.values()):
            self.desk.wish(intent, order)
            self._write(intent, order)

    def call_off(self, name: str, why: str) -> bool:
        """Refuse an order that was not sent yet; False: it has left."""
        item = self.unsent.pop(name, None)
        if item is None:
            return False
        order = item[1]
        self.learn(rejected(order, RejectionReason.NEVER_SENT, why, order.time))
        return True

    def _write(self, intent: Intent, order: PlaceOrder) -> None:
        name = order.client_order_id
        self.actor.pipe(
            self.writer.write(intent, order),
            lambda _: self._send(name),
            partial(self._not_written, name),
        )

    def _not_written(self, name: str, error: BaseException) -> None:
        self.call_off(name, f"it could not be written down: {error}")

    def _send(self, name: str) -> None:
        if name not in self.unsent:
            return
        _, order = self.unsent[name]
        if order.expires_at is not None and order.expires_at <= self._wall():
            self.call_off(name, "it had expired before it could be sent")
            return
        del self.unsent[name]
        self.sent += 1
        self.under_way.add(name)
        self.actor.pipe(
            self.venue.place(order),
            partial(self._answered, order),
            partial(self._failed, order),
        )

    def _answered(self, order: PlaceOrder, answer: VenueOrder) -> None:
        self.under_way.discard(order.client_order_id)
        self.learn(answer)

    def _failed(self, order: PlaceOrder, error: BaseException) -> None:
        self.under_way.discard(order.client_order_id)
        self.learn(verdict(order, error, order.time))

    def _wall(self) -> float:
        return self.actor.clock.wall()
