"""What a unit is worth now, from trades and quotes.

It is the last trade, until a newer quote shows that nobody trades at that price any
more: then it is the middle of that quote. So a market that falls without trades is
seen, and the spread alone moves nothing.
"""

from decimal import Decimal, localcontext

import attrs

from .market import Quote
from .venue_rules import EXACT


@attrs.define
class Mark:
    """Hears a market; `price` is None as long as nobody knows."""

    last_price: Decimal | None = attrs.field(default=None, init=False)
    price: Decimal | None = attrs.field(default=None, init=False)
    _quote: Quote | None = attrs.field(default=None, init=False)

    @property
    def mid(self) -> Decimal | None:
        """The middle of the best quote; None: none was heard."""
        return None if self._quote is None else _middle(self._quote)

    def on_trade(self, price: Decimal) -> bool:
        """Hear a trade; return whether the price is another one now."""
        before, self.last_price, self.price = self.price, price, price
        return before != price

    def on_quote(self, quote: Quote) -> bool:
        """Hear a quote; return whether the price is another one now.

        One that has no two sides, or is crossed, tells no price.
        """
        if not 0 < quote.bid <= quote.ask:
            return False
        self._quote = quote
        before, last = self.price, self.last_price
        is_possible = last is not None and quote.bid <= last <= quote.ask
        self.price = last if is_possible else _middle(quote)
        return before != self.price


def _middle(quote: Quote) -> Decimal:
    with localcontext(EXACT):
        return (quote.bid + quote.ask) / 2
