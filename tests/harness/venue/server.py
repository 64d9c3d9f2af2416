"""Runs a venue on a loop and a thread of its own, for as long as a block lasts."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from decimal import Decimal
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from tornado.web import Application

from holdfast.actors.market import MarketMessage
from holdfast.actors.queries import Balances
from holdfast.supervision.runtime.clock import SystemClock
from holdfast.testing.venue.binance.speech import BINANCE
from holdfast.testing.venue.control import ControlHandler
from holdfast.testing.venue.core import VenueCore
from holdfast.testing.venue.faults.conditions import Conditions
from holdfast.testing.venue.faults.fault import Fault
from holdfast.testing.venue.faults.gate import Gate
from holdfast.testing.venue.faults.injector import Injector
from holdfast.testing.venue.front import Front
from holdfast.testing.venue.hub import Hub
from holdfast.testing.venue.listener import HERE, Listener
from holdfast.testing.venue.market_control import MarketControl
from holdfast.testing.venue.orders import Execution, VenueOrder
from holdfast.testing.venue.received import Received
from holdfast.testing.venue.replay import Replay
from holdfast.testing.venue.replay_control import ReplayControl
from holdfast.testing.venue.rest_handler import RestHandler
from holdfast.testing.venue.scripted_market import ScriptedMarket
from holdfast.testing.venue.settings import VenueSettings
from holdfast.testing.venue.speech import Speech

T = TypeVar("T")

PATIENCE = 30.0
"""Seconds that the venue may take for something it is asked in this process."""


class VenueServer:
    """A venue that listens on this machine, and tells its truth to who holds it.

    What is asked of it here is asked of its loop: so answers are consistent, and come
    after all requests that were answered before.
    """

    def __init__(
        self, settings: VenueSettings | None = None, speech: Speech = BINANCE
    ) -> None:
        self.settings = settings or speech.settings
        self.core = VenueCore(self.settings, SystemClock())
        injector = Injector(self.core.randomness, self.core.clock.elapsed)
        gate = Gate()
        self.hub = Hub(injector, gate)
        self._speech = speech
        self._loop = asyncio.new_event_loop()
        self._listener = Listener(self.settings.port, self.hub)
        self._control = Listener(self.settings.control_port, None)
        self.front = Front(
            self.core,
            speech.rest(self.core),
            injector,
            gate,
            Conditions(self.core, gate, self._listener, self._loop.call_later),
        )
        self._streams = speech.streams(self.core, self.hub)
        self.script = ScriptedMarket(
            self.settings.symbol,
            self._publish,
            self.core.clock.wall,
            self.core.exchange.rules.tick_size * 100,
        )
        self.market = MarketControl(self.script, self.run)
        self._thread = threading.Thread(target=self._serve, name="venue", daemon=True)

    def __enter__(self) -> Self:
        """Listen."""
        self._thread.start()
        self.run(self._open)
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _where: TracebackType | None,
    ) -> None:
        """Close everything; what the venue knows can still be read."""
        self.heal()
        closed = asyncio.run_coroutine_threadsafe(self._close(), self._loop)
        closed.result(PATIENCE)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{HERE}:{self._listener.port}"

    @property
    def control_url(self) -> str:
        """Where it can always be asked for `/_venue/...`, whatever goes wrong."""
        return f"http://{HERE}:{self._control.port}"

    def ccxt_config(self, timeout: float = 2.0) -> dict[str, Any]:
        """Return the settings with which a ccxt client talks to this venue."""
        return self._speech.ccxt_config(self.url, self.settings, timeout)

    def exchange_args(self) -> dict[str, Any]:
        """Return the arguments, all but the keys, of an exchange actor or a stream."""
        return {
            "exchange": self._speech.exchange,
            "symbols": [self.settings.symbol],
            "urls": self.ccxt_config()["urls"]["api"],
        }

    def replay(self, path: str | Path, *, restamp: bool = False) -> ReplayControl:
        """Make a recording the venue's market; `restamp` says that it happens now."""
        now_ms = self.core.clock.milliseconds if restamp else None
        symbol = self.settings.symbol
        replay = Replay(Path(path), symbol, self._repeat, self.hub.drained, now_ms)
        return ReplayControl(replay, self.run)

    def inject(self, *faults: Fault) -> None:
        """Let these faults happen from now on.

        Raises:
            ValueError: there was one with the same id before.

        """
        for fault in faults:
            self.run(partial(self.front.arm, fault))

    def heal(self) -> None:
        """Let nothing go wrong any more."""
        self.run(lambda: self.front.heal(self.hub))

    @property
    def faults_fired(self) -> dict[str, int]:
        """How often each fault has struck that was ever injected; 0: never."""
        return self.run(lambda: self.front.injector.fired)

    def wait_for_fault(self, fault_id: str, times: int = 1) -> None:
        """Block until a fault has struck so often.

        Raises:
            TimeoutError: it did not.

        """
        if not self.front.injector.wait_for(fault_id, times, PATIENCE):
            raise TimeoutError(f"{fault_id} has not struck {times} times")

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

    def _open(self) -> None:
        socket = {"core": self.core, "hub": self.hub}
        control = (r"/_venue/(\w+)", ControlHandler, {"venue": self})
        sockets = [
            (pattern, made, socket) for pattern, made in self._speech.sockets.items()
        ]
        calls = (r".*", RestHandler, {"front": self.front})
        self._listener.open(Application([control, *sockets, calls]))
        self._control.open(Application([control]))

    async def _close(self) -> None:
        await self._listener.close()
        await self._control.close()
        running = asyncio.all_tasks() - {asyncio.current_task()}
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def _publish(self, known: MarketMessage, said: MarketMessage) -> None:
        self.core.on_market(known)
        self._streams.on_market(said, b"")

    def _repeat(self, message: MarketMessage, frame: bytes) -> None:
        self.core.on_market(message)
        self._streams.on_market(message, frame)
