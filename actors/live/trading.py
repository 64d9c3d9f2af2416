"""Places and cancels orders: what is said to a venue, and what its answer means."""

import re
from collections.abc import Mapping
from typing import Any

import attrs

from ...supervision.outcome import (
    CallClass,
    CallFailed,
    NotSent,
    OutcomeUnknown,
    VenueRefused,
)
from ..messages import CancelOrder, OrderStatus, OrderType, PlaceOrder
from ..queries import VenueOrder
from .answers import check_is, check_same
from .calls import Calls
from .classifier import UNKNOWN_ORDER
from .client import VenueClient
from .exact import plain
from .markets import Market
from .reading import Reading
from .venue_clock import VenueClock
from .venues import Venue

LONGEST_WINDOW = 60.0
"""Seconds for which a request may be good; Binance takes no more."""


@attrs.frozen(kw_only=True)
class Trading:
    """See the module; `deadline` is that of one call, in seconds."""

    client: VenueClient
    calls: Calls
    venue: Venue
    time: VenueClock
    reading: Reading
    deadline: float

    async def place(self, order: PlaceOrder) -> VenueOrder:
        """Send an order once.

        Raises:
            CallFailed: the venue refused it, it was not sent, or nobody can tell.

        """
        market = self.reading.market(order.symbol)
        self._check_name(order.client_order_id)

        async def send() -> VenueOrder:
            answer = await self.client.create_order(
                market.unified,
                str(order.type),
                str(order.side),
                plain(order.quantity),
                _price(order),
                self._params(order),
            )
            return self._placed(order, market, answer)

        return await self.calls.make(
            order.call_class, "order", send, deadline=self.deadline
        )

    async def cancel(self, cancel: CancelOrder) -> VenueOrder:
        """Take an order back; one that is over already is an answer, too.

        Raises:
            CallFailed: `VenueRefused` with `UNKNOWN_ORDER` if the venue knows none.
                Once it has taken the cancel, no failure is a refusal any more.

        """
        market = self.reading.market(cancel.symbol)
        until = self.reading.until(self.deadline)

        async def send() -> VenueOrder | None:
            answer = await self.client.cancel_order(
                None, market.unified, {"clientOrderId": cancel.client_order_id}
            )
            return self._cancelled(cancel, market, answer)

        try:
            cancelled: VenueOrder | None = await self.calls.make(
                CallClass.CANCEL, "cancel", send, deadline=self.deadline
            )
        except VenueRefused as refused:
            if refused.code != UNKNOWN_ORDER:
                raise
            return await self._after(cancel, until, was_taken=False)
        return cancelled or await self._after(cancel, until, was_taken=True)

    async def _after(
        self, cancel: CancelOrder, until: float, *, was_taken: bool
    ) -> VenueOrder:
        """Find out how it stands with an order that the venue did not describe."""
        wanted = cancel.client_order_id
        try:
            return await self.reading.order(cancel.symbol, wanted, until)
        except CallFailed as failure:
            if not was_taken and getattr(failure, "code", "") == UNKNOWN_ORDER:
                raise
            told = f"the cancel of {wanted} was sent, but then: {failure}"
            raise OutcomeUnknown(told) from failure

    def _placed(self, order: PlaceOrder, market: Market, answer: Any) -> VenueOrder:
        check_is(answer, "clientOrderId", order.client_order_id)
        placed = self.reading.read(answer, market, order.client_order_id)
        check_same(order, placed)
        if placed.status is OrderStatus.REJECTED:
            raise VenueRefused("the venue rejected the order", code="rejected")
        return placed

    def _cancelled(
        self, cancel: CancelOrder, market: Market, answer: Any
    ) -> VenueOrder | None:
        """Read the answer to a cancel; None if it is a bare id, as from Coinbase."""
        told = answer.get("info") if isinstance(answer, Mapping) else answer  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] - of ccxt
        if isinstance(told, str):
            return None
        # At Binance `clientOrderId` is that of the cancel itself.
        check_is(told, "origClientOrderId", cancel.client_order_id)
        return self.reading.read(answer, market, cancel.client_order_id)

    def _check_name(self, client_order_id: str) -> None:
        if not re.fullmatch(self.venue.client_id, client_order_id):
            raise NotSent(
                f"{client_order_id!r} can't be a client order id at this venue: they"
                f" look like {self.venue.client_id}",
                is_local=True,
            )

    def _params(self, order: PlaceOrder) -> Mapping[str, Any]:
        """Name the order, and say until when it may be taken."""
        named = {"clientOrderId": order.client_order_id}
        if order.type is OrderType.LIMIT:
            named["timeInForce"] = order.time_in_force.value.upper()
        if order.expires_at is None:
            return named
        left = self.time.there(order.expires_at) - self.time.now()
        window = int(min(left, LONGEST_WINDOW) * 1000)
        if window < 1:
            told = f"{order.client_order_id} has expired {-left:.3f} s ago"
            raise NotSent(told, is_local=True)
        if not self.venue.expiry:
            return named
        now = self.client.milliseconds()
        return {**named, "timestamp": now, "recvWindow": window}


def _price(order: PlaceOrder) -> str | None:
    """Return the price of a limit order; at market it would mean an amount to spend."""
    if order.type is OrderType.MARKET or order.price is None:
        return None
    return plain(order.price)
