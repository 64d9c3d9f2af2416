"""An intent becomes one order, whatever is said twice and whoever crashes over it."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from decimal import Decimal
from typing import Any, Protocol

import attrs
import pytest

from holdfast.actors.execution import Execution
from holdfast.actors.messages import (
    CancelIntent,
    CancelOrder,
    CancelReason,
    CancelRejected,
    CancelRejectionReason,
    Intent,
    Liquidity,
    OrderAccepted,
    OrderCancelled,
    OrderFilled,
    OrderRejected,
    OrderReport,
    Orders,
    OrderStatus,
    OrderType,
    PlaceOrder,
    QueryOrders,
    RejectionReason,
    Side,
    VenueOrder,
)
from holdfast.actors.order_state import client_order_id
from holdfast.actors.updates import (
    OrderUpdated,
    QueryOpenOrders,
    Reconcile,
    WorkingOrder,
)
from holdfast.supervision import ActorSystem, ChildSpec, Describe, RefTo

ME = "/root/execution"
INTENT = Intent(
    id="a",
    strategy="/root/strategy",
    symbol="BTCUSDT",
    side=Side.BUY,
    type=OrderType.LIMIT,
    quantity=Decimal(3),
    price=Decimal(100),
    time=7.0,
)
NAME = client_order_id(INTENT, term=1)
PLACED = PlaceOrder(
    client_order_id=NAME,
    intent_id="a",
    symbol="BTCUSDT",
    side=Side.BUY,
    type=OrderType.LIMIT,
    quantity=Decimal(3),
    price=Decimal(100),
    time=7.0,
)
OURS: dict[str, Any] = {"client_order_id": NAME, "symbol": "BTCUSDT", "time": 8.0}
THERE: dict[str, Any] = {**OURS, "exchange_order_id": "1"}
ACCEPTED = OrderAccepted(**THERE)
FILLED = OrderFilled(
    **THERE,
    trade_id=1,
    side=Side.BUY,
    price=Decimal(100),
    quantity=Decimal(1),
    filled=Decimal(1),
    remaining=Decimal(2),
    fee=Decimal(0),
    fee_asset="USDT",
    liquidity=Liquidity.MAKER,
)
CANCELLED = OrderCancelled(
    **THERE, filled=Decimal(0), remaining=Decimal(3), reason=CancelReason.REQUESTED
)
REJECTED = OrderRejected(**OURS, reason=RejectionReason.NO_MARKET, detail="")
DUPLICATE = attrs.evolve(REJECTED, reason=RejectionReason.DUPLICATE)
NOT_CANCELLED = CancelRejected(
    **OURS, reason=CancelRejectionReason.ALREADY_DONE, detail=""
)
LISTED = VenueOrder(
    **THERE,
    side=Side.BUY,
    type=OrderType.LIMIT,
    quantity=Decimal(3),
    price=Decimal(100),
    filled=Decimal(0),
    status=OrderStatus.OPEN,
)
WORKING = attrs.evolve(
    WorkingOrder.pending(INTENT), client_order_id=NAME, status=OrderStatus.OPEN
)
CANCEL = CancelIntent(
    intent_id="a", strategy="/root/strategy", symbol="BTCUSDT", time=9.0
)


class CrashAt(Protocol):
    def __call__(
        self, path: str, which: Callable[[Any], bool], *, after: bool
    ) -> Callable[[ActorSystem], None]: ...


@attrs.define
class Stage:
    """Execution, positions, and a venue that lists the next, then the last of these."""

    grown: Callable[..., AbstractContextManager[ActorSystem]]
    double: Callable[..., ChildSpec]
    settle: Callable[[ActorSystem], None]
    ask: Callable[[ActorSystem, str, Any], Any]
    listings: list[tuple[VenueOrder, ...]] = attrs.field(factory=lambda: [()])
    sent: list[Any] = attrs.field(factory=list[Any])
    told: list[OrderUpdated] = attrs.field(factory=list[OrderUpdated])

    def play(self, *messages: Any, ask: Any = None, arm: Any = None) -> Any:
        """Let execution hear these messages; return what it then answers."""
        armed = {} if arm is None else {"arm": arm}
        refs = {name: RefTo(path=f"/root/{name}") for name in ("exchange", "positions")}
        children = [
            self.double("exchange", self.hear, self.answer),
            self.double("positions", self.told.append),
            ChildSpec(
                id="execution", start=Execution, args=refs, in_flight="redeliver"
            ),
        ]
        with self.grown(*children, **armed) as system:
            for message in messages:
                system.ref(ME).tell(message)
            self.settle(system)
            if ask is None:
                return system.ref(ME).command(Describe()).get(timeout=20)
            return self.ask(system, ME, ask)

    def hear(self, message: Any) -> None:
        if not isinstance(message, QueryOrders):
            self.sent.append(message)

    def answer(self, message: Any) -> Orders | None:
        if not isinstance(message, QueryOrders):
            return None
        left = self.listings
        orders = left.pop(0) if len(left) > 1 else left[0]
        return Orders(symbol=message.symbol, orders=orders, absent=(), time=0.0)


@pytest.fixture
def stage(
    grown: Callable[..., AbstractContextManager[ActorSystem]],
    double: Callable[..., ChildSpec],
    settle: Callable[[ActorSystem], None],
    ask: Callable[[ActorSystem, str, Any], Any],
) -> Stage:
    return Stage(grown, double, settle, ask)


def working(status: OrderStatus, filled: int = 0) -> WorkingOrder:
    return attrs.evolve(WORKING, status=status, filled=Decimal(filled))


def differently(**changes: Any) -> tuple[VenueOrder, ...]:
    return (attrs.evolve(LISTED, **changes),)


OPEN_ORDERS = QueryOpenOrders(symbol="BTCUSDT")


def test_an_intent_is_sent_as_an_order_of_the_same_name_each_time(stage: Stage) -> None:
    facts = stage.play(INTENT)

    assert stage.sent == [PLACED]
    assert facts == {"sent": 1, "dropped_duplicates": 0, "rejected_by_venue": 0}


def test_an_order_is_open_from_the_moment_it_is_sent(stage: Stage) -> None:
    assert stage.play(INTENT, ask=OPEN_ORDERS) == (working(OrderStatus.PENDING),)


@pytest.mark.parametrize(
    ("reports", "status", "filled"),
    [
        ([], OrderStatus.PENDING, 0),
        ([ACCEPTED], OrderStatus.OPEN, 0),
        ([REJECTED], OrderStatus.REJECTED, 0),
        ([FILLED], OrderStatus.PARTIALLY_FILLED, 1),
        ([FILLED, CANCELLED], OrderStatus.CANCELLED, 1),
    ],
)
def test_an_intent_said_again_is_not_sent_again_and_hears_how_far_it_has_come(
    reports: list[OrderReport], status: OrderStatus, filled: int, stage: Stage
) -> None:
    facts = stage.play(INTENT, *reports, INTENT)

    assert stage.sent == [PLACED]
    assert facts["dropped_duplicates"] == 1
    last = stage.told[-1]
    assert last.order == working(status, filled)
    assert isinstance(last.report, OrderRejected)
    assert last.report.reason is RejectionReason.DUPLICATE


def test_reports_are_passed_on_with_the_order_as_it_then_is(stage: Stage) -> None:
    stage.play(INTENT, ACCEPTED, FILLED, FILLED, CANCELLED)

    partly = working(OrderStatus.PARTIALLY_FILLED, 1)
    assert stage.told == [
        OrderUpdated(order=working(OrderStatus.OPEN), report=ACCEPTED),
        OrderUpdated(order=partly, report=FILLED),
        OrderUpdated(order=partly, report=FILLED),
        OrderUpdated(order=working(OrderStatus.CANCELLED, 1), report=CANCELLED),
    ]


@pytest.mark.parametrize("report", [NOT_CANCELLED, DUPLICATE])
def test_what_says_nothing_of_the_order_is_not_passed_on(
    report: OrderReport, stage: Stage
) -> None:
    facts = stage.play(INTENT, report)

    assert stage.told == []
    assert facts["rejected_by_venue"] == 0


def test_a_rejection_is_counted_once_however_often_it_is_told(stage: Stage) -> None:
    facts = stage.play(INTENT, REJECTED, REJECTED)

    assert facts["rejected_by_venue"] == 1
    assert [each.report for each in stage.told] == [REJECTED, REJECTED]


@pytest.mark.parametrize(
    ("before", "cancels"),
    [([], 0), ([INTENT], 1), ([INTENT, ACCEPTED], 1), ([INTENT, REJECTED], 0)],
)
def test_only_an_order_that_may_still_trade_is_cancelled(
    before: list[Any], cancels: int, stage: Stage
) -> None:
    other = attrs.evolve(INTENT, id="b")

    stage.play(*before, other, CANCEL)

    order = CancelOrder(client_order_id=NAME, symbol="BTCUSDT", time=9.0)
    assert [each for each in stage.sent if type(each) is CancelOrder] == (
        [order] * cancels
    )


def test_an_order_that_nobody_here_wanted_has_no_strategy(stage: Stage) -> None:
    stage.listings = [differently(client_order_id="web-1")]

    (order,) = stage.play(ask=OPEN_ORDERS)

    assert order == attrs.evolve(
        WORKING, client_order_id="web-1", intent_id="", strategy="", price=None, time=0
    )
    assert order.key == "web-1"


def test_only_a_fill_tells_of_an_order_that_nobody_knows(stage: Stage) -> None:
    stage.play(ACCEPTED, FILLED)

    (update,) = stage.told
    assert update.report == FILLED
    assert (update.order.strategy, update.order.side) == ("", Side.BUY)


@pytest.mark.parametrize(
    ("known", "listed", "sentences"),
    [
        ([], (), []),
        ([INTENT, ACCEPTED], (LISTED,), []),
        ([], (LISTED,), [f"the venue has {NAME}, which nobody here placed"]),
        ([INTENT, REJECTED], (), []),
        ([INTENT], (), [f"{NAME} is pending here, the venue denies it"]),
        ([INTENT, ACCEPTED], (), [f"{NAME} is open here, the venue denies it"]),
        (
            [INTENT, ACCEPTED],
            differently(status=OrderStatus.CANCELLED),
            [f"{NAME}: here open with 0 filled, at the venue cancelled with 0"],
        ),
        (
            [INTENT, ACCEPTED, FILLED, CANCELLED],
            differently(status=OrderStatus.FILLED, filled=Decimal(3)),
            [f"{NAME}: here cancelled with 1 filled, at the venue filled with 3"],
        ),
    ],
)
def test_reconciling_says_every_order_that_the_venue_sees_differently(
    known: list[Any],
    listed: tuple[VenueOrder, ...],
    sentences: list[str],
    stage: Stage,
) -> None:
    stage.listings = [(), listed]

    assert stage.play(*known, ask=Reconcile()) == sentences


def crashed_at(stage: Stage, crash: CrashAt, message: Any, *, after: bool) -> Any:
    """Let an intent be in flight when execution crashes; tell what it knows then."""
    arm = crash(ME, lambda each: each is message, after=after)
    return stage.play(message, ask=OPEN_ORDERS, arm=arm)


def test_an_intent_that_was_not_sent_yet_is_sent_after_the_crash(
    stage: Stage, crash_at: CrashAt
) -> None:
    known = crashed_at(stage, crash_at, INTENT, after=False)

    assert stage.sent == [PLACED]
    assert known == (working(OrderStatus.PENDING),)


def test_an_order_that_the_venue_has_is_not_sent_again_after_a_crash(
    stage: Stage, crash_at: CrashAt
) -> None:
    stage.listings = [(), (LISTED,)]

    known = crashed_at(stage, crash_at, INTENT, after=True)

    assert stage.sent == [PLACED]
    assert known == (WORKING,)
    assert [each.order for each in stage.told] == [WORKING]


def test_an_order_under_way_is_pending_after_a_crash_and_not_sent_again(
    stage: Stage, crash_at: CrashAt
) -> None:
    known = crashed_at(stage, crash_at, INTENT, after=True)

    assert stage.sent == [PLACED]
    assert known == (working(OrderStatus.PENDING),)


def test_an_order_under_way_at_a_crash_can_still_be_cancelled(
    stage: Stage, crash_at: CrashAt
) -> None:
    arm = crash_at(ME, lambda each: each is INTENT, after=True)

    stage.play(INTENT, CANCEL, arm=arm)

    assert [type(each) for each in stage.sent] == [PlaceOrder, CancelOrder]


def test_the_answer_to_an_order_of_a_predecessor_is_passed_on(
    stage: Stage, crash_at: CrashAt
) -> None:
    arm = crash_at(ME, lambda each: each is INTENT, after=True)

    stage.play(INTENT, REJECTED, arm=arm)

    rejected = OrderUpdated(order=working(OrderStatus.REJECTED), report=REJECTED)
    assert stage.told[-1] == rejected


def test_a_rejected_order_is_not_tried_again_after_a_crash(
    stage: Stage, crash_at: CrashAt
) -> None:
    arm = crash_at(ME, lambda each: each is REJECTED, after=True)

    stage.play(INTENT, REJECTED, INTENT, arm=arm)

    assert stage.sent == [PLACED]
    assert {each.order.status for each in stage.told} == {OrderStatus.REJECTED}


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_report_in_flight_at_a_crash_is_passed_on(
    after: bool,  # noqa: FBT001 - a parameter of the table
    stage: Stage,
    crash_at: CrashAt,
) -> None:
    stage.listings = [(), (LISTED,)]
    arm = crash_at(ME, lambda each: each is FILLED, after=after)

    stage.play(INTENT, ACCEPTED, FILLED, CANCELLED, arm=arm)

    fill, cancelled = (
        OrderUpdated(order=working(status, 1), report=report)
        for status, report in (
            (OrderStatus.PARTIALLY_FILLED, FILLED),
            (OrderStatus.CANCELLED, CANCELLED),
        )
    )
    assert stage.told[1:] == [fill] * (1 + after) + [cancelled]
