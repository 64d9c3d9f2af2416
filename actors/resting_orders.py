"""Orders at the paper venue: which trades first, and what a trade gives to each."""

from bisect import insort
from decimal import Decimal

import attrs

from .market import Trade
from .messages import OrderStatus, OrderType, PlaceOrder, Side
from .queries import VenueOrder
from .venue_rules import NOTHING


@attrs.define(kw_only=True, eq=False)
class OpenOrder:
    """An accepted order and how far it has come.

    `ahead` is the quantity of strangers that trades before it at its price.
    """

    command: PlaceOrder
    number: int
    accepted_at: float
    status: OrderStatus = OrderStatus.OPEN
    filled: Decimal = NOTHING
    ahead: Decimal = NOTHING

    @property
    def remaining(self) -> Decimal:
        """What has neither traded nor been given up."""
        return self.command.quantity - self.filled

    @property
    def exchange_order_id(self) -> str:
        """The venue's own name for it."""
        return str(self.number)

    @property
    def limit(self) -> Decimal:
        """The worst price it trades at; only limit orders rest and are asked."""
        if self.command.price is None:
            raise ValueError(f"{self.command.client_order_id} has no limit")
        return self.command.price

    @property
    def priority(self) -> tuple[Decimal, int]:
        """Its place in the queue: better prices first, then older orders."""
        buys = self.command.side is Side.BUY
        return (self.limit.copy_negate() if buys else self.limit, self.number)

    def add(self, quantity: Decimal) -> None:
        """Count a fill."""
        self.filled += quantity
        done = self.filled == self.command.quantity
        self.status = OrderStatus.FILLED if done else OrderStatus.PARTIALLY_FILLED

    def accepts(self, price: Decimal) -> bool:
        """Tell whether it may trade at this price."""
        if self.command.type is OrderType.MARKET:
            return True
        buys = self.command.side is Side.BUY
        return price <= self.limit if buys else price >= self.limit

    def describe(self) -> VenueOrder:
        """Answer for it as the venue."""
        return VenueOrder(
            client_order_id=self.command.client_order_id,
            exchange_order_id=self.exchange_order_id,
            symbol=self.command.symbol,
            side=self.command.side,
            type=self.command.type,
            quantity=self.command.quantity,
            price=self.command.price,
            filled=self.filled,
            status=self.status,
            time=self.accepted_at,
        )


@attrs.define
class RestingOrders:
    """The limit orders that wait in the book, first to trade first."""

    buys: list[OpenOrder] = attrs.Factory(list[OpenOrder])
    sells: list[OpenOrder] = attrs.Factory(list[OpenOrder])

    def __bool__(self) -> bool:
        """Say whether any order waits."""
        return bool(self.buys or self.sells)

    def side(self, side: Side) -> list[OpenOrder]:
        """Give the orders of one side, first to trade first."""
        return self.buys if side is Side.BUY else self.sells

    def add(self, order: OpenOrder) -> None:
        """Let it wait behind all orders that are better or as good and older."""
        insort(self.side(order.command.side), order, key=lambda each: each.priority)

    def discard(self, order: OpenOrder) -> None:
        """Let it wait no longer, if it did."""
        waiting = self.side(order.command.side)
        if order in waiting:
            waiting.remove(order)

    def share(self, trade: Trade) -> list[tuple[OpenOrder, Decimal]]:
        """Split what strangers traded over our orders, each unit once.

        A trade beyond an order's price would have met the order first. A trade at its
        price, with the aggressor on the other side, goes first to the strangers ahead
        of it; the same strangers stand ahead of all our orders at that price.
        """
        hit = Side.BUY if trade.buyer_is_maker else Side.SELL
        left = trade.quantity
        shares: list[tuple[OpenOrder, Decimal]] = []
        for side in (hit, hit.opposite):
            strangers = NOTHING
            for order in self.side(side):
                if not order.accepts(trade.price):
                    break
                if order.limit == trade.price:
                    if side is not hit:
                        break
                    before = min(max(order.ahead - strangers, NOTHING), left)
                    strangers += before
                    left -= before
                    order.ahead = max(order.ahead - strangers, NOTHING)
                given = min(order.remaining, left)
                if given:
                    shares.append((order, given))
                    left -= given
        return shares
