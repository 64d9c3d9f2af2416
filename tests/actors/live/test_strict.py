"""ccxt's own client, with its holes closed, asked without anything round it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import ccxt  # type: ignore[import-untyped]
import pytest
from aiohttp import web

from holdfast.actors.live.client import Account, rest_client, stream_client
from holdfast.actors.live.strict import Tap

HTML = "<html><body>Bad Gateway</body></html>"


def fetched(wire: Any) -> Any:
    """Fetch a book with a strict client, once."""

    async def fetch() -> Any:
        client = rest_client(
            Account(exchange="binance", urls=wire.urls), lambda: 1.0, timeout=20.0
        )
        try:
            return await client.publicGetDepth({"symbol": "BTCUSDT"})
        finally:
            await client.close()

    return asyncio.run(fetch())


@pytest.mark.parametrize("body", ["", "{", "null", "7", '"text"', HTML])
def test_what_is_no_json_object_is_no_answer(wire: Any, reply: Any, body: str) -> None:
    wire.answers["GET /depth"] = reply(200, body)

    with pytest.raises(ccxt.BadResponse):
        fetched(wire)


@pytest.mark.parametrize("status", [402, 421, 524, 599])
def test_a_status_that_ccxt_does_not_know_is_an_error(
    wire: Any, reply: Any, status: int
) -> None:
    wire.answers["GET /depth"] = reply(status, '{"bids":[],"asks":[]}')

    with pytest.raises(ccxt.ExchangeError, match=f"status {status}"):
        fetched(wire)


def test_a_number_keeps_its_digits(wire: Any, reply: Any) -> None:
    wire.answers["GET /depth"] = reply(200, '{"price":0.12345678901234567890}')

    assert fetched(wire) == {"price": "0.12345678901234567890"}


def test_what_comes_is_passed_on_and_not_kept() -> None:
    told: list[Any] = []
    tap = Tap(told.append)
    for number in range(3):
        tap.append(number)

    assert told == [0, 1, 2]
    assert (list(tap), tap.getLimit(None, 5), tap.hashmap) == ([], 0, {})


async def connected_to(port: int) -> Any:
    async def dial(_: str, connect: Callable[[], Awaitable[Any]]) -> Any:
        return await connect()

    client = stream_client(Account(exchange="binance"), lambda: 1.0, timeout=20.0)
    client.dial, client.connected = dial, lambda: None
    connection = client.client(f"ws://127.0.0.1:{port}/")
    await connection.connect(client.session)
    return client, connection


def test_a_connection_to_a_venue_that_says_no_goodbye_is_closed_all_the_same() -> None:
    async def cut_short() -> tuple[bool, bool]:
        over = asyncio.Event()

        async def say_nothing(request: web.Request) -> web.StreamResponse:
            socket = web.WebSocketResponse()
            await socket.prepare(request)
            await over.wait()
            return socket

        app = web.Application()
        app.router.add_get("/", say_nothing)
        server = web.AppRunner(app)
        await server.setup()
        await web.TCPSite(server, "127.0.0.1", 0).start()
        client, connection = await connected_to(server.addresses[0][1])
        session = client.session
        closing = asyncio.create_task(client.close())
        while not connection.closed():  # noqa: ASYNC110 - nobody says when it waits
            await asyncio.sleep(0)
        was_open = not session.closed
        closing.cancel()
        await asyncio.wait([closing])
        over.set()
        await server.cleanup()
        return was_open, session.closed

    assert asyncio.run(cut_short()) == (True, True)
