"""What breaks a limit tightens the risk state, step by step, and nothing loosens it."""

from decimal import Decimal
from typing import Any

import attrs
import pytest

from holdfast.actors.evidence import RiskArmed, RiskTightened
from holdfast.actors.gates import Gate, GateClosed, GateOpened
from holdfast.actors.ladder import RiskLevel
from holdfast.actors.market import MarketInterrupted, MarketResumed
from holdfast.actors.messages import CancelIntent, Intent, OrderStatus, Side
from holdfast.actors.refusal_reason import RefusalReason
from holdfast.actors.risk_words import Arm, CancelAll, Halted, QueryRisk
from holdfast.supervision import RefTo
from holdfast.tests.actors.risk_stage import (
    ME,
    ORDER,
    TRADE,
    CrashAt,
    Running,
    Stage,
    holding,
    intent,
    position,
    trade,
    updated,
)

SYMBOL = "symbol:spot/BTCUSDT"
WATCH: dict[str, Any] = {"max_daily_loss": "10", "persists": 10.0}
BUY = attrs.evolve(ORDER, client_order_id="hf-buy", intent_id="buy")
SELL = attrs.evolve(ORDER, client_order_id="hf-sell", intent_id="sell", side=Side.SELL)
BIG_SELL = attrs.evolve(SELL, intent_id="big sell", quantity=Decimal(2), time=1.0)


@pytest.fixture(autouse=True)
def holds_two(stage: Stage) -> None:
    """Hold two, which have cost 100 each."""
    stage.position = holding("2", cost="200")
    stage.more["watch"] = WATCH


def taken_back(running: Running) -> list[str]:
    return [each.intent_id for each in running.passed(CancelIntent)]


@pytest.mark.parametrize(
    ("price", "level", "alarms"),
    [
        ("96.01", "active", []),
        ("96", "active", [f"a limit is near: daily_loss 8 of 10 ({SYMBOL})"]),
        ("95", "active", [f"a limit is near: daily_loss 10 of 10 ({SYMBOL})"]),
        (
            "94.99",
            "reducing",
            [f"{SYMBOL} is REDUCING: daily_loss 10.02 of 10 ({SYMBOL}) is too much"],
        ),
    ],
)
def test_a_loss_on_the_mark_is_warned_of_and_then_reduced(
    price: str, level: str, alarms: list[str], stage: Stage
) -> None:
    with stage.running() as running:
        running.say(TRADE)
        running.let_pass(1.0)
        running.say(trade(price))
        running.let_pass(1.0)

        assert running.level == level
        assert running.alarms() == alarms


def test_a_price_that_costs_too_much_is_seen_at_once(stage: Stage) -> None:
    with stage.running() as running:
        running.say(TRADE)
        running.let_pass(1.0)
        running.say(trade("90"), intent())

    assert stage.refused == [("a", RefusalReason.REDUCING)]


def test_in_reducing_only_what_makes_the_position_smaller_stays_open(
    stage: Stage,
) -> None:
    stage.orders = (BUY, SELL, BIG_SELL)
    with stage.running() as running:
        running.say(TRADE)
        running.let_pass(1.0)
        running.say(trade("90"), intent("c", side=Side.SELL, price=Decimal(90)))
        running.let_pass(3.0)

        assert taken_back(running) == ["buy", "big sell"]
        assert [each.id for each in running.passed(Intent)] == []
    assert stage.refused == [("c", RefusalReason.REDUCING)]


def test_what_reduces_is_passed_on_as_such(stage: Stage) -> None:
    with stage.running() as running:
        running.say(TRADE)
        running.let_pass(1.0)
        sell = intent("c", side=Side.SELL, price=Decimal(90))
        running.say(trade("90"), sell, sell)

        assert running.passed(Intent) == [attrs.evolve(sell, reduces=True)] * 2
    assert stage.refused == []


