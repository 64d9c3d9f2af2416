"""Whoever is dead, everything is taken back at the venue, which says so itself."""

import asyncio
import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

import attrs
import pytest

from holdfast.actors.live.last_resort import LastResort
from holdfast.actors.messages import OrderType, PlaceOrder, Side
from holdfast.supervision import Ref, SystemClock
from holdfast.testing import Fault, FaultKind, VenueServer, When
from holdfast.tests.actors.live.conftest import MARKETS
from holdfast.tests.actors.live.http_script import Wire, replying

Ask = Callable[[Ref, Any], Any]
ONE = MARKETS.removeprefix('{"symbols":[').removesuffix("]}")


@pytest.fixture
def clock() -> SystemClock:
    return SystemClock()


@pytest.fixture
def lines() -> list[str]:
    return []


@pytest.fixture
def resort(
    specified: Callable[..., Any],
    venue_urls: dict[str, Any],
    clock: SystemClock,
    lines: list[str],
) -> LastResort:
    args = specified(venue_urls).args
    return LastResort(
        args=args, clock=clock, say=lines.append, settled=0.0, deadline=2.0
    )


@pytest.fixture
def placed(
    exchange: Callable[..., Ref], venue_urls: dict[str, Any], ask: Ask
) -> Callable[..., None]:
    """Let orders rest at the venue."""
    ref = exchange(venue_urls)

    def place(*names: str) -> None:
        for name in names:
            order = PlaceOrder(
                client_order_id=name,
                intent_id=name,
                symbol="BTCUSDT",
                side=Side.BUY,
                type=OrderType.LIMIT,
                quantity=Decimal("0.01"),
                price=Decimal(59_000),
                time=1.0,
            )
            ask(ref, order)

    return place


def run(resort: LastResort, clock: SystemClock, patience: float = 20.0) -> bool:
    try:
        return asyncio.run(resort.cancel_all(patience))
    finally:
        clock.close()


def test_every_open_order_is_taken_back_and_told_of(
    resort: LastResort,
    clock: SystemClock,
    placed: Callable[..., None],
    venue: VenueServer,
    lines: list[str],
) -> None:
    placed("hf-a-1-1", "web-7")

    assert run(resort, clock)
    assert sorted(lines) == [
        f"binance BTCUSDT {name} cancelled (buy 0.01, 0 filled)"
        for name in ("hf-a-1-1", "web-7")
    ]
    assert not any(each.status.is_open for each in venue.orders())


def test_nothing_open_is_certain_only_once_nothing_can_arrive_any_more(
    resort: LastResort, clock: SystemClock, lines: list[str]
) -> None:
    resort.settled = 1.0
    began = clock.now()

    assert run(resort, clock)
    assert clock.now() - began >= 1.0
    assert lines == []


@pytest.mark.parametrize("where", ["DELETE /order", "GET /openOrders"])
def test_what_fails_is_said_once_and_tried_again(
    where: str,
    resort: LastResort,
    clock: SystemClock,
    placed: Callable[..., None],
    venue: VenueServer,
    lines: list[str],
) -> None:
    placed("hf-a-1-1")
    fault = Fault(id="bad", kind=FaultKind.STATUS, where=where, when=When(times=2))
    venue.inject(fault)

    assert run(resort, clock)
    assert venue.faults_fired["bad"] == 2
    assert [line.startswith("NOT CONFIRMED") for line in lines].count(True) == 1
    assert not any(each.status.is_open for each in venue.orders())


def test_a_venue_that_does_not_answer_leaves_it_unconfirmed(
    resort: LastResort, clock: SystemClock, lines: list[str]
) -> None:
    nowhere = dict.fromkeys(("public", "private"), "http://127.0.0.1:9/api/v3")
    resort.args = {**resort.args, "urls": nowhere}

    assert not run(resort, clock, patience=1.0)
    assert lines[0].startswith("NOT CONFIRMED binance: ")


def test_a_symbol_that_the_venue_does_not_know_keeps_nothing_from_being_taken_back(
    resort: LastResort,
    clock: SystemClock,
    placed: Callable[..., None],
    venue: VenueServer,
    lines: list[str],
) -> None:
    placed("hf-a-1-1")
    resort.args = {**resort.args, "symbols": ["GONE", "BTCUSDT"]}

    assert not run(resort, clock, patience=3600.0)  # it is content before that
    assert not any(each.status.is_open for each in venue.orders())
    assert [line.split(":")[0] for line in lines] == [
        "NOT CONFIRMED binance GONE",
        "binance BTCUSDT hf-a-1-1 cancelled (buy 0.01, 0 filled)",
    ]


def row(**changes: Any) -> dict[str, Any]:
    told = {
        "symbol": "BTCUSDT",
        "orderId": 7,
        "clientOrderId": "web-7",
        "price": "59000",
        "origQty": "0.01",
        "executedQty": "0",
        "status": "NEW",
        "type": "LIMIT",
        "side": "BUY",
        "time": 1_700_000_000_000,
    }
    return {**told, **changes}


