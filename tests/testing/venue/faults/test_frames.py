"""Streams that lie, stutter or say nothing, at ccxt's own client."""

import asyncio
from typing import Any

import pytest

from holdfast.testing import Fault, When

SYMBOL = "BTC/USDT"
TRADES = "btcusdt@trade"


@pytest.mark.parametrize(
    ("kind", "heard"),
    [
        ("lost_frame", ["1", "3", "4"]),
        ("duplicated_frame", ["1", "2", "2", "3", "4"]),
        ("reordered_frame", ["1", "3", "2", "4"]),
    ],
)
def test_a_trade_is_lost_said_twice_or_too_late(
    with_client: Any, desk: Any, kind: str, heard: list[str]
) -> None:
    async def listen(client: Any) -> list[str]:
        desk.venue.inject(Fault(id="f", kind=kind, where="trade", when=When(nth=2)))
        said = await client.watch("watch_trades", SYMBOL, stream=TRADES)
        ids: list[str] = []
        for _ in range(4):
            desk.market.trade(100, 1)
        while len(ids) < len(heard):
            ids.append((await said.get())["id"])
        return ids

    assert with_client(listen) == heard


@pytest.mark.parametrize(
    ("kind", "heard"),
    [
        ("lost_frame", ["NEW", "CANCELED"]),
        ("duplicated_frame", ["NEW", "TRADE", "TRADE", "CANCELED"]),
        ("reordered_frame", ["NEW", "CANCELED", "TRADE"]),
    ],
)
def test_an_execution_report_is_lost_said_twice_or_too_late(
    with_client: Any, desk: Any, kind: str, heard: list[str]
) -> None:
    fault = Fault(id="f", kind=kind, where="executionReport", when=When(nth=2))
    part = Fault(id="part", kind="partial_fill")

    async def listen(client: Any) -> list[str]:
        desk.venue.inject(fault, part)
        await client.watch("watch_orders", SYMBOL, stream="user")
        order = await client.api.create_order(SYMBOL, "limit", "buy", 1, 90)
        await client.api.cancel_order(order["id"], SYMBOL)
        return [(await client.event("executionReport"))["x"] for _ in heard]

    assert with_client(listen) == heard


def test_what_was_held_back_is_said_when_all_is_healed(
    with_client: Any, desk: Any
) -> None:
    async def listen(client: Any) -> str:
        desk.venue.inject(Fault(id="f", kind="reordered_frame", where="trade"))
        said = await client.watch("watch_trades", SYMBOL, stream=TRADES)
        desk.market.trade(100, 1)
        desk.venue.heal()
        return str((await said.get())["id"])

    assert with_client(listen) == "1"


def test_a_silent_stream_says_nothing_and_stays_open(
    with_client: Any, desk: Any
) -> None:
    async def listen(client: Any) -> list[Any]:
        said = await client.watch("watch_trades", SYMBOL, stream=TRADES)
        desk.venue.inject(Fault(id="f", kind="silent", where="market"))
        for _ in range(3):
            desk.market.trade(100, 1)
        desk.venue.heal()
        desk.market.trade(100, 1)
        return [(await said.get())["id"], said.empty()]

    assert with_client(listen) == ["4", True]
    assert desk.venue.faults_fired == {"f": 3}


def test_a_gap_in_the_depth_is_seen_and_the_book_made_anew(
    with_client: Any, desk: Any
) -> None:
    gap = Fault(id="f", kind="lost_frame", where="depth")

    async def listen(client: Any) -> list[Any]:
        depth = "btcusdt@depth@100ms"
        said = await client.watch("watch_order_book", SYMBOL, stream=depth)
        await said.get()
        desk.venue.inject(gap)
        desk.market.quote(110, 111)
        desk.market.quote(120, 121)
        error = await said.get()
        book = await said.get()
        return [type(error).__name__, book["bids"][0], book["asks"][0]]

    assert with_client(listen) == ["ChecksumError", [120.0, 1.0], [121.0, 1.0]]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('{"e":"trade","s":"BTC', "JSONDecodeError"),
        ('{"e":"trade"}', "TypeError"),
        (
            '{"e":"trade","E":1,"s":"BTCUSDT","t":1,"p":"x","q":"1","T":1,"m":true}',
            "ValueError",
        ),
        ("[1]", "TypeError"),
    ],
)
def test_one_bad_frame_ends_the_hearing_of_ccxt_without_a_word(
    with_client: Any, desk: Any, text: str, complaint: str
) -> None:
    bad = Fault(id="f", kind="bad_frame", where="trade", params={"text": text})

    async def listen(client: Any) -> list[Any]:
        crashed: asyncio.Queue[str] = asyncio.Queue()

        def note(_loop: Any, context: dict[str, Any]) -> None:
            crashed.put_nowait(type(context["exception"]).__name__)

        asyncio.get_running_loop().set_exception_handler(note)
        said = await client.watch("watch_trades", SYMBOL, stream=TRADES)
        desk.venue.inject(bad)
        desk.market.trade(100, 1)
        return [await crashed.get(), said.empty()]

    assert with_client(listen) == [complaint, True]


@pytest.mark.parametrize("stream", ["market", "user"])
def test_a_subscription_is_lost_and_nobody_says_so(
    with_client: Any, desk: Any, stream: str
) -> None:
    async def listen(client: Any) -> list[Any]:
        desk.venue.inject(Fault(id="f", kind="lost_ack", where=stream))
        if stream == "user":
            call = client.api.watch_orders(SYMBOL)
        else:
            call = client.api.watch_trades(SYMBOL)
        task = asyncio.create_task(call)
        await asyncio.to_thread(desk.venue.wait_for_fault, "f")
        heard = [each.streams for each in desk.venue.hub.sockets]
        desk.market.trade(100, 1)
        await buy(client)
        waits = not task.done()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return [heard, waits]

    assert with_client(listen) == [[set()], True]


def test_only_the_acknowledgement_may_be_lost(with_client: Any, desk: Any) -> None:
    lost = Fault(id="f", kind="lost_ack", where="market", params={"subscribes": True})

    async def listen(client: Any) -> Any:
        desk.venue.inject(lost)
        said = await client.watch("watch_trades", SYMBOL, stream=TRADES)
        desk.market.trade(100, 1)
        return (await said.get())["id"]

    assert with_client(listen) == "1"


async def buy(client: Any) -> None:
    await client.api.create_order(SYMBOL, "market", "buy", 1)


def test_chance_spoils_some_frames_and_not_others(with_client: Any, desk: Any) -> None:
    some = Fault(id="f", kind="lost_frame", where="trade", when=When(probability=0.5))

    async def listen(client: Any) -> list[str]:
        said = await client.watch("watch_trades", SYMBOL, stream=TRADES)
        desk.venue.inject(some)
        for _ in range(20):
            desk.market.trade(100, 1)
        desk.venue.heal()
        desk.market.trade(100, 1)
        ids: list[str] = []
        while "21" not in ids:
            ids.append((await said.get())["id"])
        return ids

    heard = with_client(listen)
    assert len(heard) == 21 - desk.venue.faults_fired["f"]
    assert 1 < len(heard) < 21
    assert heard == sorted(heard, key=int)
