"""Each fault of an answer, at ccxt's own client: what it takes it for, what is true.

The expectations are those that were measured with ccxt 4.5.90's asynchronous client.
"""

from decimal import Decimal
from typing import Any

import attrs
import ccxt  # type: ignore[import-untyped]
import pytest

from holdfast.testing import Fault, When

SYMBOL = "BTC/USDT"
NO_ERROR = None
"""ccxt raises nothing, and returns an order without an id."""

HTML = "<html>maintenance</html>"


@attrs.frozen
class Row:
    """A fault of a new order, the error that ccxt makes of it, how many are placed."""

    kind: str
    params: dict[str, Any]
    error: Any
    placed: int

    def __str__(self) -> str:
        return " ".join([self.kind, *map(str, self.params.values())])


ROWS = [
    Row("status", {"status": 500}, ccxt.ExchangeNotAvailable, 0),
    Row("status", {"status": 502}, ccxt.ExchangeNotAvailable, 0),
    Row("status", {"status": 503}, ccxt.ExchangeNotAvailable, 0),
    Row("status", {"status": 503, "executed": True}, ccxt.ExchangeNotAvailable, 1),
    Row("status", {"status": 504}, ccxt.RequestTimeout, 0),
    Row("status", {"status": 504, "executed": True}, ccxt.RequestTimeout, 1),
    Row("status", {"status": 524, "executed": True}, NO_ERROR, 1),
    Row("throttled", {}, ccxt.DDoSProtection, 0),
    Row("banned", {}, ccxt.DDoSProtection, 0),
    Row("waf", {}, ccxt.ExchangeNotAvailable, 0),
    Row("timeout_before_execution", {}, ccxt.RequestTimeout, 0),
    Row("timeout_after_execution", {}, ccxt.RequestTimeout, 1),
    Row("executed_no_answer", {}, ccxt.ExchangeNotAvailable, 1),
    Row("reset", {}, ccxt.ExchangeNotAvailable, 0),
    Row("reset", {"executed": True}, ccxt.ExchangeNotAvailable, 1),
    Row("truncated", {}, ccxt.ExchangeError, 1),
    Row("garbage", {"body": HTML}, NO_ERROR, 1),
    Row("garbage", {"body": "{}", "executed": False}, NO_ERROR, 0),
    Row("garbage", {"body": "[]"}, NO_ERROR, 1),
    Row("garbage", {"body": "null"}, NO_ERROR, 1),
    Row("garbage", {"body": ""}, NO_ERROR, 1),
    Row("garbage", {"body": '{"orderId":[],"symbol":7}'}, NO_ERROR, 1),
    Row("code", {"code": -1000}, ccxt.OperationFailed, 0),
    Row("code", {"code": -1000, "executed": True}, ccxt.OperationFailed, 1),
    Row("code", {"code": -1001}, ccxt.OperationFailed, 0),
    Row("code", {"code": -1006, "executed": True}, ccxt.OperationFailed, 1),
    Row("code", {"code": -1007, "executed": True}, ccxt.RequestTimeout, 1),
    # Against the real address it would be OperationFailed.
    Row("code", {"code": -1008}, ccxt.ExchangeError, 0),
    Row("code", {"code": -1021}, ccxt.InvalidNonce, 0),
    Row("code", {"code": -2010}, ccxt.InsufficientFunds, 0),
    Row("code", {"code": -9999, "message": "New."}, ccxt.ExchangeError, 0),
    Row("maintenance", {}, ccxt.OnMaintenance, 0),
    Row("maintenance", {"status": 200}, ccxt.OnMaintenance, 0),
    Row("trickle", {"seconds": 60}, ccxt.RequestTimeout, 1),
]


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_an_answer_goes_wrong(with_client: Any, desk: Any, row: Row) -> None:
    fault = Fault(id="f", kind=row.kind, where="new", params=row.params)

    async def place(client: Any) -> Any:
        desk.venue.inject(fault)
        try:
            order = await client.api.create_order(SYMBOL, "limit", "buy", 1, 90)
        except ccxt.BaseError as error:
            return type(error)
        return order["id"]

    assert with_client(place, timeout=300) is row.error
    assert len(desk.venue.orders()) == row.placed
    assert desk.venue.faults_fired == {"f": 1}
    last = desk.venue.requests()[-1]
    assert (last.faults, last.is_applied) == (("f",), row.placed)


