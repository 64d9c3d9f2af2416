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
from .answers import check_is
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
        self._check_name(self.venue.written(order.client_order_id))
        until = self.reading.until(self.deadline)

        async def send() -> VenueOrder | None:
            answer = await self.client.create_order(
                market.unified,
                str(order.type),
                str(order.side),
                plain(order.quantity),
                _price(order),
                self._params(order),
            )
            return self._placed(order, market, answer)

        placed: VenueOrder | None = await self.calls.make(
            order.call_class, "order", send, deadline=self.deadline
        )
        return placed or await self._after_placing(order, until)

    async def cancel(self, cancel: CancelOrder) -> VenueOrder:
        """Take an order back; one that is over already is an answer, too.

        Raises:
            CallFailed: `VenueRefused` with `UNKNOWN_ORDER` if the venue knows none.
                Once it has taken the cancel, no failure is a refusal any more.

        """
        market = self.reading.market(cancel.symbol)
        until = self.reading.until(self.deadline)

        async def send() -> VenueOrder | None:
            called = self.reading.called(cancel.client_order_id, market)
            answer = await self.client.cancel_order(*called)
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
            is_denied = getattr(failure, "code", "") == UNKNOWN_ORDER
            if is_denied and not was_taken:
                raise
            if is_denied and (ended := self._forgotten(cancel)) is not None:
                return ended
            told = f"the cancel of {wanted} was sent, but then: {failure}"
            raise OutcomeUnknown(told) from failure

    def _forgotten(self, cancel: CancelOrder) -> VenueOrder | None:
        """Say how an order ended that a venue has taken back and denies since.

        Some forget at once what ended without a fill, as Coinbase does.
        """
        last = self.reading.names.last_told(cancel.symbol, cancel.client_order_id)
        if not self.venue.forgets or last is None or last.filled:
            return None
        now = self.time.now()
        return attrs.evolve(last, status=OrderStatus.CANCELLED, time=now)

    async def _after_placing(self, order: PlaceOrder, until: float) -> VenueOrder:
        """Find out how it stands with an order of which the venue said only its id.

        Whatever comes of that is no answer to whether the order was taken.
        """
        wanted = order.client_order_id
        try:
            return await self.reading.order(order.symbol, wanted, until)
        except CallFailed as failure:
            raise OutcomeUnknown(f"the order was taken, but then: {failure}") from None

    def _placed(
        self, order: PlaceOrder, market: Market, answer: Any
    ) -> VenueOrder | None:
        check_is(answer, "clientOrderId", order.client_order_id)
        if _is_bare(answer):
            return None
        name = order.client_order_id
        placed = self.reading.read(answer, market, name, sent=order)
        if placed.status is OrderStatus.REJECTED:
            raise VenueRefused("the venue rejected the order", code="rejected")
        return placed

    def _cancelled(
        self, cancel: CancelOrder, market: Market, answer: Any
    ) -> VenueOrder | None:
        """Read the answer to a cancel; None if it is a bare id, as from Coinbase."""
        if _is_bare(answer):
            return None
        told: Any = answer.get("info") or {}
        # At Binance `clientOrderId` is that of the cancel itself.
        written = self.venue.written(cancel.client_order_id)
        check_is(told, "origClientOrderId", written)
        return self.reading.read(answer, market, cancel.client_order_id)

    def _check_arrives(self, order: PlaceOrder, left: float) -> None:
        """Refuse what the venue may still take after everybody believes it can't."""
        longest = self.venue.accepts_for
        if longest is not None and left < longest:
            raise NotSent(
                f"{order.client_order_id} expires in {left:.3g} s, but the venue may"
                f" take it for {longest:g} s: give execution a longer order_lifetime",
                is_local=True,
            )

    def _check_name(self, client_order_id: str) -> None:
        if not re.fullmatch(self.venue.client_id or "", client_order_id):
            raise NotSent(
                f"{client_order_id!r} can't be a client order id at this venue: they"
                f" look like {self.venue.client_id}",
                is_local=True,
            )

    def _params(self, order: PlaceOrder) -> Mapping[str, Any]:
        """Name the order, and say until when it may be taken."""
        named = {"clientOrderId": self.venue.written(order.client_order_id)}
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
            self._check_arrives(order, left)
            return named
        now = self.client.milliseconds()
        return {**named, "timestamp": now, "recvWindow": window}


def _is_bare(answer: Any) -> bool:
    """Say whether a venue has named an order, and not said how it stands with it.

    Many answer an order, and most a cancel, with an id only.
    """
    if not isinstance(answer, dict):
        return False
    told: dict[str, Any] = answer  # pyright: ignore[reportUnknownVariableType] - of ccxt
    if any(told.get(key) is not None for key in ("status", "amount", "filled")):
        return False
    return isinstance(told.get("id") or told.get("info"), str)


def _price(order: PlaceOrder) -> str | None:
    """Return the price of a limit order; at market it would mean an amount to spend."""
    if order.type is OrderType.MARKET or order.price is None:
        return None
    return plain(order.price)
