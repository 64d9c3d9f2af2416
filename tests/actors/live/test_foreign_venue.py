"""A venue of which nothing is shipped is traded at by what JSON says of it alone."""

import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import ccxt.async_support  # type: ignore[import-untyped]
import ccxt.pro  # type: ignore[import-untyped]
import pytest

import holdfast.actors.live
from holdfast.actors.live import AccountStream, CcxtExchange
from holdfast.actors.messages import (
    CancelOrder,
    OrderStatus,
    OrderType,
    PlaceOrder,
    Side,
)
from holdfast.actors.queries import Fills, QueryFills
from holdfast.supervision import ActorSystem, ChildSpec, Ref, RefTo, SystemClock
from holdfast.supervision.outcome import OutcomeUnknown, VenueRefused
from holdfast.supervision.secret import Secret
from holdfast.supervision.system import StartFailed
from holdfast.testing import BINANCE, COINBASE, VenueServer
from holdfast.testing.venue.speech import Speech

PROFILES = Path(holdfast.actors.live.__file__).parent / "profiles"
NAME = "hf-a-1-1"

Ask = Callable[[Ref, Any], Any]
Start = Callable[..., Ref]


@pytest.fixture
def clock() -> SystemClock:
    return SystemClock()


@pytest.fixture(params=[BINANCE, COINBASE], ids=lambda each: each.exchange)
def speech(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Speech:
    """A protocol, spoken by an exchange that ccxt knows by another name only."""
    known: Speech = request.param
    for module in (ccxt.async_support, ccxt.pro):
        elsewhere = type("elsewhere", (getattr(module, known.exchange),), {})
        monkeypatch.setattr(module, "elsewhere", elsewhere, raising=False)
        monkeypatch.setattr(module, "exchanges", [*module.exchanges, "elsewhere"])
    return known


@pytest.fixture
def venue(speech: Speech) -> Iterator[VenueServer]:
    with VenueServer(speech=speech) as server:
        server.market.quote(60_000, 60_001, size=1)
        server.market.trade(60_000, "0.1")
        yield server


@pytest.fixture
def profile(speech: Speech) -> Any:
    """What the configuration says of the venue."""
    return json.loads((PROFILES / f"{speech.exchange}.json").read_bytes())


@pytest.fixture
def start(
    venue: VenueServer, grown: Callable[..., ActorSystem], listener: ChildSpec
) -> Start:
    """Start an actor of the venue; a stream speaks to the listener."""

    def started(kind: Any, profile: Any) -> Ref:
        config = venue.ccxt_config()
        names = {"api_key": "apiKey", "secret": "secret", "password": "password"}
        keys = {
            ours: Secret(config[theirs])
            for ours, theirs in names.items()
            if theirs in config
        }
        to = (
            {} if kind is CcxtExchange else {"reports_to": RefTo(path="/root/listener")}
        )
        given = {
            **venue.exchange_args(),
            **keys,
            **to,
            "exchange": "elsewhere",
            "profile": profile,
        }
        spec = ChildSpec(
            id="it",
            start=kind,
            args=given,
            dispatcher="loop",
            concurrency=32 if kind is CcxtExchange else 1,
            hang_after=None,
        )
        return grown(listener, spec).ref("/root/it")

    return started


def order(symbol: str, **changes: Any) -> PlaceOrder:
    given: dict[str, Any] = {
        "client_order_id": NAME,
        "intent_id": "desk:1",
        "symbol": symbol,
        "side": Side.BUY,
        "type": OrderType.LIMIT,
        "quantity": Decimal("0.01"),
        "price": Decimal(59_000),
        "time": 1.0,
        **changes,
    }
    return PlaceOrder(**given)


def test_orders_fills_and_what_becomes_of_them_are_told(
    start: Start, profile: Any, ask: Ask, told: Any, venue: VenueServer
) -> None:
    symbol = venue.settings.symbol
    exchange = start(CcxtExchange, profile)
    start(AccountStream, profile)
    told.wait_for("AccountStreamUp")
    placed = ask(exchange, order(symbol))
    (kept,) = venue.orders()
    venue.hit(kept.id, Decimal("0.004"))
    cancelled = ask(
        exchange, CancelOrder(client_order_id=NAME, symbol=symbol, time=1.0)
    )
    fills: Fills = ask(exchange, QueryFills(symbol=symbol))
    told.wait_for("OrderCancelled")

    assert (placed.client_order_id, placed.status) == (NAME, OrderStatus.OPEN)
    assert (cancelled.status, cancelled.filled) == (
        OrderStatus.CANCELLED,
        Decimal("0.004"),
    )
    assert [each.client_order_id for each in fills.fills] == [NAME]
    assert told.names()[2:] == ["OrderAccepted", "OrderFilled", "OrderCancelled"]


def test_a_cancel_is_known_by_the_name_that_was_written(
    start: Start, profile: Any, ask: Ask, venue: VenueServer, speech: Speech
) -> None:
    """Of a cancel Binance tells the name of the order as it was sent."""
    form = {"names": "hex", "client_id": "[0-9a-f]{32}"} if speech is BINANCE else {}
    symbol = venue.settings.symbol
    exchange = start(CcxtExchange, {**profile, **form})
    ask(exchange, order(symbol, quantity=Decimal("0.3")))
    (kept,) = venue.orders()
    venue.hit(kept.id, Decimal("0.1"))
    cancel = CancelOrder(client_order_id=NAME, symbol=symbol, time=1.0)

    assert ask(exchange, cancel).status is OrderStatus.CANCELLED


def test_without_a_profile_it_is_said_what_has_to_be_known(start: Start) -> None:
    with pytest.raises(StartFailed) as refused:
        start(CcxtExchange, None)

    assert str(refused.value) == (
        "/root/it: nobody can trade at elsewhere by what is known of it: a profile must"
        " say fills_from or fills_below, fills_page, client_id, expiry or accepts_for;"
        ' see "The profile of a venue" in actors/live/README.md'
    )


def test_a_code_that_the_profile_does_not_name_proves_nothing(
    start: Start, profile: Any, ask: Ask, venue: VenueServer
) -> None:
    too_much = order(venue.settings.symbol, quantity=Decimal(100))
    words = profile["words"]
    code = "message" if words.get("code_field") else "code"
    bare = {"code_field": code, "unknown_order": words["unknown_order"]}
    proven = ask(start(CcxtExchange, profile), too_much)
    open_question = ask(start(CcxtExchange, {**profile, "words": bare}), too_much)

    assert isinstance(proven, VenueRefused)
    assert isinstance(open_question, OutcomeUnknown)


def test_how_the_venue_denies_an_order_has_to_be_known(
    start: Start, profile: Any
) -> None:
    words: dict[str, Any] = {**profile["words"], "unknown_order": []}

    with pytest.raises(StartFailed, match=r"has to say in words\.unknown_order how"):
        start(CcxtExchange, {**profile, "words": words})
