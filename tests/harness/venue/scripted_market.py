"""A market that a test makes itself, one quote and one trade at a time."""

from collections.abc import Callable
from decimal import Decimal

from holdfast.actors.binance_frames import SPOT
from holdfast.actors.market import (
    DepthSnapshot,
    DepthUpdate,
    Level,
    MarketMessage,
    Quote,
    Trade,
)
from holdfast.actors.messages import Side
from holdfast.actors.venue_rules import NOTHING

FIRST_ID = 1000

Publish = Callable[[MarketMessage, MarketMessage], None]
"""What the engine and the display hear, then what the streams say."""


Changes = dict[Side, tuple[Level, ...]]


class ScriptedMarket:
    """A small book of which a test says the best prices; `publish` carries it out.

    `now` tells the venue's seconds.
    """

    def __init__(
        self, symbol: str, publish: Publish, now: Callable[[], float], step: Decimal
    ) -> None:
        self._symbol = symbol
        self._publish = publish
        self._now = now
        self._step = step
        self._last_id = FIRST_ID
        self._last_trade = 0
        self._shown: dict[Side, dict[Decimal, Decimal]] = {Side.BUY: {}, Side.SELL: {}}

    def quote(self, bid: Decimal, ask: Decimal, size: Decimal, levels: int) -> None:
        """Show so many levels a side, a step apart; each has its size again."""
        shown = {
            Side.BUY: {bid - n * self._step: size for n in range(levels)},
            Side.SELL: {ask + n * self._step: size for n in range(levels)},
        }
        first = self._last_id + 1
        changes = {side: _changes(self._shown[side], shown[side]) for side in Side}
        self._last_id += max(1, sum(map(len, changes.values())))
        self._shown = shown
        self._publish(self._snapshot(), self._update(first, changes))
        quote = self._quote(bid, ask, size)
        self._publish(quote, quote)

    def trade(self, price: Decimal, quantity: Decimal, *, buyer_is_maker: bool) -> None:
        """Let two strangers trade."""
        self._last_trade += 1
        trade = Trade(
            venue=SPOT,
            symbol=self._symbol,
            id=self._last_trade,
            price=price,
            quantity=quantity,
            time=self._now(),
            received_ns=self._nanoseconds(),
            buyer_is_maker=buyer_is_maker,
        )
        self._publish(trade, trade)

    def number_anew(self) -> None:
        """Begin again with small numbers, as a venue does that was set up again."""
        self._last_id = FIRST_ID
        self._last_trade = 0

    def _snapshot(self) -> DepthSnapshot:
        return DepthSnapshot(
            venue=SPOT,
            symbol=self._symbol,
            last_update_id=self._last_id,
            bids=tuple(self._shown[Side.BUY].items()),
            asks=tuple(self._shown[Side.SELL].items()),
            received_ns=self._nanoseconds(),
        )

    def _update(self, first: int, changes: Changes) -> DepthUpdate:
        return DepthUpdate(
            venue=SPOT,
            symbol=self._symbol,
            first_update_id=first,
            last_update_id=self._last_id,
            previous_update_id=None,
            bids=changes[Side.BUY],
            asks=changes[Side.SELL],
            received_ns=self._nanoseconds(),
        )

    def _quote(self, bid: Decimal, ask: Decimal, size: Decimal) -> Quote:
        return Quote(
            venue=SPOT,
            symbol=self._symbol,
            update_id=self._last_id,
            bid=bid,
            bid_quantity=size,
            ask=ask,
            ask_quantity=size,
            received_ns=self._nanoseconds(),
        )

    def _nanoseconds(self) -> int:
        return int(self._now() * 1e9)


def _changes(
    before: dict[Decimal, Decimal], after: dict[Decimal, Decimal]
) -> tuple[Level, ...]:
    """Tell the levels that differ; those that are gone with quantity 0."""
    gone = {price: NOTHING for price in before if price not in after}
    new = {price: size for price, size in after.items() if before.get(price) != size}
    return tuple({**gone, **new}.items())
