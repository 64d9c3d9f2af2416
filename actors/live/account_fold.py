"""Turns what one frame of an account stream says into reports, in order: pure."""

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

import attrs

from ..messages import (
    CancelReason,
    OrderAccepted,
    OrderCancelled,
    OrderFilled,
    OrderRejected,
    OrderReport,
    OrderStatus,
    OrderType,
    RejectionReason,
)
from ..queries import VenueOrder
from .answers import Incomplete, text_of
from .exact import exact

MOST = 20_000
"""Orders that are remembered; the oldest are forgotten first."""


@attrs.frozen
class Seen:
    """An order as a frame tells of it; `expired`: the venue ended it by itself."""

    order: VenueOrder
    expired: bool = False


@attrs.define
class _Known:
    order: VenueOrder
    filled: Decimal


class AccountFold:
    """Knows the orders that were told of, since a trade names its order only."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[str, str], _Known] = OrderedDict()

    def know(self, order: VenueOrder) -> None:
        """Learn of an order without telling: it was there before anybody listened."""
        self._remember(order, order.filled)

    def ended(self, told: Any, symbol: str, *, now: float) -> tuple[Seen, ...]:
        """Complete what a venue tells of an order in parts; () if it says no end.

        Raises:
            Incomplete: it ends an order that was never told of.

        """
        if told.get("id") is None or told.get("status") not in ("canceled", "expired"):
            return ()
        order_id = text_of(told, "id")
        known = self._known.get((symbol, order_id))
        if known is None:
            raise Incomplete(f"the end of {order_id}, an unknown order")
        left = exact(told.get("remaining"))
        filled = known.filled if left is None else known.order.quantity - left
        order = attrs.evolve(
            known.order, filled=filled, status=OrderStatus.CANCELLED, time=now
        )
        return (Seen(order, expired=told["status"] == "expired"),)

    def frame(
        self, orders: Iterable[Seen], fills: Iterable[OrderFilled]
    ) -> Iterator[OrderReport]:
        """Yield what is new: first that an order is there, then fills, then its end.

        A fill comes without name and sums; they are added here.

        Raises:
            Incomplete: there is a fill of an order that was never told of.

        """
        told, traded = list(orders), list(fills)
        for each in told:
            yield from self._accepted(each.order)
            self._count_up_to(each.order, traded)
        for fill in traded:
            yield self._filled(fill)
        for each in told:
            yield from _ended(each)

    def _accepted(self, order: VenueOrder) -> Iterator[OrderReport]:
        key = (order.symbol, order.exchange_order_id)
        if key in self._known or order.status is OrderStatus.REJECTED:
            return
        self._remember(order, Decimal(0))
        yield OrderAccepted(
            client_order_id=order.client_order_id,
            exchange_order_id=order.exchange_order_id,
            symbol=order.symbol,
            time=order.time,
        )

    def _remember(self, order: VenueOrder, filled: Decimal) -> None:
        self._known[order.symbol, order.exchange_order_id] = _Known(order, filled)
        if len(self._known) > MOST:
            self._known.popitem(last=False)

    def _count_up_to(self, order: VenueOrder, fills: Iterable[OrderFilled]) -> None:
        """Begin with what the venue says was filled before the fills of this frame.

        So a frame that was lost, or that comes twice, leaves no trace in the sums.
        """
        key = (order.symbol, order.exchange_order_id)
        known = self._known.get(key)
        now = sum(
            each.quantity
            for each in fills
            if (each.symbol, each.exchange_order_id) == key
        )
        if known is not None:
            known.filled = order.filled - now

    def _filled(self, fill: OrderFilled) -> OrderFilled:
        known = self._known.get((fill.symbol, fill.exchange_order_id))
        if known is None:
            raise Incomplete(f"a fill of {fill.exchange_order_id}, an unknown order")
        known.filled += fill.quantity
        return attrs.evolve(
            fill,
            client_order_id=known.order.client_order_id,
            filled=known.filled,
            remaining=max(Decimal(0), known.order.quantity - known.filled),
        )


def _ended(seen: Seen) -> Iterator[OrderReport]:
    order = seen.order
    if order.status is OrderStatus.REJECTED:
        yield OrderRejected(
            client_order_id=order.client_order_id,
            symbol=order.symbol,
            reason=RejectionReason.VENUE,
            detail="the venue says so in its stream",
            time=order.time,
        )
    elif order.status is OrderStatus.CANCELLED:
        yield OrderCancelled(
            client_order_id=order.client_order_id,
            exchange_order_id=order.exchange_order_id,
            symbol=order.symbol,
            filled=order.filled,
            remaining=order.quantity - order.filled,
            reason=_reason(seen),
            time=order.time,
        )


def _reason(seen: Seen) -> CancelReason:
    if not seen.expired:
        return CancelReason.REQUESTED
    if seen.order.type is OrderType.MARKET:
        return CancelReason.NO_LIQUIDITY
    return CancelReason.VENUE
