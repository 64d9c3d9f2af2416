"""Tells what the market does at a real venue, as it happens.

Trades are told one by one, in order; of quotes and books the newest counts. Their ids
only rise: where a venue begins anew with small ones, ours go on from the last. Whoever
listens hears `MarketInterrupted` when something is missing or may be out of date, and
`MarketResumed` when that is over. A stream begins interrupted.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Literal

import msgspec
from ccxt.base.errors import ChecksumError  # type: ignore[import-untyped]

from ...supervision.runtime.reference import Ref
from ...supervision.secret import Secret
from ..binance_frames import SPOT
from ..market import (
    DepthSnapshot,
    MarketInterrupted,
    MarketResumed,
    Quote,
    Trade,
)
from .client import Account, VenueClient
from .gaps import AlreadyTold, QuoteIds, TradeIds
from .market_answers import depth, quote, trade
from .streaming import LOOK_AGAIN, Silent, Stream, first_end
from .strict import Tap
from .waiting import pause

Kind = Literal["trades", "quotes", "depth"]

_NEEDS: Mapping[str, Sequence[str]] = {
    "trades": ("watchTrades",),
    "quotes": ("watchBidsAsks", "watchTickers"),
    "depth": ("watchOrderBook",),
}
_FOR_ALL = {
    "trades": "watchTradesForSymbols",
    "order_book": "watchOrderBookForSymbols",
}

_Ask = Callable[..., Awaitable[Any]]
_Watch = tuple[Sequence[str], _Ask, Callable[[Any], None]]


class MarketStream(Stream):
    """Some markets of one venue.

    `symbols` are the venue's own names, `watch` is what to tell of each: trades,
    quotes (the best bid and ask), depth (the best `levels` of the book). `venue` is
    how the messages name it. Few want a key, as Coinbase does for depth. Nothing for
    `stale_after` seconds, of trades for `trades_stale_after`, ends the session.
    """

    def __init__(  # noqa: PLR0913 - what a stream can vary
        self,
        to: Sequence[Ref],
        exchange: str,
        symbols: Sequence[str],
        *,
        watch: Sequence[Kind] = ("trades", "quotes"),
        levels: int = 20,
        venue: str = SPOT,
        api_key: Secret | None = None,
        secret: Secret | None = None,
        password: Secret | None = None,
        sandbox: bool = False,
        urls: Mapping[str, Any] | None = None,
        options: Mapping[str, Any] | None = None,
        profile: Mapping[str, Any] | None = None,
        deadline: float = 10.0,
        stale_after: float = 30.0,
        trades_stale_after: float = 300.0,
    ) -> None:
        account = Account(
            exchange=exchange,
            api_key=api_key,
            secret=secret,
            password=password,
            sandbox=sandbox,
            urls=urls or {},
            options=options or {},
            profile=profile,
        )
        limits: Mapping[Kind, float] = {
            "trades": trades_stale_after,
            "quotes": stale_after,
            "depth": stale_after,
        }
        self._limits = {kind: limits[kind] for kind in watch}
        self._shortest = min(self._limits.values(), default=stale_after)
        super().__init__(
            account, symbols, deadline=deadline, stale_after=self._shortest
        )
        self._to = to
        self._kinds = watch
        self._levels = levels
        self._venue = venue
        contiguous = account.venue.contiguous_trades
        self._trade_ids = {symbol: TradeIds(contiguous) for symbol in symbols}
        self._quote_ids = {symbol: QuoteIds() for symbol in symbols}
        self._missing: dict[str, set[str]] = {}
        self._touched: dict[tuple[str, str], float] = {}
        self._interrupted: set[str] = set()

    def on_start(self) -> Any:
        """Say that nothing is known yet, then begin."""
        self.ended("not connected yet")
        return super().on_start()

    def needs(self) -> Sequence[Sequence[str]]:
        """Hear of what is wanted."""
        return [_NEEDS[kind] for kind in self._kinds]

    def ended(self, reason: str) -> None:
        """Say that all markets are interrupted."""
        for symbol in self._symbols:
            self._interrupt(symbol, reason)

    async def session(self, client: VenueClient) -> None:
        """Watch everything at once, and for silence."""
        self._touched = {}
        for ids in self._quote_ids.values():
            ids.begin()
        client.trades = {unified: Tap(self._on_trade) for unified in self.markets}
        client.connected = self._on_connected
        watchers = [
            self._watch(names, ask, tell) for names, ask, tell in self._watches(client)
        ]
        raise await first_end(self._watch_for_silence(), *watchers)

    def facts(self) -> Mapping[str, Any]:
        """Tell what was noticed, and which markets are interrupted."""
        return {**super().facts(), "interrupted": sorted(self._interrupted)}

    def _watches(self, client: VenueClient) -> Iterator[_Watch]:
        if "trades" in self._kinds:
            for names, ask in self._asks(client, "trades"):
                yield names, ask, _told_already
        if "quotes" in self._kinds:
            names = list(self.markets)
            has_quotes = client.has.get("watchBidsAsks")
            ask = client.watch_bids_asks if has_quotes else client.watch_tickers
            yield names, partial(ask, names), self._on_quotes
        if "depth" in self._kinds:
            for names, ask in self._asks(client, "order_book"):
                yield names, ask, self._on_book

    def _asks(
        self, client: VenueClient, what: str
    ) -> Iterator[tuple[Sequence[str], _Ask]]:
        """Take one subscription for all markets where the exchange has that."""
        names = list(self.markets)
        if client.has.get(_FOR_ALL[what]):
            yield names, partial(getattr(client, f"watch_{what}_for_symbols"), names)
        else:
            one: _Ask = getattr(client, f"watch_{what}")
            yield from (([name], partial(one, name)) for name in names)

    async def _watch(
        self, names: Sequence[str], ask: _Ask, tell: Callable[[Any], None]
    ) -> None:
        while True:
            try:
                answer = await ask()
            except ChecksumError:
                self._depth_gap(names)
            else:
                tell(answer)

    async def _watch_for_silence(self) -> None:
        """End the session if something that was subscribed does not come."""
        began = self.clock.now()
        while True:
            now, left = self.clock.now(), [self._shortest]
            for kind, limit in self._limits.items():
                for symbol in self._symbols:
                    silence = now - self._touched.get((kind, symbol), began)
                    if silence >= limit:
                        if kind == "trades":
                            self._trade_ids[symbol].nothing_came()
                        raise Silent(f"no {kind} of {symbol} for {silence:g} s")
                    left.append(limit - silence)
            await pause(self.clock, max(min(left), LOOK_AGAIN))

    def _on_connected(self) -> None:
        """Begin to wait for what a new connection brings."""
        now = self.clock.now()
        for kind in self._kinds:
            for symbol in self._symbols:
                self._touched[kind, symbol] = now

    def _on_trade(self, answer: Any) -> None:
        symbol = self._symbol(answer)
        if symbol is None:
            return
        now_ns, ids = self._now_ns(), self._trade_ids[symbol]
        number = ids.number(answer, now_ns)
        told = trade(answer, symbol, self._venue, now_ns, number=number)
        try:
            missing = ids.follow(number, told.time)
        except AlreadyTold:
            self.count("told_twice")
            return
        if missing is not None:
            self.count(missing.kind)
            self._interrupt(symbol, missing.reason)
        shifted = number + ids.shift
        self._tell("trades", msgspec.structs.replace(told, id=shifted))

    def _on_quotes(self, answer: Any) -> None:
        is_one = isinstance(answer.get("symbol"), str)
        for each in [answer] if is_one else answer.values():
            symbol = self._symbol(each)
            if symbol is not None:
                told = quote(each, symbol, self._venue, self._now_ns())
                shifted = self._quote_ids[symbol].follow(told.update_id)
                self._tell("quotes", msgspec.structs.replace(told, update_id=shifted))

    def _on_book(self, answer: Any) -> None:
        symbol = self._symbol(answer)
        if symbol is not None:
            now_ns = self._now_ns()
            told = depth(answer, symbol, self._venue, now_ns, levels=self._levels)
            self._tell("depth", told)

    def _depth_gap(self, names: Sequence[str]) -> None:
        """Go on after ccxt has thrown its book away; it fetches a new one."""
        self.count("depth_gaps")
        for name in names:
            self._interrupt(
                self.markets[name].symbol, "updates of the book are missing"
            )

    def _tell(self, kind: Kind, message: Trade | Quote | DepthSnapshot) -> None:
        symbol = message.symbol
        self._touched[kind, symbol] = self.clock.now()
        missing = self._missing[symbol]
        missing.discard(kind)
        if not missing and symbol in self._interrupted:
            self._interrupted.discard(symbol)
            self._say(
                MarketResumed(venue=self._venue, symbol=symbol, time=self.clock.wall())
            )
        self._say(message)

    def _interrupt(self, symbol: str, reason: str) -> None:
        """Say it once, and wait for what tells best that the market is back."""
        self._missing[symbol] = {each for each in self._kinds if each != "trades"}
        if symbol in self._interrupted:
            return
        self._interrupted.add(symbol)
        self._say(
            MarketInterrupted(
                venue=self._venue,
                symbol=symbol,
                reason=reason,
                time=self.clock.wall(),
            )
        )

    def _say(self, message: Any) -> None:
        for listener in self._to:
            listener.tell(message)

    def _symbol(self, answer: Any) -> str | None:
        market = self.markets.get(answer.get("symbol"))
        return None if market is None else market.symbol

    def _now_ns(self) -> int:
        return round(self.clock.wall() * 1e9)


def _told_already(_: Any) -> None:
    """Do nothing: trades are told as they come, so that none is merged."""
