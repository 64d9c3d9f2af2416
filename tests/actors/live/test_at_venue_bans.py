"""What a venue allows is one budget for all of a system, and so is its ban."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from holdfast.actors.live import AccountStream, MarketStream
from holdfast.actors.messages import CancelOrder, OrderType, PlaceOrder, Side
from holdfast.actors.queries import Ping, QueryOrders, VenueOrder, VenueTime
from holdfast.supervision import ActorSystem, ChildSpec, ManualClock, Ref, RefTo
from holdfast.supervision.outcome import Throttled
from holdfast.testing import Fault, VenueServer
from holdfast.tests.actors.live.socket_script import wait_until

Ask = Callable[[Ref, Any], Any]
Specified = Callable[..., ChildSpec]
EXCHANGE = "/root/exchange"
STREAM = "/root/stream"
FIND = QueryOrders(symbol="BTCUSDT", client_order_ids=("a",))
CANCEL = CancelOrder(client_order_id="a", symbol="BTCUSDT", time=1.0)
ORDER = PlaceOrder(
    client_order_id="a",
    intent_id="desk:a",
    symbol="BTCUSDT",
    side=Side.BUY,
    type=OrderType.LIMIT,
    quantity=Decimal("0.01"),
    price=Decimal(59_000),
    time=1.0,
)


def fault(kind: str, where: str, **params: Any) -> Fault:
    return Fault(id=kind, kind=kind, where=where, params=params)


def stream_spec(kind: type[Any], urls: Any, keys: Any, **args: Any) -> ChildSpec:
    given = {"exchange": "binance", "symbols": ["BTCUSDT"], "urls": urls}
    return ChildSpec(
        id="stream",
        start=kind,
        args={**given, **keys, **args},
        dispatcher="loop",
        hang_after=None,
    )


@pytest.fixture
def with_stream(
    grown: Callable[..., ActorSystem],
    listener: ChildSpec,
    specified: Specified,
) -> Callable[..., ActorSystem]:
    """Start an exchange and a stream at one venue."""

    def start(kind: type[Any], urls: Any, *, to: str, **args: Any) -> ActorSystem:
        exchange = specified(urls)
        keys = {each: exchange.args[each] for each in ("api_key", "secret")}
        hears: Any = RefTo(path="/root/listener")
        heard = {to: hears if to == "reports_to" else [hears]}
        private = keys if kind is AccountStream else {}
        stream = stream_spec(kind, urls, private, **heard, **args)
        return grown(listener, exchange, stream)

    return start


@pytest.mark.parametrize(
    ("kind", "params", "kept_back"),
    [
        ("banned", {"retry_after": 90}, [ORDER, CANCEL, FIND, Ping()]),
        ("throttled", {"retry_after": 90}, [ORDER, FIND, Ping()]),
        ("waf", {}, [ORDER, FIND, Ping()]),
    ],
)
def test_nothing_is_sent_to_a_venue_that_wants_to_be_left_alone(
    exchange: Callable[..., Ref],
    venue: VenueServer,
    venue_urls: dict[str, Any],
    clock: ManualClock,
    ask: Ask,
    kind: str,
    params: Any,
    kept_back: list[Any],
) -> None:
    ref = exchange(venue_urls)
    venue.inject(fault(kind, "new", **params))
    ask(ref, ORDER)
    told = len(venue.requests())
    answers = [ask(ref, each) for each in kept_back]
    clock.advance(80.0)  # clocks are compared once a minute
    answers.append(ask(ref, FIND))

    assert {type(each) for each in answers} == {Throttled}
    assert all(each.is_refusal and each.is_local for each in answers)
    assert len(venue.requests()) == told


def test_a_venue_is_called_again_when_its_ban_is_over(
    exchange: Callable[..., Ref],
    venue: VenueServer,
    venue_urls: dict[str, Any],
    clock: ManualClock,
    ask: Ask,
) -> None:
    ref = exchange(venue_urls)
    venue.inject(fault("banned", "new", retry_after=90))
    ask(ref, ORDER)
    venue.heal()
    clock.advance(91.0)

    assert isinstance(ask(ref, Ping()), VenueTime)
    assert isinstance(ask(ref, ORDER), VenueOrder)


def test_too_many_orders_stop_no_cancel(
    exchange: Callable[..., Ref],
    venue: VenueServer,
    venue_urls: dict[str, Any],
    ask: Ask,
) -> None:
    ref = exchange(venue_urls)
    ask(ref, ORDER)
    venue.inject(fault("code", "new", code=-1015))
    ask(ref, ORDER)
    told = len(venue.requests())
    again = ask(ref, ORDER)
    cancelled = ask(ref, CANCEL)

    assert isinstance(again, Throttled)
    assert cancelled.status == "cancelled"
    assert [each.method for each in venue.requests()[told:]] == ["DELETE"]


@pytest.mark.parametrize(
    ("kind", "to", "args", "watched"),
    [
        (AccountStream, "reports_to", {}, "user"),
        (MarketStream, "to", {"watch": ["quotes"]}, "btcusdt@bookTicker"),
    ],
)
def test_a_stream_does_not_call_a_venue_that_has_banned_the_exchange(
    with_stream: Callable[..., ActorSystem],
    venue: VenueServer,
    venue_urls: dict[str, Any],
    ask: Ask,
    kind: type[Any],
    to: str,
    args: Any,
    watched: str,
) -> None:
    system = with_stream(kind, venue_urls, to=to, **args)
    venue.wait_for_listener(watched)
    venue.inject(fault("banned", "new", retry_after=90))
    ask(system.ref(EXCHANGE), ORDER)
    before = len(venue.requests())
    venue.inject(fault("disconnect", "*"))

    def ended() -> list[str]:
        events = system.events.since(0)
        exits = [each for each in events if each.kind == "exited"]
        return [each.reason for each in exits if each.path == STREAM]

    wait_until(lambda: len(ended()) >= 1)
    assert "wants no call" in ended()[0]
    assert len(venue.requests()) == before


def test_streams_and_exchange_spend_one_budget(
    with_stream: Callable[..., ActorSystem], wire: Any
) -> None:
    """The venue counts by address: 45 to start an exchange, 20 for the markets."""
    system = with_stream(MarketStream, wire.urls, to="to", watch=["trades"])
    life: Any = system.cell(EXCHANGE).life

    assert life.actor.facts()["budget_left"] == pytest.approx(1 - 65 / 6000)
