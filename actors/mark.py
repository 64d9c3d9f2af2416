"""What a unit is worth now, from trades and quotes.

It is the last trade, until a newer quote shows that nobody trades at that price any
more: then it is the middle of that quote. So a market that falls without trades is
seen, and the spread alone moves nothing.
"""

import math
from collections import deque
from decimal import Decimal, localcontext

import attrs

from .market import Quote
from .venue_rules import EXACT

REMEMBERED = 64
"""Prices that wait to be looked at; a few are enough to find the tick size."""


def _some() -> deque[Decimal]:
    return deque(maxlen=REMEMBERED)


@attrs.define
class Mark:
    """Hears a market; `price` is None as long as nobody knows."""

    last_price: Decimal | None = attrs.field(default=None, init=False)
    price: Decimal | None = attrs.field(default=None, init=False)
    _quote: Quote | None = attrs.field(default=None, init=False)
    _heard: deque[Decimal] = attrs.field(factory=_some, init=False)
    _step: Decimal | None = attrs.field(default=None, init=False)

    @property
    def mid(self) -> Decimal | None:
        """The middle of the best quote; None: none was heard."""
        return None if self._quote is None else _middle(self._quote)

    @property
    def step(self) -> Decimal | None:
        """Return what all prices heard are multiples of: the tick size, or more.

        None: no price was heard.
        """
        while self._heard:
            price = self._heard.popleft()
            if self._step is None or price % self._step:
                self._step = _common(self._step, price)
        return self._step

    def on_trade(self, price: Decimal) -> bool:
        """Hear a trade; return whether the price is another one now."""
        self._heard.append(price)
        before, self.last_price, self.price = self.price, price, price
        return before != price

    def on_quote(self, quote: Quote) -> bool:
        """Hear a quote; return whether the price is another one now.

        One that has no two sides, or is crossed, tells no price.
        """
        if not 0 < quote.bid <= quote.ask:
            return False
        self._quote = quote
        self._heard.append(quote.bid)
        self._heard.append(quote.ask)
        before, last = self.price, self.last_price
        is_possible = last is not None and quote.bid <= last <= quote.ask
        self.price = last if is_possible else _middle(quote)
        return before != self.price


def _common(step: Decimal | None, price: Decimal) -> Decimal:
    """Return the largest amount that both are multiples of."""
    if step is None:
        return price
    with localcontext(EXACT):
        (one, of_one), (other, of_other) = (
            each.as_integer_ratio() for each in (step, price)
        )
        scale = math.lcm(of_one, of_other)
        common = math.gcd(one * (scale // of_one), other * (scale // of_other))
        return Decimal(common) / scale


def _middle(quote: Quote) -> Decimal:
    with localcontext(EXACT):
        return (quote.bid + quote.ask) / 2
