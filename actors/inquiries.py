"""Asks the venue for orders whose outcome is unknown, until there is proof.

A failed question is no information. What is found out is told as evidence, like
anything else that is learned of an order.
"""

from collections.abc import Callable
from functools import partial

import attrs

from ..supervision.runtime.actor import Actor
from .inquiry import Inquiry, InquirySettings
from .messages import OrderRejected, RejectionReason
from .order_desk import OrderDesk
from .order_state import Evidence
from .queries import Orders
from .questions import Questions
from .venue_calls import VenueCalls

NOBODY_HAS_IT = (
    "the venue denied it after the request had expired, and listed neither the order"
    " nor a fill of it"
)


@attrs.define
class Inquiries:
    """One inquiry for each order in doubt, made as turns of `actor`.

    `lifetime` is for how many seconds a request may still arrive. `learn` gets the
    evidence, `alarm` a sentence when an inquiry takes too long, and `closed` the name
    of each order that is in doubt no longer.
    """

    actor: Actor
    venue: VenueCalls
    questions: Questions
    desk: OrderDesk
    settings: InquirySettings
    lifetime: float
    learn: Callable[[Evidence], object]
    alarm: Callable[[str], object]
    closed: Callable[[str], object]
    _open: dict[str, Inquiry] = attrs.field(factory=dict[str, Inquiry], init=False)

    def begin(self, name: str) -> None:
        """Find out about an order, unless that is being done already."""
        if name in self._open:
            return
        now = self.actor.clock.now()
        self._open[name] = Inquiry(self.settings, now, self.lifetime)
        self._ask_in_time(name)

    def __len__(self) -> int:
        return len(self._open)

    def _ask_in_time(self, name: str) -> None:
        inquiry = self._open[name]
        now = self.actor.clock.now()
        if inquiry.is_overdue(now):
            self.alarm(f"nothing tells what became of {name}, which may be open")
        wait = inquiry.wait(now)
        if wait > 0:
            self.actor.after(wait, partial(self._ask, name))
        else:
            self.actor.soon(partial(self._ask, name))

    def _ask(self, name: str) -> None:
        if not self._is_in_doubt(name):
            self._close(name)
            return
        self._open[name].asked()
        answered = partial(self._answered, name, self.actor.clock.now())
        self.actor.pipe(
            self.venue.orders(name), answered, partial(self._not_answered, name)
        )

    def _answered(self, name: str, asked_at: float, answer: Orders) -> None:
        for order in answer.orders:
            self.learn(order)
        if name in answer.absent and self._open[name].denied(asked_at):
            self._look_everywhere(name)
        else:
            self._go_on(name)

    def _look_everywhere(self, name: str) -> None:
        """Look at whole lists as well, before the order is given up."""
        not_answered = partial(self._not_answered, name)

        def look_at_orders() -> None:
            looked = partial(self._looked, name)
            self.actor.pipe(self.venue.orders(), looked, not_answered)

        after = self.desk.ask_fills_after
        self.questions.fills(after, look_at_orders, not_answered)

    def _looked(self, name: str, orders: Orders) -> None:
        for order in orders.orders:
            if order.client_order_id == name:
                self.learn(order)
        if self._is_in_doubt(name):
            self.learn(
                OrderRejected(
                    client_order_id=name,
                    symbol=self.venue.symbol,
                    reason=RejectionReason.NEVER_ARRIVED,
                    detail=NOBODY_HAS_IT,
                    time=orders.time,
                )
            )
        self._go_on(name)

    def _not_answered(self, name: str, error: BaseException) -> None:
        del error  # no information
        self._go_on(name)

    def _go_on(self, name: str) -> None:
        if self._is_in_doubt(name):
            self._ask_in_time(name)
        else:
            self._close(name)

    def _is_in_doubt(self, name: str) -> bool:
        record = self.desk.record(name)
        return record is not None and not (record.exists or record.status.is_done)

    def _close(self, name: str) -> None:
        del self._open[name]
        self.closed(name)
