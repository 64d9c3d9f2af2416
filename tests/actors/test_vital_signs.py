"""What is measured of a symbol is held against its limits, and seen by everybody."""

from decimal import Decimal
from typing import Any

import attrs
import pytest
from msgspec.structs import replace

from holdfast.actors.evidence import BalanceAdjusted
from holdfast.actors.market import Quote
from holdfast.actors.risk_words import Arm, Armed
from holdfast.tests.actors.risk_stage import TRADE, Stage, holding, intent, trade

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
