"""Turns intents into orders, once each, and knows what became of them.

The single writer of one venue account. An intent has one client order id, made from the
intent alone, so whoever says it again says the same order; one that the venue or this
actor has seen is not sent again, and its sender hears how far it has come. After a
restart the venue says what it knows, and what was sent beside that is still pending.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

import attrs

from ..supervision.runtime.actor import Actor
from ..supervision.runtime.future import Future
from ..supervision.runtime.reference import Ref
from .messages import (
    CancelIntent,
    CancelOrder,
    CancelRejected,
    Intent,
    OrderAccepted,
    OrderCancelled,
    OrderFilled,
    OrderRejected,
    OrderReport,
    Orders,
    PlaceOrder,
    QueryOrders,
    RejectionReason,
)
from .order_state import OrderLog, OrderRecord, client_order_id
from .updates import OrderUpdated, QueryOpenOrders, Reconcile, WorkingOrder


@attrs.define
class _Wanted:
    """What a venue can't tell a successor: who wanted an order, and that it has it.

    `is_sent` once the order has left, `rejected` once it is known that the venue, which
    keeps no list of such orders, did not take it.
    """

    intent: Intent
    is_sent: bool = False
    rejected: OrderRejected | None = None


class Execution(Actor):
    """Sends to `exchange` and tells `positions` what it learns; ready once it asked.

    `term` stands in every client order id.
    """

    says_ready: ClassVar[bool] = True

    def __init__(
        self, exchange: Ref, positions: Ref, *, symbol: str = "BTCUSDT", term: int = 1
    ) -> None:
        self._exchange = exchange
        self._positions = positions
        self._symbol = symbol
        self._term = term
        self._log = OrderLog()
        self._wanted: dict[str, _Wanted] = self.snapshot or {}
        self.save_snapshot(self._wanted)
        self._sent = 0
        self._dropped = 0

    def on_start(self) -> None:
        """Ask the venue which orders there are."""
        asked = self._exchange.ask(QueryOrders(symbol=self._symbol), block=False)
        self.pipe(asked, self._rebuild)

    def on_receive(self, message: Any) -> Any:
        """Place, cancel, fold reports, answer."""
        match message:
            case Intent():
                self._on_intent(message)
            case CancelIntent():
                self._on_cancel(message)
            case (
                OrderAccepted()
                | OrderRejected()
                | OrderFilled()
                | OrderCancelled()
                | CancelRejected()
            ):
                self._on_report(message)
            case QueryOpenOrders():
                working = map(self._working, self._log.open_orders())
                return tuple(order for order in working if order is not None)
            case Reconcile():
                return self._reconcile()
            case _:
                return self.unhandled(message)
        return None

    def facts(self) -> Mapping[str, Any]:
        """Tell what was sent and dropped since the start, and rejected ever."""
        return {
            "sent": self._sent,
            "dropped_duplicates": self._dropped,
            "rejected_by_venue": sum(
                wanted.rejected is not None for wanted in self._wanted.values()
            ),
        }

    def _rebuild(self, answer: Orders) -> None:
        for order in answer.orders:
            if order.client_order_id in self._wanted:
                self._wanted[order.client_order_id].is_sent = True
        for name, wanted in self._wanted.items():
            if wanted.is_sent:
                self._log.apply(_order_for(wanted.intent, name))
            if wanted.rejected is not None:
                self._log.apply(wanted.rejected)
        for order in answer.orders:
            self._log.apply(order)
        self.ready()

    def _on_intent(self, intent: Intent) -> None:
        name = client_order_id(intent, term=self._term)
        if self._log.order(name) is not None:
            self._dropped += 1
            self._tell_again(intent, name)
            return
        order = _order_for(intent, name)
        wanted = self._wanted[name] = _Wanted(intent)
        self._exchange.tell(order)
        wanted.is_sent = True
        self._log.apply(order)
        self._sent += 1

    def _tell_again(self, intent: Intent, name: str) -> None:
        """Say how far an order has come: somebody crashed and may not have heard."""
        self._tell(
            OrderRejected(
                client_order_id=name,
                symbol=intent.symbol,
                reason=RejectionReason.DUPLICATE,
                detail=f"{intent.id} was ordered before",
                time=intent.time,
            )
        )

    def _on_cancel(self, cancel: CancelIntent) -> None:
        for record in self._log.open_orders():
            if record.intent_id == cancel.intent_id:
                self._exchange.tell(
                    CancelOrder(
                        client_order_id=record.client_order_id,
                        symbol=record.symbol,
                        time=cancel.time,
                    )
                )

    def _on_report(self, report: OrderReport) -> None:
        self._log.apply(report)
        if isinstance(report, CancelRejected):
            return
        if isinstance(report, OrderRejected):
            if report.reason is RejectionReason.DUPLICATE:
                return
            wanted = self._wanted.get(report.client_order_id)
            if wanted is not None:
                wanted.rejected = report
        self._tell(report)

    def _tell(self, report: OrderReport) -> None:
        record = self._log.order(report.client_order_id)
        order = None if record is None else self._working(record)
        if order is not None:
            self._positions.tell(OrderUpdated(order=order, report=report))

    def _working(self, record: OrderRecord) -> WorkingOrder | None:
        """Describe an order; None while nothing has told which way it trades."""
        if record.side is None:
            return None
        wanted = self._wanted.get(record.client_order_id)
        intent = None if wanted is None else wanted.intent
        quantity = record.filled if record.quantity is None else record.quantity
        return WorkingOrder(
            client_order_id=record.client_order_id,
            intent_id=record.intent_id,
            strategy="" if intent is None else intent.strategy,
            symbol=record.symbol,
            side=record.side,
            quantity=quantity,
            price=None if intent is None else intent.price,
            filled=record.filled,
            status=record.status,
            time=0.0 if intent is None else intent.time,
        )

    def _reconcile(self) -> Future[list[str]]:
        asked: Future[Orders] = self._exchange.ask(
            QueryOrders(symbol=self._symbol), block=False
        )
        return asked.map(self._differences)

    def _differences(self, answer: Orders) -> list[str]:
        """Say, order by order, where the venue knows something else."""
        said = {order.client_order_id: order for order in answer.orders}
        sentences: list[str] = []
        for name, order in said.items():
            record = self._log.order(name)
            if record is None:
                sentences.append(f"the venue has {name}, which nobody here placed")
            elif (record.status, record.filled) != (order.status, order.filled):
                sentences.append(
                    f"{name}: here {record.status} with {record.filled} filled, at the"
                    f" venue {order.status} with {order.filled}"
                )
        sentences += [
            f"{record.client_order_id} is {record.status} here, the venue denies it"
            for record in self._log.open_orders()
            if record.client_order_id not in said
        ]
        return sentences


def _order_for(intent: Intent, name: str) -> PlaceOrder:
    return PlaceOrder(
        client_order_id=name,
        intent_id=intent.id,
        symbol=intent.symbol,
        side=intent.side,
        type=intent.type,
        quantity=intent.quantity,
        price=intent.price,
        time=intent.time,
    )
