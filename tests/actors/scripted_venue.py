"""A venue that does what a test wants of it, and writes down what it is asked."""

from collections import deque
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import attrs

from holdfast.actors.messages import (
    CancelOrder,
    Liquidity,
    OrderFilled,
    OrderStatus,
    PlaceOrder,
)
from holdfast.actors.queries import (
    Balance,
    Balances,
    Fills,
    Orders,
    QueryBalances,
    QueryFills,
    QueryOrders,
    VenueOrder,
)
from holdfast.supervision import Future
from holdfast.supervision.outcome import OutcomeUnknown, VenueRefused

Answer = Callable[["ScriptedVenue", PlaceOrder], Any]


def failed(error: BaseException) -> Future[Any]:
    """Return an answer that is this error."""
    answer: Future[Any] = Future()
    answer.fail(error)
    return answer


@attrs.define
class ScriptedVenue:
    """Takes every order and lets it rest, unless `next_answers` say otherwise.

    It tells `fills_page` fills at once, and of `most_named` orders. It leaves
    `unlisted` out of the list of all, and questions for `unanswered` and for fills
    after `failing_after` fail.
    `failing` are the kinds of queries that fail, `hidden` orders that it denies,
    `forgets` is what it says of itself, and `between` is called, one each, before the
    next lists of all orders are told.
    """

    between: deque[Callable[[], object]] = attrs.field(
        factory=deque[Callable[[], object]]
    )

    fills_page: int = 1000
    most_named: int = 1000
    failing_after: int | None = None
    unlisted: set[str] = attrs.field(factory=set[str])
    unanswered: set[str] = attrs.field(factory=set[str])
    next_answers: deque[Answer] = attrs.field(factory=deque[Answer])
    failing: dict[type[Any], BaseException] = attrs.field(
        factory=dict[type[Any], BaseException]
    )
    hidden: set[str] = attrs.field(factory=set[str])
    forgets: bool = False
    orders: dict[str, VenueOrder] = attrs.field(factory=dict[str, VenueOrder])
    fills: list[OrderFilled] = attrs.field(factory=list[OrderFilled])
    placed: list[PlaceOrder] = attrs.field(factory=list[PlaceOrder])
    cancels: list[str] = attrs.field(factory=list[str])
    asked_for: list[tuple[str, ...]] = attrs.field(factory=list[tuple[str, ...]])

    def answer(self, message: Any) -> Any:  # noqa: PLR0911 - one for each question
        """Answer as an exchange does."""
        if type(message) in self.failing:
            return failed(self.failing[type(message)])
        match message:
            case PlaceOrder():
                self.placed.append(message)
                script = self.next_answers.popleft() if self.next_answers else take
                return script(self, message)
            case CancelOrder(client_order_id=name):
                self.cancels.append(name)
                return self._cancel(name)
            case QueryOrders(client_order_ids=names):
                self.asked_for.append(names)
                late = len(names) > self.most_named or self.unanswered & {*names}
                if late:
                    return failed(OutcomeUnknown("not in time"))
                if self.between and not names:
                    self.between.popleft()()
                return self._list(names)
            case QueryFills(symbol=symbol, after_trade_id=after):
                return self._fills(symbol, after)
            case QueryBalances():
                held = Balance(asset="USDT", free=Decimal(100), reserved=Decimal(0))
                return Balances(balances=(held,), time=0.0)
            case _:
                return None

    def _fills(self, symbol: str, after: int | None) -> Any:
        if after is not None and after == self.failing_after:
            return failed(OutcomeUnknown("not in time"))
        if after is None:
            return Fills(symbol=symbol, fills=tuple(self.fills[-1:]), time=0.0)
        found = [each for each in self.fills if each.trade_id > after]
        page = tuple(found[: self.fills_page])
        is_all = len(page) == len(found)
        return Fills(symbol=symbol, fills=page, time=0.0, is_all=is_all)

    def fill(self, name: str, quantity: int, time: float = 8.0) -> OrderFilled:
        """Let a part of an order trade, and return the fill."""
        order = self.orders[name]
        total = order.filled + quantity
        done = total == order.quantity
        status = OrderStatus.FILLED if done else OrderStatus.PARTIALLY_FILLED
        self.orders[name] = attrs.evolve(order, filled=total, status=status)
        fill = OrderFilled(
            client_order_id=name,
            exchange_order_id=order.exchange_order_id,
            symbol=order.symbol,
            trade_id=len(self.fills) + 1,
            side=order.side,
            price=Decimal(100),
            quantity=Decimal(quantity),
            filled=total,
            remaining=order.quantity - total,
            fee=Decimal(0),
            fee_asset="USDT",
            liquidity=Liquidity.MAKER,
            time=time,
        )
        self.fills.append(fill)
        return fill

    def _cancel(self, name: str) -> Any:
        if name not in self.orders or name in self.hidden:
            return failed(VenueRefused("no such order", code="unknown_order"))
        order = self.orders[name]
        if not order.status.is_done:
            order = attrs.evolve(order, status=OrderStatus.CANCELLED)
            self.orders[name] = order
        return order

    def _list(self, names: tuple[str, ...]) -> Orders:
        known = {
            name: order
            for name, order in self.orders.items()
            if name not in self.hidden
        }
        wanted = names or tuple(each for each in known if each not in self.unlisted)
        return Orders(
            symbol="BTCUSDT",
            orders=tuple(known[name] for name in wanted if name in known),
            absent=tuple(name for name in wanted if name not in known),
            time=0.0,
            forgets=self.forgets,
        )


def take(venue: ScriptedVenue, order: PlaceOrder) -> VenueOrder:
    """Let the order rest."""
    venue.orders[order.client_order_id] = taken = VenueOrder(
        client_order_id=order.client_order_id,
        exchange_order_id=str(len(venue.orders) + 1),
        symbol=order.symbol,
        side=order.side,
        type=order.type,
        quantity=order.quantity,
        price=order.price,
        filled=Decimal(0),
        status=OrderStatus.OPEN,
        time=8.0,
    )
    return taken


def take_and_fail(error: BaseException) -> Answer:
    """Let the order rest, and answer with an error."""

    def answer(venue: ScriptedVenue, order: PlaceOrder) -> Any:
        take(venue, order)
        return failed(error)

    return answer


def fail(error: BaseException) -> Answer:
    """Take no order, and answer with an error."""
    return lambda _venue, _order: failed(error)


def never(_venue: ScriptedVenue, _order: PlaceOrder) -> Future[Any]:
    """Take no order, and do not answer."""
    return Future()


def take_silently(venue: ScriptedVenue, order: PlaceOrder) -> Future[Any]:
    """Let the order rest, and do not answer."""
    take(venue, order)
    return Future()
