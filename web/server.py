"""The web server as a supervised actor: a loop on a thread of its own.

It looks at the event fold and sends commands; nothing waits for it, so trading does not
notice when it hangs or dies. The Unix socket `control.sock` is for the owner of the
state directory and may change things; TCP is loopback only and may not.
"""

import asyncio
import contextlib
import functools
import os
import socket
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar

import tornado.httpserver
import tornado.web

from ..supervision.event_log import unchanged
from ..supervision.runtime.actor import Actor
from ..supervision.system import ActorSystem
from .bookkeeping import Bookkeeping
from .handlers import Served
from .risk_desk import RiskDesk
from .routes import routes

STOP_TIMEOUT = 2.0
LOOK_EVERY = 0.2
MAX_BODY = 1_000_000


class PortUnavailable(Exception):
    """Somebody else has the address."""

    exit_code: ClassVar[int] = 69


class WebServer(Actor):
    """Serves on `control` (a socket path) and, if given, on TCP `port`; pin it.

    Port 0 is any free one; it is kept over restarts. `redact` takes secrets out of
    what is said of failures, `risk` reaches those who guard the trading, `books`
    those who keep the books of it.

    Raises in `on_start`:
        PortUnavailable: an address can't be had.
    """

    def __init__(  # noqa: PLR0913 - whom it serves, and where
        self,
        control: str,
        environment: str,
        *,
        port: int | None = None,
        redact: Callable[[str], str] = unchanged,
        risk: Callable[[ActorSystem], RiskDesk] | None = None,
        books: Callable[[ActorSystem], Bookkeeping] | None = None,
    ) -> None:
        self._control = Path(control)
        self._environment = environment
        self._port: int | None = self.snapshot or port
        self._redact = redact
        self._risk = None if risk is None else risk(self.system)
        self._books = None if books is None else books(self.system)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._stopping = asyncio.Event()

    def on_start(self) -> None:
        """Take the addresses, then serve from the loop's thread."""
        control = self._bind_control()
        try:
            tcp = [] if self._port is None else [self._bind_tcp(self._port)]
        except PortUnavailable:
            control.close()
            self._control.unlink(missing_ok=True)
            raise
        loop = asyncio.new_event_loop()
        self._loop = loop
        self._thread = threading.Thread(
            target=self._serve,
            args=(loop, control, tcp),
            name=f"{self.path} loop",
            daemon=True,
        )
        self._thread.start()

    def on_stop(self) -> None:
        """Stop serving."""
        self._end()

    def on_failure(
        self,
        exception_type: type[BaseException] | None,
        exception_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Give the addresses back for the successor."""
        del exception_type, exception_value, traceback
        self._end()

    def facts(self) -> Mapping[str, Any]:
        """Tell where it serves."""
        return {"control": str(self._control), "port": self._port}

    def _bind_control(self) -> socket.socket:
        control = socket.socket(socket.AF_UNIX)
        try:
            if self._control.is_socket():  # a killed predecessor left it
                self._control.unlink()
            control.bind(str(self._control))
            self._control.chmod(0o600)
            control.listen()
        except OSError as error:
            control.close()
            raise PortUnavailable(
                f"the control socket {self._control} can't be had"
                f" ({error.strerror or error}): choose another place with --state DIR"
            ) from error
        control.settimeout(0.0)
        return control

    def _bind_tcp(self, port: int) -> socket.socket:
        try:
            tcp = socket.create_server(("127.0.0.1", port))
        except OSError as error:
            why = os.strerror(error.errno or 0)
            raise PortUnavailable(
                f"port {port} on 127.0.0.1 can't be had ({why}): end the program that"
                " has it, or choose another port with --port N"
            ) from error
        tcp.settimeout(0.0)
        self._port = tcp.getsockname()[1]
        self.save_snapshot(self._port)
        return tcp

    def _serve(
        self,
        loop: asyncio.AbstractEventLoop,
        control: socket.socket,
        tcp: list[socket.socket],
    ) -> None:
        try:
            loop.run_until_complete(self._serve_until_stopped(control, tcp))
        except Exception as error:  # noqa: BLE001 - the actor shall know and crash
            self.soon(functools.partial(_raise, error))
        finally:
            loop.run_until_complete(_cancel_all_others())
            loop.close()

    async def _serve_until_stopped(
        self, control: socket.socket, tcp: list[socket.socket]
    ) -> None:
        servers = [self._server(control, may_change=True)]
        servers += [self._server(each, may_change=False) for each in tcp]
        # Who is killed is told nothing, but has to give its addresses back too.
        while not (self._stopping.is_set() or self._life.ended):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), LOOK_EVERY)
        for server in servers:
            server.stop()
            await server.close_all_connections()

    def _server(
        self, address: socket.socket, *, may_change: bool
    ) -> tornado.httpserver.HTTPServer:
        here = Served(
            self.system,
            self._environment,
            self.path,
            self._redact,
            self._risk,
            self._books,
        )
        served = routes(here, may_change=may_change)
        application = tornado.web.Application(
            served, log_function=_no_log, cross_origin_protection=True
        )
        server = tornado.httpserver.HTTPServer(
            application, idle_connection_timeout=75, max_body_size=MAX_BODY
        )
        server.add_socket(address)
        return server

    def _end(self) -> None:
        loop, thread = self._loop, self._thread
        if loop is None or thread is None:
            return
        self._loop = None
        self._control.unlink(missing_ok=True)
        try:
            loop.call_soon_threadsafe(self._stopping.set)
        except RuntimeError:  # it has ended by itself
            return
        thread.join(STOP_TIMEOUT)


async def _cancel_all_others() -> None:
    """End the requests that still wait for something."""
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _raise(error: Exception) -> None:
    raise error


def _no_log(handler: tornado.web.RequestHandler) -> None:
    """Keep requests out of the log: what changes something is an event."""
    del handler
