"""Keys, clocks, public questions and faults at Coinbase Exchange."""

import base64
from typing import Any

import ccxt  # type: ignore[import-untyped]
import pytest

from holdfast.testing import Fault

SYMBOL = "BTC/USD"
WRONG = base64.b64encode(b"wrong").decode()


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ({"secret": WRONG}, "invalid signature"),
        ({"apiKey": "wrong"}, "Invalid API Key"),
        ({"password": "wrong"}, "Invalid Passphrase"),
    ],
)
def test_a_stranger_is_not_let_in(
    with_client: Any, coinbase_desk: Any, config: dict[str, str], told: str
) -> None:
    async def ask(client: Any) -> None:
        await client.api.create_order(SYMBOL, "market", "buy", 1)

    with pytest.raises(ccxt.AuthenticationError, match=told):
        with_client(ask, **config)
    assert coinbase_desk.venue.orders() == ()


def test_a_request_of_another_time_is_refused(
    with_client: Any, coinbase_desk: Any
) -> None:
    coinbase_desk.venue.core.clock.skew = 60.0

    async def ask(client: Any) -> None:
        await client.api.create_order(SYMBOL, "market", "buy", 1)

    with pytest.raises(ccxt.ExchangeError, match="request timestamp expired"):
        with_client(ask)


def test_the_market_is_told_to_anybody(with_client: Any, coinbase_desk: Any) -> None:
    coinbase_desk.market.trade(100, 3, buyer_is_maker=False)

    async def ask(client: Any) -> list[Any]:
        book = await client.api.fetch_order_book(SYMBOL)
        ticker = await client.api.fetch_ticker(SYMBOL)
        trades = await client.api.fetch_trades(SYMBOL)
        now = await client.api.fetch_time()
        return [
            (book["bids"][0][:2], book["asks"][0][:2]),
            (ticker["last"], ticker["bid"], ticker["ask"]),
            [(each["price"], each["amount"], each["side"]) for each in trades],
            now > 0,
        ]

    assert with_client(ask) == [
        ([100.0, 2.0], [101.0, 2.0]),
        (100.0, 100.0, 101.0),
        [(100.0, 3.0, "buy")],
        True,
    ]


@pytest.mark.parametrize(
    ("kind", "params", "error", "placed"),
    [
        ("status", {"status": 503, "executed": True}, ccxt.ExchangeNotAvailable, 1),
        ("timeout_after_execution", {}, ccxt.RequestTimeout, 1),
        ("executed_no_answer", {}, ccxt.ExchangeNotAvailable, 1),
        ("throttled", {}, ccxt.RateLimitExceeded, 0),
        ("code", {"code": -2010}, ccxt.InsufficientFunds, 0),
        ("maintenance", {"status": 400}, ccxt.OnMaintenance, 0),
    ],
)
def test_it_goes_wrong_in_the_same_ways(
    with_client: Any,
    coinbase_desk: Any,
    kind: str,
    params: dict[str, Any],
    error: type[Exception],
    placed: int,
) -> None:
    fault = Fault(id="f", kind=kind, where="new", params=params)

    async def ask(client: Any) -> None:
        coinbase_desk.venue.inject(fault)
        await client.api.create_order(SYMBOL, "limit", "buy", 1, 90)

    with pytest.raises(error):
        with_client(ask, timeout=300)
    assert len(coinbase_desk.venue.orders()) == placed
    assert coinbase_desk.venue.faults_fired == {"f": 1}