def test_a_breach_that_lasts_halts(stage: Stage) -> None:
    stage.venue_says = [
        Halted(open=("hf-buy",)),
        Halted(trouble="no answer"),
        Halted(),
    ]
    with stage.running() as running:
        running.say(TRADE)
        running.let_pass(1.0)
        running.say(trade("90"))
        running.let_pass(9.75)
        before = running.level
        running.let_pass(1.25)
        after = running.level
        running.let_pass(30.0)

        names = [each.names for each in running.passed(CancelAll)]
        assert (before, after) == ("reducing", "halted")
        assert names == [(), ("hf-buy",), ("hf-buy",)]
        assert running.alarms()[-1] == (
            "halted: the venue lists no open order (ended: none)"
        )


def test_a_second_limit_halts_at_once(stage: Stage) -> None:
    stage.more["watch"] = {**WATCH, "max_unknown_age": 2.0}
    with stage.running() as running:
        running.say(TRADE)
        running.let_pass(1.0)
        running.say(trade("90"), updated("2", status=OrderStatus.UNKNOWN))
        before = running.level
        running.let_pass(4.0)

        assert (before, running.level) == ("reducing", "halted")
        assert "while it was REDUCING already" in running.facts()["why"]


def test_what_is_over_loosens_nothing(stage: Stage) -> None:
    with stage.running() as running:
        running.say(TRADE)
        running.let_pass(1.0)
        running.say(trade("90"), trade("150"))
        running.let_pass(60.0)

        assert running.level == "reducing"


def test_silence_of_the_market_reduces(stage: Stage) -> None:
    stage.more["watch"] = {"max_market_silence": 5.0}
    with stage.running() as running:
        running.say(TRADE)
        running.let_pass(5.0)
        before = running.level
        running.let_pass(1.0)

        assert (before, running.level) == ("active", "reducing")


def test_what_is_halted_here_others_hear_and_heed(stage: Stage) -> None:
    stage.more["peers"] = [RefTo(path="/root/other")]
    with stage.running() as running:
        running.say(TRADE)
        running.let_pass(1.0)
        running.say(trade("90"))
        (told,) = (e for e in stage.also_heard if isinstance(e, RiskTightened))
        running.say(
            attrs.evolve(told, scope="venue:spot", level=RiskLevel.HALTED, time=9.0)
        )

        assert (told.scope, told.level) == (SYMBOL, "reducing")
        assert running.level == "halted"


def test_two_halted_symbols_reduce_their_venue(stage: Stage) -> None:
    def halted(symbol: str) -> RiskTightened:
        scope = f"symbol:spot/{symbol}"
        halt = RiskLevel.HALTED
        return RiskTightened(scope=scope, level=halt, reason="", causes=(), time=0.0)

    with stage.running() as running:
        running.say(halted("ETHUSDT"))
        running.let_pass(1.0)
        before = running.level
        running.say(halted("XRPUSDT"))
        running.let_pass(1.0)

        assert (before, running.level) == ("active", "reducing")
        assert list(running.facts()["tightened"])[-1] == "venue:spot"


def test_a_symbol_that_was_armed_elsewhere_does_not_count_as_halted_any_more(
    stage: Stage,
) -> None:
    def halted(symbol: str) -> RiskTightened:
        scope = f"symbol:spot/{symbol}"
        halt = RiskLevel.HALTED
        return RiskTightened(scope=scope, level=halt, reason="", causes=(), time=0.0)

    def armed(scope: str) -> RiskArmed:
        return RiskArmed(scope=scope, reason="looked at it", time=1.0)

    with stage.running() as running:
        running.say(halted("ETHUSDT"), armed("symbol:spot/ETHUSDT"), halted("XRPUSDT"))
        running.let_pass(1.0)
        one = running.level
        running.say(halted("ETHUSDT"), armed("venue:spot"))
        running.let_pass(1.0)

        assert (one, running.level) == ("active", "reducing")


def test_what_is_armed_here_others_hear(stage: Stage) -> None:
    stage.more["peers"] = [RefTo(path="/root/other")]
    with stage.running() as running:
        running.ask(Arm(reason="looked at it", scope=SYMBOL))
        running.ask(Arm(reason="looked at it", scope=f"strategy:{ME}"))

        heard = [e.scope for e in stage.also_heard if isinstance(e, RiskArmed)]
        assert heard == [SYMBOL]


