"""Every check at the door at its boundary: what equals a limit passes."""

from decimal import Decimal
from typing import Any

import attrs
import pytest

from holdfast.actors.door import beside_replaced, judged
from holdfast.actors.gates import Gate
from holdfast.actors.ladder import RiskLevel
from holdfast.actors.messages import Intent, IntentRefused, OrderType
from holdfast.actors.refusal_reason import RefusalReason
from holdfast.tests.actors.at_the_door import (
    CALM,
    LIMITS,
    holding,
    intent,
    order,
    reason,
)


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


@pytest.mark.parametrize(
    ("wish", "limits", "expected"),
    [
        (intent(symbol="ETHUSDT"), {}, "unknown_symbol"),
        (intent(price=None), {"order_types": ["limit"]}, "order_type"),
        (intent(), {"order_types": ["limit"]}, None),
        (intent(price="100.01"), {"tick_size": "0.01"}, None),
        (intent(price="100.015"), {"tick_size": "0.01"}, "tick_size"),
        (intent(price=None), {"tick_size": "0.01"}, None),
        (intent(quantity="0.01"), {"lot_size": "0.01"}, None),
        (intent(quantity="0.015"), {"lot_size": "0.01"}, "lot_size"),
        (intent(quantity="0.05"), {"minimum_notional": "5"}, None),
        (intent(quantity="0.04"), {"minimum_notional": "5"}, "minimum_notional"),
    ],
)
def test_what_the_venue_would_not_take_is_not_sent(
    wish: Intent, limits: dict[str, Any], expected: str | None
) -> None:
    assert reason(wish, **limits) == expected


@pytest.mark.parametrize("price", ["100", None])
def test_without_a_reference_price_nothing_is_ordered(price: str | None) -> None:
    door = attrs.evolve(CALM, last_price=None)

    assert reason(intent(price=price), door) == "no_reference_price"


def test_the_middle_of_the_quote_is_a_reference_until_something_trades() -> None:
    door = attrs.evolve(CALM, last_price=None, mid=Decimal(200))

    assert reason(intent(price="200"), door) is None
    assert reason(intent(price="100"), door) == "price_collar"


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
@pytest.mark.parametrize(
    "references", [("100", None), (None, "100"), ("100", "100")], ids=str
)
def test_a_limit_price_stays_within_the_collar_of_the_last_trade_and_of_the_quote(
    side: str,
    price: str,
    expected: str | None,
    references: tuple[str | None, str | None],
) -> None:
    last, mid = (None if each is None else Decimal(each) for each in references)
    door = attrs.evolve(CALM, last_price=last, mid=mid)

    assert reason(intent(side, price=price), door) == expected


def test_both_references_have_to_agree_with_a_price() -> None:
    door = attrs.evolve(CALM, mid=Decimal(104))

    assert reason(intent(price="99"), door) is None
    assert reason(intent(price="98"), door) == "price_collar"
    assert reason(intent(price="106"), door) == "price_collar"


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


@pytest.mark.parametrize(
    ("quantity", "expected"), [("2", None), ("2.01", "max_order_quantity")]
)
def test_an_order_has_a_largest_quantity(quantity: str, expected: str | None) -> None:
    assert reason(intent(quantity=quantity), max_order_quantity="2") == expected


# -- risk states and gates --


@pytest.mark.parametrize(
    ("level", "side", "quantity", "expected"),
    [
        ("active", "buy", "1", None),
        ("reducing", "buy", "1", "reducing"),
        ("reducing", "sell", "3", None),
        ("reducing", "sell", "3.01", "reducing"),
        ("halted", "buy", "1", "halted"),
        ("halted", "sell", "1", "halted"),
    ],
)
def test_a_risk_state_lets_only_pass_what_it_allows(
    level: str, side: str, quantity: str, expected: str | None
) -> None:
    state = attrs.evolve(holding("5", sells="2"), level=RiskLevel(level), why="a loss")

    assert reason(intent(side, quantity), state) == expected


@pytest.mark.parametrize(
    ("gate", "expected"),
    [
        (Gate.RECONCILIATION, "not_reconciled"),
        (Gate.UNKNOWN_ORDER, "unknown_order"),
        (Gate.JOURNAL, "journal"),
        (Gate.FEED, "feed"),
        (Gate.VENUE, "venue"),
    ],
)
def test_a_closed_gate_keeps_out_all_but_what_makes_the_position_smaller(
    gate: Gate, expected: str
) -> None:
    door = attrs.evolve(holding("5", sells="2"), gates={gate: "because"})

    assert reason(intent("buy"), door) == expected
    assert reason(intent("sell", "3"), door) is None
    assert reason(intent("sell", "3.01"), door) == expected


def test_every_gate_has_a_code() -> None:
    codes = {reason(intent(), attrs.evolve(CALM, gates={g: "shut"})) for g in Gate}

    assert len(codes) == len(Gate)


def test_an_order_in_doubt_keeps_out_all_but_what_makes_the_position_smaller() -> None:
    door = holding("5", sells="2", status="unknown")

    assert reason(intent("buy"), door) == "unknown_order"
    assert reason(intent("sell", "3"), door) is None
    assert reason(intent("sell", "3.01"), door) == "unknown_order"


@pytest.mark.parametrize(
    ("age", "expected"),
    [(0.0, None), (2.0, None), (2.001, "market_age"), (None, None)],
)
def test_the_market_must_not_be_too_old(
    age: float | None, expected: str | None
) -> None:
    door = attrs.evolve(CALM, market_age=age)

    assert reason(intent(), door, max_market_age=2.0) == expected
    assert reason(intent(), door) is None


def test_the_refusal_carries_the_intent_and_a_sentence() -> None:
    refused = judged(intent(price="106"), CALM, LIMITS)

    assert isinstance(refused, IntentRefused)
    assert refused.intent == intent(price="106")
    assert refused.detail == "prices are within 5.00 of 100 now, was 106"


def test_each_reason_is_a_word_of_its_own() -> None:
    assert len({str(each) for each in RefusalReason}) == len(RefusalReason)


def test_of_what_replaces_an_order_the_rest_is_checked_without_it() -> None:
    old = order("buy", "3", intent_id="old", filled=Decimal(1))
    other = order("buy", "1", intent_id="other")
    wish = intent("buy", "5", replaces="old")

    checked, beside = beside_replaced(wish, {"old": old, "other": other})
    assert (checked.quantity, checked.id, beside) == (Decimal(4), wish.id, (other,))


@pytest.mark.parametrize(
    "wish",
    [
        intent(),
        intent(replaces="unknown"),
        intent("sell", replaces="old"),
        intent(strategy="/root/other", replaces="old"),
    ],
)
def test_what_replaces_no_order_of_its_own_is_checked_beside_all(wish: Intent) -> None:
    old = order("buy", "3", intent_id="old", filled=Decimal(1))

    assert beside_replaced(wish, {"old": old}) == (wish, (old,))


def test_what_the_old_order_has_traded_whole_is_checked_whole() -> None:
    old = order("buy", "3", intent_id="old", filled=Decimal(2))
    wish = intent("buy", "2", replaces="old")

    assert beside_replaced(wish, {"old": old}) == (wish, ())
