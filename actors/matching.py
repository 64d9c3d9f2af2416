"""A venue on paper: fills orders for one symbol against recorded or live market data.

The same messages and orders give the same fills. What is assumed: an order that takes
trades with what the book displays, and nothing is taken twice before the level changes;
an order that rests stands behind what was displayed at its price when it came, and
trades when strangers have traded that much there, or beyond its price, or when the book
crosses it. Our orders do not trade with each other, and nobody reacts to them.
"""

import heapq
from collections.abc import Iterator, Mapping
from decimal import Decimal, localcontext

from .binance_frames import SPOT
from .market import Level, MarketMessage, Trade
from .messages import (
    CancelOrder,
    CancelReason,
    CancelRejected,
    CancelRejectionReason,
    Liquidity,
    OrderAccepted,
    OrderCancelled,
    OrderFilled,
    OrderRejected,
    OrderReport,
    OrderStatus,
    PlaceOrder,
    RejectionReason,
    Side,
    TimeInForce,
)
from .order_book import OrderBook
from .paper_account import PaperAccount
from .queries import Balances, VenueOrder
from .resting_orders import OpenOrder, RestingOrders
from .venue_rules import EXACT, NOTHING, Rejection, VenueRules

Command = PlaceOrder | CancelOrder


class MatchingEngine:
    """The paper venue for one symbol, one account and one real venue's market data.

    Time is event time: the receive time of market messages, in seconds. An order or a
    cancel said at t acts when a market message has brought the time to t + `latency`,
    on the book as it was before that message. `balances` is what the account holds at
    first. Market messages of other venues and symbols are ignored. With `reuses_ids` a
    client order id may come again once its order is done, as on Binance.
    """

    def __init__(
        self,
        rules: VenueRules,
        balances: Mapping[str, Decimal],
        *,
        venue: str = SPOT,
        latency: float = 0.0,
        reuses_ids: bool = False,
    ) -> None:
        if not latency >= 0:
            raise ValueError(f"latency is seconds >= 0, was {latency}")
        self.book = OrderBook()
        self._rules = rules
        self._market = venue, rules.instrument.symbol
        self._latency = latency
        self._reuses_ids = reuses_ids
        self._now = 0.0
        self._accepted: list[OpenOrder] = []
        self._orders: dict[str, OpenOrder] = {}
        self._resting = RestingOrders()
        self._account = PaperAccount(rules, self._resting, balances)
        self._fills: list[OrderFilled] = []
        self._last_trade = -1
        self._under_way: list[tuple[float, int, Command]] = []
        self._commands = 0

    def on_market(self, message: MarketMessage) -> list[OrderReport]:
        """Let time pass up to this message, then let happen what it says."""
        if (message.venue, message.symbol) != self._market:
            return []
        reports = self._pass_time(message.received_ns / 1e9)
        if isinstance(message, Trade):
            return reports + self._on_trade(message)
        if self.book.apply(message):
            return reports + self._on_book()
        return reports

    def place(self, order: PlaceOrder) -> list[OrderReport]:
        """Take an order; while it is under way there is nothing to report."""
        return self._take(order)

    def cancel(self, order: CancelOrder) -> list[OrderReport]:
        """Take a cancel; while it is under way there is nothing to report."""
        return self._take(order)

    def refusal(self, order: PlaceOrder) -> OrderRejected | None:
        """Say why this order would not be accepted now; it is not taken."""
        with localcontext(EXACT):
            objection = self._objection(order)
        return self._rejected(order, *objection) if objection else None

    def withdraw(self, client_order_id: str) -> list[OrderReport]:
        """Let the venue itself cancel what is open of an order."""
        order = self._open(client_order_id)
        return [self._give_up(order, CancelReason.VENUE)] if order else []

    def hit(self, client_order_id: str, quantity: Decimal) -> list[OrderReport]:
        """Let a stranger trade up to this quantity with an order that rests."""
        order = self._open(client_order_id)
        if order is None:
            return []
        with localcontext(EXACT):
            quantity = min(quantity, order.remaining)
            return [self._filled(order, order.limit, quantity, Liquidity.MAKER)]

    def flush(self) -> list[OrderReport]:
        """Let everything arrive that is under way: no market message will come."""
        last = max((due for due, _, _ in self._under_way), default=self._now)
        return self._pass_time(last)

    def orders(self) -> tuple[VenueOrder, ...]:
        """List every order that was ever accepted, oldest first."""
        return tuple(order.describe() for order in self._accepted)

    def order(self, client_order_id: str) -> VenueOrder | None:
        """Look up the newest order with this id; None: none was ever accepted."""
        order = self._orders.get(client_order_id)
        return order.describe() if order else None

    def fills(self, after: int = 0) -> tuple[OrderFilled, ...]:
        """List the fills with a larger trade id; the first fill has id 1."""
        return tuple(self._fills[max(after, 0) :])

    def balances(self) -> Balances:
        """Tell what the account holds and what open orders may need of it."""
        with localcontext(EXACT):
            return Balances(balances=self._account.balances(), time=self._now)

    def _take(self, command: Command) -> list[OrderReport]:
        due = max(self._now, command.time + self._latency)
        if due <= self._now:
            return self._act(command)
        self._commands += 1
        heapq.heappush(self._under_way, (due, self._commands, command))
        return []

    def _pass_time(self, now: float) -> list[OrderReport]:
        reports: list[OrderReport] = []
        while self._under_way and self._under_way[0][0] <= now:
            due, _, command = heapq.heappop(self._under_way)
            self._now = max(self._now, due)
            reports += self._act(command)
        self._now = max(self._now, now)
        return reports

    def _act(self, command: Command) -> list[OrderReport]:
        with localcontext(EXACT):
            if isinstance(command, CancelOrder):
                return [self._cancel(command)]
            refusal = self.refusal(command)
            return [refusal] if refusal else self._accept(command)

    def _objection(self, order: PlaceOrder) -> Rejection | None:
        known = self._orders.get(order.client_order_id)
        if known and not (self._reuses_ids and known.status.is_done):
            detail = f"{order.client_order_id} was accepted before"
            return RejectionReason.DUPLICATE, detail
        best_price = self.book.side(order.side.opposite).best
        return self._rules.objection(order, best_price) or self._account.objection(
            order, self._cost(order)
        )

    def _cost(self, order: PlaceOrder) -> Decimal:
        """Tell what a buy can need at most: at market, what it would take now."""
        cost = self._rules.worst_cost
        if order.price is not None:
            return cost(order.price, order.quantity)
        offers = self._offers(order.side, order.quantity, None)
        return sum((cost(price, quantity) for price, quantity in offers), NOTHING)

    def _accept(self, command: PlaceOrder) -> list[OrderReport]:
        order = OpenOrder(
            command=command, number=len(self._accepted) + 1, accepted_at=self._now
        )
        self._accepted.append(order)
        self._orders[command.client_order_id] = order
        reports: list[OrderReport] = [
            OrderAccepted(
                client_order_id=command.client_order_id,
                exchange_order_id=order.exchange_order_id,
                symbol=command.symbol,
                time=self._now,
            )
        ]
        if self._may_trade(command):
            reports += self._match(order, Liquidity.TAKER)
        if not order.remaining:
            return reports
        if command.price is None or command.time_in_force is not TimeInForce.GTC:
            return [*reports, self._cancelled(order, CancelReason.NO_LIQUIDITY)]
        order.ahead = self.book.side(command.side).quantity_at(command.price)
        self._resting.add(order)
        return reports

    def _may_trade(self, command: PlaceOrder) -> bool:
        """Tell whether some of it may trade; all or nothing needs all to be there."""
        if command.time_in_force is not TimeInForce.FOK:
            return True
        offers = self._offers(command.side, command.quantity, command.price)
        return sum((part for _, part in offers), NOTHING) == command.quantity

    def _on_trade(self, trade: Trade) -> list[OrderReport]:
        if trade.id <= self._last_trade:
            return []
        self._last_trade = trade.id
        if not self._resting:  # mostly: then nothing has to be counted exactly
            return []
        with localcontext(EXACT):
            return [
                self._filled(order, order.limit, quantity, Liquidity.MAKER)
                for order, quantity in self._resting.share(trade)
            ]

    def _on_book(self) -> list[OrderReport]:
        reports: list[OrderReport] = []
        if not self._resting:
            return reports
        with localcontext(EXACT):
            for waiting in (self._resting.buys, self._resting.sells):
                for order in tuple(waiting):
                    crossed = self._match(order, Liquidity.MAKER)
                    if not crossed:
                        break
                    reports += crossed
        return reports

    def _match(self, order: OpenOrder, liquidity: Liquidity) -> list[OrderReport]:
        """Trade with the book: a taker at its prices, a maker at the order's own."""
        command = order.command
        reports: list[OrderReport] = []
        for price, quantity in self._offers(
            command.side, order.remaining, command.price
        ):
            self.book.side(command.side.opposite).take(price, quantity)
            at = price if liquidity is Liquidity.TAKER else order.limit
            reports.append(self._filled(order, at, quantity, liquidity))
        return reports

    def _offers(
        self, side: Side, quantity: Decimal, limit: Decimal | None
    ) -> Iterator[Level]:
        """Walk what the book has for this side, up to the quantity and the limit."""
        for price, available in self.book.side(side.opposite).available():
            if limit is not None and (price - limit) * side.sign > 0:
                return
            part = min(quantity, available)
            yield price, part
            quantity -= part
            if not quantity:
                return

    def _filled(
        self, order: OpenOrder, price: Decimal, quantity: Decimal, liquidity: Liquidity
    ) -> OrderFilled:
        command = order.command
        fee, fee_asset = self._rules.fee(command.side, price, quantity, liquidity)
        order.add(quantity)
        fill = OrderFilled(
            client_order_id=command.client_order_id,
            exchange_order_id=order.exchange_order_id,
            symbol=command.symbol,
            trade_id=len(self._fills) + 1,
            side=command.side,
            price=price,
            quantity=quantity,
            filled=order.filled,
            remaining=order.remaining,
            fee=fee,
            fee_asset=fee_asset,
            liquidity=liquidity,
            time=self._now,
        )
        self._fills.append(fill)
        self._account.settle(fill)
        if not order.remaining:
            self._resting.discard(order)
        return fill

    def _cancel(self, command: CancelOrder) -> OrderReport:
        open_order = self._open(command.client_order_id)
        if open_order:
            return self._give_up(open_order, CancelReason.REQUESTED)
        order = self._orders.get(command.client_order_id)
        reason = (
            CancelRejectionReason.ALREADY_DONE
            if order
            else CancelRejectionReason.UNKNOWN_ORDER
        )
        return CancelRejected(
            client_order_id=command.client_order_id,
            symbol=command.symbol,
            reason=reason,
            detail=f"the order is {order.status}"
            if order
            else "there is no such order",
            time=self._now,
        )

    def _open(self, client_order_id: str) -> OpenOrder | None:
        order = self._orders.get(client_order_id)
        return order if order and not order.status.is_done else None

    def _give_up(self, order: OpenOrder, reason: CancelReason) -> OrderCancelled:
        self._resting.discard(order)
        return self._cancelled(order, reason)

    def _cancelled(self, order: OpenOrder, reason: CancelReason) -> OrderCancelled:
        order.status = OrderStatus.CANCELLED
        return OrderCancelled(
            client_order_id=order.command.client_order_id,
            exchange_order_id=order.exchange_order_id,
            symbol=order.command.symbol,
            filled=order.filled,
            remaining=order.remaining,
            reason=reason,
            time=self._now,
        )

    def _rejected(
        self, order: PlaceOrder, reason: RejectionReason, detail: str
    ) -> OrderRejected:
        return OrderRejected(
            client_order_id=order.client_order_id,
            symbol=order.symbol,
            reason=reason,
            detail=detail,
            time=self._now,
        )
