"""Folds all evidence about orders into what is known of each.

An order's record only gathers facts, and its status is read off them: the same facts
give the same status in whatever order and however often they came. Fills weigh most,
then the end of the order, then that it exists; a rejection only counts while nothing
speaks for the order's existence, and its absence is no fact at all.
"""

import hashlib
from collections.abc import Mapping
from decimal import Decimal, localcontext
from typing import assert_never

import attrs

from .messages import (
    CancelRejected,
    Intent,
    OrderAccepted,
    OrderCancelled,
    OrderFilled,
    OrderRejected,
    OrderReport,
    OrderStatus,
    PlaceOrder,
    RejectionReason,
    Side,
    VenueOrder,
)
from .venue_rules import EXACT, NOTHING

LONGEST_ID = 36
"""Characters; Binance's limit for newClientOrderId, of [A-Za-z0-9_-] only."""

Evidence = PlaceOrder | OrderReport | VenueOrder


def client_order_id(intent: Intent, *, term: int) -> str:
    """Name the order for an intent, the same each time it is asked under one term.

    `hf-<term>-<20 hex digits of the intent's id>`: a term of up to 12 digits fits, and
    a billion intents share a name with a chance below one in a million.
    """
    digest = hashlib.blake2b(intent.id.encode(), digest_size=10).hexdigest()
    name = f"hf-{term}-{digest}"
    if term < 0 or len(name) > LONGEST_ID:
        raise ValueError(f"a term has 1 to 12 digits, was {term}")
    return name


@attrs.frozen(kw_only=True)
class OrderRecord:
    """All facts about one order.

    `intent_id` is empty if the order was not placed from here; side and quantity are
    None until something tells them. `reported` is the largest sum of fills that the
    venue named, `fills` are the fills themselves by trade id.
    """

    client_order_id: str
    symbol: str
    intent_id: str = ""
    exchange_order_id: str = ""
    side: Side | None = None
    quantity: Decimal | None = None
    exists: bool = False
    is_rejected: bool = False
    is_cancelled: bool = False
    reported: Decimal = NOTHING
    fills: Mapping[int, OrderFilled] = attrs.field(factory=dict[int, OrderFilled])

    @property
    def filled(self) -> Decimal:
        """What has traded for certain; it only grows."""
        return max(self.reported, self._told())

    @property
    def remaining(self) -> Decimal:
        """What may still trade; nothing once the order is done."""
        if self.quantity is None or self.status.is_done:
            return NOTHING
        with localcontext(EXACT):
            return self.quantity - self.filled

    @property
    def misses_fills(self) -> bool:
        """Whether the venue counts more than the fills that were told here."""
        return self.reported > self._told()

    @property
    def status(self) -> OrderStatus:
        """What the facts say together."""
        filled = self.filled
        if self.quantity is not None and filled >= self.quantity:
            return OrderStatus.FILLED
        if self.is_cancelled:
            return OrderStatus.CANCELLED
        if filled:
            return OrderStatus.PARTIALLY_FILLED
        if self.exists:
            return OrderStatus.OPEN
        return OrderStatus.REJECTED if self.is_rejected else OrderStatus.PENDING

    def after(self, evidence: Evidence) -> "OrderRecord":
        """Add what this says; nothing that was known is taken back."""
        match evidence:
            case PlaceOrder(intent_id=intent_id, side=side, quantity=quantity):
                record = attrs.evolve(
                    self, intent_id=intent_id, side=side, quantity=quantity
                )
            case OrderAccepted():
                record = self._existing(evidence.exchange_order_id)
            case OrderRejected(reason=RejectionReason.DUPLICATE):
                record = self._existing("")
            case OrderRejected():
                record = attrs.evolve(self, is_rejected=True)
            case OrderFilled():
                record = self._with_fill(evidence)
            case OrderCancelled():
                record = self._as_cancelled(evidence)
            case VenueOrder():
                record = self._as_listed(evidence)
            case CancelRejected():
                record = self
            case _:
                assert_never(evidence)
        return record

    def _existing(self, exchange_order_id: str) -> "OrderRecord":
        known = exchange_order_id or self.exchange_order_id
        return attrs.evolve(self, exists=True, exchange_order_id=known)

    def _with_fill(self, fill: OrderFilled) -> "OrderRecord":
        return attrs.evolve(
            self._existing(fill.exchange_order_id),
            side=fill.side,
            reported=max(self.reported, fill.filled),
            fills={fill.trade_id: fill, **self.fills},
        )

    def _as_cancelled(self, cancelled: OrderCancelled) -> "OrderRecord":
        return attrs.evolve(
            self._existing(cancelled.exchange_order_id),
            is_cancelled=True,
            reported=max(self.reported, cancelled.filled),
        )

    def _as_listed(self, listed: VenueOrder) -> "OrderRecord":
        if listed.status is OrderStatus.REJECTED:
            return attrs.evolve(self, is_rejected=True)
        is_filled = listed.status is OrderStatus.FILLED
        return attrs.evolve(
            self._existing(listed.exchange_order_id),
            side=listed.side,
            quantity=listed.quantity,
            is_cancelled=self.is_cancelled or listed.status is OrderStatus.CANCELLED,
            reported=max(
                self.reported, listed.quantity if is_filled else listed.filled
            ),
        )

    def _told(self) -> Decimal:
        with localcontext(EXACT):
            return sum((fill.quantity for fill in self.fills.values()), NOTHING)


class OrderLog:
    """Every order that was placed from here or that the venue told of."""

    def __init__(self) -> None:
        self._records: dict[str, OrderRecord] = {}
        self._open: dict[str, OrderRecord] = {}

    def apply(self, evidence: Evidence) -> bool:
        """Add a piece of evidence; False: it says nothing that was not known.

        Evidence without a client order id is about nobody's order here and is left out.
        """
        name = evidence.client_order_id
        if not name:
            return False
        known = self._records.get(name)
        record = (
            known or OrderRecord(client_order_id=name, symbol=evidence.symbol)
        ).after(evidence)
        if record == known:
            return False
        self._records[name] = record
        if record.status.is_done:
            self._open.pop(name, None)
        else:
            self._open[name] = record
        return True

    def order(self, client_order_id: str) -> OrderRecord | None:
        """Look up one order."""
        return self._records.get(client_order_id)

    def open_orders(self) -> tuple[OrderRecord, ...]:
        """List every order that may still trade, those without an answer included."""
        return tuple(self._open.values())
