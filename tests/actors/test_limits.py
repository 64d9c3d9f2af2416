"""Limits as the JSON says them: amounts are texts, nonsense is refused."""

from decimal import Decimal
from typing import Any

import pytest

from holdfast.actors.limits import Limits, OptionalLimits, exact, maybe_exact
from holdfast.actors.messages import OrderType

NEEDED: dict[str, Any] = {
    "max_order_notional": "1000",
    "max_position": "10",
    "price_collar": "0.05",
    "max_orders": 3,
}
AMOUNTS = [
    "max_order_quantity",
    "tick_size",
    "lot_size",
    "minimum_notional",
    "max_gross_exposure",
    "max_net_exposure",
    "max_open_notional",
    "max_strategy_open_notional",
    "max_cancel_ratio",
]
COUNTS = [
    "max_open_orders",
    "max_strategy_open_orders",
    "max_strategy_orders",
    "max_intents",
]
SECONDS = ["duplicate_window"]


@pytest.mark.parametrize("name", [*AMOUNTS, *COUNTS, *SECONDS])
def test_what_is_not_said_is_not_limited(name: str) -> None:
    assert getattr(Limits(**NEEDED), name) is None


def test_what_protects_is_there_without_being_said() -> None:
    limits = Limits(**NEEDED)

    assert (limits.max_market_age, limits.protect_market) == (10.0, True)


def test_amounts_are_exact() -> None:
    limits = Limits(**NEEDED)

    assert limits.price_collar == Decimal("0.05")
    assert exact(Decimal("0.1")) == exact("0.1") == Decimal("0.1")
    assert exact(3) == Decimal(3)
    assert maybe_exact(None) is None


@pytest.mark.parametrize("amount", [0.1, True, None, "a lot", "", [], {}])
def test_what_is_no_exact_amount_is_none(amount: Any) -> None:
    with pytest.raises(ValueError, match="amount"):
        exact(amount)


@pytest.mark.parametrize("name", ["max_order_notional", "max_position", "price_collar"])
@pytest.mark.parametrize("amount", ["0", "-1", "NaN", "Infinity"])
def test_needed_limits_that_make_no_sense_are_refused(name: str, amount: str) -> None:
    given: dict[str, Any] = {**NEEDED, name: amount}
    with pytest.raises(ValueError, match=name):
        Limits(**given)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *((name, value) for name in AMOUNTS for value in ("0", "-1", "NaN")),
        *((name, value) for name in COUNTS for value in (0, -1)),
        *((name, value) for name in SECONDS for value in (0.0, -1.0)),
        ("fee", "-0.1"),
        ("ratio_from", 0),
        ("ratio_window", 0.0),
        ("intents_window", -1.0),
    ],
)
def test_other_limits_that_make_no_sense_are_refused(name: str, value: Any) -> None:
    with pytest.raises(ValueError, match=name):
        OptionalLimits(**{name: value})


@pytest.mark.parametrize("name", COUNTS)
def test_a_count_is_a_whole_number(name: str) -> None:
    given: dict[str, Any] = {name: 1.5}
    with pytest.raises(TypeError, match=name):
        OptionalLimits(**given)


def test_order_types_are_known_by_their_names() -> None:
    given: dict[str, Any] = {"order_types": ["limit"]}

    assert OptionalLimits(**given).order_types == (OrderType.LIMIT,)
    with pytest.raises(ValueError, match="stop"):
        OptionalLimits(order_types=["stop"])
