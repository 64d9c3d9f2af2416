"""The account's endpoints at Coinbase Exchange, asked by ccxt's own client."""

from decimal import Decimal
from typing import Any

import ccxt  # type: ignore[import-untyped]
import pytest

SYMBOL = "BTC/USD"
NAMED = {"clientOrderId": "a"}


def test_an_order_is_taken_found_by_its_name_and_cancelled(
    with_client: Any, coinbase_desk: Any
) -> None:
    async def trade(client: Any) -> list[Any]:
        api = client.api
        placed = await api.create_order(SYMBOL, "limit", "buy", 1, 90, NAMED)
        by_name = await api.fetch_order(None, SYMBOL, NAMED)
        by_id = await api.fetch_order(placed["id"], SYMBOL)
        still_open = await api.fetch_open_orders(SYMBOL)
        cancelled = await api.cancel_order(None, SYMBOL, NAMED)
        listed = await api.fetch_orders(SYMBOL)
        return [
            placed["status"],
            (by_name["id"] == by_id["id"] == placed["id"], by_id["clientOrderId"]),
            [each["clientOrderId"] for each in still_open],
            cancelled["info"].strip('"') == placed["id"],
            [each["status"] for each in listed],
            await api.fetch_open_orders(SYMBOL),
        ]

    assert with_client(trade) == ["open", (True, "a"), ["a"], True, ["canceled"], []]
    assert [each.status for each in coinbase_desk.venue.orders()] == ["CANCELED"]


def test_whoever_places_an_order_is_not_told_what_came_of_it(
    with_client: Any, coinbase_desk: Any
) -> None:
    async def trade(client: Any) -> list[Any]:
        placed = await client.api.create_order(SYMBOL, "market", "buy", 1, None, NAMED)
        found = await client.api.fetch_order(None, SYMBOL, NAMED)
        trades = await client.api.fetch_my_trades(SYMBOL)
        balance = await client.api.fetch_balance()
        return [
            (placed["status"], placed["filled"]),
            (found["status"], found["filled"], found["cost"]),
            [(each["price"], each["amount"], each["fee"]["cost"]) for each in trades],
            balance["free"],
        ]

    assert with_client(trade) == [
        ("open", 0.0),
        ("closed", 1.0, 101.0),
        [(101.0, 1.0, 0.101)],
        {"BTC": 11.0, "USD": 999898.899},
    ]
    assert coinbase_desk.venue.balances().of("BTC").total == Decimal(11)


def test_fills_come_in_pages_newest_first(with_client: Any, coinbase_desk: Any) -> None:
    coinbase_desk.market.quote(100, 101, size=50)

    async def page(client: Any) -> list[list[int]]:
        for _ in range(5):
            await client.api.create_order(SYMBOL, "market", "buy", 0.5)
        pages: list[list[int]] = []
        more: dict[str, str] = {}
        while True:
            request = {"product_id": "BTC-USD", "limit": 2, **more}
            fills = await client.api.privateGetFills(request)
            if not fills:
                return pages
            pages.append([each["trade_id"] for each in fills])
            after = client.api.last_response_headers["Cb-After"]
            more = {"after": after}

    assert with_client(page) == [[5, 4], [3, 2], [1]]


@pytest.mark.parametrize(
    ("amount", "price", "error", "told"),
    [
        (1, "90.001", ccxt.InvalidOrder, "price too precise"),
        ("0.001", 90, ccxt.InvalidOrder, "size is too small"),
        (1_000_000, 90, ccxt.InsufficientFunds, "Insufficient funds"),
    ],
)
def test_an_order_against_the_rules_is_refused(
    with_client: Any,
    coinbase_desk: Any,
    amount: Any,
    price: Any,
    error: type[Exception],
    told: str,
) -> None:
    async def trade(client: Any) -> None:
        request = {"side": "buy", "type": "limit", "size": amount, "price": price}
        await client.api.privatePostOrders({**request, "product_id": "BTC-USD"})

    with pytest.raises(error, match=told):
        with_client(trade)
    assert coinbase_desk.venue.orders() == ()


def test_what_is_not_there_or_over_can_not_be_cancelled(
    with_client: Any, coinbase_desk: Any
) -> None:
    async def cancel(client: Any) -> None:
        with pytest.raises(ccxt.OrderNotFound, match="NotFound"):
            await client.api.fetch_order(None, SYMBOL, NAMED)
        with pytest.raises(ccxt.OrderNotFound, match="order not found"):
            await client.api.cancel_order(None, SYMBOL, NAMED)
        await client.api.create_order(SYMBOL, "market", "buy", 1, None, NAMED)
        with pytest.raises(ccxt.OrderNotFound, match="Order already done"):
            await client.api.cancel_order(None, SYMBOL, NAMED)

    with_client(cancel)

    assert [each.status for each in coinbase_desk.venue.orders()] == ["FILLED"]