def test_an_answer_that_trickles_is_an_answer_in_the_end(
    with_client: Any, desk: Any
) -> None:
    fault = Fault(id="f", kind="trickle", where="new", params={"seconds": 0.1})

    async def place(client: Any) -> Any:
        desk.venue.inject(fault)
        order = await client.api.create_order(SYMBOL, "limit", "buy", 1, 90)
        return order["status"]

    assert with_client(place) == "open"


@pytest.mark.parametrize(("window", "placed"), [(60_000, 1), (20, 0)])
def test_a_late_order_is_placed_unless_its_time_is_over(
    with_client: Any, desk: Any, window: int, placed: int
) -> None:
    fault = Fault(id="f", kind="late_execution", where="new", params={"seconds": 0.5})

    async def place(client: Any) -> None:
        desk.venue.inject(fault)
        named = {"newClientOrderId": "a", "recvWindow": window}
        with pytest.raises(ccxt.RequestTimeout):
            await client.api.create_order(SYMBOL, "limit", "buy", 1, 90, named)
        assert desk.venue.orders() == ()
        while not desk.venue.requests()[1].is_performed:
            await client.api.fetch_time()

    with_client(place, timeout=200)

    assert [each.client_order_id for each in desk.venue.orders()] == ["a"] * placed
    assert desk.venue.requests()[1].is_applied == placed


def test_who_is_banned_stays_so_until_all_is_healed(
    with_client: Any, desk: Any
) -> None:
    async def ask(client: Any) -> None:
        desk.venue.inject(Fault(id="f", kind="banned", where="new"))
        for _ in range(2):
            with pytest.raises(ccxt.DDoSProtection, match="418"):
                await client.api.create_order(SYMBOL, "limit", "buy", 1, 90)
        with pytest.raises(ccxt.DDoSProtection):
            await client.api.fetch_time()
        assert client.api.last_response_headers["Retry-After"] == "120"
        desk.venue.heal()
        await client.api.create_order(SYMBOL, "limit", "buy", 1, 90)

    with_client(ask)

    assert desk.venue.faults_fired == {"f": 1}


@pytest.mark.parametrize(
    ("method", "args", "taken_for"),
    [
        ("fetch_balance", (), {"free": {}, "used": {}, "total": {}}),
        ("fetch_order_book", (SYMBOL,), {"bids": [], "asks": []}),
        ("fetch_time", (), None),
    ],
)
def test_a_page_is_taken_for_an_answer_by_ccxt(
    with_client: Any, desk: Any, method: str, args: tuple[str, ...], taken_for: Any
) -> None:
    async def ask(client: Any) -> Any:
        desk.venue.inject(Fault(id="f", kind="garbage"))
        told = await getattr(client.api, method)(*args)
        return taken_for and {name: told[name] for name in taken_for}

    assert with_client(ask) == taken_for


def test_faults_of_orders_go_with_the_orders_and_not_with_the_calls(
    with_client: Any, desk: Any
) -> None:
    by_name = Fault(id="name", kind="code", where="new", when=When(client_order_id="b"))
    by_place = Fault(id="place", kind="code", where="new", when=When(intent=3))

    async def place(client: Any) -> list[str]:
        desk.venue.inject(by_name, by_place)
        answers: list[str] = []
        for name in "aabbcc":
            named = {"newClientOrderId": name}
            try:
                await client.api.create_order(SYMBOL, "market", "buy", 1, None, named)
                answers.append(name)
            except ccxt.OperationFailed:
                answers.append(f"not {name}")
        return answers

    assert with_client(place) == ["a", "a", "not b", "b", "not c", "c"]
    cost = Decimal(1000000) - desk.venue.balances().of("USDT").total
    assert cost == Decimal(101) * 2 + Decimal(102) * 2
