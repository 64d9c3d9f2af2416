"""A venue of a few lines that misbehaves to order, and actors that talk to it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from holdfast.actors.execution import Execution
from holdfast.actors.live import AccountStream, CcxtExchange
from holdfast.actors.order_journal import OrderJournal
from holdfast.supervision import (
    Actor,
    ActorSystem,
    ChildSpec,
    ManualClock,
    Randomness,
    Ref,
    RefTo,
    SupervisorSpec,
)
from holdfast.supervision.secret import Secret
from holdfast.testing import VenueServer, VenueSettings
from holdfast.tests.actors.live.http_script import Answer, Wire, replying
from holdfast.tests.actors.live.socket_script import Frames, Heard, Told

PATIENCE = 20.0
"""Seconds of real time before a test that waits in vain is a failed test."""

KEYS = {"api_key": Secret("key-of-tests"), "secret": Secret("secret-of-tests")}

MARKETS = """{"symbols":[{"symbol":"BTCUSDT","status":"TRADING","baseAsset":"BTC",
"quoteAsset":"USDT","baseAssetPrecision":8,"quotePrecision":8,"orderTypes":["LIMIT",
"MARKET"],"isSpotTradingAllowed":true,"permissions":["SPOT"],"filters":[
{"filterType":"PRICE_FILTER","minPrice":"0.01","maxPrice":"1000000","tickSize":"0.01"},
{"filterType":"LOT_SIZE","minQty":"0.00001","maxQty":"9000","stepSize":"0.00001"},
{"filterType":"NOTIONAL","minNotional":"5"}]}]}"""

HEALTHY = {
    "GET /exchangeInfo": MARKETS,
    "GET /time": '{"serverTime":1700000000000}',
    "GET /account": """{"canTrade":true,"balances":[
        {"asset":"BTC","free":"1.00000000","locked":"0.50000000"},
        {"asset":"USDT","free":"1000.00000000","locked":"0.00000000"}]}""",
    "GET /aggTrades": """[{"a":26129,"p":"60000.01","q":"4.70443515","f":1,"l":2,
        "T":1498793709153,"m":true,"M":true}]""",
}


@pytest.fixture
def wire() -> Iterator[Wire]:
    """A venue with what an exchange needs to start; each test adds the rest."""
    one = Wire()
    one.answers |= {kind: replying(200, body) for kind, body in HEALTHY.items()}
    yield one
    one.close()


@pytest.fixture
def frames() -> Iterator[Frames]:
    """A server of websockets that tells what a test sends."""
    one = Frames()
    yield one
    one.close()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def grown(clock: ManualClock) -> Iterator[Callable[..., ActorSystem]]:
    """Start a system of these children on the manual clock; it ends with the test."""
    systems: list[ActorSystem] = []

    def grow(*children: ChildSpec, start: bool = True, **fields: Any) -> ActorSystem:
        spec = SupervisorSpec(children=children, **fields)
        system = ActorSystem(spec, clock=clock, randomness=Randomness(1))
        systems.append(system)
        if start:
            system.start().get(timeout=PATIENCE)
        return system

    yield grow
    for system in systems:
        system.stop(1.0).get(timeout=PATIENCE)
        system.close()


@pytest.fixture
def exchange(grown: Callable[..., ActorSystem]) -> Callable[..., Ref]:
    """Start an exchange of Binance's kind at some addresses."""

    def start(urls: dict[str, Any], **args: Any) -> Ref:
        spec = exchange_spec(urls, **args)
        return grown(spec).ref("/root/exchange")

    return start


def exchange_spec(urls: dict[str, Any], **args: Any) -> ChildSpec:
    """Specify an exchange that handles many messages at once and never hangs."""
    given = {
        "exchange": "binance",
        "symbols": ["BTCUSDT"],
        **KEYS,
        "urls": urls,
        **args,
    }
    return ChildSpec(
        id="exchange",
        start=CcxtExchange,
        args=given,
        dispatcher="loop",
        concurrency=32,
        hang_after=None,
    )


@pytest.fixture
def specified() -> Callable[..., ChildSpec]:
    """Specify an exchange, for a test that starts it itself."""
    return exchange_spec


@pytest.fixture
def ask() -> Callable[[Ref, Any], Any]:
    """Ask an actor and return the reply, or the error that is the reply."""

    def asked(ref: Ref, message: Any) -> Any:
        try:
            return ref.ask(message, block=False, timeout=3600.0).get(timeout=PATIENCE)
        except Exception as error:  # noqa: BLE001 - a reply, too
            return error

    return asked


@pytest.fixture
def reply() -> Callable[..., Answer]:
    """Make an answer of the venue: a status, a text, and lines of the head."""
    return replying


@pytest.fixture
def told() -> Told:
    """What the listener of a stream hears."""
    return Told()


@pytest.fixture
def listener(told: Told) -> ChildSpec:
    """Specify who listens to a stream, as `/root/listener`."""
    return ChildSpec(id="listener", start=Heard, args={"told": told})


@pytest.fixture
def venue() -> Iterator[VenueServer]:
    """A venue that trades at 60000 to 60001."""
    settings = VenueSettings(
        key=KEYS["api_key"].reveal(),
        secret=KEYS["secret"].reveal(),
        balances={"BTC": "10", "USDT": "1000000"},
    )
    with VenueServer(settings) as server:
        server.market.quote(60_000, 60_001, size=1)
        server.market.trade(60_000, "0.1")
        yield server


@pytest.fixture
def venue_urls(venue: VenueServer) -> dict[str, Any]:
    """Where that venue is."""
    urls: dict[str, Any] = venue.exchange_args()["urls"]
    return urls


@pytest.fixture
def hears(
    grown: Callable[..., ActorSystem], listener: ChildSpec, venue_urls: dict[str, Any]
) -> Callable[..., Ref]:
    """Start a stream at that venue; what it says goes to the listener."""

    def start(kind: type[Actor], **args: Any) -> Ref:
        to: Any = RefTo(path="/root/listener")
        is_account = kind is AccountStream
        given = {
            "exchange": "binance",
            "symbols": ["BTCUSDT"],
            "urls": venue_urls,
            **({"reports_to": to, **KEYS} if is_account else {"to": [to]}),
            **args,
        }
        spec = ChildSpec(
            id="stream", start=kind, args=given, dispatcher="loop", hang_after=None
        )
        return grown(listener, spec).ref("/root/stream")

    return start


@pytest.fixture
def account(
    grown: Callable[..., ActorSystem], told: Told, venue_urls: dict[str, Any]
) -> ActorSystem:
    """Start execution with its journal, exchange and stream, all at that venue.

    What execution tells positions goes to the listener.
    """
    at = {name: RefTo(path=f"/root/{name}") for name in ("exchange", "journal")}
    at["positions"] = RefTo(path="/root/listener")
    reports_to = {"reports_to": RefTo(path="/root/execution")}
    given = {"exchange": "binance", "symbols": ["BTCUSDT"], "urls": venue_urls, **KEYS}
    return grown(
        exchange_spec(venue_urls),
        ChildSpec(id="journal", start=OrderJournal),
        ChildSpec(id="listener", start=Heard, args={"told": told}),
        ChildSpec(id="execution", start=Execution, args=at, in_flight="redeliver"),
        ChildSpec(
            id="stream",
            start=AccountStream,
            args={**given, **reports_to},
            dispatcher="loop",
            hang_after=None,
        ),
    )
