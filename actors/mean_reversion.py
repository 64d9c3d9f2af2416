"""The sample strategy: buys below a slow average of the price, sells above it."""

from decimal import Decimal
from typing import Any

from .market import Quote, Trade
from .strategy import Strategy


class MeanReversion(Strategy):
    """Holds nothing or `size`, and joins the best bid or ask to change over.

    The average forgets half of what it knew in `half_life` trades. Flat and the bid is
    `edge` (a share) below the average: bid for `size`. Long and the ask is that much
    above it: offer what is held. An order that nobody took within `patience` seconds of
    market time is taken back. It is here to be read, not to earn money.
    """

    def __init__(
        self,
        *,
        size: str = "0.001",
        edge: str = "0.00001",
        half_life: int = 20,
        patience: float = 2.0,
        **place: Any,
    ) -> None:
        super().__init__(**place)
        self._size = Decimal(size)
        self._edge = Decimal(edge)
        self._weight = 1 - Decimal("0.5") ** (Decimal(1) / half_life)
        self._patience = patience
        self._average: Decimal | None = None
        self._taken_back: set[str] = set()

    def on_trade(self, trade: Trade) -> None:
        """Move the average, and take back an order that waits for too long."""
        before = trade.price if self._average is None else self._average
        self._average = before + self._weight * (trade.price - before)
        self._taken_back &= self.open_orders.keys()
        for intent_id, order in self.open_orders.items():
            waits = self.now - order.time
            if waits > self._patience and intent_id not in self._taken_back:
                self._taken_back.add(intent_id)
                self.cancel(intent_id)

    def on_book(self, quote: Quote) -> None:
        """Join the best price where it is far enough from the average."""
        if self._average is None or self.open_orders:
            return
        margin = self._edge * self._average
        if self.position == 0 and quote.bid < self._average - margin:
            self.buy(self._size, price=quote.bid)
        elif self.position > 0 and quote.ask > self._average + margin:
            self.sell(self.position, price=quote.ask)
