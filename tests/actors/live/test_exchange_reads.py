"""A read that failed is an error, never an empty answer."""

from collections.abc import Callable
from typing import Any

import attrs
import pytest

from holdfast.actors.messages import CancelOrder
from holdfast.actors.queries import Ping, QueryBalances, QueryFills, QueryOrders
from holdfast.supervision import Ref
from holdfast.supervision.outcome import CallFailed, OutcomeUnknown, VenueRefused

Ask = Callable[[Ref, Any], Any]
HTML = "<html><body>Bad Gateway</body></html>"
NOT_THERE = '{"code":-2013,"msg":"Order does not exist."}'

FIND = QueryOrders(symbol="BTCUSDT", client_order_ids=("desk-1",))
LIST = QueryOrders(symbol="BTCUSDT")
FILLS = QueryFills(symbol="BTCUSDT")
CANCEL = CancelOrder(client_order_id="desk-1", symbol="BTCUSDT", time=1.0)

ORDER = """{"symbol":"BTCUSDT","orderId":1001,"clientOrderId":"desk-1",
"time":1700000000500,"price":"60000.00000000","origQty":"0.01000000",
"executedQty":"0.00000000","cummulativeQuoteQty":"0.00000000","status":"NEW",
"timeInForce":"GTC","type":"LIMIT","side":"BUY"}"""
TRADE = """{"symbol":"BTCUSDT","id":17,"orderId":1001,"price":"60000.00","qty":"0.001",
"quoteQty":"60","commission":"0.1","commissionAsset":"USDT","time":1700000000500,
"isBuyer":true,"isMaker":false,"isBestMatch":true}"""

READS = [
    (FIND, "/order"),
    (LIST, "/openOrders"),
    (FILLS, "/myTrades"),
    (QueryBalances(), "/account"),
    (Ping(), "/time"),
]


@pytest.mark.parametrize(("message", "path"), READS)
@pytest.mark.parametrize(
    ("status", "body"),
    [
        *((200, body) for body in ("", "{", "{}", "null", "7", '"text"', HTML)),
        *((200, body) for body in ('[{"a":1}]', '[["x"]]', '{"code":0,"msg":"fine"}')),
        *((status, HTML) for status in (404, 500, 502, 503, 504, 520, 524)),
        (408, ""),
    ],
)
def test_garbage_is_no_answer_to_any_read(
    wire: Any,
    exchange: Callable[..., Ref],
    ask: Ask,
    reply: Any,
    message: Any,
    path: str,
    status: int,
    body: str,
) -> None:
    """Row: a closed order missing from the list must not be one that never was."""
    ref = exchange(wire.urls)
    wire.answers[f"GET {path}"] = reply(status, body)

    assert isinstance(ask(ref, message), OutcomeUnknown)


@pytest.mark.parametrize("body", ["[]", "", HTML])
def test_an_order_is_absent_only_if_the_venue_says_so(
    wire: Any, exchange: Callable[..., Ref], ask: Ask, reply: Any, body: str
) -> None:
    ref = exchange(wire.urls)
    wire.answers["GET /order"] = reply(200, body)
    unknown = ask(ref, FIND)
    wire.answers["GET /order"] = reply(400, NOT_THERE)
    known = ask(ref, FIND)

    assert isinstance(unknown, OutcomeUnknown)
    assert known.absent == ("desk-1",)


def test_an_answer_about_another_order_is_none(
    wire: Any, exchange: Callable[..., Ref], ask: Ask, reply: Any
) -> None:
    wire.answers["GET /order"] = reply(200, ORDER.replace("desk-1", "other"))

    assert isinstance(ask(exchange(wire.urls), FIND), OutcomeUnknown)


def test_a_fill_whose_order_the_venue_denies_can_not_be_told(
    wire: Any, exchange: Callable[..., Ref], ask: Ask, reply: Any
) -> None:
    wire.answers["GET /myTrades"] = reply(200, f"[{TRADE}]")
    wire.answers["GET /allOrders"] = reply(200, "[]")

    outcome = ask(exchange(wire.urls), FILLS)
    assert isinstance(outcome, OutcomeUnknown)
    assert "a fill of 1001, but no such order" in str(outcome)


