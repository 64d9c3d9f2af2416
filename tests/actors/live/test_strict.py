"""ccxt's own client, with its holes closed, asked without anything round it."""

import asyncio
from typing import Any

import ccxt  # type: ignore[import-untyped]
import pytest

from holdfast.actors.live.client import Account, rest_client
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
