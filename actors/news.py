"""What others have to hear of an order after a piece of evidence: pure.

The venue may tell of an order in many ways, some of them twice; those who count hear of
its acceptance, of each fill, and of its end, each once and in that order. An end is not
told before every fill is: until then they count with the worst.
"""

import attrs

from .evidence import OrderUnknown
from .messages import (
    OrderAccepted,
    OrderCancelled,
    OrderFilled,
    OrderRejected,
    OrderReport,
    OrderStatus,
    RejectionReason,
)
from .order_state import Evidence, OrderRecord
from .venue_rules import NOTHING


def news(
    before: OrderRecord, after: OrderRecord, evidence: Evidence
) -> list[OrderReport | OrderUnknown]:
    """Return what is new, in the order in which it has to be told."""
    told: list[OrderReport | OrderUnknown] = []
    if isinstance(evidence, OrderFilled):
        if evidence.trade_id not in before.fills:
            told.append(evidence)
    elif _is_listed(after) and not _is_listed(before):
        told.append(_accepted(after, evidence))
    if after.status is not before.status and not after.exists:
        if isinstance(evidence, OrderRejected | OrderUnknown):
            told.append(evidence)
        elif after.status is OrderStatus.REJECTED:
            told.append(_rejected(after, evidence))
    if _ended_early(after) and not _ended_early(before):
        if isinstance(evidence, OrderCancelled):
            told.append(attrs.evolve(evidence, filled=after.filled))
        else:
            told.append(cancelled(after, evidence.time))
    return told


def _is_listed(record: OrderRecord) -> bool:
    """Say whether it exists and others can be told which way it trades."""
    return record.exists and record.side is not None


def _ended_early(record: OrderRecord) -> bool:
    is_cancelled = record.status is OrderStatus.CANCELLED
    return record.is_settled and (is_cancelled or record.is_given_up)


def _accepted(record: OrderRecord, evidence: Evidence) -> OrderAccepted:
    return OrderAccepted(
        client_order_id=record.client_order_id,
        exchange_order_id=record.exchange_order_id,
        symbol=record.symbol,
        time=evidence.time,
    )


def _rejected(record: OrderRecord, evidence: Evidence) -> OrderRejected:
    return OrderRejected(
        client_order_id=record.client_order_id,
        symbol=record.symbol,
        reason=RejectionReason.VENUE,
        detail="the venue lists it as rejected",
        time=evidence.time,
    )


def cancelled(record: OrderRecord, time: float) -> OrderCancelled:
    """Say that what is left of an order will not trade, as far as is known."""
    remaining = NOTHING if record.quantity is None else record.quantity - record.filled
    return OrderCancelled(
        client_order_id=record.client_order_id,
        exchange_order_id=record.exchange_order_id,
        symbol=record.symbol,
        filled=record.filled,
        remaining=remaining,
        reason=record.cancel_reason,
        time=time,
    )
