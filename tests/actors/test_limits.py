"""Every limit at its boundary: what equals it passes, what exceeds it does not."""

from decimal import Decimal

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.actors.limits import Limits, RiskState, refusal
from holdfast.actors.messages import Intent, OrderType, Side

LIMITS = Limits(
    max_order_notional=Decimal(1000),
    max_position=Decimal(10),
    price_collar=Decimal("0.05"),
    max_orders=3,
    rate_window=2.0,
)
CALM = RiskState(
    position=Decimal(0),
    open_buys=Decimal(0),
    open_sells=Decimal(0),
    reference_price=Decimal(100),
    order_times=(),
    seen_intents=(),
)


def intent(side: str = "buy", quantity: str = "1", price: str | None = "100") -> Intent:
    return Intent(
        id="/root/strategy:tick-7:1",
        strategy="/root/strategy",
        symbol="BTCUSDT",
        side=Side(side),
        type=OrderType.LIMIT if price else OrderType.MARKET,
        quantity=Decimal(quantity),
        price=Decimal(price) if price else None,
        time=50.0,
    )


def reason(
    wish: Intent, state: RiskState = CALM, limits: Limits = LIMITS
) -> str | None:
    refused = refusal(wish, state, limits)
    return refused.reason if refused else None


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        (intent(), None),
        (intent(quantity="0"), "malformed"),
        (intent(quantity="-1"), "malformed"),
        (intent(quantity="NaN"), "malformed"),
        (intent(price="NaN"), "malformed"),
        (intent(price="-5"), "malformed"),
        (attrs.evolve(intent(), price=None), "malformed"),
        (attrs.evolve(intent(), type=OrderType.MARKET), "malformed"),
    ],
)
def test_what_makes_no_sense_is_refused(wish: Intent, expected: str | None) -> None:
    assert reason(wish) == expected


def test_an_intent_is_ordered_once() -> None:
    state = attrs.evolve(CALM, seen_intents={intent().id})

    assert reason(intent(), state) == "duplicate_intent"


@pytest.mark.parametrize("price", ["100", None])
def test_without_a_reference_price_nothing_is_ordered(price: str | None) -> None:
    state = attrs.evolve(CALM, reference_price=None)

    assert reason(intent(price=price), state) == "no_reference_price"


@pytest.mark.parametrize("side", ["buy", "sell"])
@pytest.mark.parametrize(
    ("price", "expected"),
    [
        ("105", None),
        ("105.01", "price_collar"),
        ("95", None),
        ("94.99", "price_collar"),
    ],
)
def test_a_limit_price_stays_within_the_collar(
    side: str, price: str, expected: str | None
) -> None:
    assert reason(intent(side, price=price)) == expected


@pytest.mark.parametrize(
    ("quantity", "price", "expected"),
    [
        ("10", "100", None),
        ("10.01", "100", "max_order_notional"),
        ("9.52", None, None),
        ("9.53", None, "max_order_notional"),
    ],
)
def test_an_order_has_a_largest_value_and_market_orders_count_with_the_collar(
    quantity: str, price: str | None, expected: str | None
) -> None:
    assert reason(intent("buy", quantity, price)) == expected


def holding(position: str, *, buys: str = "0", sells: str = "0") -> RiskState:
    return attrs.evolve(
        CALM,
        position=Decimal(position),
        open_buys=Decimal(buys),
        open_sells=Decimal(sells),
    )


@pytest.mark.parametrize(
    ("side", "quantity", "state", "expected"),
    [
        ("buy", "10", holding("0"), None),
        ("sell", "10", holding("0"), None),
        ("buy", "2", holding("5", buys="3", sells="9"), None),
        ("buy", "2.01", holding("5", buys="3", sells="9"), "max_position"),
        ("sell", "2", holding("-5", buys="9", sells="3"), None),
        ("sell", "2.01", holding("-5", buys="9", sells="3"), "max_position"),
        ("sell", "10", holding("3", sells="3"), None),
        ("sell", "10", holding("3", sells="3.01"), "max_position"),
        ("sell", "5", holding("25", buys="30", sells="20"), None),
        ("buy", "5", holding("-25", buys="20", sells="30"), None),
        ("buy", "0.01", holding("25"), "max_position"),
    ],
)
def test_the_worst_case_of_all_open_orders_stays_within_the_position(
    side: str, quantity: str, state: RiskState, expected: str | None
) -> None:
    assert reason(intent(side, quantity), state) == expected


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ((), None),
        ((49.0, 50.0), None),
        ((48.5, 49.0, 50.0), "order_rate"),
        ((48.0, 49.0, 50.0), None),
        ((48.1, 49.0, 51.0), "order_rate"),
    ],
)
def test_only_so_many_orders_fit_into_the_window(
    times: tuple[float, ...], expected: str | None
) -> None:
    assert reason(intent(), attrs.evolve(CALM, order_times=times)) == expected


def test_the_refusal_carries_the_intent_and_a_sentence() -> None:
    refused = refusal(intent(price="106"), CALM, LIMITS)

    assert refused is not None
    assert refused.intent == intent(price="106")
    assert refused.detail == "prices are within 5.00 of 100 now, was 106"


@pytest.mark.parametrize("limit", ["0", "-1", "NaN", "Infinity"])
def test_limits_that_make_no_sense_are_refused(limit: str) -> None:
    with pytest.raises(ValueError, match="max_position"):
        attrs.evolve(LIMITS, max_position=Decimal(limit))


quantities = st.integers(0, 300).map(lambda tenth: Decimal(tenth) / 10)


@given(quantities, quantities, quantities, st.sampled_from(Side))
def test_what_makes_the_position_smaller_is_never_too_large_a_position(
    position: Decimal, still_open: Decimal, quantity: Decimal, side: Side
) -> None:
    held = -side.sign * (position + still_open + quantity)
    state = holding(str(held), buys=str(still_open), sells=str(still_open))

    assert reason(intent(side, str(quantity)), state) != "max_position"
