"""A recorded trade is shared by price, age and the strangers who stood before."""

from decimal import Decimal

from holdfast.actors.market import Trade
from holdfast.actors.messages import OrderType, PlaceOrder, Side
from holdfast.actors.resting_orders import OpenOrder, RestingOrders


def trade(price: int, quantity: int, *, seller: bool = True) -> Trade:
    return Trade(
        venue="spot",
        symbol="BTCUSDT",
        id=1,
        price=Decimal(price),
        quantity=Decimal(quantity),
        time=0.0,
        received_ns=0,
        buyer_is_maker=seller,
    )


class Queue:
    """Resting orders by name, and what trades gave them."""

    def __init__(self) -> None:
        self.resting = RestingOrders()
        self.orders: list[OpenOrder] = []

    def add(
        self, name: str, quantity: int, price: int, *, side: Side, ahead: int = 0
    ) -> None:
        order = OpenOrder(
            command=PlaceOrder(
                client_order_id=name,
                intent_id="",
                symbol="BTCUSDT",
                side=side,
                type=OrderType.LIMIT,
                quantity=Decimal(quantity),
                price=Decimal(price),
                time=0.0,
            ),
            number=len(self.orders) + 1,
            accepted_at=0.0,
            ahead=Decimal(ahead),
        )
        self.orders.append(order)
        self.resting.add(order)

    def share(
        self, price: int, quantity: int, *, seller: bool = True
    ) -> dict[str, int]:
        given: dict[str, int] = {}
        for order, part in self.resting.share(trade(price, quantity, seller=seller)):
            order.add(part)
            given[order.command.client_order_id] = int(part)
        return given


def buys(*orders: tuple[str, int, int, int]) -> Queue:
    queue = Queue()
    for name, quantity, price, ahead in orders:
        queue.add(name, quantity, price, side=Side.BUY, ahead=ahead)
    return queue


def test_better_prices_come_first_and_then_older_orders() -> None:
    queue = buys(("old", 2, 99, 0), ("young", 2, 99, 0), ("best", 2, 100, 0))

    assert queue.share(99, 5) == {"best": 2, "old": 2, "young": 1}


def test_sells_trade_from_the_lowest_price_up() -> None:
    queue = Queue()
    for name, price in (("dear", 105), ("cheap", 103), ("middle", 104)):
        queue.add(name, 1, price, side=Side.SELL)

    assert queue.share(104, 9, seller=False) == {"cheap": 1, "middle": 1}


def test_strangers_ahead_trade_first_and_then_are_gone() -> None:
    queue = buys(("a", 4, 99, 3))

    assert [queue.share(99, 2), queue.share(99, 2), queue.share(99, 9)] == [
        {},
        {"a": 1},
        {"a": 3},
    ]


def test_the_same_strangers_stand_ahead_of_all_our_orders() -> None:
    queue = buys(("a", 2, 99, 5), ("b", 9, 99, 6))

    assert queue.share(99, 8) == {"a": 2}
    assert queue.share(99, 1) == {"b": 1}


def test_an_aggressor_on_our_side_does_not_trade_with_us_at_our_price() -> None:
    queue = buys(("a", 4, 99, 0))

    assert queue.share(99, 2, seller=False) == {}


def test_a_trade_beyond_our_price_is_ours_whoever_stood_before() -> None:
    queue = buys(("a", 4, 99, 1000))

    assert queue.share(98, 1) == {"a": 1}
    assert queue.share(98, 2, seller=False) == {"a": 2}


def test_a_trade_that_is_worse_than_our_price_is_not_ours() -> None:
    queue = buys(("a", 4, 99, 0))

    assert queue.share(100, 9) == {}


def test_a_trade_is_never_spent_on_both_sides() -> None:
    queue = buys(("buy", 4, 99, 0))
    queue.add("sell", 4, 97, side=Side.SELL)

    assert queue.share(98, 6) == {"buy": 4, "sell": 2}


def test_a_discarded_order_gets_nothing() -> None:
    queue = buys(("a", 4, 99, 0), ("b", 4, 99, 0))

    queue.resting.discard(queue.orders[0])
    queue.resting.discard(queue.orders[0])

    assert queue.share(99, 6) == {"b": 4}
