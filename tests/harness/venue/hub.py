"""The open websockets, and which of them hears what."""

import asyncio
import threading
from collections.abc import Iterable
from typing import Any

from tornado.websocket import WebSocketClosedError, WebSocketHandler

from holdfast.testing.venue.core import VenueCore


class Hub:
    """Passes frames on to the sockets that subscribed to their stream."""

    def __init__(self) -> None:
        self.sockets: set[Socket] = set()
        self._subscribed = threading.Condition()

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

    def publish(self, stream: str, frame: str | bytes) -> None:
        """Say something on one stream."""
        for socket in tuple(self.sockets):
            if stream in socket.streams:
                socket.say(frame)

    def close_all(self) -> None:
        """Close every socket."""
        for socket in tuple(self.sockets):
            socket.close()


class Socket(WebSocketHandler):
    """One open websocket and the streams it hears."""

    def initialize(self, core: VenueCore, hub: Hub) -> None:
        self.core = core
        self.hub = hub
        self.streams: set[str] = set()

    def check_origin(self, origin: str) -> bool:
        """Let anybody in: the venue only listens to its own machine."""
        return bool(origin)

    def open(self, *_args: str, **_more: str) -> None:
        """Remember it."""
        self.hub.sockets.add(self)

    def on_close(self) -> None:
        """Forget it."""
        self.hub.sockets.discard(self)

    def say(self, frame: str | bytes) -> None:
        """Send a text frame, unless nobody is there any more."""
        try:
            sent = self.write_message(frame)
        except WebSocketClosedError:
            return
        sent.add_done_callback(_ignore_closed)


def _ignore_closed(sent: "asyncio.Future[Any]") -> None:
    """Take note of an error that says only that the other side has gone."""
    if not sent.cancelled():
        sent.exception()
