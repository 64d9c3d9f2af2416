"""How much of each watched limit is used, and where a limit is broken or near."""

from decimal import Decimal
from typing import Any

import attrs
import pytest

from holdfast.actors.limit_uses import Use, Vitals, uses
from holdfast.actors.risk_states import Scopes
from holdfast.actors.watch_limits import WatchLimits

SCOPES = Scopes.of("spot", "BTCUSDT")
SYMBOL, VENUE = SCOPES.symbol, SCOPES.venue
CALM = Vitals(
    equity=Decimal(0), day_began_with=Decimal(0), peak=Decimal(0), market_silence=0.5
)


def found(vitals: Vitals, **limits: Any) -> list[str]:
    """Tell what is broken, and where."""
    given = uses(vitals, WatchLimits(**limits), SCOPES)
    return [f"{use.limit} in {use.scope}" for use in given if use.is_broken]


@pytest.mark.parametrize(
    ("limit", "vitals", "name", "scope"),
    [
        (
            {"max_daily_loss": "10"},
            [{"equity": Decimal(-10)}, {"equity": Decimal("-10.01")}],
            "daily_loss",
            SYMBOL,
        ),
        (
            {"max_drawdown": "10"},
            [
                {"equity": Decimal(90), "peak": Decimal(100)},
                {"equity": Decimal("89.99"), "peak": Decimal(100)},
            ],
            "drawdown",
            SYMBOL,
        ),
        (
            {"max_unknown_age": 30.0},
            [{"unknown_ages": (30.0, 1.0)}, {"unknown_ages": (1.0, 30.001)}],
            "unknown_age",
            SYMBOL,
        ),
        (
            {"max_market_silence": 5.0},
            [{"market_silence": 5.0}, {"market_silence": 5.001}],
            "market_silence",
            SYMBOL,
        ),
        (
            {"max_unknown_orders": 1},
            [{"unknown_ages": (1.0,)}, {"unknown_ages": (1.0, 1.0)}],
            "unknown_orders",
            VENUE,
        ),
        (
            {"max_reject_ratio": "0.5", "reject_window": 4},
            [{"rejected": 2, "judged": 3}, {"rejected": 3, "judged": 3}],
            "reject_ratio",
            VENUE,
        ),
        (
            {"max_loss_streak": 2},
            [{"streaks": {"/root/s": 2}}, {"streaks": {"/root/s": 3}}],
            "loss_streak",
            "strategy:/root/s",
        ),
        (
            {"max_balance_drift": "5"},
            [{"balance_drift": Decimal(5)}, {"balance_drift": Decimal("5.01")}],
            "balance_drift",
            VENUE,
        ),
        (
            {"max_position_age": 60.0},
            [{"position_age": 60.0}, {"position_age": 60.001}],
            "position_age",
            SYMBOL,
        ),
        (
            {"max_rate_use": "0.5"},
            [{"rate_use": Decimal("0.5")}, {"rate_use": Decimal("0.6")}],
            "rate_use",
            VENUE,
        ),
        (
            {"max_clock_skew": 1.0},
            [{"clock_skew": 1.0}, {"clock_skew": 1.001}],
            "clock_skew",
            VENUE,
        ),
        ({"max_lag": 0.5}, [{"lag": 0.5}, {"lag": 0.501}], "lag", "system"),
        ({"max_waiting": 9}, [{"waiting": 9}, {"waiting": 10}], "waiting", "system"),
        ({"max_restarts": 2}, [{"restarts": 2}, {"restarts": 3}], "restarts", "system"),
        (
            {"max_slippage": "0.01"},
            [
                {"slippage": {"/root/s": Decimal("0.01")}},
                {"slippage": {"/root/s": Decimal("0.0101")}},
            ],
            "slippage",
            "strategy:/root/s",
        ),
        ({}, [{}, {"balance_drift": Decimal("0.01")}], "balance_drift", VENUE),
        (
            {"max_halted_within": 2},
            [{"halted_within": {SYMBOL: 2}}, {"halted_within": {SYMBOL: 3}}],
            "halted_within",
            SYMBOL,
        ),
    ],
)
def test_a_limit_is_broken_beyond_it_and_not_at_it(
    limit: dict[str, Any], vitals: list[dict[str, Any]], name: str, scope: str
) -> None:
    at, beyond = (attrs.evolve(CALM, **each) for each in vitals)

    assert found(at, **limit) == []
    assert found(beyond, **limit) == [f"{name} in {scope}"]


