"""The open websockets, and which of them hears what."""

import asyncio
import threading
from collections.abc import Iterable
from typing import Any

from tornado.websocket import (
    WebSocketClosedError,
    WebSocketHandler,
    WebSocketProtocol,
)

from holdfast.testing.venue.core import VenueCore
from holdfast.testing.venue.faults.fault import Fault
from holdfast.testing.venue.faults.frames import Frame, FrameFilter
from holdfast.testing.venue.faults.gate import Gate
from holdfast.testing.venue.faults.injector import Injector, Occasion
from holdfast.testing.venue.faults.kinds import ANYWHERE, FaultKind

DRAIN = 1.0
"""Seconds to wait for who does not read."""


class Hub:
    """Passes frames on to the sockets that subscribed to their stream."""

    def __init__(self, injector: Injector, gate: Gate) -> None:
        self.sockets: set[Socket] = set()
        self.injector = injector
        self.gate = gate
        self._filter = FrameFilter(injector)
        self._subscribed = threading.Condition()

    def publish(
        self, stream: str, frame: Frame, names: frozenset[str], order: str = ""
    ) -> None:
        """Say something on one stream; `names` are what faults may call it.

        `order` is the client's id of the order that it is about, if there is one.
        """
        listeners = [each for each in self.sockets if stream in each.streams]
        if not listeners:
            return
        occasion = Occasion(names=names, client_order_id=order)
        for said in self._filter.pass_on(occasion, stream, frame):
            for socket in listeners:
                socket.say(said)

    async def drained(self) -> None:
        """Wait until what was said has left, as far as anybody takes it."""
        await asyncio.sleep(0)
        leaving = [each.sent for each in self.sockets if each.sent is not None]
        if leaving:
            await asyncio.wait(leaving, timeout=DRAIN)

    def release(self) -> None:
        """Say at last what was held back."""
        for stream, frame in self._filter.left_over():
            for socket in tuple(self.sockets):
                if stream in socket.streams:
                    socket.say(frame)

    def subscribe(self, socket: "Socket", streams: Iterable[str]) -> None:
        """Let a socket hear these streams from now on."""
        with self._subscribed:
            socket.streams.update(streams)
            self._subscribed.notify_all()

    def wait_for_listener(self, stream: str, patience: float) -> bool:
        """Block another thread until somebody hears the stream; False: nobody does."""

        def is_heard() -> bool:
            return any(stream in socket.streams for socket in tuple(self.sockets))

        with self._subscribed:
            return self._subscribed.wait_for(is_heard, patience)

    def cut(self, where: str = ANYWHERE) -> None:
        """Close the sockets that this names, without a word."""
        for socket in self._named(where):
            socket.cut()

    def terminate(self, where: str, last_words: Frame) -> None:
        """Say this on the sockets that this names; they hear no stream any more."""
        for socket in self._named(where):
            socket.say(last_words)
            socket.streams.clear()

    def _named(self, where: str) -> list["Socket"]:
        return [
            socket
            for socket in self.sockets
            if where in (ANYWHERE, *socket.names, *socket.streams)
        ]


class Socket(WebSocketHandler):
    """One open websocket and the streams it hears."""

    role = "market"

    def initialize(self, core: VenueCore, hub: Hub) -> None:
        self.core = core
        self.hub = hub
        self.streams: set[str] = set()
        self.pings = 0
        self.sent: asyncio.Future[Any] | None = None

    @property
    def names(self) -> frozenset[str]:
        """What faults may call it."""
        return frozenset({"stream", self.role})

    def check_origin(self, origin: str) -> bool:
        """Let anybody in: the venue only listens to its own machine."""
        return bool(origin)

    def open(self, *_args: str, **_more: str) -> None:
        """Remember it, or throw it out again."""
        if self.struck(FaultKind.ACCEPT_THEN_CLOSE):
            self.close()
        else:
            self.hub.sockets.add(self)

    def on_close(self) -> None:
        """Forget it."""
        self.hub.sockets.discard(self)

    def on_ping(self, data: bytes) -> None:
        """Count what shows that somebody listens."""
        del data
        self.pings += 1

    async def on_message(self, message: str | bytes) -> None:
        """Take a message, once the venue does not stand still any more."""
        await self.hub.gate.passed(self.names)
        self.take(message)

    def take(self, message: str | bytes) -> None:
        """Take a message."""
        raise NotImplementedError

    def struck(self, kind: FaultKind, *more: str) -> Fault | None:
        """Return the fault of this kind that strikes the socket now."""
        occasion = Occasion(names=self.names | frozenset(more))
        return next(iter(self.hub.injector.strike([kind], occasion)), None)

    def say(self, frame: Frame) -> None:
        """Send a text frame, unless nobody is there any more or all stands still."""
        if self.hub.gate.is_frozen(self.names):
            return
        try:
            sent = self.write_message(frame)
        except WebSocketClosedError:
            return
        sent.add_done_callback(_ignore_closed)
        self.sent = sent

    def cut(self) -> None:
        """Close the connection without a word."""
        stream = self.ws_connection.stream if self.ws_connection else None
        if stream is not None:
            stream.close()

    def get_websocket_protocol(self) -> WebSocketProtocol | None:
        """Answer pings only while the venue does not stand still."""
        protocol: Any = super().get_websocket_protocol()
        answer = protocol._send_pong

        def pong(data: bytes) -> None:
            if not self.hub.gate.is_frozen(self.names):
                answer(data)

        protocol._send_pong = pong
        return protocol  # type: ignore[no-any-return]


def _ignore_closed(sent: "asyncio.Future[Any]") -> None:
    """Take note of an error that says only that the other side has gone."""
    if not sent.cancelled():
        sent.exception()
