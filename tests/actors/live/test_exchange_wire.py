"""What an exchange puts on the wire is sent once, and what became of it is known."""

import asyncio
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import attrs
import pytest

from holdfast.actors.messages import CancelOrder, OrderType, PlaceOrder, Side
from holdfast.actors.queries import Ping, QueryOrders, VenueOrder
from holdfast.supervision import ManualClock, Ref
from holdfast.supervision.outcome import (
    CallFailed,
    NotSent,
    Outcome,
    OutcomeUnknown,
    VenueRefused,
    outcome_of,
)
from holdfast.supervision.runtime.exit_reason import ActorCrashed

Ask = Callable[[Ref, Any], Any]
Exchange = Callable[..., Ref]

ORDER = """{"symbol":"BTCUSDT","orderId":1001,"clientOrderId":"desk-1",
"transactTime":1700000000500,"price":"60000.00000000","origQty":"0.01000000",
"executedQty":"0.00000000","cummulativeQuoteQty":"0.00000000","status":"NEW",
"timeInForce":"GTC","type":"LIMIT","side":"BUY","fills":[]}"""


def limit(**changes: Any) -> PlaceOrder:
    given: dict[str, Any] = {
        "client_order_id": "desk-1",
        "intent_id": "desk:1",
        "symbol": "BTCUSDT",
        "side": Side.BUY,
        "type": OrderType.LIMIT,
        "quantity": Decimal("0.01"),
        "price": Decimal(60_000),
        "time": 1.0,
        **changes,
    }
    return PlaceOrder(**given)


CANCEL = CancelOrder(client_order_id="desk-1", symbol="BTCUSDT", time=1.0)


def crash() -> None:
    raise ValueError("a bug")


