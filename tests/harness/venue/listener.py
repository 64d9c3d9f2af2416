"""The doors of a venue: its listening socket, and the connections through it."""

import asyncio

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application

from holdfast.testing.venue.faults.kinds import ANYWHERE
from holdfast.testing.venue.hub import Hub

HERE = "127.0.0.1"


class Listener:
    """Listens on one port of this machine, or refuses to; called on the loop."""

    def __init__(self, port: int, hub: Hub | None) -> None:
        self.port = port
        self._hub = hub
        self._server: HTTPServer | None = None
        self._application: Application | None = None
        self._closing: set[asyncio.Task[None]] = set()

    def open(self, application: Application) -> None:
        """Listen for the first time."""
        self._application = application
        self.listen()

    def listen(self) -> None:
        """Let clients in, on the port that was taken once."""
        if self._server is None:
            sockets = bind_sockets(self.port, HERE)
            self.port = sockets[0].getsockname()[1]
            server = self._server = HTTPServer(self._application)
            server.add_sockets(sockets)

    def refuse(self) -> None:
        """Let nobody in, and throw out who is in."""
        server = self._stop()
        if server is not None:
            leaving = server.close_all_connections()
            closing = asyncio.get_running_loop().create_task(leaving)
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)

    def disconnect(self, where: str) -> None:
        """Cut the websockets that this names."""
        if self._hub is not None:
            self._hub.cut(where)

    def terminate(self, where: str, last_words: str) -> None:
        """Say this on the websockets that this names, and nothing any more."""
        if self._hub is not None:
            self._hub.terminate(where, last_words)

    async def close(self) -> None:
        """Listen no longer, and wait until every connection has ended."""
        server = self._stop()
        if server is not None:
            await server.close_all_connections()

    def _stop(self) -> HTTPServer | None:
        server, self._server = self._server, None
        self.disconnect(ANYWHERE)
        if server is not None:
            server.stop()
        return server
