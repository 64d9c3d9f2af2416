"""Takes everything back at a venue without any of what trades there.

It has a client, a clock and a rate budget of its own and needs no permit: all it can do
is ask and cancel. What counts is what the venue lists.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import attrs

from ...supervision.outcome import CallClass, CallFailed
from ...supervision.runtime.clock import Clock
from ...supervision.runtime.permit import Permit
from ..messages import CancelOrder
from ..queries import QueryOrders, VenueOrder
from ..summary import plain
from .calls import Calls
from .client import Account, rest_client
from .client_order_ids import ClientOrderIds
from .markets import markets
from .rate_budget import RateBudget
from .reading import Reading
from .trading import Trading
from .venue_clock import VenueClock
from .waiting import pause

ASK_AGAIN = 0.5
"""Seconds between two looks at the venue's list."""

NAMED = frozenset(
    {"exchange", "sandbox", "api_key", "secret", "password", "urls", "profile"}
)


class OnlyCancels(Permit):
    """Good for whatever cancels, for as long as the process lives."""

    def __init__(self) -> None:
        self.ended = False
        super().__init__("holdfast halt", self)
        self.narrow()


@attrs.define
class LastResort:
    """One account; `args` are those of its `CcxtExchange`, `say` gets lines.

    A call has `deadline` seconds. Nothing is certain before `settled` seconds have
    passed: what was sent before may arrive until then.
    """

    args: Mapping[str, Any]
    clock: Clock
    say: Callable[[str], object]
    settled: float
    deadline: float = 8.0
    _told: set[str] = attrs.field(factory=set[str], init=False)

    @property
    def name(self) -> str:
        """What the venue is called."""
        return str(self.args["exchange"])

    async def cancel_all(self, patience: float) -> bool:
        """Cancel until the venue lists no open order; False: it still does, or worse.

        It is tried for `patience` seconds.
        """
        began = self.clock.now()
        known = {name: self.args[name] for name in NAMED & set(self.args)}
        given: Mapping[str, Any] = self.args.get("options") or {}
        options = {"recvWindow": 5000, **given}
        account = Account(**known, options=options)
        venue_time = VenueClock(self.clock, account.venue.words)
        client = rest_client(account, venue_time.now, timeout=self.deadline)
        try:
            while self.clock.now() - began < patience:
                if await self._tried(client, account, venue_time, began):
                    return True
                await pause(self.clock, ASK_AGAIN)
        finally:
            await client.close()
        return False

    async def _tried(
        self, client: Any, account: Account, venue_time: VenueClock, began: float
    ) -> bool:
        try:
            reading, trading = await self._prepared(client, account, venue_time)
            left = [
                order
                for symbol in self.args["symbols"]
                for order in await self._cancelled(reading, trading, symbol)
            ]
        except CallFailed as failure:
            self._say_once(f"NOT CONFIRMED {self.name}: {failure}")
            return False
        return not left and self.clock.now() - began >= self.settled

    async def _prepared(
        self, client: Any, account: Account, venue_time: VenueClock
    ) -> tuple[Reading, Trading]:
        budget = RateBudget(account.venue.limits, reserve=0.0, now=self.clock.now())
        calls = Calls(
            account.venue, self.clock, venue_time, permit=OnlyCancels(), budget=budget
        )
        if not client.markets_by_id:
            load = partial(client.load_markets)
            await calls.make(CallClass.QUERY, "markets", load, deadline=self.deadline)
        reading = Reading(
            client=client,
            calls=calls,
            venue=account.venue,
            clock=self.clock,
            time=venue_time,
            markets=markets(client.markets_by_id, self.args["symbols"]),
            names=ClientOrderIds(),
            deadline=self.deadline,
        )
        await reading.venue_time()
        trading = Trading(
            client=client,
            calls=calls,
            venue=account.venue,
            time=venue_time,
            reading=reading,
            deadline=self.deadline,
        )
        return reading, trading

    async def _cancelled(
        self, reading: Reading, trading: Trading, symbol: str
    ) -> list[VenueOrder]:
        """Cancel what the venue lists; return what it has listed."""
        listed = await reading.orders(QueryOrders(symbol=symbol))
        found = [each for each in listed.orders if not each.status.is_done]
        for order in found:
            name = order.client_order_id or order.exchange_order_id
            cancel = CancelOrder(client_order_id=name, symbol=symbol, time=0.0)
            try:
                ended = await trading.cancel(cancel)
            except CallFailed as failure:
                self._say_once(f"NOT CONFIRMED {self.name} {symbol} {name}: {failure}")
                continue
            if ended.status.is_done:
                self._say_once(f"{self.name} {symbol} {told(ended)}")
        return found

    def _say_once(self, line: str) -> None:
        if line not in self._told:
            self._told.add(line)
            self.say(line)


def told(order: VenueOrder) -> str:
    """Describe an order as the venue has it."""
    what = f"{order.side} {plain(order.quantity)}, {plain(order.filled)} filled"
    return f"{order.client_order_id} {order.status} ({what})"
