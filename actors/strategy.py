"""Strategies: what a user writes, by overriding `on_trade`, `on_book` and `on_fill`.

A strategy hears each trade once, whatever crashes: one that was in flight when the
strategy crashed comes again (`self.redelivered` is then true), and an intent that it
already led to is ordered only once, because its id is made of the strategy, the message
that triggered it, and a count.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

from msgspec import Struct, field
from msgspec.structs import replace

from ..supervision.runtime.actor import Actor
from ..supervision.runtime.reference import Ref
from .binance_frames import SPOT
from .market import MarketEnded, Quote, Trade
from .messages import CancelIntent, Intent, IntentRefused, OrderFilled, OrderType, Side
from .updates import (
    TOLD_WITHIN,
    ExposureReport,
    PositionReport,
    PositionUpdated,
    QueryExposure,
    WorkingOrder,
)

MOST_FILLS = 10_000
"""Fills that are remembered as heard: none comes again after so many others."""


class _Heard(Struct, frozen=True):
    """What all incarnations together have heard; of fills the trade ids, in order."""

    ticks: int = 0
    trade_id: int = -1
    update_id: int = -1
    fills: dict[int, None] = field(default_factory=dict[int, None])


class Strategy(Actor):
    """Trades one symbol at one venue; ready once it knows position and open orders.

    `position` is in base units, `open_orders` are those of this strategy by intent id
    from the moment they are wanted, `now` is event time in seconds. A subclass that
    takes arguments of its own passes the others on:
    `def __init__(self, *, size: str, **place: Any)`.
    """

    says_ready: ClassVar[bool] = True

    def __init__(self, *, risk: Ref, symbol: str, venue: str = SPOT) -> None:
        self.symbol = symbol
        self.venue = venue
        self.now = 0.0
        self.position = Decimal(0)
        self.average_price: Decimal | None = None
        self.open_orders: dict[str, WorkingOrder] = {}
        self._risk = risk
        self._heard = self.snapshot or _Heard()
        self.save_snapshot(self._heard)
        self._fills = 0
        # What is wanted before any message, or by a timer, is no wish of a life before.
        self._trigger = f"n{round(self.clock.wall() * 1000)}.{self.incarnation}"
        self._intents = 0

    # -- for the user to override --

    def on_trade(self, trade: Trade) -> None:
        """Hear that strangers have traded."""

    def on_book(self, quote: Quote) -> None:
        """Hear that the best bid or ask has changed."""

    def on_fill(self, fill: OrderFilled) -> None:
        """Hear that an order has traded; `position` counts it already."""

    def on_refused(self, refused: IntentRefused) -> None:
        """Hear that risk did not let an intent pass."""

    # -- for the user to call --

    def buy(self, quantity: Decimal, *, price: Decimal | None = None) -> str:
        """Want to buy, at most at `price` or at market; return the intent's id."""
        return self._want(Side.BUY, quantity, price)

    def sell(self, quantity: Decimal, *, price: Decimal | None = None) -> str:
        """Want to sell, at least at `price` or at market; return the intent's id."""
        return self._want(Side.SELL, quantity, price)

    def cancel(self, intent_id: str) -> None:
        """Take back what is left of an intent."""
        self._risk.tell(
            CancelIntent(
                intent_id=intent_id,
                strategy=self.path,
                symbol=self.symbol,
                time=self.now,
            )
        )

    def replace(
        self, intent_id: str, quantity: Decimal, *, price: Decimal | None = None
    ) -> str:
        """Want this in the place of an order; return the id of the new intent.

        Of `quantity` only that is ordered which the old order, and those in whose place
        it was, have not traded, once it is certain that it has ended; they are never
        open together. If that takes too
        long, or a part crashes, the old order is gone and the new one rejected. So is
        a second one for the same place, and one for the place of what still waits.

        Raises:
            KeyError: the old order is not open any more.

        """
        side = self.open_orders[intent_id].side
        return self._want(side, quantity, price, replaces=intent_id)

    # -- the actor --

    def on_start(self) -> None:
        """Ask where the account stands; trading begins with the answer."""
        query = QueryExposure(strategy=self.path)
        asked = self._risk.ask(query, block=False, timeout=TOLD_WITHIN)
        self.pipe(asked, self._rebuild)

    def on_receive(self, message: Any) -> None:
        """Hear the market and what became of orders."""
        match message:
            case Trade():
                self._on_trade(message)
            case Quote():
                self._on_quote(message)
            case PositionUpdated():
                self._on_update(message)
            case IntentRefused():
                self.open_orders.pop(message.intent.id, None)
                self._triggered_by(f"r{message.intent.id}")
                self.on_refused(message)
            case MarketEnded():
                pass
            case _:
                self._on_other(message)

    def facts(self) -> Mapping[str, Any]:
        """Tell how many distinct trades were handled, over all incarnations."""
        return {"ticks": self._heard.ticks}

    def _rebuild(self, exposure: ExposureReport) -> None:
        self._stand_at(exposure.position)
        self.open_orders = {order.intent_id: order for order in exposure.orders}
        self.ready()

    def _on_trade(self, trade: Trade) -> None:
        if not self._is_ours(trade) or trade.id < self._heard.trade_id:
            return
        is_new = trade.id > self._heard.trade_id
        if is_new or self.redelivered:
            self.now = trade.received_ns / 1e9
            self._triggered_by(f"t{trade.id}")
            self.on_trade(trade)
        if is_new:
            ticks = self._heard.ticks + 1
            self._has_heard(ticks=ticks, trade_id=trade.id)

    def _on_quote(self, quote: Quote) -> None:
        if not self._is_ours(quote) or quote.update_id < self._heard.update_id:
            return
        is_new = quote.update_id > self._heard.update_id
        if is_new or self.redelivered:
            self.now = quote.received_ns / 1e9
            self._triggered_by(f"b{quote.update_id}")
            self.on_book(quote)
        if is_new:
            self._has_heard(update_id=quote.update_id)

    def _on_update(self, update: PositionUpdated) -> None:
        if update.fills > self._fills:
            self._fills = update.fills
            self.position = update.quantity
            self.average_price = update.average_price
        order, fill = update.order, update.report
        if order.strategy != self.path:
            return
        if order.status.is_done:
            self.open_orders.pop(order.intent_id, None)
        else:
            self.open_orders[order.intent_id] = order
        if not isinstance(fill, OrderFilled):
            return
        heard = self._heard.fills
        if fill.trade_id not in heard or self.redelivered:
            self._triggered_by(f"f{fill.trade_id}")
            self.on_fill(fill)
        heard[fill.trade_id] = None
        if len(heard) > MOST_FILLS:
            del heard[next(iter(heard))]

    def _on_other(self, message: Any) -> None:
        """Leave out depth; a strategy that wants it overrides this."""

    def _want(
        self,
        side: Side,
        quantity: Decimal,
        price: Decimal | None,
        *,
        replaces: str = "",
    ) -> str:
        self._intents += 1
        intent = Intent(
            id=f"{self.path}:{self._trigger}:{self._intents}",
            strategy=self.path,
            symbol=self.symbol,
            side=side,
            type=OrderType.MARKET if price is None else OrderType.LIMIT,
            quantity=quantity,
            price=price,
            time=self.now,
            replaces=replaces,
        )
        self.open_orders[intent.id] = WorkingOrder.pending(intent)
        self._risk.tell(intent)
        return intent.id

    def _triggered_by(self, trigger: str) -> None:
        self._trigger = trigger
        self._intents = 0

    def _stand_at(self, position: PositionReport) -> None:
        self.position = position.quantity
        self.average_price = position.average_price
        self._fills = position.fills

    def _has_heard(self, **changes: int) -> None:
        self._heard = replace(self._heard, **changes)
        self.save_snapshot(self._heard)

    def _is_ours(self, message: Trade | Quote) -> bool:
        return message.symbol == self.symbol and message.venue == self.venue
