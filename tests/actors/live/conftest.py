"""A venue of a few lines that misbehaves to order, and actors that talk to it."""

import asyncio
import contextlib
import json
import threading
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import attrs
import pytest
from aiohttp import web

from holdfast.actors.live import CcxtExchange
from holdfast.supervision import (
    Actor,
    ActorSystem,
    ChildSpec,
    ManualClock,
    Randomness,
    Ref,
    SupervisorSpec,
)
from holdfast.supervision.secret import Secret

PATIENCE = 20.0
"""Seconds of real time before a test that waits in vain is a failed test."""

MOMENT = 0.01
"""Seconds of real time in which something may come before virtual time goes on."""


@attrs.define
class Request:
    """What arrived."""

    method: str
    path: str
    query: str
    body: str
    headers: dict[str, str]


Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Answer = Callable[[Request, asyncio.StreamWriter], Awaitable[None]]


def replying(status: int, body: str, *headers: str) -> Answer:
    """Answer with a status and a text; the connection stays open."""

    async def write(_: Request, writer: asyncio.StreamWriter) -> None:
        payload = body.encode()
        lines = [
            f"HTTP/1.1 {status} Words",
            "Content-Type: application/json",
            f"Content-Length: {len(payload)}",
            *headers,
        ]
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + payload)
        await writer.drain()

    return write


class Heard(Actor):
    """Writes down what it is told; `told` is shared with the test."""

    def __init__(self, told: "Told") -> None:
        self._told = told

    def on_receive(self, message: Any) -> None:
        self._told.hear(message)


class Told:
    """What an actor was told, and how to wait for more."""

    def __init__(self) -> None:
        self.messages: list[Any] = []
        self._came = threading.Condition()

    def hear(self, message: Any) -> None:
        with self._came:
            self.messages.append(message)
            self._came.notify_all()

    def names(self) -> list[str]:
        """Return of which kind the messages were."""
        return [type(message).__name__ for message in self.messages]

    def wait_for(
        self, name: str, times: int = 1, *, clock: ManualClock | None = None
    ) -> None:
        """Wait until so many messages of a kind were told.

        With a clock, time goes on meanwhile: half a second each time nothing comes.
        """
        for _ in range(int(PATIENCE / MOMENT)):
            with self._came:
                if self._came.wait_for(
                    lambda: self.names().count(name) >= times, MOMENT
                ):
                    return
            if clock is not None:
                clock.advance(0.5)
        pytest.fail(f"waited in vain for {times} x {name} in {self.names()}")


