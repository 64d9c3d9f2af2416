"""What is measured of a symbol is held against its limits, and seen by everybody."""

from collections import deque
from decimal import Decimal
from typing import Any

import attrs
import pytest
from msgspec.structs import replace

from holdfast.actors.evidence import BalanceAdjusted
from holdfast.actors.market import Quote
from holdfast.actors.messages import Liquidity, OrderFilled, OrderStatus, Side
from holdfast.actors.risk_words import Arm, Armed, QueryRisk
from holdfast.actors.updates import Holdings, PositionUpdated
from holdfast.supervision import crash
from holdfast.tests.actors.risk_stage import (
    ME,
    TRADE,
    Stage,
    holding,
    intent,
    trade,
    updated,
)

VENUE = "venue:spot"
DRIFT = BalanceAdjusted(
    id="adj:USDT:100:90:0:1",
    asset="USDT",
    amount=Decimal(-10),
    last_trade_id=0,
    time=0.0,
)


@pytest.fixture(autouse=True)
def holds_two(stage: Stage) -> None:
    """Hold two, which have cost 100 each."""
    stage.position = holding("2", cost="200")


# -- what was booked without a fill --


def drift(asset: str, amount: str, number: int = 1) -> BalanceAdjusted:
    return attrs.evolve(DRIFT, id=f"{number}", asset=asset, amount=Decimal(amount))


@pytest.mark.parametrize(
    ("watch", "booked", "level"),
    [
        ({}, [], "active"),
        ({}, [drift("USDT", "0.01")], "reducing"),
        ({}, [drift("BTC", "-0.01")], "reducing"),
        ({}, [drift("BNB", "-1")], "active"),  # nobody here knows what it is worth
        ({"max_balance_drift": None}, [drift("USDT", "99")], "active"),
        ({"max_balance_drift": "10"}, [drift("USDT", "-10")], "active"),
        ({"max_balance_drift": "10"}, [drift("USDT", "-10.01")], "reducing"),
        ({"max_balance_drift": "10"}, [drift("BTC", "0.11")], "reducing"),
        (
            {"max_balance_drift": "10"},
            [drift("USDT", "6"), drift("USDT", "-6", 2)],
            "reducing",
        ),
        ({"max_balance_drift": "10"}, [drift("USDT", "6")] * 2, "active"),
        ({"halt_at": {"balance_drift": "50"}}, [drift("USDT", "-50")], "reducing"),
        ({"halt_at": {"balance_drift": "50"}}, [drift("USDT", "-51")], "halted"),
        ({"halt_at": {"balance_drift": "50"}}, [drift("BTC", "1")], "halted"),
    ],
)
def test_what_no_fill_explains_reduces_and_much_of_it_halts(
    watch: dict[str, Any], booked: list[Any], level: str, stage: Stage
) -> None:
    stage.more["watch"] = watch
    with stage.running() as running:
        running.say(TRADE, *booked)
        at_once = running.level
        running.let_pass(30.0)

        assert (at_once, running.level) == (level, level)


def test_drift_counts_as_soon_as_it_is_known_what_it_is_worth(stage: Stage) -> None:
    with stage.running() as running:
        running.say(drift("BTC", "1"))
        before = running.level
        running.say(trade("101"))
        running.let_pass(1.0)

        assert (before, running.level) == ("active", "reducing")
        assert f"balance_drift 101 of 0 ({VENUE})" in running.facts()["limits"]


def test_whoever_arms_has_looked_at_the_drift(stage: Stage) -> None:
    with stage.running() as running:
        running.say(TRADE, DRIFT)
        armed = running.ask(Arm(reason="I took it out"))
        running.say(DRIFT)
        running.let_pass(2.0)
        again = running.level
        running.say(drift("USDT", "-10", 2))

        assert (armed, again, running.level) == (Armed(), "active", "reducing")


# -- the mark --


def quote(bid: str, ask: str) -> Quote:
    return Quote(
        venue="spot",
        symbol="BTCUSDT",
        update_id=1,
        bid=Decimal(bid),
        bid_quantity=Decimal(1),
        ask=Decimal(ask),
        ask_quantity=Decimal(1),
        received_ns=0,
    )


