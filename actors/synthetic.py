"""A made-up market: the same seed and moment always go on in the same way."""

from decimal import Decimal
from random import Random

import attrs

from .market import MarketMessage, Quote, Trade

TICK = Decimal("0.01")
LOT = Decimal("0.00001")
PULL = 0.001
"""The share of its distance from the start price that the price loses each step."""


@attrs.frozen(kw_only=True)
class Moment:
    """Where the market is; `price` is in ticks, times are unix nanoseconds.

    `first_ns` is the time of the first step, None before it.
    """

    step: int
    price: int
    time_ns: int
    first_ns: int | None = None


@attrs.frozen(kw_only=True)
class SyntheticMarket:
    """One symbol whose price wanders around its start, one trade and quote a step."""

    venue: str
    symbol: str
    trades_per_second: float
    start_price: str
    seed: int

    def opening(self, time_ns: int) -> Moment:
        """Return the first moment."""
        return Moment(step=0, price=self._start, time_ns=time_ns)

    def next(self, moment: Moment) -> tuple[Moment, list[MarketMessage]]:
        """Return the moment after this one, and what is said of it."""
        chance = Random(self.seed + moment.step)  # noqa: S311 - repeatable market
        step = moment.step + 1
        pull = PULL * (self._start - moment.price)
        price = max(2, moment.price + round(chance.gauss(pull, 150)))
        pause = chance.expovariate(self.trades_per_second)
        time_ns = moment.time_ns + round(pause * 1e9)
        first_ns = time_ns if moment.first_ns is None else moment.first_ns
        then = Moment(step=step, price=price, time_ns=time_ns, first_ns=first_ns)
        bid = (price - chance.randint(0, 1)) * TICK
        quote = Quote(
            venue=self.venue,
            symbol=self.symbol,
            update_id=step,
            bid=bid,
            bid_quantity=_quantity(chance),
            ask=bid + TICK,
            ask_quantity=_quantity(chance),
            received_ns=then.time_ns,
        )
        buyer_is_maker = chance.random() < 0.5
        trade = Trade(
            venue=self.venue,
            symbol=self.symbol,
            id=step,
            price=quote.bid if buyer_is_maker else quote.ask,
            quantity=_quantity(chance),
            time=then.time_ns / 1e9,
            received_ns=then.time_ns,
            buyer_is_maker=buyer_is_maker,
        )
        return then, [quote, trade]

    @property
    def _start(self) -> int:
        return int(Decimal(self.start_price) / TICK)


def _quantity(chance: Random) -> Decimal:
    return min(100_000, 1 + round(chance.expovariate(1 / 5_000))) * LOT
