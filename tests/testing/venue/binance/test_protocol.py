"""Keys, signatures and clocks: what is checked before anything is done."""

from typing import Any

import ccxt  # type: ignore[import-untyped]
import pytest

SYMBOL = "BTC/USDT"


@pytest.mark.parametrize(
    ("config", "code"),
    [({"secret": "wrong"}, "-1022"), ({"apiKey": "wrong"}, "-2015")],
)
def test_a_stranger_is_not_let_in(
    with_client: Any, desk: Any, config: dict[str, str], code: str
) -> None:
    async def trade(client: Any) -> None:
        await client.api.create_order(SYMBOL, "market", "buy", 1)

    with pytest.raises(ccxt.AuthenticationError, match=code):
        with_client(trade, **config)
    assert desk.venue.orders() == ()


@pytest.mark.parametrize("skew", [10.0, -10.0])
def test_a_request_of_another_time_is_refused(
    with_client: Any, desk: Any, skew: float
) -> None:
    desk.venue.core.clock.skew = skew

    async def trade(client: Any) -> None:
        await client.api.create_order(SYMBOL, "market", "buy", 1)

    with pytest.raises(ccxt.InvalidNonce, match="-1021"):
        with_client(trade)
    assert desk.venue.orders() == ()


def test_a_client_that_asks_for_the_time_copes_with_a_wrong_clock(
    with_client: Any, desk: Any
) -> None:
    desk.venue.core.clock.skew = -10.0

    async def trade(client: Any) -> str:
        await client.api.load_time_difference()
        order = await client.api.create_order(SYMBOL, "market", "buy", 1)
        return str(order["status"])

    assert with_client(trade) == "closed"


def test_every_request_and_its_effect_is_noted(with_client: Any, desk: Any) -> None:
    async def trade(client: Any) -> None:
        named = {"newClientOrderId": "a"}
        await client.api.create_order(SYMBOL, "limit", "buy", 1, 90, named)
        with pytest.raises(ccxt.InvalidOrder):
            await client.api.create_order(SYMBOL, "limit", "buy", 1, 90, named)
        await client.api.cancel_order(None, SYMBOL, {"clientOrderId": "a"})

    with_client(trade)

    assert [
        (
            f"{each.method} {each.path}",
            each.call_class,
            each.client_order_id,
            each.status,
            each.is_applied,
        )
        for each in desk.venue.requests()
    ] == [
        ("GET /exchangeInfo", "data", "", 200, False),
        ("POST /order", "new", "a", 200, True),
        ("POST /order", "new", "a", 400, False),
        ("DELETE /order", "cancel", "a", 200, True),
    ]
