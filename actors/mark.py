"""What a unit is worth now, from trades and quotes.

It is the last trade, until a newer quote shows that nobody trades at that price any
more: then it is the middle of that quote. So a market that falls without trades is
seen, and the spread alone moves nothing.
"""

import math
from collections import deque
from collections.abc import Iterable
from decimal import Decimal, localcontext

import attrs

from .market import Quote
from .venue_rules import EXACT

REMEMBERED = 64
"""Prices; a few are enough to find the tick size."""


def _some() -> deque[Decimal]:
    return deque(maxlen=REMEMBERED)


@attrs.define
class Mark:
    """Hears a market; `price` is None as long as nobody knows."""

    last_price: Decimal | None = attrs.field(default=None, init=False)
    price: Decimal | None = attrs.field(default=None, init=False)
    _quote: Quote | None = attrs.field(default=None, init=False)
    _seen: deque[Decimal] = attrs.field(factory=_some, init=False)

    @property
    def mid(self) -> Decimal | None:
        """The middle of the best quote; None: none was heard."""
        return None if self._quote is None else _middle(self._quote)

    @property
    def step(self) -> Decimal | None:
        """Return what all prices heard lately are multiples of: so is the tick's grid.

        It is the tick size, or a multiple of it. None: no price was heard.
        """
        return _common(self._seen) if self._seen else None

    def on_trade(self, price: Decimal) -> bool:
        """Hear a trade; return whether the price is another one now."""
        self._seen.append(price)
        before, self.last_price, self.price = self.price, price, price
        return before != price

    def on_quote(self, quote: Quote) -> bool:
        """Hear a quote; return whether the price is another one now.

        One that has no two sides, or is crossed, tells no price.
        """
        if not 0 < quote.bid <= quote.ask:
            return False
        self._quote = quote
        self._seen.append(quote.bid)
        self._seen.append(quote.ask)
        before, last = self.price, self.last_price
        is_possible = last is not None and quote.bid <= last <= quote.ask
        self.price = last if is_possible else _middle(quote)
        return before != self.price


def _common(prices: Iterable[Decimal]) -> Decimal:
    """Return the largest amount that all are multiples of."""
    with localcontext(EXACT):
        told = [price.as_integer_ratio() for price in prices]
        scale = math.lcm(*(below for _, below in told))
        common = math.gcd(*(above * (scale // below) for above, below in told))
        return Decimal(common) / scale


def _middle(quote: Quote) -> Decimal:
    with localcontext(EXACT):
        return (quote.bid + quote.ask) / 2
