"""Market streams and the user data stream, heard by ccxt's own client."""

import asyncio
from decimal import Decimal
from typing import Any

import ccxt  # type: ignore[import-untyped]
import pytest

SYMBOL = "BTC/USDT"


async def take(said: "asyncio.Queue[Any]", count: int) -> list[Any]:
    return [await said.get() for _ in range(count)]


def test_every_event_of_an_order_is_told(with_client: Any, desk: Any) -> None:
    async def trade(client: Any) -> list[Any]:
        said = await client.watch("watch_orders", SYMBOL, stream="user")
        named = {"newClientOrderId": "a"}
        seen: list[Any] = []
        order = await client.api.create_order(SYMBOL, "limit", "buy", 3, 90, named)
        seen += await take(said, 1)
        desk.venue.hit(int(order["id"]), Decimal(1))
        seen += await take(said, 1)
        await client.api.cancel_order(order["id"], SYMBOL)
        seen += await take(said, 1)
        return [
            (each["clientOrderId"], each["status"], each["filled"], each["info"]["x"])
            for each in seen
        ]

    assert with_client(trade) == [
        ("a", "open", 0.0, "NEW"),
        ("a", "open", 1.0, "TRADE"),
        ("a", "canceled", 1.0, "CANCELED"),
    ]


def test_a_market_order_that_finds_too_little_expires(
    with_client: Any, desk: Any
) -> None:
    desk.market.quote(100, 101, size=1, levels=2)

    async def trade(client: Any) -> list[Any]:
        said = await client.watch("watch_orders", SYMBOL, stream="user")
        await client.api.create_order(SYMBOL, "market", "buy", 5)
        reports: list[Any] = []
        while not reports or reports[-1]["info"]["X"] != "EXPIRED":
            reports += await take(said, 1)
        return [reports[-1]["status"], reports[-1]["filled"]]

    assert with_client(trade) == ["expired", 2.0]


def test_trades_and_balances_of_the_account_are_told(
    with_client: Any, desk: Any
) -> None:
    async def trade(client: Any) -> list[Any]:
        trades = await client.watch("watch_my_trades", SYMBOL, stream="user")
        balances = await client.watch("watch_balance", stream="user")
        order = await client.api.create_order(SYMBOL, "limit", "sell", 2, 110)
        desk.market.trade(111, 5)
        trade = await trades.get()
        told = [await balances.get()]
        while told[-1]["BTC"]["total"] != 998.0:
            told.append(await balances.get())
        return [
            trade["order"] == order["id"],
            (trade["side"], trade["price"], trade["amount"], trade["takerOrMaker"]),
            trade["fee"],
            told[-1]["USDT"]["free"],
        ]

    assert with_client(trade) == [
        True,
        ("sell", 110.0, 2.0, "maker"),
        {"currency": "USDT", "cost": 0.22},
        1000219.78,
    ]


def test_trades_of_strangers_and_best_prices_are_told(
    with_client: Any, desk: Any
) -> None:
    async def look(client: Any) -> list[Any]:
        trades = await client.watch("watch_trades", SYMBOL, stream="btcusdt@trade")
        best = await client.watch(
            "watch_bids_asks", [SYMBOL], stream="btcusdt@bookTicker"
        )
        desk.market.trade("100.5", 3, buyer_is_maker=False)
        desk.market.quote(102, 103)
        trade, quote = await trades.get(), (await best.get())[SYMBOL]
        return [
            (trade["id"], trade["side"], trade["price"], trade["amount"]),
            (quote["bid"], quote["ask"]),
        ]

    assert with_client(look) == [("1", "buy", 100.5, 3.0), (102.0, 103.0)]


def test_the_book_is_followed_and_never_crossed(with_client: Any, desk: Any) -> None:
    async def look(client: Any) -> list[Any]:
        said = await client.watch(
            "watch_order_book", SYMBOL, stream="btcusdt@depth@100ms"
        )
        await said.get()
        seen: list[Any] = []
        for bid in (110, 90, 95):
            desk.market.quote(bid, bid + 1, levels=2)
            book = await said.get()
            seen.append((book["bids"][:2], book["asks"][:2]))
        return seen

    assert with_client(look) == [
        ([[110.0, 1.0], [109.0, 1.0]], [[111.0, 1.0], [112.0, 1.0]]),
        ([[90.0, 1.0], [89.0, 1.0]], [[91.0, 1.0], [92.0, 1.0]]),
        ([[95.0, 1.0], [94.0, 1.0]], [[96.0, 1.0], [97.0, 1.0]]),
    ]


def test_a_stranger_hears_nothing_of_the_account(with_client: Any) -> None:
    async def listen(client: Any) -> None:
        # ccxt 4.5.90 trips over its own tidying up when a subscription is refused.
        with pytest.raises(KeyError) as tripped:
            await client.api.watch_orders(SYMBOL)
        assert isinstance(tripped.value.__context__, ccxt.AuthenticationError)

    with_client(listen, secret="wrong")  # noqa: S106 - that is the test
