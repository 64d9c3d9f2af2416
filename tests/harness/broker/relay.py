"""Stands between clients and a port, and does to their connections what networks do."""

import asyncio
import socket
import struct
import threading
from collections.abc import Callable
from typing import Self

from holdfast.testing.broker.node import HERE

CHUNK = 65_536
PATIENCE = 30.0

_RESET = struct.pack("ii", 1, 0)


class Relay:
    """A port that passes everything on to another one, until it is told otherwise.

    Clients connect to `port`. It runs on a thread of its own; use it with `with`.
    """

    def __init__(self, to: int) -> None:
        self.port = 0
        self._to = to
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, name="relay", daemon=True)
        self._flows = {"up": asyncio.Event(), "down": asyncio.Event()}
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._pumps: set[asyncio.Task[None]] = set()
        self._refuses = False
        self._delay = 0.0
        self.carried = {"up": 0, "down": 0}
        """Bytes that were passed on, towards the port and back."""

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(PATIENCE)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(PATIENCE)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE)
        self._loop.close()

    # -- what happens to connections --

    def stall(self, *, up: bool = True, down: bool = True) -> None:
        """Pass nothing on in these directions; every connection stays open."""
        if up:
            self._do(self._flows["up"].clear)
        if down:
            self._do(self._flows["down"].clear)

    def flow(self) -> None:
        """Pass everything on again, at once, and what was held back first."""
        self._do(self._flow)

    def delay(self, seconds: float) -> None:
        """Hold each piece back for so long."""
        self._do(lambda: setattr(self, "_delay", seconds))

    def refuse(self) -> None:
        """Reset every new connection, until `flow`."""
        self._do(lambda: setattr(self, "_refuses", True))

    def cut(self) -> None:
        """Reset every connection."""
        self._do(self._reset)

    # -- inside, on the loop --

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    def _do(self, what: Callable[[], object]) -> None:
        async def done() -> None:
            what()

        asyncio.run_coroutine_threadsafe(done(), self._loop).result(PATIENCE)

    def _flow(self) -> None:
        self._refuses, self._delay = False, 0.0
        for flow in self._flows.values():
            flow.set()

    async def _listen(self) -> None:
        self._flow()
        self._server = await asyncio.start_server(self._accept, HERE, 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        if self._server is not None:
            self._server.close()
        self._reset()
        for pump in self._pumps:
            pump.cancel()
        await asyncio.gather(*self._pumps, return_exceptions=True)

    async def _accept(
        self, client_in: asyncio.StreamReader, client_out: asyncio.StreamWriter
    ) -> None:
        if self._refuses:
            _reset(client_out)
            return
        try:
            server_in, server_out = await asyncio.open_connection(HERE, self._to)
        except OSError:
            _reset(client_out)
            return
        self._open |= {client_out, server_out}
        ways = (("up", client_in, server_out), ("down", server_in, client_out))
        for name, source, sink in ways:
            pump = self._loop.create_task(self._pump(name, source, sink))
            self._pumps.add(pump)
            pump.add_done_callback(self._pumps.discard)

    async def _pump(
        self, way: str, source: asyncio.StreamReader, sink: asyncio.StreamWriter
    ) -> None:
        flow = self._flows[way]
        try:
            while True:
                await flow.wait()
                piece = await source.read(CHUNK)
                await flow.wait()
                if not piece:
                    break
                if self._delay:
                    await asyncio.sleep(self._delay)
                sink.write(piece)
                await sink.drain()
                self.carried[way] += len(piece)
        except OSError:
            pass
        finally:
            self._open.discard(sink)
            sink.close()

    def _reset(self) -> None:
        for writer in self._open:
            _reset(writer)
        self._open.clear()


def _reset(writer: asyncio.StreamWriter) -> None:
    """End a connection as a crash does: the other side gets RST."""
    connection = writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    writer.transport.abort()