def test_a_strategy_that_wants_too_much_is_halted_and_the_others_go_on(
    stage: Stage,
) -> None:
    stage.orders = (BUY, attrs.evolve(SELL, strategy="/root/other"))
    stage.more["limits"] = {"max_intents": 2}
    with stage.running() as running:
        running.say(TRADE, *(intent(name, price=Decimal(99)) for name in "abc"))
        running.say(intent("d"), intent("e", strategy="/root/other"))
        running.let_pass(3.0)

        assert dict(stage.refused) == {
            "a": RefusalReason.MAX_POSITION,
            "b": RefusalReason.MAX_POSITION,
            "c": RefusalReason.REPEATED_EXECUTION,
            "d": RefusalReason.HALTED,
        }
        assert taken_back(running) == ["buy"]
        assert running.level == "active"
        assert list(running.facts()["tightened"]) == [f"strategy:{ME}"]


@pytest.mark.parametrize(
    ("closed", "opened"),
    [
        (
            GateClosed(gate=Gate.VENUE, symbol="BTCUSDT", reason="held"),
            GateOpened(gate=Gate.VENUE, symbol="BTCUSDT"),
        ),
        (
            MarketInterrupted(venue="spot", symbol="BTCUSDT", reason="gap", time=0.0),
            MarketResumed(venue="spot", symbol="BTCUSDT", time=0.0),
        ),
    ],
)
def test_a_gate_keeps_out_what_is_new_until_it_opens(
    closed: Any, opened: Any, stage: Stage
) -> None:
    stage.position = position("0")
    with stage.running() as running:
        running.say(TRADE, closed, intent("a"))
        gates = running.ask(QueryRisk()).gates
        running.say(opened, intent("b"))

        assert len(gates) == 1
        assert running.facts()["risk_gates"] == {}
    assert (len(stage.refused), stage.ordered) == (1, ["b"])


def test_what_is_said_of_other_markets_closes_nothing(stage: Stage) -> None:
    stage.position = position("0")
    with stage.running() as running:
        running.say(
            TRADE,
            GateClosed(gate=Gate.VENUE, symbol="ETHUSDT", reason="held"),
            MarketInterrupted(venue="usdm", symbol="BTCUSDT", reason="gap", time=0.0),
            intent("a"),
        )

    assert stage.ordered == ["a"]


def test_a_market_that_is_too_old_opens_again_by_itself(stage: Stage) -> None:
    stage.position = position("0")
    stage.more["limits"] = {"max_market_age": 2.0}
    with stage.running() as running:
        running.say(TRADE)
        running.let_pass(2.25)
        running.say(intent("a"), TRADE, intent("b"))

    assert stage.refused == [("a", RefusalReason.MARKET_AGE)]
    assert stage.ordered == ["b"]


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("which", [0, 1, 2])
def test_no_crash_changes_the_state(
    which: int,
    after: bool,  # noqa: FBT001 - a parameter of the table
    stage: Stage,
    crash_at: CrashAt,
) -> None:
    messages = [trade("90"), trade("91"), intent("a")]
    arm = crash_at("/root/risk", lambda each: each == messages[which], after=after)
    with stage.running(arm=arm) as running:
        running.say(TRADE)
        running.let_pass(1.0)
        running.say(*messages)
        running.let_pass(2.0)

        assert running.level == "reducing"
    assert dict(stage.refused) == {"a": RefusalReason.REDUCING}


def test_the_day_begins_anew_at_midnight_utc(stage: Stage) -> None:
    to_midnight = 86_400.0 - 1_700_000_000.0 % 86_400.0
    with stage.running() as running:
        running.say(TRADE)
        running.let_pass(1.0)
        running.say(trade("96"))
        running.clock.advance(to_midnight)
        running.let_pass(1.0)
        running.say(trade("92"))
        running.let_pass(1.0)

        uses = [str(use) for use in running.ask(QueryRisk()).limits]
        assert uses[0] == f"daily_loss 8 of 10 ({SYMBOL})"
        assert running.level == "active"