@pytest.mark.parametrize(
    ("said", "level"),
    [
        ([quote("90", "101")], "active"),  # 100 is a price at which somebody may trade
        ([quote("93", "95")], "reducing"),
        ([quote("93", "95"), trade("100")], "reducing"),
        ([quote("80", "82"), intent("a")], "halted"),
        ([replace(quote("80", "82"), venue="usdm")], "active"),
        ([quote("0", "20")], "active"),  # it has only one side
    ],
)
def test_a_market_that_falls_without_trades_is_seen_at_once(
    said: list[Any], level: str, stage: Stage
) -> None:
    stage.more["watch"] = {"max_daily_loss": "10", "halt_at": {"daily_loss": "30"}}
    with stage.running() as running:
        running.say(TRADE)
        running.let_pass(1.0)
        running.say(*said)

        assert running.level == level


def test_profit_is_not_known_while_nobody_knows_what_its_fees_are_worth(
    stage: Stage,
) -> None:
    flat = holding("0", cost="0", realised="5")
    assert flat.holdings is not None
    held = attrs.evolve(flat.holdings, fees={"BTC": Decimal("0.2")})
    stage.position = attrs.evolve(flat, holdings=held)
    stage.more["watch"] = {"max_drawdown": "10"}
    with stage.running() as running:
        running.let_pass(1.0)
        running.say(trade("100"))
        running.let_pass(1.0)

        assert running.level == "active"


# -- orders and positions --


def bought(price: str, liquidity: Liquidity = Liquidity.TAKER) -> PositionUpdated:
    fill = OrderFilled(
        client_order_id="hf-a",
        exchange_order_id="1",
        symbol="BTCUSDT",
        trade_id=1,
        side=Side.BUY,
        price=Decimal(price),
        quantity=Decimal(1),
        filled=Decimal(1),
        remaining=Decimal(0),
        fee=Decimal(0),
        fee_asset="USDT",
        liquidity=liquidity,
        time=0.0,
    )
    done = updated("3", 2, status=OrderStatus.FILLED)
    return attrs.evolve(done, report=fill, holdings=stage_holdings())


def stage_holdings() -> Holdings:
    held = holding("3", cost="301").holdings
    assert held is not None
    return held


@pytest.mark.parametrize(
    ("fill", "levels"),
    [
        (bought("101"), {}),
        (bought("101.01"), {f"strategy:{ME}": "reducing"}),
        (bought("101.01", Liquidity.MAKER), {}),
        (bought("103"), {f"strategy:{ME}": "halted"}),
    ],
)
def test_a_strategy_whose_orders_trade_badly_is_reduced(
    fill: PositionUpdated, levels: dict[str, str], stage: Stage
) -> None:
    stage.more["watch"] = {"max_slippage": "0.01", "halt_at": {"slippage": "0.02"}}
    with stage.running() as running:
        running.say(TRADE, intent("a"), fill)
        running.let_pass(30.0)

        states = running.ask(QueryRisk()).states
        assert {each.scope: str(each.level) for each in states} == levels


def test_a_position_that_is_held_for_too_long_is_reduced_and_may_be_closed(
    stage: Stage,
) -> None:
    stage.more["watch"] = {"max_position_age": 60.0}
    with stage.running() as running:
        running.let_pass(60.0)
        before = running.level
        running.let_pass(30.0)
        then = running.level
        running.say(TRADE, intent("a", side=Side.SELL))
        armed = running.ask(Arm(reason="it shall be held"))
        running.let_pass(50.0)

        assert (before, then, armed, running.level) == (
            "active",
            "reducing",
            Armed(),
            "active",
        )
    assert stage.ordered == ["a"]


