"""Turns intents into orders, once each, and takes back what is wanted no longer."""

import attrs

from ..supervision.runtime.actor import Actor
from .cancels import Cancels
from .journal_writer import JournalWriter
from .learning import Learning
from .messages import CancelIntent, Intent, PlaceOrder, RejectionReason
from .order_desk import OrderDesk
from .order_names import OrderNames
from .replacing import Replacement, Replacing
from .sending import Sending
from .verdict import rejected

TAKEN_BACK = "it was cancelled before it was sent"


@attrs.define(kw_only=True)
class Ordering:
    """Made as turns of `actor`.

    An order is good for `lifetime` seconds. `names` are those of the term. `waiting`
    are intents that take the place of others, kept by the actor over its crashes.
    """

    actor: Actor
    desk: OrderDesk
    writer: JournalWriter
    learning: Learning
    sending: Sending
    cancels: Cancels
    lifetime: float
    names: OrderNames
    waiting: dict[str, Replacement]
    replacing: Replacing = attrs.field(init=False)
    dropped: int = attrs.field(default=0, init=False)

    def __attrs_post_init__(self) -> None:
        """Make who replaces."""
        self.replacing = Replacing(
            self.actor,
            self.desk,
            self.waiting,
            self.cancel,
            self._place,
            self._refuse,
        )

    def order(self, intent: Intent) -> None:
        """Order what is wanted, unless that was done before."""
        known = self.desk.order_of(intent.id)
        if known is not None:
            self.dropped += 1
            order = PlaceOrder.of(intent, known.client_order_id, 0.0)
            why = f"{intent.id} was ordered before"
            again = rejected(order, RejectionReason.DUPLICATE, why, intent.time)
            self.learning.tell(known, again)  # somebody crashed and may not have heard
            return
        if intent.id in self.waiting:
            self.dropped += 1
            return
        expires_at = self.actor.clock.wall() + self.lifetime
        if intent.replaces:
            self.replacing.begin(intent, expires_at)
        else:
            self._place(intent, expires_at)

    def cancel(self, cancel: CancelIntent) -> None:
        """Take back what is left of an intent."""
        if self.replacing.call_off(cancel.intent_id, TAKEN_BACK):
            return
        for record in self.desk.wish_away(cancel):
            name = record.client_order_id
            if not self.sending.call_off(name, TAKEN_BACK):
                self.writer.keep(cancel)
                self.cancels.begin(name, cancel.time)

    def resume(self) -> None:
        """Go on with what a predecessor has not sent."""
        self.sending.resume()
        self.replacing.resume()

    def _place(self, intent: Intent, expires_at: float) -> None:
        self.sending.begin(intent, self._order_of(intent, expires_at))

    def _refuse(self, intent: Intent, expires_at: float, why: str) -> None:
        self.sending.refuse(intent, self._order_of(intent, expires_at), why)

    def _order_of(self, intent: Intent, expires_at: float) -> PlaceOrder:
        name = self.names.next()
        while self.desk.record(name) is not None:
            name = self.names.next()  # whatever happened to the journal and the clock
        return PlaceOrder.of(intent, name, expires_at)
