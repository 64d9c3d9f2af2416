"""Knows of each call whether it reached the wire, and what came back: no guessing.

The HTTP client says when it is about to write the first byte of a request. Before that
nothing has left; from then on nobody can tell, unless an answer comes.
"""

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import aiohttp
import attrs


@attrs.define
class Wire:
    """One call: `begun` with the HTTP client, `sent` once a first byte may be out.

    `status`, `headers` and `body` are those of a whole answer; headers in lower case.
    `check` is called when the first byte is about to leave, and may raise to keep it.
    """

    check: Callable[[], None] = lambda: None

    begun: bool = False
    sent: bool = False
    status: int | None = None
    headers: Mapping[str, str] = attrs.field(factory=dict[str, str])
    body: str = ""

    def answered(self, status: int, headers: Mapping[str, Any], body: str) -> None:
        """Note a whole answer."""
        self.status, self.body = status, body
        self.headers = {name.lower(): str(value) for name, value in headers.items()}


class Redirected(aiohttp.ClientError):
    """The venue sent the call elsewhere; to follow would be to send it twice."""


_current: ContextVar[Wire | None] = ContextVar("wire", default=None)


@contextmanager
def watched(check: Callable[[], None]) -> Generator[Wire]:
    """Watch the call that is made inside the block, and what it starts; see `Wire`."""
    wire = Wire(check)
    token = _current.set(wire)
    try:
        yield wire
    finally:
        _current.reset(token)


def on_the_wire() -> Wire:
    """Return the call that is being made; one that nobody watches, if none is."""
    return _current.get() or Wire()


def tracing() -> aiohttp.TraceConfig:
    """Make what a session needs so that its calls can be watched."""
    config = aiohttp.TraceConfig()
    config.on_request_start.append(_begun)
    config.on_request_headers_sent.append(_sent)
    config.on_request_redirect.append(_redirected)
    return config


async def _begun(*_: Any) -> None:
    on_the_wire().begun = True


async def _sent(*_: Any) -> None:
    wire = on_the_wire()
    wire.check()
    wire.sent = True


async def _redirected(
    _session: Any, _context: Any, told: aiohttp.TraceRequestRedirectParams
) -> None:
    raise Redirected(f"status {told.response.status} names another address")
