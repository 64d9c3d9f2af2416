"""What a strategy knows of its orders and its position, also over its crashes."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from decimal import Decimal
from typing import Any, Protocol

import attrs
import pytest
from msgspec.structs import replace

from holdfast.actors.market import Trade
from holdfast.actors.messages import (
    Intent,
    IntentRefused,
    Liquidity,
    OrderAccepted,
    OrderFilled,
    OrderStatus,
    OrderType,
    Side,
)
from holdfast.actors.refusal_reason import RefusalReason
from holdfast.actors.strategy import Strategy
from holdfast.actors.updates import (
    ExposureReport,
    PositionReport,
    PositionUpdated,
    QueryExposure,
    WorkingOrder,
)
from holdfast.supervision import ActorSystem, ChildSpec, Describe, RefTo

ME = "/root/strategy"
RISK = "/root/risk"
ONE = Decimal(1)
TRADE = Trade(
    venue="spot",
    symbol="BTCUSDT",
    id=1,
    price=Decimal(100),
    quantity=ONE,
    time=0.0,
    received_ns=1_000_000_000,
    buyer_is_maker=True,
)
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
    time=1.0,
)
FILL = OrderFilled(
    client_order_id="hf-1",
    exchange_order_id="1",
    symbol="BTCUSDT",
    trade_id=1,
    side=Side.BUY,
    price=Decimal(100),
    quantity=ONE,
    filled=ONE,
    remaining=Decimal(2),
    fee=Decimal(0),
    fee_asset="USDT",
    liquidity=Liquidity.MAKER,
    time=1.0,
)
INTENT = Intent(
    id="x",
    strategy=ME,
    symbol="BTCUSDT",
    side=Side.BUY,
    type=OrderType.MARKET,
    quantity=ONE,
    price=None,
    time=0.0,
)
REFUSED = IntentRefused(intent=INTENT, reason=RefusalReason.ORDER_RATE, detail="")


class Fault(Protocol):
    fired: int

    def __call__(self, system: ActorSystem) -> None: ...


Arm = Callable[[ActorSystem], None]
Strike = Callable[[Sequence[tuple[str, int, bool]]], Fault]


class CrashAt(Protocol):
    def __call__(
        self, path: str, which: Callable[[Any], bool], *, after: bool
    ) -> Arm: ...


class Obedient(Strategy):
    """Passes what it hears to the test, with itself."""

    def __init__(self, *, does: "Does", **place: Any) -> None:
        super().__init__(**place)
        self._does = does

    def on_trade(self, trade: Trade) -> None:
        self._does(self, trade)

    def on_fill(self, fill: OrderFilled) -> None:
        self._does(self, fill)

    def on_refused(self, refused: IntentRefused) -> None:
        self._does(self, refused)


Does = Callable[[Obedient, Any], object]


@attrs.define
class Stage:
    """A strategy that does what a test says; risk gives the next, the last answer."""

    grown: Callable[..., AbstractContextManager[ActorSystem]]
    double: Callable[..., ChildSpec]
    settle: Callable[[ActorSystem], None]
    said: list[Any] = attrs.field(factory=list[Any])
    answers: list[ExposureReport] = attrs.field(factory=lambda: [exposure()])

    def play(self, does: Does, *messages: Any, arm: Arm | None = None) -> int:
        """Let the strategy hear these messages; return the ticks that it tells of."""
        place = {"risk": RefTo(path=RISK), "symbol": "BTCUSDT"}
        children = [
            self.double("risk", self.said.append, self.answer),
            ChildSpec(
                id="strategy",
                start=Obedient,
                args={"does": does, **place},
                in_flight="redeliver",
            ),
        ]
        armed = {} if arm is None else {"arm": arm}
        with self.grown(*children, **armed) as system:
            for message in messages:
                system.ref(ME).tell(message)
            self.settle(system)
            facts = system.ref(ME).command(Describe()).get(timeout=20)
        return int(facts["ticks"])

    def answer(self, message: Any) -> ExposureReport | None:
        if not isinstance(message, QueryExposure):
            return None
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    @property
    def intents(self) -> list[str]:
        return [each.id for each in self.said if isinstance(each, Intent)]


@pytest.fixture
def stage(
    grown: Callable[..., AbstractContextManager[ActorSystem]],
    double: Callable[..., ChildSpec],
    settle: Callable[[ActorSystem], None],
) -> Stage:
    return Stage(grown, double, settle)


def exposure(
    quantity: int = 0, trade_id: int = 0, *orders: WorkingOrder
) -> ExposureReport:
    position = PositionReport(
        symbol="BTCUSDT", quantity=Decimal(quantity), average_price=None, fills=trade_id
    )
    return ExposureReport(position=position, orders=orders)


def trade(number: int) -> Trade:
    return replace(TRADE, id=number)


def updated(quantity: int, trade_id: int, **order: Any) -> PositionUpdated:
    """Tell of an order that is there; the position counts this trade already."""
    report = OrderAccepted(
        client_order_id="hf-1", exchange_order_id="1", symbol="BTCUSDT", time=1.0
    )
    return PositionUpdated(
        order=attrs.evolve(ORDER, **order),
        report=report,
        quantity=Decimal(quantity),
        average_price=Decimal(100),
        fills=trade_id,
    )


def filled(quantity: int, trade_id: int, **order: Any) -> PositionUpdated:
    fill = attrs.evolve(FILL, trade_id=trade_id)
    return attrs.evolve(updated(quantity, trade_id, **order), report=fill)


def noting(heard: list[Any], what: Callable[[Obedient, Any], Any]) -> Does:
    return lambda me, message: heard.append(what(me, message))


def message(_: Obedient, message: Any) -> Any:
    return message


def buying(me: Obedient, _: Any) -> None:
    me.buy(ONE)


def test_it_starts_with_the_position_and_orders_that_risk_tells(stage: Stage) -> None:
    stage.answers = [exposure(5, 3, ORDER)]
    seen: list[Any] = []

    stage.play(noting(seen, lambda me, _: (me.position, dict(me.open_orders))), TRADE)

    assert seen == [(Decimal(5), {"i": ORDER})]


@pytest.mark.parametrize(
    "done", [OrderStatus.FILLED, OrderStatus.CANCELLED, OrderStatus.REJECTED]
)
def test_what_became_of_its_order_is_known(done: OrderStatus, stage: Stage) -> None:
    seen: list[Any] = []
    partly = {"filled": ONE, "status": OrderStatus.PARTIALLY_FILLED}

    stage.play(
        noting(seen, lambda me, _: [each.status for each in me.open_orders.values()]),
        updated(0, 0),
        trade(1),
        updated(0, 0, **partly),
        trade(2),
        updated(0, 0, status=done),
        trade(3),
    )

    assert seen == [[OrderStatus.OPEN], [OrderStatus.PARTIALLY_FILLED], []]


def test_the_order_takes_the_place_of_the_wish(stage: Stage) -> None:
    seen: list[Any] = []

    def act(me: Obedient, _: Any) -> None:
        seen.append(dict(me.open_orders))
        if len(seen) == 1:
            me.buy(ONE)

    update = updated(0, 0, intent_id=f"{ME}:t1:1")
    stage.play(act, trade(1), update, trade(2))

    assert seen == [{}, {f"{ME}:t1:1": update.order}]


def test_a_stranger_changes_the_position_and_nothing_else(stage: Stage) -> None:
    seen: list[Any] = []

    stage.play(
        noting(seen, lambda me, each: (each, me.position, len(me.open_orders))),
        filled(4, 1, strategy="/root/other"),
        TRADE,
    )

    assert seen == [(TRADE, Decimal(4), 0)]


def test_a_position_that_is_older_than_what_it_knows_is_not_believed(
    stage: Stage,
) -> None:
    stage.answers = [exposure(5, 3)]
    seen: list[Any] = []

    stage.play(
        noting(seen, lambda me, _: (me.position, me.average_price)),
        updated(1, 2),
        trade(1),
        updated(6, 4),
        trade(2),
        updated(5, 3),
        trade(3),
    )

    assert seen == [(Decimal(5), None), *[(Decimal(6), Decimal(100))] * 2]


def test_each_own_fill_is_heard_once_and_counted_already(stage: Stage) -> None:
    heard: list[Any] = []

    stage.play(
        noting(heard, lambda me, each: (each.trade_id, me.position)),
        filled(1, 1),
        filled(1, 1),
        filled(2, 2, strategy="/root/other"),
        filled(3, 5),
        filled(2, 2),
    )

    assert heard == [(1, ONE), (5, Decimal(3)), (2, Decimal(3))]  # late, and heard


def test_a_fill_that_risk_knew_first_is_heard_all_the_same(stage: Stage) -> None:
    stage.answers = [exposure(2, 2)]
    heard: list[Any] = []

    stage.play(
        noting(heard, lambda me, each: (each.trade_id, me.position)),
        filled(2, 1),
        filled(2, 2),
    )

    assert heard == [(1, Decimal(2)), (2, Decimal(2))]


def test_a_refusal_is_heard_and_the_wish_forgotten(stage: Stage) -> None:
    heard: list[Any] = []

    def act(me: Obedient, message: Any) -> None:
        if isinstance(message, Trade):
            me.buy(ONE)
        heard.append((message, list(me.open_orders)))

    refused = attrs.evolve(REFUSED, intent=attrs.evolve(INTENT, id=f"{ME}:t1:1"))
    stage.play(act, TRADE, refused)

    assert heard == [(TRADE, [f"{ME}:t1:1"]), (refused, [])]


@pytest.mark.parametrize(("trigger", "name"), [(filled(1, 9), "f9"), (REFUSED, "rx")])
def test_the_name_of_an_intent_says_which_fill_or_refusal_triggered_it(
    trigger: Any, name: str, stage: Stage
) -> None:
    stage.play(buying, trigger)

    assert stage.intents == [f"{ME}:{name}:1"]


@pytest.mark.parametrize("event", [filled(1, 2), REFUSED])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_fill_or_refusal_in_flight_at_a_crash_is_heard_again(
    after: bool,  # noqa: FBT001 - a parameter of the table
    event: Any,
    stage: Stage,
    crash_at: CrashAt,
) -> None:
    heard: list[bool] = []

    def act(me: Obedient, _: Any) -> None:
        heard.append(me.redelivered)
        me.buy(ONE)

    stage.play(act, event, arm=crash_at(ME, lambda each: each is event, after=after))

    assert heard == ([False, True] if after else [True])
    assert len(set(stage.intents)) == 1


@pytest.mark.parametrize("goes_out", [False, True], ids=["instead", "after"])
@pytest.mark.parametrize("send", [1, 2, 3])
def test_a_crash_between_two_intents_says_both_again_under_the_same_names(
    send: int,
    goes_out: bool,  # noqa: FBT001 - a parameter of the table
    stage: Stage,
    strike: Strike,
) -> None:
    def act(me: Obedient, _: Any) -> None:
        me.buy(ONE)
        me.sell(ONE)
        me.buy(Decimal(2))

    fault = strike([(ME, send, goes_out)])

    ticks = stage.play(act, TRADE, arm=fault)

    names = [f"{ME}:t1:{number}" for number in (1, 2, 3)]
    assert fault.fired == 1
    assert stage.intents == names[: send - (not goes_out)] + names
    assert ticks == 1


def test_a_successor_believes_risk_and_not_older_news(
    stage: Stage, crash_at: CrashAt
) -> None:
    stage.answers = [exposure(), exposure(3, 3, ORDER)]
    seen: list[Any] = []

    stage.play(
        noting(seen, lambda me, each: (each.id, me.position, len(me.open_orders))),
        trade(1),
        updated(1, 1, status=OrderStatus.CANCELLED),
        trade(2),
        arm=crash_at(ME, lambda each: isinstance(each, Trade), after=False),
    )

    assert seen == [(1, Decimal(3), 1), (2, Decimal(3), 0)]