@pytest.mark.parametrize(
    ("quantities", "age"), [(["3"], 4), (["0"], 0), (["0", "1"], 1), (["-1"], 2)]
)
def test_a_position_is_as_old_as_its_direction(
    quantities: list[str], age: int, stage: Stage
) -> None:
    stage.more["watch"] = {"max_position_age": 60.0}
    with stage.running() as running:
        running.let_pass(2.0)
        for fills, quantity in enumerate(quantities, 2):
            running.say(updated(quantity, fills))
            running.let_pass(2.0 / len(quantities))

        limits = running.ask(QueryRisk()).limits
        ages = [str(u.used.normalize()) for u in limits if u.limit == "position_age"]
        assert ages == [str(age)]


# -- the machine --


def test_orders_that_come_too_fast_are_warned_of(stage: Stage) -> None:
    stage.more["watch"] = {"max_rate_use": "1"}
    stage.position = holding("0", cost="0")
    with stage.running() as running:
        running.say(TRADE, *(intent(n, quantity=Decimal("0.1")) for n in "abc"))
        running.let_pass(1.0)
        running.say(replace(TRADE, id=2, received_ns=2_000_000_000))
        running.let_pass(1.0)

        assert running.alarms() == [f"a limit is near: rate_use 1 of 1 ({VENUE})"]
        assert f"rate_use 0 of 1 ({VENUE})" in running.facts()["limits"]


@pytest.mark.parametrize(
    ("late", "level"), [([1.0], "active"), ([3.0], "reducing"), ([3.0, 0.2], "active")]
)
def test_a_clock_is_off_by_what_the_quickest_trade_says(
    late: list[float], level: str, stage: Stage
) -> None:
    stage.more["watch"] = {"max_clock_skew": 1.0}
    trades = [
        replace(TRADE, id=number, received_ns=round(each * 1e9))
        for number, each in enumerate(late)
    ]
    with stage.running() as running:
        running.say(*trades)
        running.let_pass(1.0)

        assert running.level == level


@pytest.mark.parametrize(("pause", "level"), [(1.5, "active"), (1.75, "reducing")])
def test_whoever_looks_too_late_does_not_keep_up(
    pause: float, level: str, stage: Stage
) -> None:
    stage.more["watch"] = {"max_lag": 0.5}
    with stage.running() as running:
        running.clock.advance(pause)
        stage.settle(running.system)

        assert running.level == level


def test_messages_that_wait_before_execution_are_seen(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.more["watch"] = {"max_waiting": 5}
    with stage.running() as running:
        mailbox = running.system.cell("/root/execution").mailbox
        monkeypatch.setattr(mailbox, "items", deque("not handled yet"))
        running.clock.advance(1.0)
        for _ in range(1000):
            if running.level == "reducing":
                break

        monkeypatch.undo()
        assert running.level == "reducing"


def test_restarts_are_counted_within_a_time(stage: Stage) -> None:
    stage.more["watch"] = {"max_restarts": 1, "restarts_window": 10.0}
    with stage.running() as running:

        def crash_other() -> None:
            crash(running.system.cell("/root/other"), "the test")
            running.let_pass(1.0)

        crash_other()
        running.let_pass(11.0)
        crash_other()
        before = running.level
        crash_other()

        assert (before, running.level) == ("active", "reducing")


# -- limits that halt at once --


@pytest.mark.parametrize(
    ("price", "level"), [("94", "reducing"), ("90", "reducing"), ("89", "halted")]
)
def test_a_loss_beyond_its_second_limit_halts_at_once(
    price: str, level: str, stage: Stage
) -> None:
    stage.more["watch"] = {"max_daily_loss": "10", "halt_at": {"daily_loss": "20"}}
    with stage.running() as running:
        running.say(TRADE)
        running.let_pass(1.0)
        running.say(trade(price))

        assert running.level == level


def test_a_loss_that_grows_beyond_its_second_limit_halts_without_waiting(
    stage: Stage,
) -> None:
    stage.more["watch"] = {"max_daily_loss": "10", "halt_at": {"daily_loss": "20"}}
    with stage.running() as running:
        running.say(TRADE)
        running.let_pass(1.0)
        running.say(trade("94"), trade("89"))

        assert running.level == "halted"
