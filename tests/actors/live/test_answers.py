"""What ccxt answers becomes a word of ours, whole, or no answer at all."""

from decimal import Decimal
from typing import Any

import attrs
import pytest

from holdfast.actors.live import answers
from holdfast.actors.live.answers import Incomplete
from holdfast.actors.messages import (
    Liquidity,
    OrderFilled,
    OrderStatus,
    OrderType,
    PlaceOrder,
    Side,
)
from holdfast.actors.queries import Balance, VenueOrder

ORDER = {
    "id": "1001",
    "clientOrderId": "desk-1",
    "status": "open",
    "side": "buy",
    "type": "limit",
    "amount": "0.30000000",
    "price": "61000.10",
    "filled": "0.10000000",
    "timestamp": 1_700_000_000_500,
    "lastUpdateTimestamp": None,
}
TRADE = {
    "id": "17",
    "order": "1001",
    "side": "sell",
    "price": "61000.10",
    "amount": "0.1",
    "takerOrMaker": "maker",
    "fee": {"cost": "0.00001", "currency": "BNB"},
    "timestamp": 1_700_000_000_500,
}


WANTED = PlaceOrder(
    client_order_id="desk-1",
    intent_id="desk:1",
    symbol="BTCUSDT",
    side=Side.BUY,
    type=OrderType.LIMIT,
    quantity=Decimal(1),
    price=Decimal(100),
    time=1.0,
)
PLACED = VenueOrder(
    client_order_id="desk-1",
    exchange_order_id="1001",
    symbol="BTCUSDT",
    side=Side.BUY,
    type=OrderType.LIMIT,
    quantity=Decimal("1.00000"),
    price=Decimal("100.00"),
    filled=Decimal(0),
    status=OrderStatus.OPEN,
    time=1.0,
)


def read(**changes: Any) -> VenueOrder:
    return answers.venue_order({**ORDER, **changes}, "BTCUSDT", now=9.0)


def read_fill(**changes: Any) -> OrderFilled:
    trade = {**TRADE, **changes}
    return answers.fill(trade, "BTCUSDT", client_order_id="desk-1")


def test_an_order_is_read_exactly() -> None:
    assert read() == VenueOrder(
        client_order_id="desk-1",
        exchange_order_id="1001",
        symbol="BTCUSDT",
        side=Side.BUY,
        type=OrderType.LIMIT,
        quantity=Decimal("0.3"),
        price=Decimal("61000.10"),
        filled=Decimal("0.1"),
        status=OrderStatus.PARTIALLY_FILLED,
        time=1_700_000_000.5,
    )


@pytest.mark.parametrize(
    ("status", "filled", "told"),
    [
        ("open", "0", OrderStatus.OPEN),
        ("open", "0.1", OrderStatus.PARTIALLY_FILLED),
        ("closed", "0.3", OrderStatus.FILLED),
        ("canceled", "0.1", OrderStatus.CANCELLED),
        ("expired", "0", OrderStatus.CANCELLED),
        ("rejected", "0", OrderStatus.REJECTED),
    ],
)
def test_a_status_is_read(status: str, filled: str, told: OrderStatus) -> None:
    assert read(status=status, filled=filled).status is told


@pytest.mark.parametrize(
    ("told", "read_as"),
    [
        ("limit_maker", OrderType.LIMIT),
        ("stop_loss_limit", OrderType.LIMIT),
        ("take_profit", OrderType.MARKET),
        ("market", OrderType.MARKET),
    ],
)
def test_the_types_of_strangers_are_understood(told: str, read_as: OrderType) -> None:
    assert read(type=told).type is read_as


def test_an_order_at_market_has_no_price() -> None:
    assert read(type="market", price="0").price is None


def test_an_order_that_nobody_has_named_is_called_by_its_id() -> None:
    assert read(clientOrderId=None).client_order_id == f"venue:{ORDER['id']}"


def test_the_name_that_was_asked_for_counts() -> None:
    """A cancel is answered by Binance with a new client order id, made up."""
    order = answers.venue_order(ORDER, "BTCUSDT", client_order_id="mine", now=9.0)

    assert order.client_order_id == "mine"


@pytest.mark.parametrize(
    "changes",
    [
        {"id": None},
        {"id": ""},
        {"id": 1001},
        {"clientOrderId": ""},
        {"clientOrderId": 7},
        {"status": None},
        {"status": "closed"},
        {"status": "rejected"},
        {"status": "something"},
        {"side": None},
        {"type": None},
        {"type": "iceberg"},
        {"amount": None},
        {"amount": 0.3},
        {"amount": "NaN"},
        {"filled": None},
        {"filled": "0.4"},
        {"filled": "-0.1"},
        {"price": None},
    ],
)
def test_an_order_that_lacks_something_is_no_answer(changes: dict[str, Any]) -> None:
    with pytest.raises(Incomplete):
        read(**changes)


