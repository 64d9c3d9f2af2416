"""Puts an order in the place of another one: takes that back, and sends what is left.

The two are never alive at once: nothing of the new one is sent before it is certain
that the old one has ended, and then only what the old one has not traded. Whatever
crashes in between, the old order is taken back, and the new one sent once or never.
"""

from collections.abc import Callable
from decimal import localcontext
from functools import partial

import attrs

from ..supervision.runtime.actor import Actor
from .messages import CancelIntent, Intent, OrderStatus
from .order_desk import OrderDesk
from .venue_rules import EXACT


@attrs.frozen
class Replacement:
    """An intent that waits for the end of an order, until it expires (wall seconds)."""

    intent: Intent
    old: str
    expires_at: float


@attrs.define
class Replacing:
    """Made as turns of `actor`.

    `waiting` is kept by the actor over its crashes, by intent id. `take_back` cancels
    the old order; `place` gets the intent of what is left, or `refuse` the whole intent
    and why, and both when it expires. What waits is looked at once `resume` was called.
    """

    actor: Actor
    desk: OrderDesk
    waiting: dict[str, Replacement]
    take_back: Callable[[CancelIntent], object]
    place: Callable[[Intent, float], object]
    refuse: Callable[[Intent, float, str], object]
    _is_resumed: bool = attrs.field(default=False, init=False)

    def begin(self, intent: Intent, expires_at: float) -> None:
        """Take back what this intent replaces, and go on when that has ended.

        A place is taken once (FIX: CxlRejReason 3, already pending replace). That of an
        order which never left is none: what was to make room for it may be open still.
        """
        self.call_off(intent.replaces, f"{intent.id} was to take its place")
        old = self.desk.order_of(intent.replaces)
        is_there = old is not None and old.status is not OrderStatus.REJECTED
        if old is None or not is_there or old.side is not intent.side:
            why = (
                f"there is no order {intent.replaces} on its side to take the place of"
            )
            self.refuse(intent, expires_at, why)
            return
        if other := self._successor_of(intent.replaces):
            why = f"{other} takes the place of {intent.replaces} already"
            self.refuse(intent, expires_at, why)
            return
        wanted = Replacement(intent, old.client_order_id, expires_at)
        self.waiting[intent.id] = wanted
        self._go_on(wanted)

    def _successor_of(self, intent_id: str) -> str:
        """Return the id of the intent that has taken a place, or waits for it."""
        for waiting_id, wanted in self.waiting.items():
            if wanted.intent.replaces == intent_id:
                return waiting_id
        record = self.desk.successor_of(intent_id)
        return "" if record is None else record.intent_id

    def resume(self) -> None:
        """Go on with what a predecessor has left, unless it was ordered before."""
        self._is_resumed = True
        for intent_id, wanted in list(self.waiting.items()):
            if self.desk.order_of(intent_id) is None:
                self._go_on(wanted)
            else:
                del self.waiting[intent_id]

    def look(self, name: str) -> None:
        """Send what waits for the end of this order, if that is certain."""
        if not self._is_resumed or not self.waiting or not self.desk.is_over(name):
            return
        for wanted in list(self.waiting.values()):
            if wanted.old == name:
                self._send_rest(wanted)

    def call_off(self, intent_id: str, why: str) -> bool:
        """Refuse an intent that waits; False: it does not."""
        wanted = self.waiting.get(intent_id)
        if wanted is None:
            return False
        self.refuse(wanted.intent, wanted.expires_at, why)
        self.waiting.pop(intent_id, None)
        return True

    def call_off_all(self, why: str) -> None:
        """Refuse whatever waits."""
        for intent_id in list(self.waiting):
            self.call_off(intent_id, why)

    def _go_on(self, wanted: Replacement) -> None:
        intent = wanted.intent
        left = max(0.0, wanted.expires_at - self.actor.clock.wall())
        self.actor.after(left, partial(self._give_up, wanted))
        self.take_back(
            CancelIntent(
                intent_id=intent.replaces,
                strategy=intent.strategy,
                symbol=intent.symbol,
                time=intent.time,
            )
        )
        self.look(wanted.old)

    def _give_up(self, wanted: Replacement) -> None:
        why = f"it was not certain in time that {wanted.old} has ended"
        self.call_off(wanted.intent.id, why)

    def _send_rest(self, wanted: Replacement) -> None:
        intent = wanted.intent
        with localcontext(EXACT):
            rest = intent.quantity - self.desk.traded_by(intent.replaces)
        if rest > 0:
            self.place(attrs.evolve(intent, quantity=rest), wanted.expires_at)
        else:
            why = f"all that is wanted was traded until {wanted.old} ended"
            self.refuse(intent, wanted.expires_at, why)
        self.waiting.pop(intent.id, None)  # not before: nothing may be lost
