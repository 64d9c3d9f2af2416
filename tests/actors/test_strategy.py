"""What a strategy hears of the market, and what it wants, also over its crashes."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from decimal import Decimal
from typing import Any, Protocol

import attrs
import pytest
from msgspec.structs import replace

from holdfast.actors.market import DepthSnapshot, MarketEnded, Quote, Trade
from holdfast.actors.messages import CancelIntent, Intent, OrderStatus, OrderType, Side
from holdfast.actors.strategy import Strategy
from holdfast.actors.updates import ExposureReport, PositionReport, QueryExposure
from holdfast.supervision import ActorSystem, ChildSpec, Describe, Future, RefTo, crash

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
QUOTE = Quote(
    venue="spot",
    symbol="BTCUSDT",
    update_id=1,
    bid=Decimal(99),
    bid_quantity=ONE,
    ask=Decimal(101),
    ask_quantity=ONE,
    received_ns=2_000_000_000,
)
DEPTH = DepthSnapshot(
    venue="spot",
    symbol="BTCUSDT",
    last_update_id=9,
    bids=(),
    asks=(),
    received_ns=3_000_000_000,
)
Arm = Callable[[ActorSystem], None]


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

    def on_book(self, quote: Quote) -> None:
        self._does(self, quote)


Does = Callable[[Obedient, Any], object]


@attrs.define
class Stage:
    """A strategy that does what a test says, and risk, which hears what it says."""

    grown: Callable[..., AbstractContextManager[ActorSystem]]
    double: Callable[..., ChildSpec]
    settle: Callable[[ActorSystem], None]
    said: list[Any] = attrs.field(factory=list[Any])

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
        return exposure()

    @property
    def intents(self) -> list[str]:
        """The ids of what was wanted, in order."""
        return [each.id for each in self.said if isinstance(each, Intent)]


@pytest.fixture
def stage(
    grown: Callable[..., AbstractContextManager[ActorSystem]],
    double: Callable[..., ChildSpec],
    settle: Callable[[ActorSystem], None],
) -> Stage:
    return Stage(grown, double, settle)


def exposure(quantity: int = 0) -> ExposureReport:
    position = PositionReport(
        symbol="BTCUSDT",
        quantity=Decimal(quantity),
        average_price=None,
        fills=0,
    )
    return ExposureReport(position=position, orders=())


def trade(number: int) -> Trade:
    return replace(TRADE, id=number)


def quote(number: int) -> Quote:
    return replace(QUOTE, update_id=number)


def noting(heard: list[Any], what: Callable[[Obedient, Any], Any]) -> Does:
    return lambda me, message: heard.append(what(me, message))


def message(_: Obedient, message: Any) -> Any:
    return message


def buying(me: Obedient, _: Any) -> None:
    me.buy(ONE)


def test_new_trades_and_quotes_of_its_market_are_heard_in_order(stage: Stage) -> None:
    heard: list[Any] = []
    market: list[Trade | Quote] = [trade(1), quote(5), trade(2), quote(6), trade(9)]

    ticks = stage.play(noting(heard, lambda me, each: (each, me.now)), *market)

    assert heard == [(each, each.received_ns / 1e9) for each in market]
    assert ticks == 3


@pytest.mark.parametrize(
    "other",
    [
        trade(5),
        trade(4),
        quote(7),
        quote(6),
        replace(trade(8), symbol="ETHUSDT"),
        replace(trade(8), venue="usdm"),
        replace(quote(8), symbol="ETHUSDT"),
        replace(quote(8), venue="usdm"),
        DEPTH,
        MarketEnded(),
    ],
)
def test_what_is_old_or_of_another_market_or_no_news_is_not_heard(
    other: Any, stage: Stage
) -> None:
    heard: list[Any] = []

    ticks = stage.play(noting(heard, message), trade(5), quote(7), other, trade(6))

    assert heard == [trade(5), quote(7), trade(6)]
    assert ticks == 2


def test_trading_begins_when_risk_has_answered(stage: Stage) -> None:
    events: list[str] = []
    answer: Future[ExposureReport] = Future()
    systems: list[ActorSystem] = []

    def hear(message: Any) -> None:
        events.append("asked" if isinstance(message, QueryExposure) else message)
        if message == "answered":
            answer.settle(exposure(7))
        else:
            systems[0].ref(RISK).tell("answered")

    def answered(_: Any) -> Future[ExposureReport]:
        return answer

    def arm(system: ActorSystem) -> None:
        systems.append(system)
        system.ref(ME).tell(TRADE)

    place = {"risk": RefTo(path=RISK), "symbol": "BTCUSDT"}
    does = noting(events, lambda me, _: me.position)
    with stage.grown(
        stage.double("risk", hear, answered),
        ChildSpec(id="strategy", start=Obedient, args={"does": does, **place}),
        arm=arm,
    ) as system:
        stage.settle(system)

    assert events == ["asked", "answered", Decimal(7)]


INTENT = Intent(
    id=f"{ME}:t1:1",
    strategy=ME,
    symbol="BTCUSDT",
    side=Side.BUY,
    type=OrderType.LIMIT,
    quantity=ONE,
    price=Decimal(99),
    time=1.0,
)


def test_an_intent_says_who_wants_what_and_since_when(stage: Stage) -> None:
    def act(me: Obedient, _: Any) -> None:
        me.buy(ONE, price=Decimal(99))
        me.sell(Decimal(2))

    stage.play(act, TRADE)

    market = attrs.evolve(
        INTENT,
        id=f"{ME}:t1:2",
        side=Side.SELL,
        type=OrderType.MARKET,
        quantity=Decimal(2),
        price=None,
    )
    assert stage.said[1:] == [INTENT, market]


@pytest.mark.parametrize(
    ("trigger", "name"),
    [(trade(7), "t7"), (quote(8), "b8")],
)
def test_the_name_of_an_intent_says_what_triggered_it(
    trigger: Any, name: str, stage: Stage
) -> None:
    stage.play(buying, trigger)

    assert stage.intents == [f"{ME}:{name}:1"]


def test_intents_are_counted_anew_for_each_trigger(stage: Stage) -> None:
    stage.play(buying, trade(1), trade(2), quote(3))

    assert stage.intents == [f"{ME}:t1:1", f"{ME}:t2:1", f"{ME}:b3:1"]


def test_an_order_is_open_from_the_moment_it_is_wanted(stage: Stage) -> None:
    seen: list[Any] = []

    def act(me: Obedient, _: Any) -> None:
        name = me.buy(ONE)
        seen.append((list(me.open_orders), me.open_orders[name].status, name))

    stage.play(act, TRADE)

    name = f"{ME}:t1:1"
    assert seen == [([name], OrderStatus.PENDING, name)]


def test_a_cancel_is_passed_to_risk(stage: Stage) -> None:
    def act(me: Obedient, _: Any) -> None:
        me.cancel("i")

    stage.play(act, TRADE)

    assert stage.said[1:] == [
        CancelIntent(intent_id="i", strategy=ME, symbol="BTCUSDT", time=1.0)
    ]


@pytest.mark.parametrize("event", [trade(2), quote(2)])
def test_what_it_crashed_over_before_hearing_it_is_heard_once(
    event: Any, stage: Stage, crash_at: CrashAt
) -> None:
    heard: list[Any] = []
    arm = crash_at(ME, lambda each: each is event, after=False)

    ticks = stage.play(
        noting(heard, lambda me, each: (each, me.redelivered)),
        trade(1),
        event,
        trade(3),
        arm=arm,
    )

    assert heard == [(trade(1), False), (event, True), (trade(3), False)]
    assert ticks == 2 + isinstance(event, Trade)


@pytest.mark.parametrize("event", [trade(2), quote(2)])
def test_what_it_crashed_over_after_hearing_it_is_heard_again_and_counted_once(
    event: Any, stage: Stage, crash_at: CrashAt
) -> None:
    heard: list[Any] = []
    arm = crash_at(ME, lambda each: each is event, after=True)

    def act(me: Obedient, message: Any) -> None:
        heard.append((message, me.redelivered))
        me.buy(ONE)

    ticks = stage.play(act, trade(1), event, trade(3), arm=arm)

    assert [each for each in heard if each[0] == event] == [
        (event, False),
        (event, True),
    ]
    first, again, repeated, last = stage.intents
    assert again == repeated
    assert len({first, again, last}) == 3
    assert ticks == 2 + isinstance(event, Trade)


def test_ticks_are_counted_over_all_incarnations(
    stage: Stage, crash_at: CrashAt
) -> None:
    numbers = range(1, 9)

    ticks = stage.play(
        buying,
        *(each for number in numbers for each in (trade(number), trade(number))),
        arm=crash_at(ME, lambda each: each == trade(5), after=True),
    )

    assert ticks == 8
    assert stage.intents == [
        f"{ME}:t{number}:1" for number in (1, 2, 3, 4, 5, 5, 6, 7, 8)
    ]


def test_what_is_wanted_at_a_start_is_no_wish_of_a_life_before(
    stage: Stage,
) -> None:
    wanted: list[str] = []

    class Impatient(Strategy):
        def _rebuild(self, exposure: ExposureReport) -> None:
            super()._rebuild(exposure)
            wanted.append(self.buy(Decimal(1)))

    args = {"risk": RefTo(path="/root/risk"), "symbol": "BTCUSDT"}

    def answer(message: Any) -> ExposureReport | None:
        return exposure() if isinstance(message, QueryExposure) else None

    risk = stage.double("risk", answer=answer)
    eager = ChildSpec(id="strategy", start=Impatient, args=args)
    with stage.grown(risk, eager) as system:
        stage.settle(system)
        crash(system.cell(ME), "a test")
        stage.settle(system)

    assert len(wanted) == len(set(wanted)) == 2


def test_an_order_is_replaced_on_its_own_side(stage: Stage) -> None:
    def act(me: Obedient, _: Any) -> None:
        old = me.sell(ONE, price=Decimal(110))
        me.replace(old, Decimal(2), price=Decimal(109))

    stage.play(act, trade(1))

    old, new = [each for each in stage.said if isinstance(each, Intent)]
    assert (new.side, new.quantity) == (Side.SELL, Decimal(2))
    assert (old.replaces, new.replaces) == ("", old.id)
