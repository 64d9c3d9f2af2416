"""A strategy that only wants to trade: it says what it wants, and writes all down."""

from decimal import Decimal
from typing import Any

import attrs

from holdfast.actors.messages import IntentRefused
from holdfast.actors.strategy import Strategy
from holdfast.actors.updates import ExposureReport, PositionUpdated


@attrs.define
class Witness:
    """What a strategy wanted, by intent id, and heard, over all its lives."""

    wanted: list[str] = attrs.field(factory=list[str])
    told: list[PositionUpdated] = attrs.field(factory=list[PositionUpdated])
    refused: set[str] = attrs.field(factory=set[str])
    steps: int = 0


class Trader(Strategy):
    """Wants an order every `every` seconds, `count` in all: in turn at market and not.

    What is refused does not count, and is wanted again. Limit orders are `away` from
    the last price, on the side where they rest; every second one of them is taken back
    at the next step. `size` is in base units.
    """

    def __init__(
        self,
        *,
        witness: Witness | None = None,
        count: int = 8,
        every: float = 2.0,
        lead: float = 0.0,
        size: str = "0.001",
        away: str = "0.01",
        **place: Any,
    ) -> None:
        super().__init__(**place)
        self._witness = witness or Witness()
        self._count = count
        self._every = every
        self._lead = lead
        self._size = Decimal(size)
        self._away = Decimal(away)
        self._price: Decimal | None = None

    def on_trade(self, trade: Any) -> None:
        """Take note of the price."""
        self._price = trade.price

    def on_receive(self, message: Any) -> None:
        """Write down what is told, and then hear it."""
        if isinstance(message, PositionUpdated):
            self._witness.told.append(message)
        elif isinstance(message, IntentRefused):
            self._want_again(message.intent.id)
        super().on_receive(message)

    def _want_again(self, refused: str) -> None:
        if refused not in self._witness.refused:
            self._witness.refused.add(refused)
            self._witness.steps -= 1

    def _rebuild(self, exposure: ExposureReport) -> None:
        super()._rebuild(exposure)
        self.after(self._lead + self._every, self._step)

    def _step(self) -> None:
        """Want the next order, once a price is known."""
        witness = self._witness
        if self._price is not None and witness.steps < self._count:
            witness.steps += 1
            self._triggered_by(f"s{len(witness.wanted) + 1}")
            self._take_back()
            self._trade(witness.steps, self._price)
        self.after(self._every, self._step)

    def _trade(self, step: int, price: Decimal) -> None:
        buys = step % 4 in (1, 2)
        order = self.buy if buys else self.sell
        limit = None
        if step % 2 == 0:
            distance = price * self._away
            limit = price - distance if buys else price + distance
            limit = limit.quantize(Decimal("0.01"))
        self._witness.wanted.append(order(self._size, price=limit))

    def _take_back(self) -> None:
        resting = [each for each in self.open_orders.values() if each.price is not None]
        if resting and self._witness.steps % 4 == 3:
            self.cancel(resting[0].intent_id)
