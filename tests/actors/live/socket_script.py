"""A server of websockets that says what a test tells it, and a listener."""

import asyncio
import json
import threading
from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import web

from holdfast.supervision import Actor, ManualClock

PATIENCE = 20.0
"""Seconds of real time before a test that waits in vain is a failed test."""

MOMENT = 0.01
"""Seconds of real time in which something may come before virtual time goes on."""


def wait_until(
    true: Callable[[], bool], *, clock: ManualClock | None = None, **told: object
) -> None:
    """Wait until something is true; with a clock, time goes on meanwhile.

    It goes on slowly, by half a second at a time, so that what is on its way on a
    network arrives within the seconds that it has.
    """
    patience = threading.Event()
    for _ in range(int(PATIENCE / MOMENT)):
        if true():
            return
        patience.wait(MOMENT)
        if clock is not None:
            clock.advance(0.5)
    pytest.fail(f"waited in vain: {told}")


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
        self.refuses_with = 0
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

    def wait_until(
        self, true: Callable[[], bool], *, clock: ManualClock | None = None
    ) -> None:
        """Wait until something is true; see above."""
        wait_until(true, clock=clock, opened=self.opened, heard=self.heard)

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

    async def _connected(self, request: web.Request) -> web.StreamResponse:
        if self.refuses_with:
            return web.Response(status=self.refuses_with, headers={"Retry-After": "77"})
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