def test_fills_are_paged_to_the_end(
    wire: Any, exchange: Callable[..., Ref], ask: Ask, reply: Any
) -> None:
    """Binance tells a thousand at most."""

    async def page(request: Any, writer: Any) -> None:
        asked = dict(pair.split("=") for pair in request.query.split("&"))
        first = max(1, int(asked["fromId"]))
        ids = range(first, min(first + 1000, 2502))
        trades = [TRADE.replace('"id":17', f'"id":{number}') for number in ids]
        await reply(200, f"[{','.join(trades)}]")(request, writer)

    wire.answers["GET /myTrades"] = page
    wire.answers["GET /allOrders"] = reply(200, f"[{ORDER}]")
    ref = exchange(wire.urls)
    told = [ask(ref, FILLS)]
    while not told[-1].is_all:
        last = told[-1].fills[-1].trade_id
        told.append(ask(ref, attrs.evolve(FILLS, after_trade_id=last)))

    fills = [each for page in told for each in page.fills]
    assert [len(page.fills) for page in told] == [1000, 1000, 501]
    assert [each.trade_id for each in fills] == list(range(1, 2502))
    assert {each.client_order_id for each in fills} == {"desk-1"}
    assert len(wire.seen("GET", "/myTrades")) == 3
    assert len(wire.seen("GET", "/allOrders")) == 1


def test_the_newest_fill_is_read_alone(
    wire: Any, exchange: Callable[..., Ref], ask: Ask, reply: Any
) -> None:
    wire.answers["GET /myTrades"] = reply(200, f"[{TRADE}]")
    told = ask(exchange(wire.urls), QueryFills(symbol="BTCUSDT", after_trade_id=None))
    (asked,) = wire.seen("GET", "/myTrades")

    assert ([each.trade_id for each in told.fills], told.is_all) == ([17], True)
    assert "limit=1&" in asked.query
    assert "fromId" not in asked.query
    assert wire.seen("GET", "/allOrders") == []


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [(400, NOT_THERE, VenueRefused), (500, HTML, OutcomeUnknown)],
)
def test_a_cancel_that_the_venue_denies_is_looked_into(
    wire: Any,
    exchange: Callable[..., Ref],
    ask: Ask,
    reply: Any,
    status: int,
    body: str,
    kind: type[CallFailed],
) -> None:
    denied = '{"code":-2011,"msg":"Unknown order sent."}'
    wire.answers["DELETE /order"] = reply(400, denied)
    wire.answers["GET /order"] = reply(status, body)

    assert type(ask(exchange(wire.urls), CANCEL)) is kind


@pytest.mark.parametrize("body", ["", "{}", "[]", "null", HTML])
def test_garbage_is_no_answer_to_a_cancel(
    wire: Any, exchange: Callable[..., Ref], ask: Ask, reply: Any, body: str
) -> None:
    wire.answers["DELETE /order"] = reply(200, body)

    assert isinstance(ask(exchange(wire.urls), CANCEL), OutcomeUnknown)


def test_the_name_of_a_cancel_is_the_one_that_was_asked_for(
    wire: Any, exchange: Callable[..., Ref], ask: Ask, reply: Any
) -> None:
    """Binance answers with a client order id that it has made up."""
    made_up = ORDER.replace("desk-1", "Xy81").replace("NEW", "CANCELED")
    wire.answers["DELETE /order"] = reply(200, made_up)

    assert ask(exchange(wire.urls), CANCEL).client_order_id == "desk-1"


@pytest.mark.parametrize("first", [FIND, LIST])
def test_an_order_that_a_list_does_not_name_is_still_ours(
    wire: Any, exchange: Callable[..., Ref], ask: Ask, reply: Any, first: QueryOrders
) -> None:
    """Some name an order when they are asked for it, or never, and in no list."""
    nameless = ORDER.replace('"clientOrderId"', '"no"')
    wire.answers["GET /order"] = reply(200, nameless)
    wire.answers["GET /openOrders"] = reply(200, f"[{nameless}]")
    ref = exchange(wire.urls)
    ask(ref, first)
    told = [ask(ref, FIND), ask(ref, LIST)]

    names = [[each.client_order_id for each in answer.orders] for answer in told]
    assert names == [["desk-1"], ["desk-1"]]
