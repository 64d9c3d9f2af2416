"""Keeps the order book of one symbol as the venue's messages describe it.

The rules are Binance's, "How to manage a local order book correctly": updates wait for
a snapshot, older ones are dropped, and each must begin where the one before ended
(spot says so with `U`, futures with `pu`). After a gap the depth is unknown until the
next snapshot. Quotes overrule what is older and are all there is while the depth is
unknown. Whatever comes, the best bid stays below the best ask.
"""

from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import assert_never

import attrs

from .market import DepthSnapshot, DepthUpdate, Level, Quote
from .messages import Side
from .venue_rules import NOTHING

WAITING = 1000
"""Updates kept for a snapshot to come, which takes seconds; a minute of them."""


@attrs.define
class BookSide:
    """The levels of one side: prices ascending, and what is displayed at each.

    `take` notes what we traded with a level ourselves. A recording does not know of us
    and goes on to display it, so `available` leaves it out until the level changes.
    """

    side: Side
    prices: list[Decimal] = attrs.Factory(list[Decimal])
    displayed: list[Decimal] = attrs.Factory(list[Decimal])
    taken: dict[Decimal, Decimal] = attrs.Factory(dict[Decimal, Decimal])

    @property
    def best(self) -> Decimal | None:
        """The price that trades first."""
        if not self.prices:
            return None
        return self.prices[-1] if self.side is Side.BUY else self.prices[0]

    def levels(self) -> Iterator[Level]:
        """Walk what is displayed, best first."""
        if self.side is Side.SELL:
            return zip(self.prices, self.displayed, strict=True)
        return zip(reversed(self.prices), reversed(self.displayed), strict=True)

    def available(self) -> Iterator[Level]:
        """Walk what is left for us, best first."""
        for price, quantity in self.levels():
            left = quantity - self.taken.get(price, NOTHING) if self.taken else quantity
            if left > 0:
                yield price, left

    def quantity_at(self, price: Decimal) -> Decimal:
        """Tell what is displayed at the price."""
        at = bisect_left(self.prices, price)
        return self.displayed[at] if self._is_at(at, price) else NOTHING

    def take(self, price: Decimal, quantity: Decimal) -> None:
        """Trade with a level."""
        self.taken[price] = self.taken.get(price, NOTHING) + quantity

    def put(self, price: Decimal, quantity: Decimal) -> None:
        """Display this quantity at the price; 0 removes the level."""
        at = bisect_left(self.prices, price)
        if not self._is_at(at, price):
            if quantity:
                self.prices.insert(at, price)
                self.displayed.insert(at, quantity)
        elif quantity != self.displayed[at]:
            self.taken.pop(price, None)
            if quantity:
                self.displayed[at] = quantity
            else:
                del self.prices[at], self.displayed[at]

    def replace(self, levels: Iterable[Level]) -> None:
        """Display these levels and no others."""
        present = sorted(level for level in dict(levels).items() if level[1])
        self.prices = [price for price, _ in present]
        self.displayed = [quantity for _, quantity in present]
        self.taken.clear()

    def keep_from(self, price: Decimal) -> None:
        """Remove what would trade before this price."""
        find = bisect_right if self.side is Side.BUY else bisect_left
        self._drop_best(find(self.prices, price))

    def keep_beyond(self, price: Decimal) -> None:
        """Remove what would trade with the other side's order at this price."""
        find = bisect_left if self.side is Side.BUY else bisect_right
        self._drop_best(find(self.prices, price))

    def show_only(self, price: Decimal, quantity: Decimal) -> None:
        """Display one level and no other; what was taken there, until it changes."""
        is_same = self.quantity_at(price) == quantity
        taken = self.taken.get(price) if is_same else None
        self.taken = {} if taken is None else {price: taken}
        self.prices, self.displayed = [price], [quantity]

    def _drop_best(self, at: int) -> None:
        gone = slice(at, None) if self.side is Side.BUY else slice(None, at)
        for price in self.prices[gone]:
            self.taken.pop(price, None)
        del self.prices[gone], self.displayed[gone]

    def _is_at(self, at: int, price: Decimal) -> bool:
        return at < len(self.prices) and self.prices[at] == price


