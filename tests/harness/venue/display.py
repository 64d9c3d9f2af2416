"""What the venue shows to everybody: the depth, the last trades and the best prices."""

from collections import deque
from decimal import Decimal

from holdfast.actors.market import (
    DepthSnapshot,
    DepthUpdate,
    Level,
    MarketMessage,
    Quote,
    Trade,
)
from holdfast.actors.messages import Side
from holdfast.actors.order_book import OrderBook

TRADES = 20_000
"""As many trades are kept for those who ask."""


class Display:
    """The public side of the market, as of its last message.

    The depth is that of the last depth message, whatever newer quotes said: only so can
    a client go on from `last_update_id` with the updates that follow it.
    """

    def __init__(self) -> None:
        self.trades: deque[Trade] = deque(maxlen=TRADES)
        self.quote: Quote | None = None
        self.last_update_id = 0
        self._depth = OrderBook()

    def show(self, message: MarketMessage) -> None:
        """Take over what the market says."""
        match message:
            case Trade():
                self.trades.append(message)
            case Quote():
                self.quote = message
            case DepthSnapshot() | DepthUpdate():
                if self._depth.apply(message) and self._depth.is_synced:
                    newest = max(self.last_update_id, message.last_update_id)
                    self.last_update_id = newest

    def depth(self, side: Side, limit: int) -> list[Level]:
        """Return up to so many levels, best first."""
        levels = list(self._depth.levels(side))
        return levels[:limit]

    def best(self, side: Side) -> Level | None:
        """Return the best price, and what is there."""
        quote = self.quote
        if quote is None:
            return next(iter(self._depth.levels(side)), None)
        if side is Side.BUY:
            return quote.bid, quote.bid_quantity
        return quote.ask, quote.ask_quantity

    def last_price(self) -> Decimal | None:
        """Return the price of the last trade, else what the best bid is."""
        if self.trades:
            return self.trades[-1].price
        bid = self.best(Side.BUY)
        return bid[0] if bid else None