class Wire:
    """An HTTP server on a thread of its own; `answers` are by method and path."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.answers: dict[str, Answer] = {}
        self.connections = 0
        self._serving: list[asyncio.Task[Any] | None] = []
        self._came = threading.Condition()
        self._loop = asyncio.new_event_loop()
        self._server: asyncio.Server | None = None
        ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, args=(ready,))
        self._thread.start()
        assert ready.wait(PATIENCE)

    @property
    def port(self) -> int:
        assert self._server is not None
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    @property
    def urls(self) -> dict[str, Any]:
        rest = f"http://127.0.0.1:{self.port}/api/v3"
        return {"public": rest, "private": rest}

    def seen(self, method: str, path: str) -> list[Request]:
        """Return the requests of one kind."""
        with self._came:
            return [
                each
                for each in self.requests
                if each.method == method and each.path.endswith(path)
            ]

    def wait_for(self, method: str, path: str, times: int = 1) -> None:
        """Wait until so many requests of one kind have arrived."""
        with self._came:
            came = self._came.wait_for(
                lambda: len(self.seen(method, path)) >= times, PATIENCE
            )
        assert came, f"waited in vain for {method} {path}: {self.requests}"

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE)

    def _serve(self, ready: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        serving = asyncio.start_server(self._connected, "127.0.0.1", 0)
        self._server = self._loop.run_until_complete(serving)
        ready.set()
        self._loop.run_forever()
        self._server.close()
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        ended = asyncio.gather(*tasks, return_exceptions=True)
        self._loop.run_until_complete(ended)
        self._loop.run_until_complete(asyncio.sleep(0))  # transports close next turn
        self._loop.close()

    async def _connected(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.connections += 1
        self._serving.append(asyncio.current_task())  # else it may be collected
        with (
            contextlib.suppress(ConnectionError, asyncio.IncompleteReadError),
            contextlib.closing(writer.transport),
        ):
            while True:
                await self._answer(reader, writer)

    async def _answer(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        first, *rest = head.strip().split("\r\n")
        headers = {
            name.lower(): value
            for name, value in (line.split(": ", 1) for line in rest)
        }
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        method, target, _ = first.split()
        path, _, query = target.partition("?")
        request = Request(method, path, query, body.decode(), headers)
        with self._came:
            self.requests.append(request)
            self._came.notify_all()
        kind = f"{method} {path.removeprefix('/api/v3')}"
        await self.answers.get(kind, replying(404, ""))(request, writer)


class Frames:
    """A server of websockets on a thread of its own, as Binance's are.

    `heard` is what clients said. It confirms subscriptions unless told otherwise, and
    can close what has just been opened.
    """

    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] = []
        self.opened = 0
        self.confirms = True
        self.closes_at_once = False
        self.refusal: dict[str, Any] | None = None
        self.port = 0
        self._open: dict[web.WebSocketResponse, str] = {}
        self._changed = threading.Condition()
        self._loop = asyncio.new_event_loop()
        ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, args=(ready,))
        self._thread.start()
        assert ready.wait(PATIENCE)

    @property
    def urls(self) -> dict[str, Any]:
        at = f"ws://127.0.0.1:{self.port}"
        spot = {"spot": f"{at}/ws-api/v3"}
        return {"ws": {"spot": f"{at}/stream/ws", "ws-api": spot}}

    def send(self, *messages: Any, to: str = "") -> None:
        """Send to each open socket that subscribed to something named like that."""
        for message in messages:
            text = message if isinstance(message, str) else json.dumps(message)
            asyncio.run_coroutine_threadsafe(self._send(text, to), self._loop).result(
                PATIENCE
            )

    def drop(self) -> None:
        """Close every socket."""
        asyncio.run_coroutine_threadsafe(self._drop(), self._loop).result(PATIENCE)

    def wait_for(self, what: str, times: int = 1) -> None:
        """Wait until so many messages that contain a text were heard."""
        self.wait_until(lambda: sum(what in str(each) for each in self.heard) >= times)

    def wait_until(self, true: Callable[[], bool]) -> None:
        with self._changed:
            assert self._changed.wait_for(true, PATIENCE), (self.heard, self.opened)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE)

    def _serve(self, ready: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        app = web.Application()
        app.router.add_get("/{rest:.*}", self._connected)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        self._loop.run_until_complete(runner.setup())
        site = web.TCPSite(runner, "127.0.0.1", 0)
        self._loop.run_until_complete(site.start())
        self.port = runner.addresses[0][1]
        ready.set()
        self._loop.run_forever()
        self._loop.run_until_complete(self._drop())
        self._loop.run_until_complete(runner.cleanup())
        self._loop.close()

    async def _connected(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(timeout=0.1)
        await socket.prepare(request)
        self._open[socket] = ""
        self._note(opened=1)
        if self.closes_at_once:
            await socket.close()
        async for each in socket:
            said = json.loads(each.data)
            self._open[socket] += str(said.get("params"))
            await self._confirm(socket, said)
            self._note(said)
        del self._open[socket]
        return socket

    async def _confirm(
        self, socket: web.WebSocketResponse, said: dict[str, Any]
    ) -> None:
        if not self.confirms:
            return
        if said["method"] == "SUBSCRIBE":
            await socket.send_json({"result": None, "id": said["id"]})
        else:
            told = {"status": 200, "result": {"subscriptionId": 0}}
            await socket.send_json({"id": said["id"], **(self.refusal or told)})

    def _note(self, *said: dict[str, Any], opened: int = 0) -> None:
        with self._changed:
            self.heard += said
            self.opened += opened
            self._changed.notify_all()

    async def _send(self, text: str, to: str) -> None:
        for socket, subscribed in self._open.items():
            if to in subscribed and not socket.closed:
                await socket.send_str(text)

    async def _drop(self) -> None:
        for socket in list(self._open):
            await socket.close()


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


@pytest.fixture(autouse=True)
def every_thread_ends_with_its_test() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    late = set(threading.enumerate()) - before
    for thread in late:
        thread.join(PATIENCE)
    assert {thread.name for thread in late if thread.is_alive()} == set()


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
        "api_key": Secret("key-of-tests"),
        "secret": Secret("secret-of-tests"),
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
