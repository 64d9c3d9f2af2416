"""An HTTP server of a few lines that answers as a test tells it."""

import asyncio
import contextlib
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import attrs

PATIENCE = 20.0
"""Seconds of real time before a test that waits in vain is a failed test."""


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


class Wire:
    """An HTTP server on a thread of its own; `answers` are by method and path."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.answers: dict[str, Answer] = {}
        self.connections = self.open = 0
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

    def wait_for_hang_up(self) -> None:
        """Wait until nobody is connected."""
        with self._came:
            assert self._came.wait_for(lambda: self.open == 0, PATIENCE), self.open

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
        for _ in range(5):  # transports take some turns to close
            self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    async def _connected(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.connections += 1
        self._count(1)
        self._serving.append(asyncio.current_task())  # else it may be collected
        with (
            contextlib.suppress(
                ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError
            ),
            contextlib.closing(writer.transport),
        ):
            try:
                while True:
                    await self._answer(reader, writer)
            finally:
                self._count(-1)

    def _count(self, more: int) -> None:
        with self._came:
            self.open += more
            self._came.notify_all()

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
