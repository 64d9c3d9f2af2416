"""Which orders no venue, or this one, would take."""

from decimal import Decimal

import attrs
import pytest

from holdfast.actors.messages import OrderType, PlaceOrder, Side
from holdfast.actors.venue_rules import Instrument, VenueRules

RULES = VenueRules(
    instrument=Instrument(symbol="BTCUSDT", base="BTC", quote="USDT"),
    tick_size=Decimal("0.5"),
    lot_size=Decimal("0.01"),
    minimum_notional=Decimal(5),
    maker_fee=Decimal("0.001"),
    taker_fee=Decimal("0.002"),
)


def order(
    quantity: str = "1", price: str | None = "100", symbol: str = "BTCUSDT"
) -> PlaceOrder:
    return PlaceOrder(
        client_order_id="a",
        intent_id="i",
        symbol=symbol,
        side=Side.BUY,
        type=OrderType.LIMIT if price else OrderType.MARKET,
        quantity=Decimal(quantity),
        price=Decimal(price) if price else None,
        time=0.0,
    )


@pytest.mark.parametrize(
    ("placed", "reason"),
    [
        (order(), None),
        (order(symbol="ETHUSDT"), "unknown_symbol"),
        (order(quantity="0"), "malformed"),
        (order(quantity="-1"), "malformed"),
        (order(quantity="NaN"), "malformed"),
        (order(quantity="1e999"), "malformed"),
        (order(quantity="1." + "0" * 60), "malformed"),
        (order(price="-100"), "malformed"),
        (order(price="Infinity"), "malformed"),
        (order(price="100.5"), None),
        (order(price="100.4"), "tick_size"),
        (order(quantity="0.05"), None),
        (order(quantity="0.055"), "lot_size"),
        (order(quantity="0.04"), "minimum_notional"),
        (order(price=None, quantity="0.05"), None),
        (order(price=None, quantity="0.04"), "minimum_notional"),
    ],
)
def test_each_rule_has_its_reason(placed: PlaceOrder, reason: str | None) -> None:
    objection = RULES.objection(placed, Decimal(100))

    assert (objection and objection[0]) == reason


def test_a_market_order_needs_somebody_to_trade_with() -> None:
    objection = RULES.objection(order(price=None), None)

    assert (objection and objection[0]) == "no_market"


def test_a_limit_order_needs_nobody() -> None:
    assert RULES.objection(order(), None) is None


def test_a_market_order_with_a_price_and_a_limit_order_without_are_malformed() -> None:
    market = PlaceOrder(
        client_order_id="a",
        intent_id="i",
        symbol="BTCUSDT",
        side=Side.BUY,
        type=OrderType.MARKET,
        quantity=Decimal(1),
        price=Decimal(100),
        time=0.0,
    )
    limit = PlaceOrder(
        client_order_id="a",
        intent_id="i",
        symbol="BTCUSDT",
        side=Side.BUY,
        type=OrderType.LIMIT,
        quantity=Decimal(1),
        price=None,
        time=0.0,
    )

    reasons = [RULES.objection(placed, Decimal(100)) for placed in (market, limit)]

    assert [reason and reason[0] for reason in reasons] == ["malformed", "malformed"]


def test_the_worst_cost_counts_the_dearer_fee() -> None:
    assert RULES.worst_cost(Decimal(100), Decimal(2)) == Decimal("200.4")


def test_the_worst_cost_counts_no_rebate() -> None:
    rebate = Decimal("-0.001")
    rules = attrs.evolve(RULES, maker_fee=rebate, taker_fee=rebate)

    assert rules.worst_cost(Decimal(100), Decimal(2)) == 200


@pytest.mark.parametrize("tick_size", ["0", "-1", "NaN", "Infinity"])
def test_rules_that_make_no_sense_are_refused(tick_size: str) -> None:
    with pytest.raises(ValueError, match="tick_size"):
        VenueRules(
            instrument=RULES.instrument,
            tick_size=Decimal(tick_size),
            lot_size=Decimal(1),
        )
