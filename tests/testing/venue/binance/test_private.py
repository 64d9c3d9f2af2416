"""The account's endpoints, asked by ccxt's own client."""

from decimal import Decimal
from typing import Any

import ccxt  # type: ignore[import-untyped]
import pytest

SYMBOL = "BTC/USDT"


def told(order: dict[str, Any]) -> tuple[Any, ...]:
    return (order["clientOrderId"], order["status"], order["filled"])


def test_an_order_is_placed_found_and_cancelled(with_client: Any, desk: Any) -> None:
    async def trade(client: Any) -> list[Any]:
        api = client.api
        await api.create_order(SYMBOL, "limit", "buy", 1, 90, {"newClientOrderId": "a"})
        by_name = {"clientOrderId": "a"}
        found = await api.fetch_order(None, SYMBOL, by_name)
        still_open = await api.fetch_open_orders()
        cancelled = await api.cancel_order(None, SYMBOL, by_name)
        listed = await api.fetch_orders(SYMBOL)
        return [
            told(found),
            [told(each) for each in still_open],
            (cancelled["status"], cancelled["info"]["origClientOrderId"]),
            [told(each) for each in listed],
            await api.fetch_open_orders(SYMBOL),
        ]

    assert with_client(trade) == [
        ("a", "open", 0.0),
        [("a", "open", 0.0)],
        ("canceled", "a"),
        [("a", "canceled", 0.0)],
        [],
    ]
    assert [each.status for each in desk.venue.orders()] == ["CANCELED"]


def test_a_market_order_trades_and_pays_its_fee_in_what_it_gets(
    with_client: Any, desk: Any
) -> None:
    async def trade(client: Any) -> list[Any]:
        bought = await client.api.create_order(SYMBOL, "market", "buy", 3)
        trades = await client.api.fetch_my_trades(SYMBOL)
        balance = await client.api.fetch_balance()
        return [
            (bought["status"], bought["filled"], bought["average"]),
            [(each["price"], each["amount"], each["fee"]) for each in trades],
            balance["free"],
        ]

    assert with_client(trade) == [
        ("closed", 3.0, pytest.approx(304 / 3)),
        [
            (101.0, 2.0, {"currency": "BTC", "cost": 0.002}),
            (102.0, 1.0, {"currency": "BTC", "cost": 0.001}),
        ],
        {"BTC": 1002.997, "USDT": 999696.0},
    ]
    assert desk.venue.balances().of("BTC").free == Decimal("1002.997")


@pytest.mark.parametrize(
    ("time_in_force", "status", "filled"),
    [("GTC", "open", 2.0), ("IOC", "expired", 2.0), ("FOK", "expired", 0.0)],
)
def test_what_becomes_of_the_rest_is_a_matter_of_time_in_force(
    with_client: Any, time_in_force: str, status: str, filled: float
) -> None:
    async def trade(client: Any) -> Any:
        more = {"timeInForce": time_in_force}
        return await client.api.create_order(SYMBOL, "limit", "buy", 5, 101, more)

    order = with_client(trade)

    assert (order["status"], order["filled"]) == (status, filled)


@pytest.mark.parametrize(
    ("amount", "price", "error", "code"),
    [
        (1, 90.001, ccxt.InvalidOrder, "PRICE_FILTER"),
        ("0.000001", 90, ccxt.InvalidOrder, "LOT_SIZE"),
        (0.01, 90, ccxt.BadRequest, "NOTIONAL"),
        (100_000, 90, ccxt.InsufficientFunds, "insufficient balance"),
    ],
)
def test_an_order_against_the_rules_is_refused(
    with_client: Any,
    desk: Any,
    amount: float,
    price: float,
    error: type[Exception],
    code: str,
) -> None:
    async def trade(client: Any) -> None:
        request = {
            "symbol": "BTCUSDT",
            "side": "BUY",
            "type": "LIMIT",
            "timeInForce": "GTC",
            "quantity": amount,
            "price": price,
        }
        await client.api.privatePostOrder(request)

    with pytest.raises(error, match=code):
        with_client(trade)
    assert desk.venue.orders() == ()


def test_a_client_order_id_is_refused_only_while_an_order_with_it_is_open(
    with_client: Any, desk: Any
) -> None:
    async def trade(client: Any) -> str:
        named = {"newClientOrderId": "a"}
        await client.api.create_order(SYMBOL, "limit", "buy", 1, 90, named)
        with pytest.raises(ccxt.InvalidOrder, match="Duplicate order sent"):
            await client.api.create_order(SYMBOL, "limit", "buy", 1, 90, named)
        await client.api.cancel_all_orders(SYMBOL)
        await client.api.create_order(SYMBOL, "market", "buy", 1, None, named)
        found = await client.api.fetch_order(None, SYMBOL, {"clientOrderId": "a"})
        return str(found["status"])

    assert with_client(trade) == "closed"
    assert [(each.client_order_id, each.status) for each in desk.venue.orders()] == [
        ("a", "CANCELED"),
        ("a", "FILLED"),
    ]


def test_an_order_that_is_not_there_can_be_neither_found_nor_cancelled(
    with_client: Any,
) -> None:
    async def ask(client: Any) -> None:
        with pytest.raises(ccxt.OrderNotFound, match="-2013"):
            await client.api.fetch_order("77", SYMBOL)
        with pytest.raises(ccxt.OrderNotFound, match="-2011"):
            await client.api.cancel_order("77", SYMBOL)
        with pytest.raises(ccxt.OrderNotFound, match="-2011"):
            await client.api.cancel_all_orders(SYMBOL)

    with_client(ask)


def test_trades_are_told_from_an_id_or_a_time_on_and_in_pages(
    with_client: Any,
) -> None:
    async def ask(client: Any) -> list[list[str]]:
        api = client.api
        for _ in range(4):
            await api.create_order(SYMBOL, "market", "buy", 0.5)
        now = await api.fetch_time()
        pages = [
            await api.fetch_my_trades(SYMBOL, None, 2),
            await api.fetch_my_trades(SYMBOL, None, 2, {"fromId": 2}),
            await api.fetch_my_trades(SYMBOL, 1, 3, {"endTime": now}),
            await api.fetch_my_trades(SYMBOL, now + 1000),
            await api.fetch_order_trades("3", SYMBOL),
        ]
        return [[trade["id"] for trade in page] for page in pages]

    assert with_client(ask) == [
        ["3", "4"],
        ["2", "3"],
        ["1", "2", "3"],
        [],
        ["3"],
    ]


def test_a_test_order_is_judged_and_not_taken(with_client: Any, desk: Any) -> None:
    async def ask(client: Any) -> None:
        test = {"test": True}
        await client.api.create_order(SYMBOL, "limit", "buy", 1, 90, test)
        with pytest.raises(ccxt.InsufficientFunds):
            await client.api.create_order(SYMBOL, "limit", "buy", 1, 1e7, test)

    with_client(ask)

    assert desk.venue.orders() == ()


def test_an_order_is_not_replaced_in_one_call(with_client: Any) -> None:
    async def ask(client: Any) -> None:
        placed = await client.api.create_order(SYMBOL, "limit", "buy", 1, 90)
        await client.api.edit_order(placed["id"], SYMBOL, "limit", "buy", 1, 91)

    with pytest.raises(ccxt.ExchangeError, match="-1020"):
        with_client(ask)
