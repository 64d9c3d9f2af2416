"""However execution and the venue crash, an intent is one order, its end is told."""

from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from decimal import Decimal
from typing import Any, Protocol

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.actors.exchange import PaperExchange
from holdfast.actors.execution import Execution
from holdfast.actors.market import MarketEnded, Quote
from holdfast.actors.messages import (
    CancelIntent,
    CancelOrder,
    CancelReason,
    Intent,
    OrderAccepted,
    OrderCancelled,
    OrderFilled,
    OrderRejected,
    Orders,
    OrderStatus,
    OrderType,
    PlaceOrder,
    QueryFills,
    QueryOrders,
    Side,
    VenueOrder,
)
from holdfast.actors.order_state import client_order_id
from holdfast.actors.updates import OrderUpdated, QueryOpenOrders, Reconcile
from holdfast.supervision import Actor, ActorSystem, ChildSpec, Ref, RefTo

ME = "/root/execution"
VENUE = "/root/exchange"
RESTING = Intent(
    id="resting",
    strategy="/root/strategy",
    symbol="BTCUSDT",
    side=Side.BUY,
    type=OrderType.LIMIT,
    quantity=Decimal(1),
    price=Decimal(98),
    time=1.0,
)
INTENTS = [
    RESTING,
    attrs.evolve(RESTING, id="taking", price=Decimal(102)),
    attrs.evolve(RESTING, id="at market", type=OrderType.MARKET, price=None),
    attrs.evolve(RESTING, id="joining", side=Side.SELL, price=Decimal(103)),
    attrs.evolve(RESTING, id="rejected", quantity=Decimal("0.000001")),
]


class Fault(Protocol):
    def __call__(self, system: ActorSystem) -> None: ...
    def disarm(self) -> None: ...


Grown = Callable[..., AbstractContextManager[ActorSystem]]
Double = Callable[..., ChildSpec]
Settle = Callable[[ActorSystem], None]
Ask = Callable[[ActorSystem, str, Any], Any]
Strike = Callable[[list[tuple[str, int, bool]]], Fault]


class WatchedExchange(PaperExchange):
    """The paper exchange; says which orders reach it for the first time."""

    def __init__(self, *, placed: Callable[[str], object], **rules: Any) -> None:
        super().__init__(**rules)
        self._placed = placed

    def on_receive(self, message: Any) -> Any:
        if isinstance(message, PlaceOrder) and not self.redelivered:
            self._placed(message.intent_id)
        return super().on_receive(message)


class CarelessExchange(Actor):
    """A venue that takes every order, also one whose name it has seen before."""

    def __init__(self, reports_to: Ref, placed: Callable[[str], object]) -> None:
        self._reports_to = reports_to
        self._placed = placed
        self._orders: list[VenueOrder] = self.snapshot or []
        self.save_snapshot(self._orders)

    def on_receive(self, message: Any) -> Any:
        match message:
            case PlaceOrder():
                self._place(message)
            case CancelOrder():
                self._cancel(message)
            case QueryOrders():
                orders = tuple(self._orders)
                return Orders(symbol="BTCUSDT", orders=orders, absent=(), time=0.0)
            case _:
                pass
        return None

    def _place(self, order: PlaceOrder) -> None:
        fields: dict[str, Any] = attrs.asdict(order)
        del fields["intent_id"]
        place = str(len(self._orders))
        accepted = VenueOrder(
            **fields,
            exchange_order_id=place,
            filled=Decimal(0),
            status=OrderStatus.OPEN,
        )
        if not self.redelivered:
            self._placed(order.intent_id)
            self._orders.append(accepted)
        self._reports_to.tell(
            OrderAccepted(
                client_order_id=order.client_order_id,
                exchange_order_id=place,
                symbol=order.symbol,
                time=order.time,
            )
        )

    def _cancel(self, cancel: CancelOrder) -> None:
        for number, order in enumerate(self._orders):
            if order.client_order_id == cancel.client_order_id:
                self._orders[number] = attrs.evolve(order, status=OrderStatus.CANCELLED)
                self._reports_to.tell(
                    OrderCancelled(
                        client_order_id=order.client_order_id,
                        exchange_order_id=order.exchange_order_id,
                        symbol=order.symbol,
                        filled=Decimal(0),
                        remaining=order.quantity,
                        reason=CancelReason.REQUESTED,
                        time=cancel.time,
                    )
                )


def quote(number: int, bid: int) -> Quote:
    return Quote(
        venue="spot",
        symbol="BTCUSDT",
        update_id=number,
        bid=Decimal(bid),
        bid_quantity=Decimal(5),
        ask=Decimal(bid + 1),
        ask_quantity=Decimal(5),
        received_ns=number * 1_000_000_000,
    )


