"""A venue, and the real ccxt client that talks to it."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator
from typing import Any

import ccxt.pro  # type: ignore[import-untyped]
import pytest

from holdfast.testing import COINBASE, VenueServer, VenueSettings

PATIENCE = 40.0
"""Seconds of real time before something that does not come is a failed test."""

Watch = Callable[..., Coroutine[Any, Any, Any]]


class Client:
    """A ccxt client for one symbol, and lists of what its streams have said.

    ccxt has no types: all of it passes through here.
    """

    def __init__(self, venue: VenueServer, exchange: str, **config: Any) -> None:
        self._venue = venue
        made: Any = getattr(ccxt.pro, exchange)
        self.api: Any = made({**venue.ccxt_config(), **config})
        self._events: dict[str, asyncio.Queue[Any]] = {}
        self._handle: Any = self.api.handle_message
        self.api.handle_message = self._note
        self._watches: list[asyncio.Task[Any]] = []

    async def watch(self, method: str, *args: Any, stream: str) -> "asyncio.Queue[Any]":
        """Collect what a `watch_...` method says, each entry of a list by itself.

        `stream` is what the venue calls it; returned once it is subscribed to.
        """
        said: asyncio.Queue[Any] = asyncio.Queue()
        call: Watch = getattr(self.api, method)

        async def collect() -> None:
            while True:
                try:
                    told = await call(*args)
                except ccxt.BaseError as error:
                    told = error
                entries: Any = told if issubclass(type(told), list) else [told]
                for entry in entries:
                    # ccxt goes on changing what it has given out.
                    said.put_nowait({**entry} if type(entry) is dict else entry)

        self.start(collect())
        await self.heard(stream)
        return said

    async def event(self, kind: str) -> Any:
        """Return the next event of this kind, as it came.

        ccxt puts events of one order together when they come fast.
        """
        return await self._events.setdefault(kind, asyncio.Queue()).get()

    def _note(self, client: Any, message: Any) -> None:
        told: Any = message if hasattr(message, "get") else {}
        event = told.get("event", told)
        kind = event.get("e", event.get("type", ""))
        self._events.setdefault(kind, asyncio.Queue()).put_nowait(event)
        self._handle(client, message)

    def start(self, watch: Coroutine[Any, Any, Any]) -> None:
        """Let a watch go on until the client is closed."""
        self._watches.append(asyncio.create_task(watch))

    async def heard(self, stream: str) -> None:
        """Wait until the venue knows that somebody hears the stream."""
        await asyncio.to_thread(self._venue.wait_for_listener, stream)

    async def close(self) -> None:
        for watch in self._watches:
            watch.cancel()
        await asyncio.gather(*self._watches, return_exceptions=True)
        await self.api.close()


class Desk:
    """A venue with a market, and clients of it."""

    def __init__(self, venue: VenueServer, exchange: str = "binance") -> None:
        self.exchange = exchange
        self.venue = venue
        self.market = venue.market

    @contextlib.asynccontextmanager
    async def client(self, **config: Any) -> AsyncGenerator[Client]:
        client = Client(self.venue, self.exchange, **config)
        try:
            await client.api.load_markets()
            yield client
        finally:
            await client.close()


@pytest.fixture
def open_venue() -> Iterator[Callable[..., VenueServer]]:
    """Start a venue with these settings."""
    with contextlib.ExitStack() as opened:

        def start(**settings: Any) -> VenueServer:
            server = VenueServer(VenueSettings(**settings))
            return opened.enter_context(server)

        yield start


@pytest.fixture
def desk(open_venue: Callable[..., VenueServer]) -> Desk:
    """A venue with 1000 BTC and 1000000 USDT that trades at 100 to 101."""
    made = Desk(open_venue(balances={"BTC": "1000", "USDT": "1000000"}))
    made.market.quote(100, 101, size=2)
    return made


@pytest.fixture
def still_desk(open_venue: Callable[..., VenueServer]) -> Desk:
    """A venue without a market, for a recording that is one."""
    return Desk(open_venue(balances={"BTC": "1000", "USDT": "1000000"}))


@pytest.fixture
def coinbase_desk() -> Iterator[Desk]:
    """A Coinbase Exchange with 10 BTC and 1000000 USD that trades at 100 to 101."""
    with VenueServer(speech=COINBASE) as venue:
        venue.market.quote(100, 101, size=2)
        yield Desk(venue, "coinbaseexchange")


@pytest.fixture
def with_client(
    request: pytest.FixtureRequest,
) -> Callable[[Callable[[Any], Coroutine[Any, Any, Any]]], Any]:
    """Run a coroutine with ccxt's own client of the desk; return what it returns."""
    others = {"still_desk", "coinbase_desk"} & set(request.fixturenames)
    desk: Desk = request.getfixturevalue(next(iter(others), "desk"))

    def run(work: Callable[[Any], Coroutine[Any, Any, Any]], **config: Any) -> Any:
        async def with_it() -> Any:
            async with desk.client(**config) as client:
                return await asyncio.wait_for(work(client), PATIENCE)

        return asyncio.run(with_it())

    return run
