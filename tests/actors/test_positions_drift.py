"""What the account holds and no fill explains is booked, told, and counted once."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from decimal import Decimal
from typing import Any

import attrs
import pytest

from holdfast.actors.evidence import BalanceAdjusted, Baseline
from holdfast.actors.messages import Liquidity, OrderFilled, OrderStatus, Side
from holdfast.actors.positions import Positions
from holdfast.actors.queries import Balance, Balances, QueryBalances
from holdfast.actors.updates import (
    CompareBalances,
    LedgerReport,
    OrderUpdated,
    QueryLedger,
    Reconcile,
    WorkingOrder,
)
from holdfast.supervision import (
    ActorSystem,
    ChildSpec,
    Describe,
    EventKind,
    ManualClock,
    RefTo,
)

ME, PEER = "/root/positions", "/root/ethereum"
FILL = OrderFilled(
    client_order_id="hf-1",
    exchange_order_id="1",
    symbol="ETHUSDT",
    trade_id=1,
    side=Side.BUY,
    price=Decimal(10),
    quantity=Decimal(2),
    filled=Decimal(2),
    remaining=Decimal(0),
    fee=Decimal(0),
    fee_asset="USDT",
    liquidity=Liquidity.MAKER,
    time=1.0,
)
ORDER = WorkingOrder(
    client_order_id="hf-1",
    intent_id="i",
    strategy="/root/strategy",
    symbol="ETHUSDT",
    side=Side.BUY,
    quantity=Decimal(2),
    price=Decimal(10),
    filled=Decimal(2),
    status=OrderStatus.FILLED,
    time=1.0,
)
BOUGHT = OrderUpdated(order=ORDER, report=FILL)

Grown = Callable[..., AbstractContextManager[ActorSystem]]
Settle = Callable[[ActorSystem], None]
Ask = Callable[[ActorSystem, str, Any], Any]


def held(**amounts: str) -> Balances:
    balances = [
        Balance(asset=asset, free=Decimal(amount), reserved=Decimal(0))
        for asset, amount in amounts.items()
    ]
    return Balances(balances=tuple(balances), time=0.0)


@attrs.define
class Account:
    """An account, those who keep its positions, and what they say of it."""

    grown: Grown
    double: Callable[..., ChildSpec]
    settle: Settle
    ask: Ask
    holds: Balances = attrs.field(factory=lambda: held(BTC="5", USDT="1000"))
    to_execution: list[Any] = attrs.field(factory=list[Any])
    to_risk: list[Any] = attrs.field(factory=list[Any])
    alarms: list[str] = attrs.field(factory=list[str])
    differences: dict[str, list[str]] = attrs.field(factory=dict[str, list[str]])
    facts: list[Any] = attrs.field(factory=list[Any])

    def play(
        self,
        *said: Any,
        paths: tuple[str, ...] = (ME,),
        peers: bool = True,
        drift: Any = None,
    ) -> None:
        """Say what is said to all positions; a number lets so many seconds pass."""
        clock = ManualClock()
        told = [self.positions(path, paths if peers else (), drift) for path in paths]
        with self.grown(*self.others(), *told, clock=clock) as system:
            self.settle(system)
            for each in said:
                if isinstance(each, Balances):
                    self.holds = each
                elif isinstance(each, float):
                    clock.advance(each)
                elif isinstance(each, OrderUpdated):
                    system.ref(paths[-1]).tell(each)
                else:
                    for path in paths:
                        system.ref(path).tell(each)
                self.settle(system)
            self.differences = {
                path: self.ask(system, path, Reconcile()) for path in paths
            }
            describe = [system.ref(path).command(Describe()) for path in paths]
            self.facts = [each.get(timeout=20) for each in describe]
            self.alarms = [
                each.reason
                for each in system.events.since(0)
                if each.kind is EventKind.ALARM
            ]

    def positions(self, path: str, all_paths: Any, drift: Any) -> ChildSpec:
        args = {
            "exchange": RefTo(path="/root/exchange"),
            "execution": RefTo(path="/root/execution"),
            "to": RefTo(path="/root/risk"),
            "drift": drift,
            "peers": [RefTo(path=each) for each in all_paths if each != path],
        }
        if path == PEER:
            args |= {"symbol": "ETHUSDT", "base": "ETH"}
        name = path.rpartition("/")[2]
        return ChildSpec(id=name, start=Positions, args=args, in_flight="redeliver")

    def others(self) -> list[ChildSpec]:
        return [
            self.double("exchange", answer=self.answer),
            self.double("execution", self.to_execution.append, self.answer),
            self.double("risk", self.to_risk.append),
        ]

    def answer(self, message: Any) -> Any:
        if isinstance(message, QueryBalances):
            return self.holds
        if isinstance(message, QueryLedger):
            baseline = Baseline(
                symbol="BTCUSDT", balances=held(BTC="5", USDT="1000"), last_trade_id=0
            )
            booked = tuple(
                each for each in self.to_execution if isinstance(each, BalanceAdjusted)
            )
            return LedgerReport(baseline=baseline, fills=(), adjustments=booked)
        return None

    @property
    def booked(self) -> list[str]:
        """Return what execution was told to write down."""
        told = [e for e in self.to_execution if isinstance(e, BalanceAdjusted)]
        return [each.id for each in told]

    @property
    def at_risk(self) -> list[str]:
        """Return what risk was told of."""
        return [each.id for each in self.to_risk if isinstance(each, BalanceAdjusted)]


LOOK = CompareBalances()
LESS = held(BTC="4", USDT="1000")
MISSING = "adj:BTC:5:4:0:1"


@pytest.fixture
def account(
    grown: Grown, double: Callable[..., ChildSpec], settle: Settle, ask: Ask
) -> Account:
    return Account(grown, double, settle, ask)


@pytest.mark.parametrize(
    ("looks", "booked"),
    [
        ([LESS, LOOK, LOOK, LOOK], []),
        ([LESS, LOOK, 4.9, LOOK], []),
        ([LESS, LOOK, 5.0, LOOK], [MISSING]),
        ([LESS, LOOK, 5.0, LOOK, 5.0, LOOK, 5.0, LOOK], [MISSING]),
        ([LESS, LOOK, BOUGHT, held(BTC="5", USDT="1000"), 5.0, LOOK], []),
    ],
)
def test_a_difference_is_booked_after_two_looks_with_time_between_them(
    looks: list[Any], booked: list[str], account: Account
) -> None:
    account.play(*looks)

    assert account.booked == booked


def test_what_is_booked_is_no_difference_any_more(account: Account) -> None:
    account.play(LESS, LOOK, 5.0, LOOK)

    assert account.differences == {ME: []}
    assert account.facts[0]["adjustments"] == 1


def test_the_same_difference_is_booked_again_when_it_comes_again(
    account: Account,
) -> None:
    whole = held(BTC="5", USDT="1000")
    account.play(LESS, LOOK, 5.0, LOOK, whole, LOOK, 5.0, LOOK, LESS, LOOK, 5.0, LOOK)

    assert account.booked == [MISSING, "adj:BTC:4:5:0:2", "adj:BTC:5:4:0:3"]
    assert account.differences == {ME: []}


@pytest.mark.parametrize(
    ("policy", "alarms", "at_risk"),
    [
        ({"policy": "adopt"}, 0, []),
        ({"policy": "alarm"}, 1, []),
        ({"policy": "reduce"}, 1, [MISSING]),
        ({}, 1, [MISSING]),
    ],
)
def test_the_policy_says_who_hears_of_it(
    policy: dict[str, str], alarms: int, at_risk: list[str], account: Account
) -> None:
    account.play(LESS, LOOK, 5.0, LOOK, drift=policy)

    assert (account.booked, account.at_risk) == ([MISSING], at_risk)
    assert [each.split(" than")[0] for each in account.alarms] == (
        ["the account holds 1 BTC less"] * alarms
    )


def test_what_others_trade_on_the_account_is_no_difference(account: Account) -> None:
    traded = held(BTC="5", USDT="980", ETH="2")
    account.play(BOUGHT, traded, LOOK, 5.0, LOOK, paths=(ME, PEER))

    assert account.booked == []
    assert account.differences == {ME: [], PEER: []}


def test_a_difference_of_a_shared_account_is_booked_once(account: Account) -> None:
    paid_in = held(BTC="5", USDT="1007", ETH="1", BNB="3")
    account.play(paid_in, LOOK, 5.0, LOOK, 5.0, LOOK, paths=(ME, PEER))

    assert sorted(account.booked) == [
        "adj:BNB:0:3:0:1",
        "adj:ETH:0:1:0:2",
        "adj:USDT:1000:1007:0:3",
    ]
    assert account.differences == {ME: [], PEER: []}


def test_whoever_does_not_know_its_peers_calls_their_trades_a_difference(
    account: Account,
) -> None:
    traded = held(BTC="5", USDT="980", ETH="2")
    account.play(BOUGHT, traded, paths=(ME, PEER), peers=False)

    assert account.differences[PEER] == []
    assert len(account.differences[ME]) == 2
