"""A made-up market: the same seed and moment always go on in the same way."""

import struct
from decimal import Decimal
from functools import cached_property
from hashlib import blake2b
from math import log
from statistics import NormalDist

import attrs
from msgspec import Struct

from .market import MarketMessage, Quote, Trade

TICK = Decimal("0.01")
LOT = Decimal("0.00001")
PULL = 0.001
"""The share of its distance from the start price that the price loses each step."""
MOVE = NormalDist(0, 150)
"""How many ticks the price moves in a step, beside that."""


class Moment(Struct, frozen=True, kw_only=True):
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
        step = moment.step + 1
        drawn = _chances(self.seed, step)
        move, pause, lower, bid_size, ask_size, sold, size = drawn
        pull = PULL * (self._start - moment.price)
        price = max(2, moment.price + round(pull + MOVE.inv_cdf(move)))
        time_ns = moment.time_ns + round(-log(pause) / self.trades_per_second * 1e9)
        first_ns = time_ns if moment.first_ns is None else moment.first_ns
        then = Moment(step=step, price=price, time_ns=time_ns, first_ns=first_ns)
        bid = (price - (lower < 0.5)) * TICK
        quote = Quote(
            venue=self.venue,
            symbol=self.symbol,
            update_id=step,
            bid=bid,
            bid_quantity=_quantity(bid_size),
            ask=bid + TICK,
            ask_quantity=_quantity(ask_size),
            received_ns=then.time_ns,
        )
        buyer_is_maker = sold < 0.5
        trade = Trade(
            venue=self.venue,
            symbol=self.symbol,
            id=step,
            price=quote.bid if buyer_is_maker else quote.ask,
            quantity=_quantity(size),
            time=then.time_ns / 1e9,
            received_ns=then.time_ns,
            buyer_is_maker=buyer_is_maker,
        )
        return then, [quote, trade]

    @cached_property
    def _start(self) -> int:
        return int(Decimal(self.start_price) / TICK)


def _chances(seed: int, step: int) -> list[float]:
    """Return seven numbers between 0 and 1, neither included, that belong to a step.

    A hash costs less than a seeded generator, and needs no step before this one.
    """
    digest = blake2b(b"%d %d" % (seed, step), digest_size=28).digest()
    return [(each + 0.5) * 2.0**-32 for each in struct.unpack("<7I", digest)]


def _quantity(chance: float) -> Decimal:
    """Return an exponential quantity, 0.05 on average."""
    return min(100_000, 1 + round(-5_000 * log(chance))) * LOT