@pytest.fixture
def listing(
    wire: Wire, resort: LastResort, venue_urls: dict[str, Any]
) -> Callable[..., None]:
    """Have a venue of a few lines list these rows until their orders are cancelled."""
    del venue_urls
    resort.args = {**resort.args, "urls": wire.urls}
    rows: list[Any] = []

    async def cancel(request: Any, writer: asyncio.StreamWriter) -> None:
        order_id = int(dict(parse_qsl(request.query or request.body))["orderId"])
        mine = [each for each in rows if dict(each or {}).get("orderId") == order_id]
        for each in mine:
            rows.remove(each)
        ended = {**mine[0], "status": "CANCELED"}
        await replying(200, json.dumps(ended))(request, writer)

    async def tell(request: Any, writer: asyncio.StreamWriter) -> None:
        await replying(200, json.dumps(rows))(request, writer)

    def lists(*these: Any) -> None:
        rows.extend(these)
        wire.answers["GET /openOrders"] = tell
        wire.answers["DELETE /order"] = cancel

    return lists


def test_an_order_that_can_not_be_read_whole_is_taken_back_all_the_same(
    resort: LastResort,
    clock: SystemClock,
    wire: Wire,
    listing: Callable[..., None],
    lines: list[str],
) -> None:
    listing(
        row(origQty="much", orderId=1, clientOrderId="a"),
        row(side="UP", orderId=2, clientOrderId=""),
        row(orderId=3, clientOrderId="c"),
    )

    assert run(resort, clock)
    assert len(wire.seen("DELETE", "/order")) == 3
    assert [line.split(":")[0] for line in lines] == [
        "NOT CONFIRMED binance BTCUSDT a",  # nor can what the venue says of it
        "binance BTCUSDT 2 is not open any more",
        "binance BTCUSDT c cancelled (buy 0.01, 0 filled)",
    ]


@pytest.mark.parametrize("unreadable", [None, {}, {"symbol": "BTCUSDT", "note": "?"}])
def test_a_row_that_can_not_be_read_is_told_and_stays_unconfirmed(
    resort: LastResort,
    clock: SystemClock,
    wire: Wire,
    listing: Callable[..., None],
    lines: list[str],
    unreadable: Any,
) -> None:
    listing(unreadable, row(clientOrderId="b"))

    assert not run(resort, clock, patience=1.0)
    assert len(wire.seen("DELETE", "/order")) == 1
    assert lines == [
        f"NOT CONFIRMED binance BTCUSDT: an open order can't be read: {unreadable}",
        "binance BTCUSDT b cancelled (buy 0.01, 0 filled)",
    ]


def test_a_market_that_does_not_list_keeps_no_other_from_being_taken_back(
    resort: LastResort,
    clock: SystemClock,
    wire: Wire,
    listing: Callable[..., None],
    lines: list[str],
) -> None:
    """The clock of the venue does not answer either: ours has to do."""
    both = MARKETS.replace(
        '{"symbols":[', '{"symbols":[' + ONE.replace("BTC", "ETH") + ","
    )
    wire.answers["GET /exchangeInfo"] = replying(200, both)
    wire.answers["GET /time"] = replying(500, "")
    resort.args = {**resort.args, "symbols": ["ETHUSDT", "BTCUSDT"]}
    listing(row(clientOrderId="b"))
    lists = wire.answers["GET /openOrders"]

    async def tell(request: Any, writer: asyncio.StreamWriter) -> None:
        answer = replying(500, "") if "ETHUSDT" in request.query else lists
        await answer(request, writer)

    wire.answers["GET /openOrders"] = tell

    assert not run(resort, clock, patience=1.0)
    assert len(wire.seen("DELETE", "/order")) == 1
    assert [line.split(":")[0] for line in lines] == [
        "NOT CONFIRMED binance",
        "NOT CONFIRMED binance ETHUSDT",
        "binance BTCUSDT b cancelled (buy 0.01, 0 filled)",
    ]


def fault(kind: str, where: str, **params: Any) -> Fault:
    return Fault(id="f", kind=kind, where=where, params=params)


@pytest.mark.parametrize("where", ["DELETE /order", "GET /openOrders", "GET /time"])
def test_a_venue_that_bans_is_left_alone_and_that_is_said(
    where: str,
    resort: LastResort,
    clock: SystemClock,
    placed: Callable[..., None],
    venue: VenueServer,
    lines: list[str],
) -> None:
    placed("hf-a-1-1", "hf-a-1-2")
    venue.inject(fault("banned", where, retry_after=90))

    assert not run(resort, clock, patience=1.0)
    last = venue.requests()[-1]
    assert f"{last.method} {last.path.removeprefix('/api/v3')}" == where
    assert "left alone for 90 s" in lines[-1]


def test_a_cancel_that_is_throttled_keeps_no_other_from_being_tried(
    resort: LastResort,
    clock: SystemClock,
    placed: Callable[..., None],
    venue: VenueServer,
) -> None:
    placed("hf-a-1-1", "hf-a-1-2", "hf-a-1-3")
    limit = fault("throttled", "DELETE /order", retry_after=60)
    venue.inject(attrs.evolve(limit, when=When(nth=2)))

    assert not run(resort, clock, 2.0)
    assert [each.method for each in venue.requests()].count("DELETE") == 3


def test_a_venue_that_throttles_is_called_again_when_it_says(
    resort: LastResort,
    clock: SystemClock,
    placed: Callable[..., None],
    venue: VenueServer,
    lines: list[str],
) -> None:
    placed("hf-a-1-1")
    venue.inject(fault("throttled", "GET /openOrders", retry_after=1))

    assert run(resort, clock)
    assert "left alone for 1 s" in lines[0]
    assert not any(each.status.is_open for each in venue.orders())
