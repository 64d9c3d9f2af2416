"""Folds all evidence about orders into what is known of each.

An order's record only gathers facts, and its status is read off them: the same facts
give the same status in whatever order and however often they came. Fills weigh most,
then the end of the order, then that it exists; a rejection only counts while nothing
speaks for the order's existence, and its absence is no fact at all. That an outcome is
unknown counts until anything else is known.
"""

from collections.abc import Mapping
from decimal import Decimal, localcontext
from typing import assert_never

from msgspec import Struct, field
from msgspec.structs import replace

from .evidence import Baseline, OrderSettled, OrderUnknown
from .messages import (
    CancelReason,
    CancelRejected,
    OrderAccepted,
    OrderCancelled,
    OrderFilled,
    OrderRejected,
    OrderReport,
    OrderStatus,
    PlaceOrder,
    RejectionReason,
    Side,
)
from .queries import VenueOrder
from .venue_rules import EXACT, NOTHING

Evidence = PlaceOrder | OrderUnknown | OrderSettled | OrderReport | VenueOrder


class OrderRecord(Struct, frozen=True, kw_only=True):
    """All facts about one order.

    `intent_id` is empty if the order was not placed from here; side, quantity and
    price are None until something tells them. `reported` is the largest sum of fills
    that the venue named, `fills` are the fills themselves by trade id, and `told` is
    their sum and what had traded before the books began. `is_given_up`: a person has
    said that nothing more will come of it.
    """

    client_order_id: str
    symbol: str
    intent_id: str = ""
    exchange_order_id: str = ""
    side: Side | None = None
    quantity: Decimal | None = None
    price: Decimal | None = None
    exists: bool = False
    is_rejected: bool = False
    is_cancelled: bool = False
    is_unknown: bool = False
    is_given_up: bool = False
    cancel_reason: CancelReason = CancelReason.VENUE
    reported: Decimal = NOTHING
    fills: Mapping[int, OrderFilled] = field(default_factory=dict[int, OrderFilled])
    told: Decimal = NOTHING

    @property
    def filled(self) -> Decimal:
        """What has traded for certain; it only grows."""
        return max(self.reported, self.told)

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
        return self.reported > self.told and not self.is_given_up

    @property
    def is_settled(self) -> bool:
        """Whether it is done, and every fill was told: positions know it all."""
        return self.status.is_done and not self.misses_fills

    @property
    def status(self) -> OrderStatus:
        """What the facts say together."""
        filled = self.filled
        if self.quantity is not None and filled >= self.quantity:
            return OrderStatus.FILLED
        if self.is_cancelled or self.is_given_up:
            return OrderStatus.CANCELLED
        if filled:
            return OrderStatus.PARTIALLY_FILLED
        if self.exists:
            return OrderStatus.OPEN
        if self.is_rejected:
            return OrderStatus.REJECTED
        return OrderStatus.UNKNOWN if self.is_unknown else OrderStatus.PENDING

    def after(self, evidence: Evidence) -> "OrderRecord":
        """Add what this says; nothing that was known is taken back."""
        match evidence:
            case PlaceOrder():
                record = replace(
                    self,
                    intent_id=evidence.intent_id,
                    side=evidence.side,
                    quantity=evidence.quantity,
                    price=evidence.price,
                )
            case OrderUnknown():
                record = replace(self, is_unknown=True)
            case OrderSettled():
                record = replace(self, is_given_up=True)
            case OrderAccepted():
                record = self._existing(evidence.exchange_order_id)
            case OrderRejected(reason=reason):
                is_known = reason is RejectionReason.DUPLICATE
                rejected = replace(self, is_rejected=True)
                record = self._existing("") if is_known else rejected
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
        return replace(self, exists=True, exchange_order_id=known)

    def _with_fill(self, fill: OrderFilled) -> "OrderRecord":
        fills, told = self.fills, self.told
        if fill.trade_id not in fills:
            fills = {fill.trade_id: fill, **fills}
            with localcontext(EXACT):
                told += fill.quantity
        return replace(
            self._existing(fill.exchange_order_id),
            side=fill.side,
            reported=max(self.reported, fill.filled),
            fills=fills,
            told=told,
        )

    def _as_cancelled(self, cancelled: OrderCancelled) -> "OrderRecord":
        return replace(
            self._existing(cancelled.exchange_order_id),
            is_cancelled=True,
            cancel_reason=cancelled.reason,
            reported=max(self.reported, cancelled.filled),
        )

    def _as_listed(self, listed: VenueOrder) -> "OrderRecord":
        if listed.status is OrderStatus.REJECTED:
            return replace(self, is_rejected=True)
        is_filled = listed.status is OrderStatus.FILLED
        return replace(
            self._existing(listed.exchange_order_id),
            side=listed.side,
            quantity=listed.quantity,
            price=self.price if listed.price is None else listed.price,
            is_cancelled=self.is_cancelled or listed.status is OrderStatus.CANCELLED,
            reported=max(
                self.reported, listed.quantity if is_filled else listed.filled
            ),
        )


def in_doubt(record: OrderRecord, why: str) -> OrderUnknown:
    """Say that nobody knows whether the venue has an order."""
    return OrderUnknown(
        client_order_id=record.client_order_id,
        symbol=record.symbol,
        detail=why,
        time=0.0,
    )


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
        if record.is_settled:
            self._open.pop(name, None)
        else:
            self._open[name] = record
        return True

    def begin_after(self, baseline: Baseline) -> None:
        """Take what had traded before the books began as told: they hold it already."""
        for name, traded in baseline.traded.items():
            record = self._records.get(name) or OrderRecord(
                client_order_id=name, symbol=baseline.symbol
            )
            with localcontext(EXACT):
                later = (
                    fill.quantity
                    for fill in record.fills.values()
                    if fill.trade_id > baseline.last_trade_id
                )
                told = sum(later, traded)
            self._records[name] = replace(record, told=told)

    def order(self, client_order_id: str) -> OrderRecord | None:
        """Look up one order."""
        return self._records.get(client_order_id)

    def open_orders(self) -> tuple[OrderRecord, ...]:
        """List every order that may still trade, or whose fills were not all told."""
        return tuple(self._open.values())
