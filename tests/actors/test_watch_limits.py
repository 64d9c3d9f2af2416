"""Limits that are watched, as the JSON says them: what makes no sense is refused."""

from decimal import Decimal
from typing import Any

import pytest

from holdfast.actors.watch_limits import WatchLimits


def test_amounts_and_seconds_are_read_exactly() -> None:
    limits = WatchLimits(
        max_daily_loss="50.10",
        halt_at={"daily_loss": "80", "unknown_age": 60.5, "loss_streak": 7},
    )

    assert limits.max_daily_loss == Decimal("50.10")
    assert limits.halt_at == {
        "daily_loss": Decimal(80),
        "unknown_age": Decimal("60.5"),
        "loss_streak": Decimal(7),
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("max_daily_loss", "0"),
        ("max_drawdown", "-1"),
        ("max_unknown_age", 0.0),
        ("max_market_silence", -1.0),
        ("max_unknown_orders", 0),
        ("max_reject_ratio", "NaN"),
        ("max_loss_streak", 0),
        ("max_halted_within", 0),
        ("soft", "1.1"),
        ("soft", "0"),
        ("persists", 0.0),
        ("reject_window", 0),
        ("max_balance_drift", "-1"),
        ("halt_at", {"daily_los": "1"}),
        ("halt_at", {"daily_loss": "-1"}),
        ("halt_at", {"daily_loss": "NaN"}),
    ],
)
def test_limits_that_make_no_sense_are_refused(name: str, value: Any) -> None:
    with pytest.raises(ValueError, match=name):
        WatchLimits(**{name: value})
