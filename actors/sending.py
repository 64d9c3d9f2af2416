"""Sends each order once: first it is written down, then it leaves, or it is refused.

What waits to be written outlives a crash of the actor in its snapshot. An order leaves
it before it is sent, so that a successor sends nothing twice; it will ask instead.
"""

from collections.abc import Callable
from functools import partial

import attrs

from ..supervision.runtime.actor import Actor
from .journal_writer import JournalWriter
from .messages import Intent, PlaceOrder, RejectionReason
from .order_desk import OrderDesk
from .order_state import Evidence
from .queries import VenueOrder
from .venue_calls import VenueCalls
from .verdict import rejected, verdict


@attrs.define
class Unsent:
    """An order that did not leave yet; one that is `refused` never will."""

    intent: Intent
    order: PlaceOrder
    is_written: bool = False
    refused: str = ""


@attrs.define
class Sending:
    """The way of orders to the venue, made as turns of `actor`.

    `unsent` is kept by the actor over its crashes. `objection` says what speaks against
    sending an order now, or nothing. `learn` gets the evidence of how it ended, and
    `answered` is called after that. `under_way` are the orders that were sent and not
    answered yet.
    """

    actor: Actor
    venue: VenueCalls
    desk: OrderDesk
    writer: JournalWriter
    unsent: dict[str, Unsent]
    objection: Callable[[PlaceOrder], str]
    learn: Callable[[Evidence], object]
    answered: Callable[[], object]
    under_way: set[str] = attrs.field(factory=set[str], init=False)
    sent: int = attrs.field(default=0, init=False)

    def begin(self, intent: Intent, order: PlaceOrder) -> None:
        """Write down an order, and then send it."""
        self.desk.wish(intent, order)
        self.unsent[order.client_order_id] = Unsent(intent, order)
        self._write(intent, order)

    def refuse(self, intent: Intent, order: PlaceOrder, why: str) -> None:
        """Write down an order that is not sent, and tell why."""
        self.desk.wish(intent, order)
        self.unsent[order.client_order_id] = Unsent(intent, order)
        self.call_off(order.client_order_id, why)

    def resume(self) -> None:
        """Go on with what a predecessor has not sent, written down or not."""
        for name, item in list(self.unsent.items()):
            self.desk.wish(item.intent, item.order)
            if item.refused:
                self.call_off(name, item.refused)
            else:
                self._write(item.intent, item.order)

    def call_off(self, name: str, why: str) -> bool:
        """Refuse an order that was not sent yet; False: it has left."""
        item = self.unsent.get(name)
        if item is None:
            return False
        item.refused = why  # a crash over what follows must not let it leave
        order = item.order
        if not item.is_written:  # that it was refused is remembered in any case
            self.writer.keep(item.intent)
            self.writer.keep(order)
        self.learn(rejected(order, RejectionReason.NEVER_SENT, why, order.time))
        del self.unsent[name]
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
        item = self.unsent.get(name)
        if item is None:
            return
        item.is_written = True
        order = item.order
        objection = self._has_expired(order) or self.objection(order)
        if objection:
            self.call_off(name, objection)
            return
        del self.unsent[name]
        self.sent += 1
        self.under_way.add(name)
        self.actor.pipe(
            self.venue.place(order),
            partial(self._answered, order),
            partial(self._failed, order),
        )

    def _has_expired(self, order: PlaceOrder) -> str:
        now = self.actor.clock.wall()
        if order.expires_at is None or order.expires_at > now:
            return ""
        return "it had expired before it could be sent"

    def _answered(self, order: PlaceOrder, answer: VenueOrder) -> None:
        self._has_ended(order, answer)

    def _failed(self, order: PlaceOrder, error: BaseException) -> None:
        self._has_ended(order, verdict(order, error, order.time))

    def _has_ended(self, order: PlaceOrder, evidence: Evidence) -> None:
        self.under_way.discard(order.client_order_id)
        self.learn(evidence)
        self.answered()