@attrs.define
class OrderBook:
    """The bids and asks of one symbol; messages may come twice or too late."""

    bids: BookSide = attrs.Factory(lambda: BookSide(Side.BUY))
    asks: BookSide = attrs.Factory(lambda: BookSide(Side.SELL))
    is_synced: bool = False
    _last_id: int = -1
    _quote: Quote | None = None
    _waiting: deque[DepthUpdate] = attrs.Factory(lambda: deque(maxlen=WAITING))

    @property
    def best_bid(self) -> Decimal | None:
        """The highest price that somebody pays, if there is one."""
        return self.bids.best

    @property
    def best_ask(self) -> Decimal | None:
        """The lowest price that somebody sells at, if there is one."""
        return self.asks.best

    def side(self, side: Side) -> BookSide:
        """Give the bids for BUY, the asks for SELL."""
        return self.bids if side is Side.BUY else self.asks

    def levels(self, side: Side) -> Iterator[Level]:
        """Walk what is displayed on one side, best first."""
        return self.side(side).levels()

    def apply(self, message: Quote | DepthUpdate | DepthSnapshot) -> bool:
        """Bring the book up to date; False: the message said nothing new."""
        match message:
            case Quote():
                return self._apply_quote(message)
            case DepthUpdate():
                return self._apply_update(message)
            case DepthSnapshot():
                return self._apply_snapshot(message)
            case _:
                assert_never(message)

    def _apply_quote(self, quote: Quote) -> bool:
        newest = self._quote.update_id if self._quote else -1
        if quote.update_id <= max(newest, self._last_id):
            return False
        if quote.bid >= quote.ask and quote.bid_quantity and quote.ask_quantity:
            return False
        self._quote = quote
        self._show(quote)
        return True

    def _show(self, quote: Quote) -> None:
        for side, price, quantity in (
            (self.bids, quote.bid, quote.bid_quantity),
            (self.asks, quote.ask, quote.ask_quantity),
        ):
            if not quantity:
                side.replace(())
            elif self.is_synced:
                side.keep_from(price)
                side.put(price, quantity)
            else:
                side.show_only(price, quantity)

    def _apply_snapshot(self, snapshot: DepthSnapshot) -> bool:
        if snapshot.last_update_id <= self._last_id or _is_crossed(snapshot):
            return False
        self.bids.replace(snapshot.bids)
        self.asks.replace(snapshot.asks)
        self._last_id = snapshot.last_update_id
        self.is_synced = True
        waiting = tuple(self._waiting)
        self._waiting.clear()
        for update in waiting:
            self._apply_update(update)
        if self._quote and self._quote.update_id > self._last_id:
            self._show(self._quote)
        return True

    def _apply_update(self, update: DepthUpdate) -> bool:
        if not self.is_synced:
            self._waiting.append(update)
            return False
        if update.last_update_id <= self._last_id:
            return False
        before = update.previous_update_id
        if before is None:
            before = update.first_update_id - 1
        if before > self._last_id:
            self._lose_depth(update)
            return True
        self._put(update)
        self._last_id = update.last_update_id
        return True

    def _lose_depth(self, update: DepthUpdate) -> None:
        """Forget what was there before this update, as others before it are missing."""
        self.is_synced = False
        self._waiting.append(update)
        self.bids.replace(())
        self.asks.replace(())
        if self._quote and self._quote.update_id > self._last_id:
            self._show(self._quote)

    def _put(self, update: DepthUpdate) -> None:
        """Change the levels, but leave the top to a quote that knows more."""
        quote = self._quote
        if quote and quote.update_id <= update.last_update_id:
            quote = None
        for price, quantity in update.bids:
            if not (quote and quote.bid_quantity and price >= quote.bid):
                self.bids.put(price, quantity)
        if self.bids.best is not None:
            self.asks.keep_beyond(self.bids.best)
        for price, quantity in update.asks:
            if not (quote and quote.ask_quantity and price <= quote.ask):
                self.asks.put(price, quantity)
        if self.asks.best is not None:
            self.bids.keep_beyond(self.asks.best)


def _is_crossed(snapshot: DepthSnapshot) -> bool:
    bids = [price for price, quantity in snapshot.bids if quantity]
    asks = [price for price, quantity in snapshot.asks if quantity]
    return bool(bids and asks) and max(bids) >= min(asks)