@pytest.mark.parametrize("unknown", ["equity", "day_began_with", "peak"])
def test_profit_that_is_not_known_breaks_no_limit(unknown: str) -> None:
    bad = attrs.evolve(CALM, equity=Decimal(-99))
    changes: dict[str, Any] = {unknown: None}
    vitals = attrs.evolve(bad, **changes)

    broken = found(vitals, max_daily_loss="10", max_drawdown="10")
    assert len(broken) == {"equity": 0, "day_began_with": 1, "peak": 1}[unknown]


def test_one_rejected_order_of_one_is_not_all_of_them() -> None:
    vitals = attrs.evolve(CALM, rejected=1, judged=1)

    assert found(vitals, max_reject_ratio="0.1", reject_window=20) == []


def test_without_limits_little_is_watched() -> None:
    given = uses(CALM, WatchLimits(), SCOPES)

    assert {use.limit for use in given} == {"halted_within", "balance_drift"}


def test_what_is_not_known_is_not_measured() -> None:
    vitals = attrs.evolve(CALM, balance_drift=None)
    limits = WatchLimits(max_clock_skew=1.0)

    names = {use.limit for use in uses(vitals, limits, SCOPES)}
    assert names == {"halted_within"}


def test_what_begins_anew_breaks_nothing_but_the_loss_of_the_day() -> None:
    bad = Vitals(
        equity=Decimal(-99),
        day_began_with=Decimal(0),
        peak=Decimal(0),
        rejected=20,
        judged=20,
        balance_drift=Decimal(99),
        position_age=99.0,
        restarts=99,
        slippage={"s": Decimal(1)},
        streaks={"s": 99},
        halted_within={SYMBOL: 9},
    )
    limits: dict[str, Any] = {
        "max_daily_loss": "1",
        "max_drawdown": "1",
        "max_reject_ratio": "0.1",
        "max_position_age": 1.0,
        "max_restarts": 1,
        "max_slippage": "0.1",
        "max_loss_streak": 1,
    }

    assert len(found(bad, **limits)) == 9
    assert found(bad.afresh(), **limits) == [f"daily_loss in {SYMBOL}"]


@pytest.mark.parametrize(
    ("loss", "broken", "halts"),
    [("10", False, False), ("20", True, False), ("20.01", True, True)],
)
def test_a_limit_may_have_a_second_one_at_which_it_halts(
    loss: str,
    broken: bool,  # noqa: FBT001 - a parameter of the table
    halts: bool,  # noqa: FBT001 - a parameter of the table
) -> None:
    limits: dict[str, Any] = {"max_daily_loss": "10", "halt_at": {"daily_loss": "20"}}
    vitals = attrs.evolve(CALM, equity=-Decimal(loss))
    use = uses(vitals, WatchLimits(**limits), SCOPES)[0]

    assert (use.is_broken, use.halts) == (broken, halts)


def test_nothing_is_near_to_nothing() -> None:
    assert not Use("balance_drift", VENUE, Decimal(0), Decimal(0)).is_near(Decimal(1))


@pytest.mark.parametrize(
    ("used", "near"), [("79", False), ("80", True), ("100", True), ("101", True)]
)
def test_a_limit_is_near_from_its_soft_share_on(
    used: str,
    near: bool,  # noqa: FBT001 - a parameter of the table
) -> None:
    use = Use("daily_loss", SYMBOL, Decimal(used), Decimal(100))

    assert use.is_near(Decimal("0.8")) is near


def test_a_use_says_itself_in_plain_numbers() -> None:
    use = Use("daily_loss", SYMBOL, Decimal("1E+2"), Decimal(50))

    assert str(use) == f"daily_loss 100 of 50 ({SYMBOL})"
