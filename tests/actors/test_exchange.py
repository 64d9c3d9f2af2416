"""The paper exchange reports, answers, and outlives a crash of its actor."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from decimal import Decimal
from typing import Any, Protocol

import attrs
import pytest
from msgspec.structs import replace

from holdfast.actors.exchange import PaperExchange
from holdfast.actors.market import MarketEnded, Quote, Trade
from holdfast.actors.messages import (
    Balance,
    Balances,
    CancelOrder,
    CancelRejected,
    Fills,
    OrderAccepted,
    OrderCancelled,
    OrderFilled,
    OrderRejected,
    Orders,
    OrderStatus,
    OrderType,
    PlaceOrder,
    QueryBalances,
    QueryFills,
    QueryOrders,
    RejectionReason,
    Side,
)
from holdfast.supervision import ActorSystem, ChildSpec, Describe, RefTo, StartFailed

ME = "/root/exchange"
QUOTE = Quote(
    venue="spot",
    symbol="BTCUSDT",
    update_id=1,
    bid=Decimal(100),
    bid_quantity=Decimal(5),
    ask=Decimal(101),
    ask_quantity=Decimal(5),
    received_ns=1_000_000_000,
)
TRADE = Trade(
    venue="spot",
    symbol="BTCUSDT",
    id=1,
    price=Decimal(98),
    quantity=Decimal(1),
    time=2.0,
    received_ns=2_000_000_000,
    buyer_is_maker=True,
)
RESTING = PlaceOrder(
    client_order_id="resting",
    intent_id="i",
    symbol="BTCUSDT",
    side=Side.BUY,
    type=OrderType.LIMIT,
    quantity=Decimal(1),
    price=Decimal(99),
    time=1.0,
)
TAKING = attrs.evolve(RESTING, client_order_id="taking", price=Decimal(101))
UNSOUND = attrs.evolve(RESTING, client_order_id="unsound", price=Decimal("0.001"))
CANCEL = CancelOrder(client_order_id="resting", symbol="BTCUSDT", time=1.0)
NEXT_QUOTE = replace(
    QUOTE,
    update_id=2,
    bid=Decimal(97),
    ask=Decimal(98),
    ask_quantity=Decimal(1),
    received_ns=3_000_000_000,
)
DAY = [QUOTE, RESTING, TAKING, UNSOUND, NEXT_QUOTE, CANCEL]


class Fault(Protocol):
    fired: int

    def __call__(self, system: ActorSystem) -> None: ...


class CrashAt(Protocol):
    def __call__(
        self, path: str, which: Callable[[Any], bool], *, after: bool
    ) -> Callable[[ActorSystem], None]: ...


Strike = Callable[[list[tuple[str, int, bool]]], Fault]


@attrs.define
class Stage:
    """The paper exchange, and who hears its reports."""

    grown: Callable[..., AbstractContextManager[ActorSystem]]
    double: Callable[..., ChildSpec]
    settle: Callable[[ActorSystem], None]
    ask: Callable[[ActorSystem, str, Any], Any]
    said: list[Any] = attrs.field(factory=list[Any])
    letters: dict[tuple[str, str], int] = attrs.field(
        factory=dict[tuple[str, str], int]
    )

    def play(
        self, *messages: Any, ask: Any = None, arm: Any = None, **rules: Any
    ) -> Any:
        """Let the exchange hear these messages; return what it then answers."""
        balances = {"USDT": "1000", "BTC": "2"}
        args = {"reports_to": RefTo(path="/root/execution"), "balances": balances}
        children = [
            ChildSpec(
                id="exchange",
                start=PaperExchange,
                args={**args, **rules},
                in_flight="redeliver",
            ),
            self.double("execution", self.said.append),
        ]
        armed = {} if arm is None else {"arm": arm}
        with self.grown(*children, **armed) as system:
            for message in messages:
                system.ref(ME).tell(message)
            self.settle(system)
            self.letters |= system.dead_letters.counts()
            if ask is None:
                return system.ref(ME).command(Describe()).get(timeout=20)
            return self.ask(system, ME, ask)

    @property
    def kinds(self) -> list[type[Any]]:
        """Which reports came, in order."""
        return [type(each) for each in self.said]


@pytest.fixture
def stage(
    grown: Callable[..., AbstractContextManager[ActorSystem]],
    double: Callable[..., ChildSpec],
    settle: Callable[[ActorSystem], None],
    ask: Callable[[ActorSystem, str, Any], Any],
) -> Stage:
    return Stage(grown, double, settle, ask)


def picks(message: Any) -> Callable[[Any], bool]:
    return lambda each: each is message


def test_all_that_happens_is_reported_in_order(stage: Stage) -> None:
    facts = stage.play(*DAY)

    assert [(type(each), each.client_order_id) for each in stage.said] == [
        (OrderAccepted, "resting"),
        (OrderAccepted, "taking"),
        (OrderFilled, "taking"),
        (OrderRejected, "unsound"),
        (OrderFilled, "resting"),
        (CancelRejected, "resting"),
    ]
    assert facts == {"orders": 2, "fills": 2, "open_orders": 0}


def test_the_rules_and_the_account_are_those_of_the_arguments(stage: Stage) -> None:
    rules = {"tick_size": "0.5", "taker_fee": "0.01", "minimum_notional": "101"}
    orders = [attrs.evolve(RESTING, price=Decimal("99.1")), RESTING, TAKING]

    balances = stage.play(QUOTE, *orders, ask=QueryBalances(), **rules)

    reasons = [each.reason for each in stage.said if isinstance(each, OrderRejected)]
    assert reasons == [RejectionReason.TICK_SIZE, RejectionReason.MINIMUM_NOTIONAL]
    assert balances.of("USDT").total == 1000 - 101 - Decimal("1.01")
    assert balances.of("BTC").total == 3


def test_an_account_that_makes_no_sense_keeps_the_tree_from_starting(
    stage: Stage,
) -> None:
    with pytest.raises(StartFailed, match="the account holds some of BTC and USDT"):
        stage.play(balances={"DOGE": "1"})


def test_orders_can_be_listed_or_asked_for_by_name(stage: Stage) -> None:
    everything: Orders = stage.play(*DAY, ask=QueryOrders(symbol="BTCUSDT"))
    named: Orders = stage.play(
        *DAY,
        ask=QueryOrders(symbol="BTCUSDT", client_order_ids=("taking", "unsound")),
    )

    names = [each.client_order_id for each in everything.orders]
    assert (names, everything.absent) == (["resting", "taking"], ())
    assert [each.client_order_id for each in named.orders] == ["taking"]
    assert named.absent == ("unsound",)
    assert named.time == everything.time == 3.0


@pytest.mark.parametrize(("after", "ids"), [(0, [1, 2]), (1, [2]), (2, [])])
def test_fills_can_be_asked_for_from_one_on(
    after: int, ids: list[int], stage: Stage
) -> None:
    fills: Fills = stage.play(
        *DAY, ask=QueryFills(symbol="BTCUSDT", after_trade_id=after)
    )

    assert [each.trade_id for each in fills.fills] == ids


def test_balances_tell_what_open_orders_may_need(stage: Stage) -> None:
    balances: Balances = stage.play(
        QUOTE, RESTING, ask=QueryBalances(), maker_fee="0", taker_fee="0"
    )

    usdt = Balance(asset="USDT", free=Decimal(901), reserved=Decimal(99))
    assert balances.of("USDT") == usdt


def test_what_it_does_not_understand_is_a_dead_letter(stage: Stage) -> None:
    stage.play("nonsense")

    assert stage.letters == {(ME, "unhandled"): 1}


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("message", DAY, ids=lambda each: type(each).__name__)
def test_a_crash_changes_nothing_at_the_venue(
    message: Any,
    after: bool,  # noqa: FBT001 - a parameter of the table
    stage: Stage,
    crash_at: CrashAt,
) -> None:
    listing = QueryOrders(symbol="BTCUSDT")
    undisturbed: Orders = stage.play(*DAY, ask=listing)
    reports = stage.said.copy()
    stage.said.clear()

    crashed: Orders = stage.play(
        *DAY, ask=listing, arm=crash_at(ME, picks(message), after=after)
    )

    assert crashed == undisturbed
    assert stage.letters == {}
    again = [UNSOUND.client_order_id, CANCEL.client_order_id]
    extra = [each for each in reports if each.client_order_id in again]
    assert list(dict.fromkeys(stage.said)) == reports
    assert len(stage.said) - len(reports) <= len(extra)


def test_an_order_in_flight_at_a_crash_is_no_news_if_it_arrived_before(
    stage: Stage, crash_at: CrashAt
) -> None:
    stage.play(QUOTE, RESTING, arm=crash_at(ME, picks(RESTING), after=True))

    assert stage.kinds == [OrderAccepted]


def test_an_order_that_somebody_sends_twice_is_refused(stage: Stage) -> None:
    stage.play(QUOTE, RESTING, RESTING)

    assert stage.kinds == [OrderAccepted, OrderRejected]
    assert stage.said[1].reason is RejectionReason.DUPLICATE


@pytest.mark.parametrize("goes_out", [False, True], ids=["instead", "after"])
@pytest.mark.parametrize("send", range(1, 7))
def test_no_report_is_lost_in_a_crash_between_two_of_them(
    send: int,
    goes_out: bool,  # noqa: FBT001 - a parameter of the table
    stage: Stage,
    strike: Strike,
) -> None:
    stage.play(*DAY)
    reports = stage.said.copy()
    stage.said.clear()
    fault = strike([(ME, send, goes_out)])

    stage.play(*DAY, arm=fault)

    assert fault.fired == 1
    assert [each for each in stage.said if each in reports] == stage.said
    assert list(dict.fromkeys(stage.said)) == reports


LATE = {"latency": 0.5}


def test_an_order_takes_its_time_to_arrive(stage: Stage) -> None:
    stage.play(QUOTE, RESTING, **LATE)
    assert stage.said == []

    stage.play(QUOTE, RESTING, TRADE, **LATE)
    assert stage.kinds == [OrderAccepted, OrderFilled]


@pytest.mark.parametrize(
    "messages",
    [
        [QUOTE, RESTING, CANCEL, MarketEnded()],
        [QUOTE, RESTING, MarketEnded(), CANCEL],
        [QUOTE, MarketEnded(), RESTING, CANCEL],
    ],
)
def test_when_the_market_has_ended_what_is_under_way_arrives(
    messages: list[Any], stage: Stage
) -> None:
    facts = stage.play(*messages, **LATE)

    assert stage.kinds == [OrderAccepted, OrderCancelled]
    assert facts["open_orders"] == 0


def test_a_market_that_goes_on_brings_the_time_again(stage: Stage) -> None:
    stage.play(QUOTE, MarketEnded(), TRADE, attrs.evolve(RESTING, time=2.0), **LATE)

    assert stage.said == []


def test_an_order_under_way_at_a_crash_arrives(stage: Stage, crash_at: CrashAt) -> None:
    arm = crash_at(ME, picks(RESTING), after=True)

    orders: Orders = stage.play(
        QUOTE, RESTING, TRADE, ask=QueryOrders(symbol="BTCUSDT"), arm=arm, **LATE
    )

    assert [each.status for each in orders.orders] == [OrderStatus.FILLED]
    duplicates = [each for each in stage.said if isinstance(each, OrderRejected)]
    assert [each.reason for each in duplicates] == [RejectionReason.DUPLICATE]
