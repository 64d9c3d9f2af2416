"""Ends an order in the books because a person says so: the venue tells no end of it.

A venue forgets old orders, and of a fill it may not say whose order that was. The
venue is asked first: what it lists is not settled, and what it knows is learned.
"""

from collections.abc import Callable
from functools import partial

import attrs

from ..supervision.runtime.actor import Actor
from ..supervision.runtime.future import Future
from .evidence import OrderSettled
from .order_desk import OrderDesk
from .order_names import id_of_nameless
from .order_state import Evidence, OrderRecord
from .queries import Orders
from .questions import Questions
from .updates import Settled, SettleOrder
from .venue_calls import VenueCalls


@attrs.define
class Settling:
    """Made as turns of `actor`.

    `margin` is for how many seconds after its expiry a request may still be on its way
    or not be visible. `learn` gets the evidence.
    """

    actor: Actor
    venue: VenueCalls
    questions: Questions
    desk: OrderDesk
    margin: float
    learn: Callable[[Evidence], object]

    def settle(self, wanted: SettleOrder) -> Future[Settled]:
        """Settle an order, if nothing speaks against it."""
        answer: Future[Settled] = Future(target=self.actor.me.cell)
        if refused := self._objection(wanted):
            answer.settle(Settled(refused=refused))
            return answer
        failed = partial(_failed, answer)
        listed = partial(self._listed, answer, wanted, failed)
        self.actor.pipe(self.venue.orders(), listed, failed)
        return answer

    def _objection(self, wanted: SettleOrder) -> str:
        name = wanted.client_order_id
        record = self.desk.record(name)
        if not wanted.reason.strip():
            return "it needs a reason"
        if record is None:
            return f"no order {name} is known here"
        if record.is_settled and self.desk.is_over(name):
            return f"{name} is over: it is {record.status}"
        order = self.desk.placed(name)
        until = (order.expires_at if order else None) or 0.0
        if not record.exists and self.actor.clock.wall() < until + self.margin:
            return f"{name} may still reach the venue: wait a little"
        return ""

    def _listed(
        self,
        answer: Future[Settled],
        wanted: SettleOrder,
        failed: Callable[[BaseException], None],
        listed: Orders,
    ) -> None:
        """Ask for the order by name, unless the venue lists it or it has no name."""
        name = wanted.client_order_id
        record = self.desk.record(name)
        assert record is not None  # noqa: S101 - it was looked up before
        for order in listed.orders:
            same = order.client_order_id == name or (
                order.exchange_order_id == record.exchange_order_id
            )
            if same and not order.status.is_done:
                refused = f"the venue lists {name} as {order.status}: cancel it"
                answer.settle(Settled(refused=refused))
                return
        names = [] if id_of_nameless(name) is not None else [name]
        asked = partial(self._asked, answer, wanted)
        self.questions.orders(names, asked, failed)

    def _asked(
        self, answer: Future[Settled], wanted: SettleOrder, told: Orders
    ) -> None:
        name = wanted.client_order_id
        record = self.desk.record(name)
        assert record is not None  # noqa: S101 - it was looked up before
        known = [order.status for order in told.orders]
        if known and not known[0].is_done:
            refused = f"the venue has {name}, and it is {known[0]}: cancel it"
            answer.settle(Settled(refused=refused))
        elif known and record.is_settled:
            refused = f"the venue knows more: {name} is {record.status}"
            answer.settle(Settled(refused=refused))
        else:
            self._settle(record, wanted.reason)
            answer.settle(Settled())

    def _settle(self, record: OrderRecord, reason: str) -> None:
        name = record.client_order_id
        self.learn(
            OrderSettled(
                client_order_id=name,
                symbol=record.symbol,
                reason=reason,
                time=self.actor.clock.wall(),
            )
        )
        self.actor.alarm(f"{name} was settled by hand: {reason}")


def _failed(answer: Future[Settled], error: BaseException) -> None:
    refused = f"the venue does not tell what it has: {error}"
    answer.settle(Settled(refused=refused))