async def hang(_: Any, __: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


async def hang_up(_: Any, writer: asyncio.StreamWriter) -> None:
    writer.close()
    raise ConnectionError


async def reset(_: Any, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()
    raise ConnectionError


async def cut_off(_: Any, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{")
    await writer.drain()
    await hang_up(_, writer)


async def redirect(_: Any, writer: asyncio.StreamWriter) -> None:
    writer.write(
        b"HTTP/1.1 307 Elsewhere\r\nLocation: /api/v3/elsewhere\r\n"
        b"Content-Length: 0\r\n\r\n"
    )
    await writer.drain()


@pytest.mark.parametrize("answer", [hang_up, reset, cut_off, redirect])
@pytest.mark.parametrize(("message", "method"), [(limit(), "POST"), (CANCEL, "DELETE")])
def test_a_call_whose_answer_is_lost_is_unknown_and_was_sent_once(
    wire: Any, exchange: Exchange, ask: Ask, answer: Any, message: Any, method: str
) -> None:
    wire.answers[f"{method} /order"] = answer
    outcome = ask(exchange(wire.urls), message)

    assert type(outcome) is OutcomeUnknown
    assert len(wire.seen(method, "/order")) == 1
    assert wire.seen(method, "/elsewhere") == []


def test_a_cancel_on_a_connection_that_has_gone_stale_is_sent_once(
    wire: Any, exchange: Exchange, ask: Ask
) -> None:
    """Other clients of this kind send what may be repeated a second time."""
    ref = exchange(wire.urls)  # has used the connection and keeps it
    connections = wire.connections
    wire.answers["DELETE /order"] = hang_up
    outcome = ask(ref, CANCEL)

    assert type(outcome) is OutcomeUnknown
    assert len(wire.seen("DELETE", "/order")) == 1
    assert wire.connections == connections


def test_a_call_that_hangs_ends_at_its_deadline(
    wire: Any, exchange: Exchange, clock: ManualClock
) -> None:
    ref = exchange(wire.urls, deadline=4.0)
    wire.answers["POST /order"] = hang
    asked = ref.ask(limit(), block=False, timeout=3600.0)
    wire.wait_for("POST", "/order")
    clock.advance(4.0)

    with pytest.raises(OutcomeUnknown, match="no answer to order within 4 s"):
        asked.get(timeout=20)
    assert len(wire.seen("POST", "/order")) == 1


def test_a_deadline_is_total_for_an_answer_that_trickles(
    wire: Any, exchange: Exchange, clock: ManualClock
) -> None:
    """Each read succeeds, so a limit for each read would never end it."""

    async def trickle(_: Any, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while True:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.001)

    ref = exchange(wire.urls, deadline=4.0)
    wire.answers["POST /order"] = trickle
    asked = ref.ask(limit(), block=False, timeout=3600.0)
    wire.wait_for("POST", "/order")
    clock.advance(4.0)

    with pytest.raises(OutcomeUnknown):
        asked.get(timeout=20)


def test_a_cancel_passes_while_eight_orders_hang(
    wire: Any, exchange: Exchange, ask: Ask, reply: Any
) -> None:
    ref = exchange(wire.urls)
    wire.answers["POST /order"] = hang
    wire.answers["DELETE /order"] = reply(200, ORDER.replace("NEW", "CANCELED"))
    hung = [ref.ask(limit(), block=False, timeout=3600.0) for _ in range(8)]
    wire.wait_for("POST", "/order", times=8)
    cancelled = ask(ref, CANCEL)

    assert cancelled.status == "cancelled"
    assert not any(each.done for each in hung)


@pytest.mark.parametrize(
    ("order", "told"),
    [
        (limit(symbol="ETHUSDT"), "ETHUSDT is not traded here"),
        (limit(client_order_id="not so long, and no blanks"), "client order id"),
        (limit(expires_at=1_699_999_999.0), "has expired 1.000 s ago"),
    ],
)
def test_what_can_not_be_right_is_not_sent(
    wire: Any, exchange: Exchange, ask: Ask, order: PlaceOrder, told: str
) -> None:
    outcome = ask(exchange(wire.urls), order)

    assert type(outcome) is NotSent
    assert outcome.is_local
    assert told in str(outcome)
    assert wire.seen("POST", "/order") == []


def test_an_order_carries_its_expiry_by_the_clock_of_the_venue(
    wire: Any, exchange: Exchange, ask: Ask, reply: Any
) -> None:
    """The venue is 10 s ahead, so is the time on the request."""
    wire.answers["GET /time"] = reply(200, '{"serverTime":1700000010000}')
    wire.answers["POST /order"] = reply(200, ORDER)
    ask(exchange(wire.urls), limit(expires_at=1_700_000_001.5))

    sent = dict(
        pair.split("=") for pair in wire.seen("POST", "/order")[0].body.split("&")
    )
    assert sent["timestamp"] == "1700000010000"
    assert sent["recvWindow"] == "1500"
    assert sent["newClientOrderId"] == "desk-1"
    assert (sent["quantity"], sent["price"]) == ("0.01", "60000")


def test_an_order_at_market_never_carries_a_price(
    wire: Any, exchange: Exchange, ask: Ask, reply: Any
) -> None:
    """With a price, Binance would spend the product of both."""
    wire.answers["POST /order"] = reply(200, ORDER.replace("LIMIT", "MARKET"))
    ask(exchange(wire.urls), limit(type=OrderType.MARKET, price=Decimal(60_000)))

    body = wire.seen("POST", "/order")[0].body
    assert "quantity=0.01" in body
    assert "price" not in body
    assert "quoteOrderQty" not in body


OTHERWISE = [
    ("desk-1", "other"),
    ("BTCUSDT", "ETHUSDT"),
    ("BUY", "SELL"),
    ("LIMIT", "MARKET"),
    ("60000.00000000", "60000.01000000"),
    ("0.01000000", "0.02000000"),
]


@pytest.mark.parametrize("told", OTHERWISE)
def test_an_answer_about_another_order_is_no_answer(
    wire: Any, exchange: Exchange, ask: Ask, reply: Any, told: tuple[str, str]
) -> None:
    wire.answers["POST /order"] = reply(200, ORDER.replace(*told))

    assert isinstance(ask(exchange(wire.urls), limit()), OutcomeUnknown)
    assert len(wire.seen("POST", "/order")) == 1


CANCELLED = ORDER.replace("NEW", "CANCELED").replace(
    '"clientOrderId":"desk-1"',
    '"origClientOrderId":"desk-1","clientOrderId":"of-the-cancel"',
)


@pytest.mark.parametrize(
    ("told", "is_cancelled"),
    [
        (("none", "of it"), True),
        (("BTCUSDT", "ETHUSDT"), False),
        (("desk-1", "desk-2"), False),
    ],
)
def test_an_answer_about_another_order_cancels_none(
    wire: Any,
    exchange: Exchange,
    ask: Ask,
    reply: Any,
    told: tuple[str, str],
    is_cancelled: Any,
) -> None:
    wire.answers["DELETE /order"] = reply(200, CANCELLED.replace(*told))
    outcome = ask(exchange(wire.urls), CANCEL)

    assert isinstance(outcome, VenueOrder) is is_cancelled
    assert isinstance(outcome, OutcomeUnknown) is not is_cancelled


def test_an_order_that_is_known_by_another_name_is_not_the_one_asked_for(
    wire: Any, exchange: Exchange, ask: Ask, reply: Any
) -> None:
    """The venue does not repeat the name, and tells of the order placed before."""
    ref = exchange(wire.urls)
    wire.answers["POST /order"] = reply(200, ORDER)
    placed = ask(ref, limit())
    nameless = ORDER.replace("desk-1", "desk-2").replace('"clientOrderId"', '"no"')
    wire.answers["POST /order"] = reply(200, nameless)

    assert isinstance(placed, VenueOrder)
    assert isinstance(ask(ref, limit(client_order_id="desk-2")), OutcomeUnknown)


def test_an_answer_about_another_order_teaches_nothing(
    wire: Any, exchange: Exchange, ask: Ask, reply: Any
) -> None:
    """The other one, of which it tells without its name, is still found by that."""
    ref = exchange(wire.urls)
    other = ORDER.replace("0.01000000", "0.02000000")
    wire.answers["POST /order"] = reply(200, other.replace('"clientOrderId"', '"no"'))
    wire.answers["GET /order"] = reply(200, other.replace("desk-1", "desk-2"))
    placed = ask(ref, limit())
    find = QueryOrders(symbol="BTCUSDT", client_order_ids=("desk-2",))

    assert isinstance(placed, OutcomeUnknown)
    assert [each.client_order_id for each in ask(ref, find).orders] == ["desk-2"]


def test_a_clock_that_the_venue_refuses_is_compared_at_once(
    wire: Any, exchange: Exchange, ask: Ask, reply: Any
) -> None:
    refusal = '{"code":-1021,"msg":"Timestamp outside of the recvWindow."}'
    wire.answers["POST /order"] = reply(400, refusal)
    ref = exchange(wire.urls)
    asked_before = len(wire.seen("GET", "/time"))
    outcome: CallFailed = ask(ref, limit())

    assert isinstance(outcome, VenueRefused)
    assert outcome.code == "-1021"
    wire.wait_for("GET", "/time", times=asked_before + 1)


def test_what_a_question_waits_for_the_budget_is_no_time_on_its_way(
    wire: Any, exchange: Exchange, clock: ManualClock, reply: Any, ask: Ask
) -> None:
    """It waits for 12 s; the venue's clock goes like ours."""
    wire.answers["GET /aggTrades"] = reply(200, "[]", "X-MBX-USED-WEIGHT-1M: 5990")
    wire.answers["GET /openOrders"] = reply(200, "[]")
    ref = exchange(wire.urls, read_deadline=60.0)
    wire.answers["GET /time"] = reply(200, '{"serverTime":1700000012000}')
    asked = ref.ask(Ping(), block=False, timeout=3600.0)
    ask(ref, QueryOrders(symbol="BTCUSDT"))  # by then the other one waits
    clock.advance(12.0)
    asked.get(timeout=20)
    life: Any = ref.cell.life

    assert life.actor.facts()["clock_skew"] == 0.0


def test_an_order_that_a_predecessor_was_sending_is_not_sent_again(
    wire: Any, grown: Any, specified: Any, reply: Any, ask: Ask
) -> None:
    """Row: a duplicate order after a retry. It may be at the venue already."""
    wire.answers["POST /order"] = hang
    spec = attrs.evolve(specified(wire.urls), in_flight="redeliver")
    system = grown(spec, backoff=None)
    ref = system.ref("/root/exchange")
    asked = ref.ask(limit(), block=False, timeout=3600.0)
    wire.wait_for("POST", "/order")
    wire.answers["POST /order"] = reply(200, ORDER)
    life: Any = ref.cell.life
    life.actor.soon(crash)

    with pytest.raises(ActorCrashed) as crashed:
        asked.get(timeout=20)
    assert ask(ref, CANCEL) is not None  # by then the successor has taken all before it
    assert outcome_of(crashed.value) is Outcome.UNKNOWN
    assert len(wire.seen("POST", "/order")) == 1


def test_an_order_without_a_permit_is_not_sent(
    wire: Any, exchange: Exchange, ask: Ask, reply: Any
) -> None:
    """A cancel still is: a narrowed permit is good for what reduces."""
    wire.answers["DELETE /order"] = reply(200, ORDER.replace("NEW", "CANCELED"))
    ref = exchange(wire.urls)
    life: Any = ref.cell.life
    life.actor.permit.narrow()
    outcome = ask(ref, limit())

    assert isinstance(outcome, NotSent)
    assert outcome.is_local
    assert wire.seen("POST", "/order") == []
    assert ask(ref, CANCEL).status == "cancelled"


def test_a_call_that_the_budget_does_not_bear_is_not_sent(
    wire: Any, exchange: Exchange, clock: ManualClock, reply: Any, ask: Ask
) -> None:
    """It waits within its deadline; a cancel may spend the reserve and goes."""
    wire.answers["DELETE /order"] = reply(200, ORDER.replace("NEW", "CANCELED"))
    wire.answers["GET /aggTrades"] = reply(200, "[]", "X-MBX-USED-WEIGHT-1M: 5990")
    ref = exchange(wire.urls, deadline=4.0)
    asked = ref.ask(limit(), block=False, timeout=3600.0)
    cancelled = ask(ref, CANCEL)
    clock.advance(4.0)

    with pytest.raises(NotSent, match="could not be sent within 4 s") as kept_back:
        asked.get(timeout=20)
    assert kept_back.value.is_local
    assert wire.seen("POST", "/order") == []
    assert cancelled.status == "cancelled"
