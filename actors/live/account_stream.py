"""Tells what becomes of the account's orders at a real venue, as it happens.

Reports go to `reports_to` in the order in which the venue sent them. What was sent
while nobody listened is lost: `AccountStreamUp` says from when on nothing is, so that
its reader asks the exchange for the rest.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any

from ...supervision.outcome import CallClass
from ...supervision.runtime.reference import Ref
from ...supervision.secret import Secret
from ..messages import OrderFilled
from ..queries import AccountStreamDown, AccountStreamUp, FillsNotTold
from .account_fold import AccountFold, Seen
from .answers import fill, rows, venue_order
from .client import Account, VenueClient
from .streaming import LOOK_AGAIN, Deaf, Silent, Stream, Unacknowledged, end, first_end
from .strict import Tap
from .waiting import pause, within


class AccountStream(Stream):
    """One account at one venue, and some of its markets.

    `symbols` are the venue's own names. No frame for `stale_after` seconds, answers to
    our own pings included, ends the session; so does a subscription that is not
    confirmed within `deadline`.
    """

    def __init__(  # noqa: PLR0913 - an account has these
        self,
        reports_to: Ref,
        exchange: str,
        symbols: Sequence[str],
        *,
        api_key: Secret | None = None,
        secret: Secret | None = None,
        password: Secret | None = None,
        sandbox: bool = False,
        urls: Mapping[str, Any] | None = None,
        options: Mapping[str, Any] | None = None,
        profile: Mapping[str, Any] | None = None,
        deadline: float = 10.0,
        stale_after: float = 30.0,
    ) -> None:
        account = Account(
            exchange=exchange,
            sandbox=sandbox,
            api_key=api_key,
            secret=secret,
            password=password,
            urls=urls or {},
            options=options or {},
            profile=profile,
        )
        super().__init__(account, symbols, deadline=deadline, stale_after=stale_after)
        self._reports_to = reports_to
        self._stale_after = stale_after
        self._fold = AccountFold()
        self._orders: list[Any] = []
        self._trades: list[Any] = []
        self._touched = 0.0
        self._up = False
        self._has_told = False

    def on_start(self) -> Any:
        """Say that nothing is told yet, then begin."""
        self.ended("not connected yet")
        return super().on_start()

    def on_receive(self, message: Any) -> Any:
        """Begin a new session if this one is found to be deaf."""
        match message:
            case FillsNotTold():
                if self._up:
                    self.end_session(Deaf(f"fills {message.trade_ids} were not told"))
            case _:
                return self.unhandled(message)
        return None

    def needs(self) -> Sequence[Sequence[str]]:
        """Hear of orders and of trades."""
        return (("watchOrders",), ("watchMyTrades",))

    def ended(self, reason: str) -> None:
        """Say that nothing is told for now, unless that was said before."""
        if self._has_told and not self._up:
            return
        self._has_told, self._up = True, False
        for symbol in self._symbols:
            self._reports_to.tell(
                AccountStreamDown(symbol=symbol, reason=reason, time=self.clock.wall())
            )

    async def session(self, client: VenueClient) -> None:
        """Subscribe, then watch for whatever comes, and for silence."""
        self._orders, self._trades = [], []
        client.orders = Tap(self._orders.append)
        client.myTrades = Tap(self._trades.append)
        client.frame = self._on_frame
        connected, confirmed = asyncio.Event(), asyncio.Event()
        client.connected = connected.set
        venue = self._account.venue
        await self.compare_clocks(client)
        if venue.orders_in_parts:
            await self._list_orders(client)
        if venue.acknowledges == "call":
            await self._subscribe(client, connected)
            connected.set()
        if venue.acknowledges == "frame":
            client.spoke = confirmed.set
        else:
            confirmed.set()
        watchers = [
            _again(partial(watch, unified))
            for unified in self.markets
            for watch in (client.watch_orders, client.watch_my_trades)
        ]
        raise await first_end(self._stay_up(connected, confirmed), *watchers)

    def facts(self) -> Mapping[str, Any]:
        """Tell what was noticed, and whether the venue tells us of orders."""
        return {**super().facts(), "up": self._up}

    async def _list_orders(self, client: VenueClient) -> None:
        """Learn which orders there are, before the venue tells parts of them."""

        async def send(unified: str) -> Any:
            return await client.fetch_open_orders(unified)

        for unified, market in self.markets.items():
            listed = await self._calls.make(
                CallClass.QUERY,
                "open_orders",
                partial(send, unified),
                deadline=self._deadline,
            )
            now = self._time.now()
            for each in rows(listed):
                self._fold.know(venue_order(each, market.symbol, now=now))

    async def _subscribe(self, client: VenueClient, connected: asyncio.Event) -> None:
        """Wait for the venue's confirmation; nobody else may, or ccxt makes one up."""
        asked = asyncio.ensure_future(client.authenticate({"type": "spot"}))
        stands = asyncio.ensure_future(connected.wait())
        try:
            await asyncio.wait((asked, stands), return_when=asyncio.FIRST_COMPLETED)
            await self._confirmation(asked)
        finally:
            await end((asked, stands))

    async def _stay_up(
        self, connected: asyncio.Event, confirmed: asyncio.Event
    ) -> None:
        await connected.wait()
        await self._confirmation(confirmed.wait())
        self._touched = self.clock.now()
        self._up = True
        for symbol in self._symbols:
            self._reports_to.tell(
                AccountStreamUp(symbol=symbol, time=self.clock.wall(), stream=self.me)
            )
        while True:
            silence = self.clock.now() - self._touched
            if silence >= self._stale_after:
                raise Silent(f"no frame for {silence:g} s")
            await pause(self.clock, max(self._stale_after - silence, LOOK_AGAIN))

    async def _confirmation(self, confirmed: Awaitable[Any]) -> None:
        try:
            async with within(self.clock, self._deadline):
                await confirmed
        except TimeoutError as late:
            raise Unacknowledged("the venue did not confirm the subscription") from late

    def _on_frame(self) -> None:
        """Report what one frame has brought."""
        self._touched = self.clock.now()
        orders, trades = self._orders[:], self._trades[:]
        self._orders.clear()
        self._trades.clear()
        seen = [each for told in orders for each in self._seen(told)]
        fills = [each for told in trades for each in self._fills(told)]
        for report in self._fold.frame(seen, fills):
            self._reports_to.tell(report)

    def _seen(self, told: Any) -> Sequence[Seen]:
        market = self.markets.get(told.get("symbol"))
        if market is None:
            return ()
        is_whole = told.get("id") is not None and told.get("amount") is not None
        if self._account.venue.orders_in_parts and not is_whole:
            return self._fold.ended(told, market.symbol, now=self._time.now())
        order = venue_order(told, market.symbol, now=self._time.now())
        return (Seen(order, expired=told.get("status") == "expired"),)

    def _fills(self, told: Any) -> Sequence[OrderFilled]:
        market = self.markets.get(told.get("symbol"))
        if market is None:
            return ()
        return (fill(told, market.symbol),)


async def _again(watch: Callable[[], Awaitable[Any]]) -> None:
    """Watch without end; what comes is heard frame by frame, so that none is merged."""
    while True:
        await watch()
