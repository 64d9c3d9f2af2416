"""Runs a venue on a loop and a thread of its own, for as long as a block lasts."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from decimal import Decimal
from types import TracebackType
from typing import Any, Self, TypeVar

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application

from holdfast.actors.market import MarketMessage
from holdfast.actors.messages import Balances
from holdfast.supervision.runtime.clock import SystemClock
from holdfast.testing.venue.binance.limits import Limits
from holdfast.testing.venue.binance.protocol import BinanceRest
from holdfast.testing.venue.binance.recipe import ccxt_config
from holdfast.testing.venue.binance.sockets import (
    BinanceStreams,
    MarketSocket,
    UserSocket,
)
from holdfast.testing.venue.core import VenueCore
from holdfast.testing.venue.hub import Hub
from holdfast.testing.venue.market_control import MarketControl
from holdfast.testing.venue.orders import Execution, VenueOrder
from holdfast.testing.venue.received import Received
from holdfast.testing.venue.rest_handler import RestHandler
from holdfast.testing.venue.scripted_market import ScriptedMarket
from holdfast.testing.venue.settings import VenueSettings

T = TypeVar("T")

PATIENCE = 30.0
"""Seconds that the venue may take for something it is asked in this process."""


class VenueServer:
    """A venue that listens on this machine, and tells its truth to who holds it.

    What is asked of it here is asked of its loop: so answers are consistent, and come
    after all requests that were answered before.
    """

    def __init__(self, settings: VenueSettings | None = None) -> None:
        self.settings = settings or VenueSettings()
        self.core = VenueCore(self.settings, SystemClock())
        self.hub = Hub()
        self._limits = Limits(self.settings, self.core.clock)
        self._rest = BinanceRest(self.core, self._limits)
        self._streams = BinanceStreams(self.core, self.hub)
        step = self.core.exchange.rules.tick_size * 100
        script = ScriptedMarket(
            self.settings.symbol, self._publish, self.core.clock.wall, step
        )
        self.market = MarketControl(script, self.run)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, name="venue", daemon=True)
        self._server: HTTPServer | None = None
        self._port = self.settings.port

    def __enter__(self) -> Self:
        """Listen."""
        self._thread.start()
        self.run(self._listen)
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _where: TracebackType | None,
    ) -> None:
        """Close everything; what the venue knows can still be read."""
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(PATIENCE)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._port}"

    def ccxt_config(self, timeout: float = 2.0) -> dict[str, Any]:
        """Return the settings with which a ccxt client talks to this venue."""
        settings = self.settings
        return ccxt_config(
            self.url, key=settings.key, secret=settings.secret, timeout=timeout
        )

    def orders(self) -> tuple[VenueOrder, ...]:
        """List every order that it ever took, oldest first."""
        return self.run(self.core.exchange.all_orders)

    def executions(self) -> tuple[tuple[VenueOrder, Execution], ...]:
        """List the trades of the account, each with its order."""
        return self.run(self.core.exchange.executions)

    def balances(self) -> Balances:
        """Tell what the account holds."""
        return self.run(self.core.exchange.balances)

    def requests(self) -> tuple[Received, ...]:
        """List every request that arrived, and what became of it."""
        return self.run(self.core.requests.all)

    def hit(self, order_id: int, quantity: Decimal) -> None:
        """Let a stranger trade with an order that rests."""
        self.run(lambda: self.core.exchange.hit(order_id, quantity))

    def wait_for_listener(self, stream: str) -> None:
        """Block until a client hears the stream ("user", "btcusdt@trade").

        Raises:
            TimeoutError: nobody came.

        """
        if not self.hub.wait_for_listener(stream, PATIENCE):
            raise TimeoutError(f"nobody has subscribed to {stream}")

    def run(self, work: Callable[[], T]) -> T:
        """Do something on the venue's loop and return what comes of it."""
        if not self._thread.is_alive():
            return work()
        done: Future[T] = Future()

        def do() -> None:
            try:
                done.set_result(work())
            except BaseException as error:  # noqa: BLE001 - told to who asked
                done.set_exception(error)

        self._loop.call_soon_threadsafe(do)
        return done.result(PATIENCE)

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    def _listen(self) -> None:
        sockets = bind_sockets(self._port, "127.0.0.1")
        self._port = sockets[0].getsockname()[1]
        server = self._server = HTTPServer(self._application())
        server.add_sockets(sockets)

    def _application(self) -> Application:
        socket = {"core": self.core, "hub": self.hub}
        return Application(
            [
                (r"/stream(?:/ws)?(?:/\d+)?", MarketSocket, socket),
                (r"/ws-api/v3", UserSocket, socket),
                (r".*", RestHandler, {"core": self.core, "protocol": self._rest}),
            ]
        )

    async def _close(self) -> None:
        self.hub.close_all()
        if self._server is not None:
            self._server.stop()
            await self._server.close_all_connections()

    def _publish(self, known: MarketMessage, said: MarketMessage) -> None:
        self.core.on_market(known)
        self._streams.on_market(said)
