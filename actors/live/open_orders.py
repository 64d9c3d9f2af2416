"""Lists what is open at a venue and takes it back, row by row.

Whoever trades reads a list whole or not at all. Whoever wants to get out takes back
each order whose id can be read, whatever else is wrong with it or with its neighbours.
"""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

import attrs

from ...supervision.outcome import CallClass, CallFailed, VenueRefused
from ..queries import VenueOrder
from .answers import Incomplete, rows, venue_order
from .calls import Calls
from .classifier import UNKNOWN_ORDER, shown
from .client import VenueClient
from .markets import markets
from .venue_clock import VenueClock
from .wire import on_the_wire

OVER = frozenset({"closed", "canceled", "expired", "rejected"})
"""What ccxt says of orders that are not open."""


RAW = {"id": ("orderId", "id"), "clientOrderId": ("clientOrderId", "client_oid")}
"""What Binance and Coinbase call it, for a row that ccxt can't read."""


@attrs.frozen
class Row:
    """One row of a list: the venue's id of the order, empty if it can't be read.

    `name` is its client order id if it has one, else its id, else the row itself.
    """

    order_id: str
    name: str


@attrs.frozen(kw_only=True)
class OpenOrders:
    """At one venue; a call has `deadline` seconds, that for markets `load_deadline`."""

    client: VenueClient
    calls: Calls
    time: VenueClock
    deadline: float
    load_deadline: float

    async def load(self) -> None:
        """Load the markets, unless that was done; raises `CallFailed`."""
        if not self.client.markets_by_id:
            load, limit = partial(self.client.load_markets), self.load_deadline
            await self.calls.make(CallClass.QUERY, "markets", load, deadline=limit)

    async def compare_clocks(self) -> None:
        """Correct our clock, by which calls are signed; raises `CallFailed`."""
        ask = partial(self.time.compare, self.client.fetch_time)
        await self.calls.make(CallClass.DATA, "time", ask, deadline=self.deadline)

    def unified(self, symbol: str) -> str:
        """Return what ccxt calls a market.

        Raises:
            Incomplete: what the venue tells of it can't be read.
            WrongAccount: it has none of that name.

        """
        return markets(self.client.markets_by_id, [symbol])[symbol].unified

    async def listed(self, unified: str) -> list[Row]:
        """List what is open in a market; raises `CallFailed`."""

        async def send() -> list[Row]:
            try:
                await self.client.fetch_open_orders(unified)
            except Exception:  # of one row, if the whole list is there
                if on_the_wire().status != 200:
                    raise
            answer = rows(self.client.parse_json(on_the_wire().body))
            found = (self._row(each, unified) for each in answer)
            return [each for each in found if each is not None]

        return await self.calls.make(
            CallClass.QUERY, "open_orders", send, deadline=self.deadline
        )

    async def cancel(self, row: Row, symbol: str, unified: str) -> VenueOrder | None:
        """Take an order back; None: how it has ended was not told.

        Raises:
            CallFailed: it may still be open.

        """

        async def send() -> Any:
            return await self.client.cancel_order(row.order_id, unified)

        try:
            answer = await self.calls.make(
                CallClass.CANCEL, "cancel", send, deadline=self.deadline
            )
            return self._order(answer, row, symbol)
        except Incomplete:
            pass  # it need not tell more than an id
        except VenueRefused as refused:
            if refused.code != UNKNOWN_ORDER:
                raise
        return await self._ended(row, symbol, unified)

    async def _ended(self, row: Row, symbol: str, unified: str) -> VenueOrder | None:
        """Ask how an order has ended; what counts is that it is listed no more."""

        async def send() -> VenueOrder:
            answer = await self.client.fetch_order(row.order_id, unified)
            return self._order(answer, row, symbol)

        try:
            return await self.calls.make(
                CallClass.QUERY, "query_order", send, deadline=self.deadline
            )
        except CallFailed:
            return None

    def _order(self, answer: Any, row: Row, symbol: str) -> VenueOrder:
        now = self.time.now()
        return venue_order(answer, symbol, client_order_id=row.name, now=now)

    def _row(self, told: Any, unified: str) -> Row | None:
        """Read a row as far as that goes; None: it says itself that it is not open."""
        if not isinstance(told, Mapping):
            return Row("", shown(str(told)))
        try:
            order = self.client.parse_order(told, self.client.market(unified))
        except Exception:  # noqa: BLE001 - of any parser in ccxt
            order = {key: _raw(told, names) for key, names in RAW.items()}  # pyright: ignore[reportUnknownArgumentType] - of JSON
        if order.get("status") in OVER:
            return None
        order_id = order.get("id") or ""
        name = order.get("clientOrderId") or order_id or shown(str(told))  # pyright: ignore[reportUnknownArgumentType] - of JSON
        return Row(order_id, name)


def _raw(told: Mapping[str, Any], names: Iterable[str]) -> str:
    found = (told[each] for each in names if each in told)
    return next((str(each) for each in found if isinstance(each, str | int)), "")
