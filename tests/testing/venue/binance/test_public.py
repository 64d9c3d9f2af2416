"""What anybody may ask, asked by ccxt's own client."""

from typing import Any

SYMBOL = "BTC/USDT"


def test_the_market_is_described(with_client: Any) -> None:
    async def ask(client: Any) -> Any:
        return client.api.market(SYMBOL)

    market = with_client(ask)

    assert (market["base"], market["quote"], market["spot"]) == ("BTC", "USDT", True)
    assert market["precision"]["price"] == 0.01
    assert market["precision"]["amount"] == 0.00001
    assert market["limits"]["cost"]["min"] == 5.0


def test_the_book_the_prices_and_the_trades_are_told(
    with_client: Any, desk: Any
) -> None:
    desk.market.trade(100, "0.5", buyer_is_maker=True)
    desk.market.trade("100.5", 2, buyer_is_maker=False)

    async def ask(client: Any) -> list[Any]:
        book = await client.api.fetch_order_book(SYMBOL, 2)
        ticker = await client.api.fetch_ticker(SYMBOL)
        best = await client.api.fetch_bids_asks([SYMBOL])
        trades = await client.api.fetch_trades(SYMBOL)
        plain = await client.api.publicGetTrades({"symbol": "BTCUSDT"})
        return [
            (book["bids"], book["asks"]),
            (ticker["last"], ticker["high"], ticker["bid"], ticker["baseVolume"]),
            (best[SYMBOL]["bid"], best[SYMBOL]["ask"]),
            [(each["id"], each["side"], each["price"]) for each in trades],
            [(each["id"], each["qty"]) for each in plain],
        ]

    assert with_client(ask) == [
        ([[100.0, 2.0], [99.0, 2.0]], [[101.0, 2.0], [102.0, 2.0]]),
        (100.5, 100.5, 100.0, 2.5),
        (100.0, 101.0),
        [("1", "sell", 100.0), ("2", "buy", 100.5)],
        [(1, "0.50000000"), (2, "2.00000000")],
    ]


def test_trades_are_told_from_an_id_on(with_client: Any, desk: Any) -> None:
    for _ in range(5):
        desk.market.trade(100, 1)

    async def ask(client: Any) -> list[str]:
        more = {"fromId": 2}
        trades = await client.api.fetch_trades(SYMBOL, None, 3, more)
        return [each["id"] for each in trades]

    assert with_client(ask) == ["2", "3", "4"]


def test_the_clock_is_told(with_client: Any, desk: Any) -> None:
    async def ask(client: Any) -> int:
        return int(await client.api.fetch_time())

    before = desk.venue.core.clock.milliseconds()

    assert before <= with_client(ask) <= desk.venue.core.clock.milliseconds()
