"""When the sample strategy bids, offers, waits, and takes back."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from decimal import Decimal
from typing import Any, Protocol

import attrs
import pytest

from holdfast.actors.market import Quote, Trade
from holdfast.actors.mean_reversion import MeanReversion
from holdfast.actors.messages import CancelIntent, Intent, OrderStatus, OrderType, Side
from holdfast.actors.updates import (
    ExposureReport,
    PositionReport,
    QueryExposure,
    WorkingOrder,
)
from holdfast.supervision import ActorSystem, ChildSpec, RefTo

ME = "/root/strategy"
ORDER = WorkingOrder(
    client_order_id="hf-1",
    intent_id="i",
    strategy=ME,
    symbol="BTCUSDT",
    side=Side.BUY,
    quantity=Decimal(3),
    price=Decimal(100),
    filled=Decimal(0),
    status=OrderStatus.OPEN,
    time=10.0,
)


class Arm(Protocol):
    def __call__(self, system: ActorSystem) -> None: ...


class CrashAt(Protocol):
    def __call__(
        self, path: str, which: Callable[[Any], bool], *, after: bool
    ) -> Arm: ...


def trade(price: str, *, at: float = 0.0, number: int = 1) -> Trade:
    return Trade(
        venue="spot",
        symbol="BTCUSDT",
        id=number,
        price=Decimal(price),
        quantity=Decimal(1),
        time=at,
        received_ns=round(at * 1e9),
        buyer_is_maker=True,
    )


def quote(bid: str, ask: str, *, number: int = 1) -> Quote:
    return Quote(
        venue="spot",
        symbol="BTCUSDT",
        update_id=number,
        bid=Decimal(bid),
        bid_quantity=Decimal(1),
        ask=Decimal(ask),
        ask_quantity=Decimal(1),
        received_ns=0,
    )


@attrs.define
class Market:
    """Tells the strategy of a market, and keeps what risk hears from it."""

    grown: Callable[..., AbstractContextManager[ActorSystem]]
    double: Callable[..., ChildSpec]
    settle: Callable[[ActorSystem], None]
    position: str = "0"
    orders: tuple[WorkingOrder, ...] = ()
    said: list[Any] = attrs.field(factory=list[Any])

    def tell(self, *messages: Any, arm: Arm | None = None, **wishes: Any) -> list[Any]:
        """Return what the strategy wanted, with side and price, or took back."""
        args = {"risk": RefTo(path="/root/risk"), "symbol": "BTCUSDT", **wishes}
        children = [
            self.double("risk", self.said.append, self.exposure),
            ChildSpec(
                id="strategy", start=MeanReversion, args=args, in_flight="redeliver"
            ),
        ]
        armed = {} if arm is None else {"arm": arm}
        with self.grown(*children, **armed) as system:
            for message in messages:
                system.ref(ME).tell(message)
            self.settle(system)
        return [shortened(each) for each in self.said if type(each) in SHORT]

    def exposure(self, message: Any) -> ExposureReport | None:
        if not isinstance(message, QueryExposure):
            return None
        position = PositionReport(
            symbol="BTCUSDT",
            quantity=Decimal(self.position),
            average_price=None,
            fills=0,
        )
        return ExposureReport(position=position, orders=self.orders)


SHORT = (Intent, CancelIntent)


def shortened(message: Intent | CancelIntent) -> tuple[str, ...]:
    if isinstance(message, CancelIntent):
        return ("cancel", message.intent_id)
    assert message.type is OrderType.LIMIT
    return (message.side, str(message.quantity), str(message.price))


@pytest.fixture
def market(
    grown: Callable[..., AbstractContextManager[ActorSystem]],
    double: Callable[..., ChildSpec],
    settle: Callable[[ActorSystem], None],
) -> Market:
    return Market(grown, double, settle)


@pytest.mark.parametrize(
    ("position", "bid", "ask", "wants"),
    [
        ("0", "98.9", "98.91", [("buy", "0.5", "98.9")]),
        ("0", "99", "99.01", []),  # exactly `edge` away is not beyond it
        ("0", "101.2", "101.3", []),  # nothing is held that could be sold
        ("2", "98", "98.1", []),  # it holds already
        ("2", "100.9", "101.1", [("sell", "2", "101.1")]),
        ("2", "100.9", "101", []),
        ("-2", "98", "98.1", []),
        ("-2", "101", "102", []),
    ],
)
def test_it_joins_the_best_price_beyond_the_edge_and_holds_one_position(
    position: str, bid: str, ask: str, wants: list[Any], market: Market
) -> None:
    market.position = position

    assert market.tell(trade("100"), quote(bid, ask), size="0.5", edge="0.01") == wants


def test_without_a_trade_there_is_no_average_to_return_to(market: Market) -> None:
    assert market.tell(quote("1", "2"), trade("100")) == []


def test_it_wants_nothing_more_while_an_order_is_open(market: Market) -> None:
    quotes = [quote("98", "99", number=number) for number in (1, 2, 3)]

    assert market.tell(trade("100"), *quotes) == [("buy", "0.001", "98")]


@pytest.mark.parametrize(("bid", "wants"), [("149.9", 1), ("150.1", 0)])
def test_after_a_half_life_of_trades_half_of_the_old_price_is_forgotten(
    bid: str, wants: int, market: Market
) -> None:
    later = [trade("200", number=number) for number in range(2, 12)]

    said = market.tell(
        trade("100"), *later, quote(bid, "300"), half_life=10, edge="0.0001"
    )

    assert len(said) == wants


@pytest.mark.parametrize(("at", "taken_back"), [(12.0, False), (12.1, True)])
def test_an_order_is_taken_back_once_it_waited_for_longer_than_its_patience(
    at: float,
    taken_back: bool,  # noqa: FBT001 - a parameter of the table
    market: Market,
) -> None:
    market.orders = (ORDER,)

    said = market.tell(trade("100", at=at), patience=2.0)

    assert said == ([("cancel", "i")] if taken_back else [])


def test_it_takes_an_order_back_only_once(market: Market) -> None:
    market.orders = (ORDER, attrs.evolve(ORDER, intent_id="j", time=13.0))
    trades = [
        trade("100", at=at, number=round(at)) for at in (12.0, 13.0, 14.0, 16.0, 17.0)
    ]

    assert market.tell(*trades) == [("cancel", "i"), ("cancel", "j")]


def test_a_successor_takes_back_again_as_it_can_not_know(
    market: Market, crash_at: CrashAt
) -> None:
    market.orders = (ORDER,)
    trades = [trade("100", at=20.0 + number, number=number) for number in (1, 2, 3)]

    said = market.tell(
        *trades, arm=crash_at(ME, lambda each: each == trades[1], after=False)
    )

    assert said == [("cancel", "i")] * 2
