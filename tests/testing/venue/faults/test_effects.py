"""What happens to orders and to the account behind the client's back."""

from decimal import Decimal
from typing import Any

import ccxt  # type: ignore[import-untyped]
import pytest

from holdfast.testing import Fault, When

SYMBOL = "BTC/USDT"
NAMED = {"newClientOrderId": "a"}
BY_NAME = {"clientOrderId": "a"}


def test_an_order_is_invisible_until_it_is_healed(with_client: Any, desk: Any) -> None:
    fault = Fault(id="f", kind="order_invisible", params={"seconds": 3600})

    async def look(client: Any) -> list[Any]:
        api = client.api
        desk.venue.inject(fault)
        placed = await api.create_order(SYMBOL, "limit", "buy", 1, 90, NAMED)
        with pytest.raises(ccxt.OrderNotFound, match="-2013"):
            await api.fetch_order(None, SYMBOL, BY_NAME)
        hidden = await api.fetch_open_orders(), await api.fetch_orders(SYMBOL)
        desk.venue.heal()
        found = await api.fetch_order(None, SYMBOL, BY_NAME)
        return [placed["status"], hidden, found["status"]]

    assert with_client(look) == ["open", ([], []), "open"]


def test_a_part_of_an_order_is_filled(with_client: Any, desk: Any) -> None:
    fault = Fault(id="f", kind="partial_fill", params={"share": "0.25"})

    async def look(client: Any) -> list[Any]:
        desk.venue.inject(fault)
        await client.watch("watch_orders", SYMBOL, stream="user")
        placed = await client.api.create_order(SYMBOL, "limit", "buy", 2, 90, NAMED)
        reports = [await client.event("executionReport") for _ in range(2)]
        return [placed["filled"], [(each["x"], each["z"]) for each in reports]]

    assert with_client(look) == [0.0, [("NEW", "0.00000000"), ("TRADE", "0.50000000")]]
    assert [each.status for each in desk.venue.orders()] == ["PARTIALLY_FILLED"]


def test_a_fill_overtakes_the_cancel(with_client: Any, desk: Any) -> None:
    desk.venue.inject(Fault(id="f", kind="fill_races_cancel", where="cancel"))

    async def race(client: Any) -> Any:
        await client.api.create_order(SYMBOL, "limit", "buy", 2, 90, NAMED)
        with pytest.raises(ccxt.OrderNotFound, match="-2011"):
            await client.api.cancel_order(None, SYMBOL, BY_NAME)
        found = await client.api.fetch_order(None, SYMBOL, BY_NAME)
        return found["status"], found["filled"]

    assert with_client(race) == ("closed", 2.0)


def test_a_part_is_filled_before_the_rest_is_cancelled(
    with_client: Any, desk: Any
) -> None:
    fault = Fault(
        id="f", kind="fill_races_cancel", where="cancel", params={"share": "0.5"}
    )

    async def race(client: Any) -> Any:
        desk.venue.inject(fault)
        placed = await client.api.create_order(SYMBOL, "limit", "buy", 2, 90)
        cancelled = await client.api.cancel_order(placed["id"], SYMBOL)
        return cancelled["status"], cancelled["filled"]

    assert with_client(race) == ("canceled", 1.0)


@pytest.mark.parametrize(
    ("status", "told"),
    [("EXPIRED", "expired"), ("REJECTED", "rejected"), ("CANCELED", "canceled")],
)
def test_the_venue_ends_an_order_that_it_has_taken(
    with_client: Any, desk: Any, status: str, told: str
) -> None:
    fault = Fault(id="f", kind="ended_by_venue", params={"status": status})

    async def look(client: Any) -> list[str]:
        desk.venue.inject(fault)
        said = await client.watch("watch_orders", SYMBOL, stream="user")
        await client.api.create_order(SYMBOL, "limit", "buy", 2, 90, NAMED)
        seen = [(await said.get())["status"]]
        while seen[-1] != told:
            seen.append((await said.get())["status"])
        return seen[-1:] + [(await client.event("executionReport"))["x"] for _ in "ab"]

    assert with_client(look) == [told, "NEW", status]


def test_balances_are_old(with_client: Any, desk: Any) -> None:
    fault = Fault(id="f", kind="balance_lag", params={"seconds": 3600})

    async def look(client: Any) -> list[float]:
        desk.venue.inject(fault)
        await client.api.create_order(SYMBOL, "market", "sell", 1)
        old = await client.api.fetch_balance()
        desk.venue.heal()
        new = await client.api.fetch_balance()
        return [old["BTC"]["free"], new["BTC"]["free"]]

    assert with_client(look) == [1000.0, 999.0]


def test_somebody_else_trades_on_the_account(with_client: Any, desk: Any) -> None:
    order = {"side": "sell", "quantity": "3", "price": "110"}

    async def look(client: Any) -> list[Any]:
        said = await client.watch("watch_orders", SYMBOL, stream="user")
        desk.venue.inject(Fault(id="f", kind="external_order", params=order))
        heard = await said.get()
        listed = await client.api.fetch_open_orders(SYMBOL)
        return [
            heard["clientOrderId"][:4],
            [(each["side"], each["amount"], each["price"]) for each in listed],
        ]

    assert with_client(look) == ["web_", [("sell", 3.0, 110.0)]]


def test_the_account_is_closed_out_before_the_second_order(
    with_client: Any, desk: Any
) -> None:
    desk.market.quote(100, 101, size=600)
    fault = Fault(id="f", kind="liquidation", where="new", when=When(nth=2))

    async def look(client: Any) -> None:
        desk.venue.inject(fault)
        await client.api.create_order(SYMBOL, "limit", "buy", 1, 90)
        await client.api.create_order(SYMBOL, "limit", "buy", 2, 90)

    with_client(look)

    names = [each.client_order_id[:10] for each in desk.venue.orders()]
    assert names[1] == "autoclose-"
    assert desk.venue.balances().of("BTC").total == Decimal(0)