@pytest.mark.parametrize("answer", [None, "", "text", [], 1])
def test_what_is_no_order_is_no_answer(answer: Any) -> None:
    with pytest.raises(Incomplete):
        answers.venue_order(answer, "BTCUSDT", now=9.0)


def test_an_answer_about_another_order_is_refused() -> None:
    with pytest.raises(Incomplete, match="clientOrderId mine, was told of desk"):
        answers.check_is(ORDER, "clientOrderId", "mine")


def test_an_answer_that_does_not_say_what_it_is_about_is_taken() -> None:
    answers.check_is({}, "clientOrderId", "mine")


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ({"side": Side.SELL}, "side buy, the venue has sell"),
        ({"quantity": Decimal(2)}, "quantity 1, the venue has 2"),
        ({"price": Decimal(99)}, "price 100, the venue has 99"),
        ({"type": OrderType.MARKET, "price": None}, "type limit, the venue has market"),
    ],
)
def test_an_order_that_the_venue_has_taken_otherwise_is_no_answer(
    told: Any, says: str
) -> None:
    with pytest.raises(Incomplete, match=says):
        answers.check_same(WANTED, attrs.evolve(PLACED, **told))


def test_an_order_that_the_venue_has_taken_as_it_was_is_one() -> None:
    """At market there is no price, whatever the order says of it."""
    at_market: dict[str, Any] = {"type": OrderType.MARKET}

    answers.check_same(WANTED, PLACED)
    answers.check_same(
        attrs.evolve(WANTED, **at_market), attrs.evolve(PLACED, price=None, **at_market)
    )


def test_a_fill_is_read_exactly() -> None:
    assert read_fill() == OrderFilled(
        client_order_id="desk-1",
        exchange_order_id="1001",
        symbol="BTCUSDT",
        trade_id=17,
        side=Side.SELL,
        price=Decimal("61000.10"),
        quantity=Decimal("0.1"),
        filled=Decimal("0.1"),
        remaining=Decimal(0),
        fee=Decimal("0.00001"),
        fee_asset="BNB",
        liquidity=Liquidity.MAKER,
        time=1_700_000_000.5,
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"id": None},
        {"id": "a4f0-17"},
        {"id": "-1"},
        {"order": None},
        {"side": None},
        {"price": "0"},
        {"amount": "0"},
        {"amount": None},
        {"takerOrMaker": None},
        {"fee": None},
        {"fee": {"cost": None, "currency": "BNB"}},
        {"fee": {"cost": "1", "currency": None}},
        {"timestamp": None},
    ],
)
def test_a_fill_that_lacks_something_is_no_answer(changes: dict[str, Any]) -> None:
    with pytest.raises(Incomplete):
        read_fill(**changes)


def test_a_fill_without_a_fee_needs_no_asset() -> None:
    assert read_fill(fee={"cost": "0", "currency": None}).fee_asset == ""


def test_balances_are_read_exactly() -> None:
    told = {
        "total": {"BTC": "1.5", "USDT": "10"},
        "BTC": {"free": "1.0", "used": "0.5", "total": "1.5"},
        "USDT": {"free": "10", "used": "0", "total": "10"},
    }

    assert answers.balances(told, ["BTC"], now=9.0).balances == (
        Balance(asset="BTC", free=Decimal(1), reserved=Decimal("0.5")),
        Balance(asset="USDT", free=Decimal(10), reserved=Decimal(0)),
    )


@pytest.mark.parametrize(
    "told",
    [
        {"free": {}, "used": {}, "total": {}},
        {"total": {"USDT": "1"}, "USDT": {"free": "1", "used": "0"}},
        {"total": {"BTC": "1"}, "BTC": {"free": None, "used": "0"}},
        {"total": {"BTC": "1"}},
        {},
        None,
        "<html>",
    ],
)
def test_balances_without_a_known_asset_are_no_answer(told: Any) -> None:
    with pytest.raises(Incomplete):
        answers.balances(told, ["BTC"], now=9.0)


@pytest.mark.parametrize("told", [None, 0, -1, "1700000000000", 1.5])
def test_a_time_that_is_none_is_no_answer(told: Any) -> None:
    with pytest.raises(Incomplete):
        answers.venue_time(told)


def test_the_time_of_the_venue_is_in_seconds() -> None:
    assert answers.venue_time(1_700_000_000_500) == 1_700_000_000.5


@pytest.mark.parametrize("told", [None, {}, "<html>"])
def test_what_is_no_list_has_no_rows(told: Any) -> None:
    with pytest.raises(Incomplete):
        answers.rows(told)
