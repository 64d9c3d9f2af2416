"""Asks a venue for orders, fills, balances and its time; a failed read is an error."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from decimal import Decimal
from functools import partial
from typing import Any, TypeVar

import attrs

from ...supervision.outcome import CallClass, NotSent, VenueRefused
from ...supervision.runtime.clock import Clock
from ..messages import OrderFilled, PlaceOrder
from ..order_names import id_of_nameless
from ..queries import (
    Balances,
    Fills,
    Orders,
    QueryFills,
    QueryOrders,
    VenueOrder,
    VenueTime,
)
from .answers import (
    Incomplete,
    balances,
    check_is,
    check_same,
    fill,
    name_of,
    rows,
    text_of,
    venue_order,
)
from .calls import Calls
from .classifier import UNKNOWN_ORDER
from .client import VenueClient
from .client_order_ids import ClientOrderIds
from .fill_pages import FillPages
from .markets import Market
from .venue_clock import VenueClock
from .venues import Venue
from .wire import on_the_wire

T = TypeVar("T")

ORDERS_PAGE = 1000


@attrs.frozen(kw_only=True)
class Reading:
    """See the module; `deadline` is that of one question, in seconds, in total."""

    client: VenueClient
    calls: Calls
    venue: Venue
    clock: Clock
    time: VenueClock
    markets: Mapping[str, Market]
    names: ClientOrderIds
    deadline: float

    def market(self, symbol: str) -> Market:
        """Return a market; `NotSent` if it is none of this account's."""
        if symbol not in self.markets:
            known = ", ".join(self.markets)
            raise NotSent(f"{symbol} is not traded here, but {known}", is_local=True)
        return self.markets[symbol]

    def until(self, seconds: float) -> float:
        """Return when so many seconds have passed, by our clock."""
        return self.clock.now() + seconds

    async def orders(self, query: QueryOrders) -> Orders:
        """Look up orders by name, or list the open ones; raises `CallFailed`."""
        until = self.until(self.deadline)
        if not query.client_order_ids:
            found = await self._open_orders(query.symbol, until)
            return Orders(
                symbol=query.symbol, orders=found, absent=(), time=self.time.now()
            )
        present: list[VenueOrder] = []
        absent: list[str] = []
        for name in query.client_order_ids:
            try:
                present.append(await self.order(query.symbol, name, until))
            except VenueRefused as refused:
                if refused.code != UNKNOWN_ORDER:
                    raise
                absent.append(name)
        return Orders(
            symbol=query.symbol,
            orders=tuple(present),
            absent=tuple(absent),
            time=self.time.now(),
            forgets=self.venue.forgets,
        )

    async def order(self, symbol: str, name: str, until: float) -> VenueOrder:
        """Look up one order by its client order id; raises `CallFailed`."""
        market = self.market(symbol)

        async def send() -> VenueOrder:
            answer = await self.client.fetch_order(*self.called(name, market))
            check_is(answer, "clientOrderId", name)
            return self.read(answer, market, name)

        return await self._ask("query_order", send, until)

    def read(
        self,
        answer: Any,
        market: Market,
        name: str = "",
        *,
        sent: PlaceOrder | None = None,
    ) -> VenueOrder:
        """Read an order of a market; `name` is the client order id that was asked for.

        `sent` is the order that was answered so, if one was. Some tell names in answers
        about single orders only, not in lists.

        Raises:
            Incomplete: it can't be read, or is of another market or another order.

        """
        check_is(answer, "symbol", market.unified)
        # ccxt takes a market that it does not know for the one that was asked for.
        check_is(answer.get("info") or {}, "symbol", market.symbol)
        now = self.time.now()
        order = venue_order(answer, market.symbol, client_order_id=name, now=now)
        if sent is not None:
            check_same(sent, order)
        known = self.names.of(market.symbol, order.exchange_order_id)
        if known is not None and id_of_nameless(known) is None:
            if name and known != name:
                raise Incomplete(f"asked for the order {name}, was told of {known}")
            if id_of_nameless(order.client_order_id) is not None:
                order = attrs.evolve(order, client_order_id=known)
        self.names.learn_of([order])
        return order

    def called(
        self, name: str, market: Market
    ) -> tuple[str | None, str, dict[str, Any]]:
        """Return how ccxt is told which order is meant."""
        exchange_order_id = id_of_nameless(name)
        if exchange_order_id is not None:
            return exchange_order_id, market.unified, {}
        written = self.venue.written(name)
        return None, market.unified, {"clientOrderId": written}

    async def fills(self, query: QueryFills) -> Fills:
        """Read the next fills after a trade id; raises `CallFailed`.

        That is a page where the venue tells the oldest first, else all of them.
        """
        if query.after_trade_id is None:
            return await self._newest_fill(query.symbol)
        until = self.until(self.deadline)
        market = self.market(query.symbol)
        pages = FillPages(self.venue, query.after_trade_id)
        while (params := pages.next()) is not None:

            async def send(params: Mapping[str, Any] = params) -> Any:
                page = self.venue.fills_page
                return _listed(
                    await self.client.fetch_my_trades(
                        market.unified, None, page, dict(params)
                    )
                )

            pages.take(await self._ask("fills", send, until))
            if pages.is_in_order:
                break
        trades = pages.trades()
        await self._learn(
            query.symbol, (text_of(each, "order") for each in trades), until
        )
        return Fills(
            symbol=query.symbol,
            fills=self._fills(query.symbol, trades),
            time=self.time.now(),
            is_all=pages.next() is None,
        )

    async def _newest_fill(self, symbol: str) -> Fills:
        """Read the newest fill; whose order that was is not found out."""
        market = self.market(symbol)

        async def send() -> list[Any]:
            return _listed(await self.client.fetch_my_trades(market.unified, None, 1))

        newest = await self._ask("fills", send, self.until(self.deadline))
        found = self._fills(symbol, newest)
        return Fills(symbol=symbol, fills=found[-1:], time=self.time.now())

    async def balances(self) -> Balances:
        """Read what the account holds; raises `CallFailed`."""
        assets = {each.base for each in self.markets.values()}
        assets |= {each.quote for each in self.markets.values()}

        async def send() -> Balances:
            answer = await self.client.fetch_balance()
            return balances(answer, sorted(assets), now=self.time.now())

        return await self.calls.make(
            CallClass.ACCOUNT, "balances", send, deadline=self.deadline
        )

    async def venue_time(self) -> VenueTime:
        """Ask for the venue's time, and correct ours; raises `CallFailed`."""
        ask = partial(self.time.compare, self.client.fetch_time)
        told: float = await self.calls.make(
            CallClass.DATA, "time", ask, deadline=self.deadline
        )
        return VenueTime(time=told)

    async def latest_trades(self) -> list[Any]:
        """Read the newest public trade of each market; raises `CallFailed`."""

        async def send(unified: str) -> list[Any]:
            return _listed(await self.client.fetch_trades(unified, None, 1))

        found: list[Any] = []
        for market in self.markets.values():
            found += await self.calls.make(
                CallClass.DATA,
                "trades",
                partial(send, market.unified),
                deadline=self.deadline,
            )
        return found

    async def newest_fills(self, symbol: str) -> list[Any]:
        """Read some fills of the account, as they are told; raises `CallFailed`."""
        market = self.market(symbol)

        async def send() -> list[Any]:
            return _listed(await self.client.fetch_my_trades(market.unified))

        return await self.calls.make(
            CallClass.QUERY, "fills", send, deadline=self.deadline
        )

    async def _open_orders(self, symbol: str, until: float) -> tuple[VenueOrder, ...]:
        market = self.market(symbol)

        async def send() -> tuple[VenueOrder, ...]:
            answer = _listed(await self.client.fetch_open_orders(market.unified))
            return tuple(self.read(each, market) for each in answer)

        return await self._ask("open_orders", send, until)

    async def _learn(self, symbol: str, order_ids: Iterable[str], until: float) -> None:
        """Find out the names of orders that are not known here, whoever sent them."""
        unknown = self.names.unknown(symbol, order_ids)
        while unknown:
            first = min(unknown, key=lambda each: (len(each), each))
            for each in await self._orders_from(symbol, first, until):
                self.names.learn(symbol, text_of(each, "id"), name_of(each))
            if self.names.of(symbol, first) is None:
                raise Incomplete(f"the venue has a fill of {first}, but no such order")
            unknown = self.names.unknown(symbol, unknown)

    async def _orders_from(self, symbol: str, first: str, until: float) -> list[Any]:
        unified = self.market(symbol).unified

        async def send() -> list[Any]:
            if self.venue.orders_from is None:
                return [await self.client.fetch_order(first, unified)]
            return _listed(
                await self.client.fetch_orders(
                    unified, None, ORDERS_PAGE, {self.venue.orders_from: first}
                )
            )

        return await self._ask("orders", send, until)

    def _fills(self, symbol: str, trades: list[Any]) -> tuple[OrderFilled, ...]:
        """Read trades; the sums are those of this list, which may not be all."""
        filled: dict[str, Decimal] = {}
        found: list[OrderFilled] = []
        for each in trades:
            order_id = text_of(each, "order")
            name = self.names.of(symbol, order_id) or ""
            one = fill(each, symbol, client_order_id=name)
            filled[order_id] = filled.get(order_id, Decimal(0)) + one.quantity
            found.append(attrs.evolve(one, filled=filled[order_id]))
        return tuple(found)

    async def _ask(
        self, name: str, send: Callable[[], Awaitable[T]], until: float
    ) -> T:
        left = until - self.clock.now()
        return await self.calls.make(CallClass.QUERY, name, send, deadline=left)


def _listed(answer: Any) -> list[Any]:
    """Return the rows of a list that the venue has sent as one.

    ccxt makes an empty list of an answer in which it finds nothing.
    """
    if not on_the_wire().body.lstrip().startswith("["):
        raise Incomplete("expected a list, the venue has sent something else")
    return rows(answer)
