"""A recorded market, played to ccxt's own client."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from holdfast.actors.messages import Side

SYMBOL = "BTC/USDT"
DEPTH = (
    '{"e":"depthUpdate","E":1000,"s":"BTCUSDT","U":11,"u":12,'
    '"b":[["99.00","1.0"]],"a":[["101.00","2.0"]]}'
)
TRADE = (
    '{"e":"trade","E":2000,"s":"BTCUSDT","t":7,"p":"100.00","q":"0.50",'
    '"T":2000,"m":true,"M":true}'
)
QUOTE = '{"u":12,"s":"BTCUSDT","b":"99.00","B":"1.0","a":"101.00","A":"2.0"}'
FRAMES = [
    f'1000000000 {{"stream":"btcusdt@depth@100ms","data":{DEPTH}}}',
    "not a frame",
    f'2000000000 {{"stream":"btcusdt@trade","data":{TRADE}}}',
    f'2500000000 {{"stream":"x@trade","data":{TRADE.replace("BTC", "ETH")}}}',
    f'3000000000 {{"stream":"btcusdt@bookTicker","data":{QUOTE}}}',
]


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "day.ws"
    path.write_text("\n".join(FRAMES) + "\n")
    return path


@pytest.mark.recording
def test_every_recorded_trade_arrives_and_the_book_is_right(
    with_client: Any, still_desk: Any, recordings: Path
) -> None:
    replay = still_desk.venue.replay(recordings / "binance_spot_btcusdt_20240808.ws.gz")
    display = still_desk.venue.core.display

    async def listen(client: Any) -> list[Any]:
        client.api.options["tradesLimit"] = 20_000
        said = await client.watch("watch_trades", SYMBOL, stream="btcusdt@trade")
        replay.step(10)
        depth = "btcusdt@depth@100ms"
        books = await client.watch("watch_order_book", SYMBOL, stream=depth)
        book = await books.get()
        replay.play()
        trades = [(await said.get())["id"] for _ in range(9757)]
        await asyncio.to_thread(replay.wait)
        while book["nonce"] != display.last_update_id:
            book = await books.get()
            assert book["bids"][0][0] < book["asks"][0][0]
        shown = [display.depth(side, 1)[0] for side in Side]
        return [trades, book["bids"][0], book["asks"][0], shown]

    trades, bid, ask, shown = with_client(listen)

    first = int(trades[0])
    assert list(map(int, trades)) == list(range(first, first + 9757))
    assert replay.said()["Trade"] == 9757
    assert [bid, ask] == [[float(each) for each in level] for level in shown]


def test_the_engine_trades_against_what_is_played(
    with_client: Any, still_desk: Any, recording: Path
) -> None:
    replay = still_desk.venue.replay(recording)

    async def trade(client: Any) -> list[Any]:
        replay.step()
        replay.step()
        bought = await client.api.create_order(SYMBOL, "limit", "buy", 0.1, 100)
        replay.step()
        found = await client.api.fetch_order(bought["id"], SYMBOL)
        taken = await client.api.create_order(SYMBOL, "market", "buy", 1)
        return [found["status"], found["average"], taken["average"]]

    assert with_client(trade) == ["closed", 100.0, 101.0]


def test_it_is_played_step_by_step_to_its_end(still_desk: Any, recording: Path) -> None:
    replay = still_desk.venue.replay(recording)

    assert [replay.step(3), replay.is_over, replay.step(3), replay.is_over] == [
        3,
        False,
        1,
        True,
    ]
    assert replay.said() == {
        "DepthSnapshot": 1,
        "DepthUpdate": 1,
        "Trade": 1,
        "Quote": 1,
    }


def test_it_is_played_by_itself_as_fast_as_asked_for(
    still_desk: Any, recording: Path
) -> None:
    replay = still_desk.venue.replay(recording)

    replay.play(speed=20)
    replay.wait()

    assert replay.said()["Quote"] == 1


def test_it_can_be_stopped_and_gone_on_with(still_desk: Any, recording: Path) -> None:
    replay = still_desk.venue.replay(recording)

    replay.play(speed=0.0001)
    replay.stop()
    replay.step(4)

    assert sum(replay.said().values()) == 4


@pytest.mark.parametrize(("restamp", "is_now"), [(True, True), (False, False)])
def test_what_is_played_may_be_said_to_happen_now(
    with_client: Any, still_desk: Any, recording: Path, *, restamp: bool, is_now: bool
) -> None:
    replay = still_desk.venue.replay(recording, restamp=restamp)

    async def listen(client: Any) -> int:
        said = await client.watch("watch_trades", SYMBOL, stream="btcusdt@trade")
        replay.step(4)
        return int((await said.get())["timestamp"])

    before = still_desk.venue.core.clock.milliseconds()

    assert (with_client(listen) >= before) is is_now
