"""A strategy of one's own: buys after a few falling trades, sells after rising ones."""

from decimal import Decimal
from typing import Any

from holdfast.actors import Strategy, Trade


class ThreeInARow(Strategy):
    """Trades `size` at market when `run` trades in a row went the same way."""

    def __init__(self, *, size: str, run: int = 3, **place: Any) -> None:
        super().__init__(**place)
        self.size = Decimal(size)
        self.run = run
        self.last: Decimal | None = None
        self.streak = 0

    def on_trade(self, trade: Trade) -> None:
        """Follow the streak and act on a long one."""
        if self.last is not None and trade.price != self.last:
            step = 1 if trade.price > self.last else -1
            same_way = self.streak * step > 0
            self.streak = self.streak + step if same_way else step
        self.last = trade.price
        if self.open_orders:
            return
        if self.streak <= -self.run and self.position == 0:
            self.buy(self.size)
        elif self.streak >= self.run and self.position > 0:
            self.sell(self.position)
