"""Coinbase Exchange's channels, heard by ccxt's own client."""

from decimal import Decimal
from typing import Any

import ccxt  # type: ignore[import-untyped]
import pytest

from holdfast.testing import Fault, When

SYMBOL = "BTC/USD"


def test_every_event_of_an_order_is_told(with_client: Any, coinbase_desk: Any) -> None:
    async def trade(client: Any) -> list[Any]:
        await client.watch("watch_orders", SYMBOL, stream="user")
        order = await client.api.create_order(SYMBOL, "limit", "buy", 3, 90)
        coinbase_desk.venue.hit(1, Decimal(1))
        await client.api.cancel_order(order["id"], SYMBOL)
        events = [
            await client.event(kind) for kind in ("received", "open", "match", "done")
        ]
        sequence = [each["sequence"] for each in events]
        return [
            [each.get("order_id", each.get("maker_order_id")) for each in events]
            == [order["id"]] * 4,
            sequence == sorted(sequence),
            (events[2]["size"], events[3]["remaining_size"], events[3]["reason"]),
        ]

    assert with_client(trade) == [True, True, ("1", "2", "canceled")]


@pytest.mark.parametrize(
    ("kind", "price", "role", "fee"),
    [("market", None, "taker", 0.202), ("limit", 100, "maker", 0.2)],
)
def test_a_trade_of_the_account_is_told(
    with_client: Any,
    coinbase_desk: Any,
    kind: str,
    price: int | None,
    role: str,
    fee: float,
) -> None:
    async def trade(client: Any) -> list[Any]:
        said = await client.watch("watch_my_trades", SYMBOL, stream="user")
        order = await client.api.create_order(SYMBOL, kind, "buy", 2, price)
        coinbase_desk.market.trade(100, 50)
        told = await said.get()
        return [
            told["order"] == order["id"],
            (told["side"], told["takerOrMaker"], told["fee"]["cost"]),
        ]

    assert with_client(trade) == [True, ("buy", role, fee)]


@pytest.mark.usefixtures("coinbase_desk")
def test_a_filled_order_is_closed_in_the_end(with_client: Any) -> None:
    async def trade(client: Any) -> Any:
        said = await client.watch("watch_orders", SYMBOL, stream="user")
        await client.api.create_order(SYMBOL, "market", "buy", 1)
        told = await said.get()
        while told["status"] != "closed":
            told = await said.get()
        return told["remaining"]

    assert with_client(trade) == 0.0


def test_trades_prices_and_the_book_are_told(
    with_client: Any, coinbase_desk: Any
) -> None:
    async def look(client: Any) -> list[Any]:
        trades = await client.watch("watch_trades", SYMBOL, stream="matches")
        tickers = await client.watch("watch_ticker", SYMBOL, stream="ticker")
        books = await client.watch("watch_order_book", SYMBOL, stream="level2")
        book = await books.get()
        first = book["bids"][0]
        coinbase_desk.market.trade("100.5", 3, buyer_is_maker=False)
        coinbase_desk.market.quote(90, 91)
        book = await books.get()
        trade, ticker = await trades.get(), await tickers.get()
        return [
            first,
            (book["bids"][0], book["asks"][0]),
            (trade["side"], trade["price"], trade["amount"]),
            (ticker["last"], ticker["bid"]),
        ]

    assert with_client(look) == [
        [100.0, 2.0],
        ([90.0, 1.0], [91.0, 1.0]),
        ("buy", 100.5, 3.0),
        (100.5, 100.0),
    ]


@pytest.mark.usefixtures("coinbase_desk")
def test_a_heart_beats(with_client: Any) -> None:
    async def listen(client: Any) -> list[Any]:
        url = client.api.urls["api"]["ws"]
        request = {"type": "subscribe", "channels": ["heartbeat"]}
        request["product_ids"] = ["BTC-USD"]

        async def watch() -> None:
            await client.api.watch(url, "never", request, "never")

        client.start(watch())
        beats = [await client.event("heartbeat") for _ in range(2)]
        return [each["product_id"] for each in beats]

    assert with_client(listen) == ["BTC-USD"] * 2


@pytest.mark.usefixtures("coinbase_desk")
def test_a_stranger_hears_nothing_of_the_account(with_client: Any) -> None:
    async def listen(client: Any) -> None:
        await client.api.watch_orders(SYMBOL)

    with pytest.raises(ccxt.AuthenticationError, match="Invalid Passphrase"):
        with_client(listen, password="wrong")  # noqa: S106 - that is the test


def test_a_report_is_lost(with_client: Any, coinbase_desk: Any) -> None:
    when = When(client_order_id="a")
    lost = Fault(id="f", kind="lost_frame", where="match", when=when)

    async def listen(client: Any) -> list[str]:
        coinbase_desk.venue.inject(lost)
        await client.watch("watch_orders", SYMBOL, stream="user")
        named = {"clientOrderId": "a"}
        await client.api.create_order(SYMBOL, "market", "buy", 3, None, named)
        match = await client.event("match")
        return [match["price"], (await client.event("done"))["reason"]]

    assert with_client(listen) == ["102", "filled"]
