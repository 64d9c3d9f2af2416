"""A real exchange as an actor: the same words as on paper, said to a venue by ccxt.

It answers asks and sends no reports: those come from `AccountStream`. Run it on the
dispatcher `loop` with a `concurrency` above the number of orders that may hang, so that
a cancel always finds room.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar, Literal

from ...supervision.outcome import (
    CallClass,
    CallFailed,
)
from ...supervision.runtime.actor import Actor
from ...supervision.secret import Secret
from ..account_lock import AccountLock
from ..messages import CancelOrder, PlaceOrder
from ..queries import Ping, QueryBalances, QueryFills, QueryOrders
from .calls import Calls
from .client import Account, rest_client
from .client_order_ids import ClientOrderIds
from .host_limits import limits_of
from .markets import markets
from .reading import Reading
from .start_checks import check_answers, check_has, check_profile, check_trade_ids
from .start_failures import starting
from .trading import Trading
from .venue_clock import VenueClock
from .venues import Limit, Venue
from .waiting import pause

LOOK_AFTER_LOCK = 5.0
"""Seconds between two looks at whether the account is still locked."""


class CcxtExchange(Actor):
    """One account at one venue, and some of its markets.

    `exchange` is the id in ccxt, `symbols` are the venue's own names, `profile` says
    how to ask one that is not known here. `deadline` is
    that of one order or cancel in seconds, `read_deadline` that of a question, which
    may take several calls; both are below the spec's `hang_after`. The markets, which
    may be many megabytes, have `load_deadline` at the start; with all that follows, it
    is below the spec's `start_timeout`. `weight` is what
    the venue allows per minute (None: what is known of it) to all of this system that
    call the same host, of which the share `reserve` is kept for cancels and questions.
    The clock is compared every `time_every` seconds. Orders that name no expiry are
    good for `window` seconds.

    Raises in `on_start`:
        AccountBusy: another process trades on this account; later, if the lock that
            keeps others from it is lost.
        KeyRefused: the venue does not accept the key.
        VenueThrottles: it wants to be left alone.
        VenueUnreachable: it does not answer, or not so that it can be read.
        WrongAccount: this can't work with this exchange.
    """

    replies_with: ClassVar[tuple[type[Exception], ...]] = (CallFailed,)
    settings: ClassVar[Mapping[str, type[Any]]] = {"profile": Venue}
    is_live: ClassVar[bool] = True
    """Orders outlive this process: `holdfast halt` goes to the venue itself."""

    def __init__(  # noqa: PLR0913 - an account has these
        self,
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
        deadline: float = 4.0,
        read_deadline: float = 8.0,
        load_deadline: float = 8.0,
        weight: float | None = None,
        reserve: float = 0.2,
        time_every: float = 60.0,
        window: float = 5.0,
    ) -> None:
        self._account = Account(
            exchange=exchange,
            sandbox=sandbox,
            api_key=api_key,
            secret=secret,
            password=password,
            urls=urls or {},
            options={"recvWindow": round(window * 1000), **(options or {})},
            profile=profile,
        )
        self._symbols = symbols
        self._deadline, self._read_deadline = deadline, read_deadline
        self._load_deadline = load_deadline
        self._time_every = time_every
        venue = self._account.venue
        self._time = VenueClock(self.clock, venue.words)
        host, now = self._account.host, self.clock.now()
        self._limits = limits_of(self.system, host, venue.limits, now=now)
        self._limits.allow(_limits(venue, weight), reserve=reserve, now=now)
        self._calls = Calls(
            venue, self.clock, self._time, permit=self.permit, limits=self._limits
        )
        self._keeper: asyncio.Task[None] | None = None

    def on_start(self) -> Any:
        """Load and check what trading needs; ready afterwards."""
        return self._start()

    def on_receive(self, message: Any) -> Any:
        """Take orders and cancels, answer questions."""
        match message:
            case PlaceOrder():
                return self._trading.place(message)
            case CancelOrder():
                return self._trading.cancel(message)
            case _:
                return self._answer(message)

    def facts(self) -> Mapping[str, Any]:
        """Tell how calls ended, and how far the clocks are apart."""
        return {
            "calls": {str(name): count for name, count in self._calls.outcomes.items()},
            "under_way": self._calls.under_way,
            "clock_skew": self._time.skew,
            "budget_left": self._limits.left(self.clock.now()),
        }

    def _answer(self, message: Any) -> Any:
        match message:
            case QueryOrders():
                return self._reading.orders(message)
            case QueryFills():
                return self._reading.fills(message)
            case QueryBalances():
                return self._reading.balances()
            case Ping():
                return self._reading.venue_time()
            case _:
                return self.unhandled(message)

    async def _start(self) -> None:
        account = self._account
        check_profile(account)
        limit = max(self._deadline, self._read_deadline, self._load_deadline)
        client = rest_client(account, self._time.now, timeout=limit)
        check_has(client, account.venue)
        lock = _lock(account)
        prepared = asyncio.Event()
        self._keeper = asyncio.create_task(self._keep(client, lock, prepared))
        self._keeper.add_done_callback(partial(self._kept, lock))
        with starting(account.exchange):
            await self._prepare(client)
        prepared.set()

    async def _prepare(self, client: Any) -> None:
        account = self._account
        await self._calls.make(
            CallClass.DATA,
            "markets",
            client.load_markets,
            deadline=self._load_deadline,
        )
        found = markets(client.markets_by_id, self._symbols)
        self._reading = Reading(
            client=client,
            calls=self._calls,
            venue=account.venue,
            clock=self.clock,
            time=self._time,
            markets=found,
            names=ClientOrderIds(),
            deadline=self._read_deadline,
        )
        self._trading = Trading(
            client=client,
            calls=self._calls,
            venue=account.venue,
            time=self._time,
            reading=self._reading,
            deadline=self._deadline,
        )
        await self._reading.venue_time()
        await self._reading.balances()
        check_trade_ids(await self._reading.latest_trades())
        if account.profile is not None:
            await check_answers(self._reading)

    async def _keep(
        self, client: Any, lock: AccountLock | None, prepared: asyncio.Event
    ) -> None:
        """See to clocks and lock; close the client however this life ends."""
        try:
            await prepared.wait()
            await asyncio.gather(self._keep_time(), self._keep_lock(lock))
        finally:
            await client.close()

    async def _keep_time(self) -> None:
        stale = asyncio.Event()
        self._time.when_stale(stale.set)
        while True:
            await _either(stale.wait(), pause(self.clock, self._time_every))
            stale.clear()
            with contextlib.suppress(CallFailed):  # it will answer next time
                await self._reading.venue_time()

    async def _keep_lock(self, lock: AccountLock | None) -> None:
        while lock is not None:
            lock.check()
            await pause(self.clock, LOOK_AFTER_LOCK)

    def _kept(self, lock: AccountLock | None, keeper: "asyncio.Task[None]") -> None:
        """Let others trade on the account, and have an error end this incarnation."""
        if lock is not None:
            lock.release()
        if not keeper.cancelled():
            self.soon(keeper.result)  # which raises its error


def _lock(account: Account) -> AccountLock | None:
    """Keep other processes from trading on an account; without a key nobody can."""
    if account.api_key is None:
        return None
    return AccountLock(account.exchange, account.api_key.reveal())


def _limits(venue: Venue, weight: float | None) -> Sequence[Limit]:
    if weight is None:
        return venue.limits
    header = next((each.header for each in venue.limits), "")
    return (Limit(capacity=weight, header=header),)


async def _either(*ways: Awaitable[Literal[True] | None]) -> None:
    """Wait until one of them is over; the others are cancelled."""
    tasks = [asyncio.ensure_future(way) for way in ways]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
