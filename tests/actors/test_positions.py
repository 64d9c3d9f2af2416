"""Positions are what the fills made them, told with every update, and reconciled."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from decimal import Decimal
from typing import Any, Protocol

import attrs
import pytest
from msgspec.structs import replace

from holdfast.actors.evidence import Baseline
from holdfast.actors.market import DepthSnapshot, MarketEnded, Trade
from holdfast.actors.messages import (
    Liquidity,
    OrderAccepted,
    OrderFilled,
    OrderStatus,
    Side,
)
from holdfast.actors.positions import Positions
from holdfast.actors.queries import Balance, Balances, QueryBalances
from holdfast.actors.updates import (
    LedgerReport,
    OrderUpdated,
    PositionReport,
    PositionUpdated,
    QueryLedger,
    QueryPosition,
    Reconcile,
    WorkingOrder,
)
from holdfast.supervision import ActorSystem, ChildSpec, Describe, Future, RefTo

ME = "/root/positions"
VENUE = "/root/exchange"
EXECUTION = "/root/execution"
FILL = OrderFilled(
    client_order_id="hf-1",
    exchange_order_id="1",
    symbol="BTCUSDT",
    trade_id=1,
    side=Side.BUY,
    price=Decimal(100),
    quantity=Decimal(2),
    filled=Decimal(2),
    remaining=Decimal(1),
    fee=Decimal("0.5"),
    fee_asset="USDT",
    liquidity=Liquidity.MAKER,
    time=1.0,
)
ORDER = WorkingOrder(
    client_order_id="hf-1",
    intent_id="i",
    strategy="/root/strategy",
    symbol="BTCUSDT",
    side=Side.BUY,
    quantity=Decimal(3),
    price=Decimal(100),
    filled=Decimal(2),
    status=OrderStatus.PARTIALLY_FILLED,
    time=1.0,
)
TRADE = Trade(
    venue="spot",
    symbol="BTCUSDT",
    id=1,
    price=Decimal(110),
    quantity=Decimal(1),
    time=0.0,
    received_ns=0,
    buyer_is_maker=True,
)
POSITION = QueryPosition(symbol="BTCUSDT")
ARGS = {
    "exchange": RefTo(path=VENUE),
    "execution": RefTo(path=EXECUTION),
    "to": RefTo(path="/root/risk"),
}


Grown = Callable[..., AbstractContextManager[ActorSystem]]
Double = Callable[..., ChildSpec]
Settle = Callable[[ActorSystem], None]
Ask = Callable[[ActorSystem, str, Any], Any]


class CrashAt(Protocol):
    def __call__(
        self, path: str, which: Callable[[Any], bool], *, after: bool
    ) -> Callable[[ActorSystem], None]: ...


def held(**amounts: str) -> Balances:
    balances = [
        Balance(asset=asset, free=Decimal(amount), reserved=Decimal(0))
        for asset, amount in amounts.items()
    ]
    return Balances(balances=tuple(balances), time=0.0)


def updated(fill: OrderFilled | OrderAccepted = FILL) -> OrderUpdated:
    return OrderUpdated(order=ORDER, report=fill)


def ledger(*fills: OrderFilled, initial: Balances) -> LedgerReport:
    baseline = Baseline(symbol="BTCUSDT", balances=initial, last_trade_id=0)
    return LedgerReport(baseline=baseline, fills=fills, adjustments=())


@attrs.define
class Stage:
    """Positions between execution, which knows these fills, and a venue.

    `balances` are those that the account held at first, and those that it holds now.
    """

    grown: Grown
    double: Double
    settle: Settle
    ask: Ask
    fills: tuple[OrderFilled, ...] = ()
    balances: list[Balances] = attrs.field(factory=lambda: [held(BTC="5", USDT="1000")])
    told: list[PositionUpdated] = attrs.field(factory=list[PositionUpdated])
    letters: dict[tuple[str, str], int] = attrs.field(
        factory=dict[tuple[str, str], int]
    )

    def play(self, *messages: Any, ask: Any = None, arm: Any = None) -> Any:
        """Let positions hear these messages; return what it then answers."""
        children = [
            self.double("exchange", answer=self.answer),
            self.double("execution", answer=self.answer),
            self.double("risk", self.told.append),
            ChildSpec(
                id="positions", start=Positions, args=ARGS, in_flight="redeliver"
            ),
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

    def answer(self, message: Any) -> Any:
        if isinstance(message, QueryLedger):
            return ledger(*self.fills, initial=self.balances[0])
        assert isinstance(message, QueryBalances)
        return self.balances[-1]


@pytest.fixture
def stage(grown: Grown, double: Double, settle: Settle, ask: Ask) -> Stage:
    return Stage(grown, double, settle, ask)


def report(quantity: int, average: int | None, last: int) -> PositionReport:
    return PositionReport(
        symbol="BTCUSDT",
        quantity=Decimal(quantity),
        average_price=None if average is None else Decimal(average),
        fills=last,
    )


def test_each_update_is_passed_on_with_the_position_after_it(stage: Stage) -> None:
    accepted = OrderAccepted(
        client_order_id="hf-1", exchange_order_id="1", symbol="BTCUSDT", time=1.0
    )
    sold = attrs.evolve(FILL, trade_id=2, side=Side.SELL, quantity=Decimal(3))

    stage.play(updated(accepted), updated(), updated(), updated(sold))

    quantities = [each.quantity for each in stage.told]
    assert quantities == [Decimal(0), Decimal(2), Decimal(2), Decimal(-1)]
    assert [each.average_price for each in stage.told] == [None, *[Decimal(100)] * 3]
    assert [each.report for each in stage.told] == [accepted, FILL, FILL, sold]
    assert {each.order for each in stage.told} == {ORDER}
    assert [each.fills for each in stage.told] == [0, 1, 1, 2]


def test_a_fill_that_is_told_late_makes_a_newer_position_all_the_same(
    stage: Stage,
) -> None:
    late = attrs.evolve(FILL, trade_id=0)

    stage.play(updated(), updated(late))

    told = [(each.quantity, each.fills) for each in stage.told]
    assert told == [(Decimal(2), 1), (Decimal(4), 2)]


def test_it_starts_with_the_fills_that_execution_knows(stage: Stage) -> None:
    stage.fills = (FILL,)

    assert stage.play(ask=POSITION) == report(2, 100, 1)
    assert stage.play(ask=QueryPosition(symbol="ETHUSDT")) == PositionReport(
        symbol="ETHUSDT", quantity=Decimal(0), average_price=None, fills=0
    )


def test_nothing_is_passed_on_before_execution_has_answered(stage: Stage) -> None:
    events: list[str] = []
    known: Future[LedgerReport] = Future()
    systems: list[ActorSystem] = []

    def hear(message: Any) -> None:
        if message == "answered":
            events.append(message)
            known.settle(ledger(FILL, initial=held()))
        else:
            systems[0].ref(EXECUTION).tell("answered")

    def arm(system: ActorSystem) -> None:
        systems.append(system)
        system.ref(ME).tell(updated())

    def passed_on(update: PositionUpdated) -> None:
        events.append(f"holds {update.quantity}")

    def answer(_: Any) -> Any:
        return known

    with stage.grown(
        stage.double("exchange"),
        stage.double("execution", hear, answer),
        stage.double("risk", passed_on),
        ChildSpec(id="positions", start=Positions, args=ARGS),
        arm=arm,
    ) as system:
        stage.settle(system)

    assert events == ["answered", "holds 2"]


def test_profits_and_fees_are_told_as_exact_text(stage: Stage) -> None:
    sold = attrs.evolve(
        FILL,
        trade_id=2,
        side=Side.SELL,
        quantity=Decimal("0.5"),
        price=Decimal("100.10"),
    )

    facts = stage.play(updated(), updated(sold), TRADE)

    assert facts == {
        "positions": {"BTCUSDT": "1.5"},
        "average_price": "100",
        "realised_profit": "0.05",
        "unrealised_profit": "15",
        "fees": "1",
        "adjustments": 0,
    }


def test_what_is_not_known_is_told_as_unknown(stage: Stage) -> None:
    depth = DepthSnapshot(
        venue="spot",
        symbol="BTCUSDT",
        last_update_id=1,
        bids=(),
        asks=(),
        received_ns=0,
    )

    facts = stage.play(replace(TRADE, symbol="ETHUSDT"), depth, MarketEnded())

    assert (facts["average_price"], facts["unrealised_profit"]) == (None, None)
    assert (facts["realised_profit"], facts["fees"]) == ("0", "0")


@pytest.mark.parametrize(
    ("now", "sentences"),
    [
        (held(BTC="7", USDT="799.5"), []),
        (
            held(BTC="7", USDT="800"),
            ["USDT: expected 799.5, the venue has 800"],
        ),
        (
            held(USDT="799.5"),
            ["BTC: expected 7, the venue does not mention it"],
        ),
        (
            held(BTC="7", USDT="799.5", ETH="1"),
            ["ETH: expected 0, the venue has 1"],
        ),
    ],
)
def test_reconciling_says_each_asset_that_the_fills_do_not_explain(
    now: Balances, sentences: list[str], stage: Stage
) -> None:
    stage.balances.append(now)

    assert stage.play(updated(), ask=Reconcile()) == sentences


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_what_the_account_held_at_first_outlives_a_crash(
    after: bool,  # noqa: FBT001 - a parameter of the table
    stage: Stage,
    crash_at: CrashAt,
) -> None:
    stage.balances.append(held(BTC="7", USDT="799.5"))
    arm = crash_at(ME, lambda each: isinstance(each, OrderUpdated), after=after)

    assert stage.play(updated(), ask=Reconcile(), arm=arm) == []
    assert [each.quantity for each in stage.told] == [2] * (1 + after)


def test_after_a_crash_it_asks_until_execution_tells_what_it_knows(
    stage: Stage, crash_at: CrashAt
) -> None:
    known = ledger(FILL, initial=held())
    answers: list[LedgerReport | RuntimeError] = [
        known,
        RuntimeError("not now"),
        RuntimeError("not now"),
        known,
    ]

    def answer(_: Any) -> Any:
        told = answers.pop(0)
        if isinstance(told, LedgerReport):
            return told
        failed: Future[Any] = Future()
        failed.fail(told)
        return failed

    with stage.grown(
        stage.double("exchange"),
        stage.double("risk"),
        stage.double("execution", answer=answer),
        ChildSpec(id="positions", start=Positions, args=ARGS, in_flight="redeliver"),
        arm=crash_at(ME, lambda each: isinstance(each, OrderUpdated), after=False),
    ) as system:
        system.ref(ME).tell(updated())
        stage.settle(system)

        assert answers == []
        assert stage.ask(system, ME, POSITION) == report(2, 100, 1)


def test_what_it_does_not_understand_is_a_dead_letter(stage: Stage) -> None:
    stage.play("nonsense")

    assert stage.letters == {(ME, "unhandled"): 1}