@st.composite
def days(draw: st.DrawFn) -> list[tuple[str, Any]]:
    """Draw what is said to whom: a market, intents, each again and again, cancels."""
    said: list[tuple[str, Any]] = [(VENUE, quote(1, 100))]
    for number in range(2, draw(st.integers(4, 20))):
        intent = draw(st.sampled_from(INTENTS))
        said.append(
            draw(
                st.sampled_from(
                    [
                        (VENUE, quote(number, draw(st.integers(96, 104)))),
                        (ME, attrs.evolve(intent, time=1.0)),
                        (ME, attrs.evolve(intent, time=1.0)),
                        (ME, cancel(intent)),
                    ]
                )
            )
        )
    return said


def cancel(intent: Intent) -> CancelIntent:
    return CancelIntent(
        intent_id=intent.id, strategy=intent.strategy, symbol=intent.symbol, time=1.0
    )


strikes = st.lists(
    st.tuples(st.sampled_from([ME, VENUE]), st.integers(1, 5), st.booleans()),
    max_size=6,
)
strategies = st.sampled_from(["rest_for_one", "one_for_one"])


@pytest.fixture(scope="session")
def trees(double: Double) -> Callable[..., list[ChildSpec]]:
    """Specify a venue, execution, and positions, which says what it hears."""

    def specify(
        start: type[Actor], told: Callable[[OrderUpdated], object], **args: Any
    ) -> list[ChildSpec]:
        refs = {name: RefTo(path=f"/root/{name}") for name in ("exchange", "positions")}
        exchange = {"reports_to": RefTo(path=ME), **args}
        return [
            ChildSpec(id="exchange", start=start, args=exchange, in_flight="redeliver"),
            double("positions", told),
            ChildSpec(
                id="execution", start=Execution, args=refs, in_flight="redeliver"
            ),
        ]

    return specify


@settings(deadline=None)
@given(said=days(), faults=strikes, strategy=strategies)
def test_a_venue_that_takes_an_order_twice_is_told_it_once(
    said: list[tuple[str, Any]],
    faults: list[tuple[str, int, bool]],
    strategy: str,
    grown: Grown,
    settle: Settle,
    strike: Strike,
    trees: Callable[..., list[ChildSpec]],
) -> None:
    placed: list[str] = []
    told: list[OrderUpdated] = []
    children = trees(CarelessExchange, told.append, placed=placed.append)

    with grown(*children, strategy=strategy, arm=strike(faults)) as system:
        for path, message in said:
            system.ref(path).tell(message)
        settle(system)

        assert system.dead_letters.count() == 0
    wanted = {each.id for _, each in said if isinstance(each, Intent)}
    assert Counter(placed) == dict.fromkeys(wanted, 1)
    assert {each.order.intent_id for each in told} == wanted


@settings(deadline=None)
@given(
    said=days(),
    faults=strikes,
    strategy=strategies,
    latency=st.sampled_from([0.0, 1.5]),
)
def test_what_became_of_every_intent_is_told_and_agrees_with_the_venue(
    said: list[tuple[str, Any]],
    faults: list[tuple[str, int, bool]],
    strategy: str,
    latency: float,
    grown: Grown,
    settle: Settle,
    ask: Ask,
    strike: Strike,
    trees: Callable[..., list[ChildSpec]],
) -> None:
    placed: list[str] = []
    told: list[OrderUpdated] = []
    balances = {"USDT": "100000", "BTC": "100"}
    children = trees(
        WatchedExchange,
        told.append,
        placed=placed.append,
        balances=balances,
        latency=latency,
    )

    with grown(*children, strategy=strategy, arm=(armed := strike(faults))) as system:
        for path, message in [*said, (VENUE, MarketEnded())]:
            system.ref(path).tell(message)
        settle(system)
        armed.disarm()
        venue: Orders = ask(system, VENUE, QueryOrders(symbol="BTCUSDT"))
        fills = ask(system, VENUE, QueryFills(symbol="BTCUSDT")).fills
        still_open = ask(system, ME, QueryOpenOrders(symbol="BTCUSDT"))

        assert ask(system, ME, Reconcile()) == []
        assert system.dead_letters.count() == 0
    at_venue = {each.client_order_id: each.status for each in venue.orders}
    last = {each.order.client_order_id: each.order.status for each in told}
    wanted = {each.id: each for _, each in said if isinstance(each, Intent)}
    names = {client_order_id(each, term=1) for each in wanted.values()}
    assert last == {name: at_venue.get(name, OrderStatus.REJECTED) for name in names}
    assert {each.client_order_id for each in still_open} == {
        name for name, status in at_venue.items() if not status.is_done
    }
    reports = [each.report for each in told]
    assert {each.trade_id for each in reports if isinstance(each, OrderFilled)} == {
        each.trade_id for each in fills
    }
    if not any(goes_out for path, _, goes_out in faults if path == ME):
        assert Counter(placed) == dict.fromkeys(wanted, 1)
    rejected = {
        each.client_order_id
        for each in reports
        if isinstance(each, OrderRejected) and each.client_order_id not in at_venue
    }
    assert rejected == names - at_venue.keys()
