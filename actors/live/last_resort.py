"""Takes everything back at a venue without any of what trades there.

It has a client, a clock and a rate budget of its own and needs no permit: all it can do
is ask and cancel. What counts is what the venue lists. What can't be read, and a symbol
that the venue does not know, is told by name and keeps nothing else from being taken
back.
"""

from collections.abc import Callable, Mapping
from typing import Any

import attrs

from ...supervision.outcome import CallFailed, Throttled
from ...supervision.runtime.clock import Clock
from ...supervision.runtime.permit import Permit
from ..queries import VenueOrder
from ..summary import plain
from .answers import Incomplete
from .calls import Calls
from .client import Account, WrongAccount, rest_client
from .host_limits import HostLimits
from .open_orders import OpenOrders, Row
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

    A call has `deadline` seconds, that for all markets `load_deadline`. Nothing is
    certain before `settled` seconds have passed: what was sent before may arrive until
    then.
    """

    args: Mapping[str, Any]
    clock: Clock
    say: Callable[[str], object]
    settled: float
    deadline: float = 8.0
    load_deadline: float = 15.0
    _told: set[str] = attrs.field(factory=set[str], init=False)
    _unknown: set[str] = attrs.field(factory=set[str], init=False)

    @property
    def name(self) -> str:
        """What the venue is called."""
        return str(self.args["exchange"])

    async def cancel_all(self, patience: float) -> bool:
        """Cancel until the venue lists no open order; False: it still does, or worse.

        It is tried for `patience` seconds, and not while the venue wants to be left
        alone: further calls would only make that longer.
        """
        began = self.clock.now()
        venue = self._venue()
        try:
            while (left := began + patience - self.clock.now()) > 0:
                wait, asked = ASK_AGAIN, self.clock.now()
                try:
                    nothing = await self._round(venue)
                    if nothing and asked - began >= self.settled:
                        return not self._unknown
                except Throttled as throttled:
                    wait = throttled.retry_after
                    told_to = f"it is left alone for {wait:.3g} s, as it says"
                    self._doubt(f"{told_to}: {throttled}")
                await pause(self.clock, min(wait, left))
        finally:
            await venue.client.close()
        return False

    def _venue(self) -> OpenOrders:
        known = {name: self.args[name] for name in NAMED & set(self.args)}
        given: Mapping[str, Any] = self.args.get("options") or {}
        options = {"recvWindow": 5000, **given}
        account = Account(**known, options=options)
        now = self.clock.now()
        limits = HostLimits(account.host, account.venue.limits, reserve=0.0, now=now)
        time = VenueClock(self.clock, account.venue.words)
        calls = Calls(
            account.venue, self.clock, time, permit=OnlyCancels(), limits=limits
        )
        limit = max(self.deadline, self.load_deadline)
        return OpenOrders(
            client=rest_client(account, time.now, timeout=limit),
            calls=calls,
            time=time,
            deadline=self.deadline,
            load_deadline=self.load_deadline,
        )

    async def _round(self, venue: OpenOrders) -> bool:
        """Take back what is listed; return whether nothing was, in any market.

        Raises:
            Throttled: the venue wants to be left alone.

        """
        try:
            await venue.load()
        except CallFailed as failure:
            self._failed(failure)
            return False
        try:
            await venue.compare_clocks()
        except CallFailed as failure:  # ours may be good enough
            self._failed(failure)
        found = [await self._market(venue, each) for each in self.args["symbols"]]
        return all(found)

    async def _market(self, venue: OpenOrders, symbol: str) -> bool:
        """Take back what is listed in a market; return whether nothing was."""
        try:
            unified = venue.unified(symbol)
        except (WrongAccount, Incomplete) as unknown:
            self._unknown.add(symbol)
            self._doubt(unknown, symbol)
            return True
        try:
            listed = await venue.listed(unified)
        except CallFailed as failure:
            self._failed(failure, symbol)
            return False
        later: Throttled | None = None
        for row in listed:
            try:
                await self._cancel(venue, row, symbol, unified)
            except Throttled as throttled:
                if throttled.is_ban:
                    raise
                later = throttled  # of one call: the others are tried all the same
        if later is not None:
            raise later
        return not listed

    async def _cancel(
        self, venue: OpenOrders, row: Row, symbol: str, unified: str
    ) -> None:
        if not row.order_id:
            self._doubt(f"an open order can't be read: {row.name}", symbol)
            return
        try:
            ended = await venue.cancel(row, symbol, unified)
        except CallFailed as failure:
            self._failed(failure, symbol, row.name)
            return
        if ended is None:
            self._say_once(f"{self.name} {symbol} {row.name} is not open any more")
        elif ended.status.is_done:
            self._say_once(f"{self.name} {symbol} {told(ended)}")

    def _failed(self, failure: CallFailed, *what: str) -> None:
        """Go on with all the rest, unless the venue wants no call at all."""
        if isinstance(failure, Throttled):
            raise failure
        self._doubt(failure, *what)

    def _doubt(self, why: object, *what: str) -> None:
        self._say_once(f"NOT CONFIRMED {' '.join((self.name, *what))}: {why}")

    def _say_once(self, line: str) -> None:
        if line not in self._told:
            self._told.add(line)
            self.say(line)


def told(order: VenueOrder) -> str:
    """Describe an order as the venue has it."""
    what = f"{order.side} {plain(order.quantity)}, {plain(order.filled)} filled"
    return f"{order.client_order_id} {order.status} ({what})"
