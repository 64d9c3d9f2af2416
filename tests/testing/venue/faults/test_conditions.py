"""Closed doors, wrong clocks and a venue that stands still, at ccxt's own client."""

import asyncio
import contextlib
from typing import Any

import aiohttp
import ccxt  # type: ignore[import-untyped]
import pytest

from holdfast.testing import Fault, When

SYMBOL = "BTC/USDT"


async def buy(client: Any) -> str:
    """Place an order; say what ccxt makes of the answer."""
    try:
        order = await client.api.create_order(SYMBOL, "limit", "buy", 1, 90)
    except ccxt.BaseError as error:
        return type(error).__name__
    return str(order["status"])


def test_nobody_is_let_in(with_client: Any, desk: Any) -> None:
    async def knock(client: Any) -> list[str]:
        desk.venue.inject(Fault(id="f", kind="refused"))
        with pytest.raises(ccxt.ExchangeNotAvailable) as refused:
            await client.api.fetch_time()
        assert isinstance(refused.value.__cause__, aiohttp.ClientConnectorError)
        answers = [await buy(client)]
        desk.venue.heal()
        return [*answers, await buy(client)]

    assert with_client(knock) == ["ExchangeNotAvailable", "open"]
    assert len(desk.venue.orders()) == 1


def test_the_door_opens_again_by_itself(with_client: Any, desk: Any) -> None:
    async def knock(client: Any) -> list[str]:
        desk.venue.inject(Fault(id="f", kind="refused", for_=0.2))
        answers = [await buy(client)]
        while answers[-1] != "open":
            answers.append(await buy(client))
        return sorted(set(answers))

    assert with_client(knock) == ["ExchangeNotAvailable", "open"]


@pytest.mark.parametrize(
    ("window", "placed"), [(60_000, 1), (1, 0)], ids=["in time", "too late"]
)
def test_a_venue_that_stood_still_goes_on_where_it_was(
    with_client: Any, desk: Any, window: int, placed: int
) -> None:
    async def wait(client: Any) -> str:
        client.api.options["recvWindow"] = window
        desk.venue.inject(Fault(id="f", kind="half_open"))
        answer = await buy(client)
        assert desk.venue.orders() == ()
        desk.venue.heal()
        while not desk.venue.requests()[-1].is_performed:
            pass
        return answer

    assert with_client(wait, timeout=200) == "RequestTimeout"
    assert len(desk.venue.orders()) == placed


def test_a_stream_that_stands_still_answers_no_ping(
    with_client: Any, desk: Any
) -> None:
    async def listen(client: Any) -> list[Any]:
        said = await client.watch("watch_orders", SYMBOL, stream="user")
        desk.venue.inject(Fault(id="f", kind="half_open", where="user"))
        placed = await buy(client)
        return [placed, type(await said.get()).__name__]

    keep_alive = {"streaming": {"keepAlive": 100}}
    assert with_client(listen, **keep_alive) == ["open", "RequestTimeout"]


@pytest.mark.parametrize("seconds", [30.0, -30.0])
def test_the_clock_is_wrong_until_it_is_healed(
    with_client: Any, desk: Any, seconds: float
) -> None:
    skew = Fault(id="f", kind="clock_skew", params={"seconds": seconds})

    async def ask(client: Any) -> list[str]:
        desk.venue.inject(skew)
        answers = [await buy(client)]
        desk.venue.heal()
        return [*answers, await buy(client)]

    assert with_client(ask) == ["InvalidNonce", "open"]


def test_a_condition_begins_with_the_call_that_it_waits_for(
    with_client: Any, desk: Any
) -> None:
    fault = Fault(id="f", kind="clock_skew", where="new", when=When(nth=2))

    async def ask(client: Any) -> list[str]:
        desk.venue.inject(fault)
        return [await buy(client) for _ in range(3)]

    assert with_client(ask) == ["open", "InvalidNonce", "InvalidNonce"]


def test_a_condition_begins_and_ends_at_its_time(with_client: Any, desk: Any) -> None:
    fault = Fault(
        id="f", kind="clock_skew", when=When(at=0.1), for_=1.5, params={"seconds": -30}
    )

    async def ask(client: Any) -> list[str]:
        desk.venue.inject(fault)
        answers = [await buy(client)]
        while answers[-1] == "open":
            answers.append(await buy(client))
        while answers[-1] != "open":
            answers.append(await buy(client))
        return [each for each in answers if each != "open"][:1] + answers[-1:]

    assert with_client(ask) == ["InvalidNonce", "open"]


def test_streams_are_cut_and_dialled_again(with_client: Any, desk: Any) -> None:
    async def listen(client: Any) -> list[Any]:
        said = await client.watch("watch_trades", SYMBOL, stream="btcusdt@trade")
        desk.venue.inject(Fault(id="f", kind="disconnect", where="btcusdt@trade"))
        error = await said.get()
        await client.heard("btcusdt@trade")
        told: Any = None
        while type(told) is not dict:  # ccxt may not listen yet, or report once more
            desk.market.trade(100, 1)
            with contextlib.suppress(TimeoutError):
                told = await asyncio.wait_for(said.get(), 0.5)
        return [isinstance(error, ccxt.NetworkError), told["symbol"]]

    assert with_client(listen) == [True, SYMBOL]


def test_a_new_connection_is_closed_at_once(with_client: Any, desk: Any) -> None:
    storm = Fault(id="f", kind="accept_then_close", where="market", when=When(times=3))

    async def listen(client: Any) -> list[Any]:
        desk.venue.inject(storm)
        said = await client.watch("watch_trades", SYMBOL, stream="btcusdt@trade")
        desk.market.trade(100, 1)
        told = [await said.get() for _ in range(4)]
        return [isinstance(each, ccxt.NetworkError) for each in told]

    assert with_client(listen) == [True, True, True, False]
    assert desk.venue.faults_fired == {"f": 3}
