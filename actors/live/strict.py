"""Closes the holes of ccxt by which a wrong answer looks like a right one.

Everything that ccxt leaves untyped is here and in `client`. It works for each exchange
of ccxt: the classes below are mixed into the exchange's own.
"""

# ccxt has no types: what its classes return is unknown.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

import json
import ssl
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import aiohttp
from ccxt.base.errors import (  # type: ignore[import-untyped]
    BadResponse,
    ExchangeClosedByUser,
    ExchangeError,
    NetworkError,
)

from ...supervision.outcome import CallFailed
from .exact import exact, plain
from .wire import on_the_wire, tracing

if TYPE_CHECKING:
    Exchange = Any
else:
    Exchange = object


class BadFrame(BadResponse):  # type: ignore[misc] # untyped
    """A frame of a stream can't be read; nothing after it can be trusted."""


class Terminated(NetworkError):  # type: ignore[misc] # untyped
    """The venue says that a stream tells nothing any more; the connection stands."""


class Strict(Exchange):  # type: ignore[misc] # a mixin of untyped classes
    """What holds for calls; `venue_time` gives the venue's time in seconds."""

    venue_time: Callable[[], float]
    session: Any
    tls: ssl.SSLContext | None = None
    timeout_on_exit = 0
    bare_answers = False

    @staticmethod
    def read_name(client_order_id: str) -> str:
        """Return the name of an order that the venue calls so."""
        return client_order_id

    def milliseconds(self) -> int:
        """Return the venue's time, by which requests are signed."""
        return int(self.venue_time() * 1000)

    def seconds(self) -> int:
        """Return the same in seconds, by which others sign."""
        return int(self.venue_time())

    def open(self, lazy: bool = False) -> None:  # noqa: FBT001, FBT002 - ccxt's
        """Make a session that sends nothing twice and says what it has sent."""
        if lazy and self.closed_by_user:
            raise ExchangeClosedByUser(f"{self.id} is closed")
        if self.session is None:
            if self.tls is None:
                self.tls = ssl.create_default_context(cafile=self.cafile)
            self.ssl_context = self.tls
            self.tcp_connector = aiohttp.TCPConnector(ssl=self.tls)
            self.session = aiohttp.ClientSession(
                connector=self.tcp_connector, trace_configs=[tracing()]
            )
            # aiohttp would send GET and DELETE, so also a cancel, once more by itself.
            self.session._retry_connection = False  # noqa: SLF001 - there is no other way
        super().open(lazy)

    async def close(self, clean_instance_data: bool = False) -> None:  # noqa: FBT001, FBT002 - ccxt's
        """Close all, also if it is cut short: a venue may never say goodbye."""
        try:
            await super().close(clean_instance_data)
        finally:
            await self.close_connector()
            self.session = None

    def on_rest_response(  # noqa: PLR0913, PLR0917 - ccxt's
        self,
        code: int,
        reason: str,
        url: str,
        method: str,
        response_headers: Any,
        response_body: str,
        request_headers: Any,
        request_body: Any,
    ) -> Any:
        """Note the answer for whoever judges it."""
        del reason, url, method, request_headers, request_body
        on_the_wire().answered(code, response_headers, response_body)
        return response_body.strip()

    def on_json_response(self, body: str) -> Any:
        """Keep the digits of numbers that come as numbers."""
        return json.loads(body, parse_float=str)

    async def fetch(self, *args: Any, **kwargs: Any) -> Any:
        """Refuse what is no JSON: ccxt would take it for an empty answer."""
        answer = await super().fetch(*args, **kwargs)
        is_bare = self.bare_answers and isinstance(answer, str) and answer
        if not isinstance(answer, dict | list) and not is_bare:
            raise BadResponse(f"{self.id}: the answer is no JSON object or array")
        return answer

    def handle_http_status_code(
        self, code: int, reason: str, url: str, method: str, body: str
    ) -> None:
        """Let no error status pass; ccxt knows only some of them."""
        super().handle_http_status_code(code, reason, url, method, body)
        if not 200 <= code < 300:
            raise ExchangeError(f"{self.id}: status {code}")

    def get_exceptions_by_url(self, url: str, kind: str) -> Any:
        """Use Binance's table of spot errors at every address, not at its own only."""
        del url
        return self.exceptions.get("spot", {}).get(kind, {})

    def safe_order(self, order: Any, market: Any = None) -> Any:
        """Call each order by its name of ours, however the venue has to write it."""
        whole = super().safe_order(order, market)
        if isinstance(whole.get("clientOrderId"), str):
            whole["clientOrderId"] = self.read_name(whole["clientOrderId"])
        return whole

    def amount_to_precision(self, symbol: str, amount: Any) -> str:
        """Send what was asked for: ccxt would cut it to fit, and trade less."""
        del symbol
        return plain(amount)

    def price_to_precision(self, symbol: str, price: Any) -> str:
        """Send what was asked for: ccxt would round it to fit."""
        del symbol
        return plain(price)

    def safe_float(self, dictionary: Any, key: Any, default_value: Any = None) -> Any:
        """Read the numbers of books exactly, too; those are compared and sorted."""
        value = exact(self.safe_string(dictionary, key))
        return default_value if value is None else value


class StrictStream(Strict):
    """What holds for streams, besides.

    `dial` makes each connection to a host; `connected` hears of one that stands,
    `frame` of each frame that was handled, `spoke` of each in which the venue says
    something, `lost` of the error that ended one.
    """

    dial: Callable[[str, Callable[[], Awaitable[Any]]], Awaitable[Any]]
    connected: Callable[[], None]
    frame: Callable[[], None]
    spoke: Callable[[], None]
    lost: Callable[[Exception], None]
    only_json = False
    last_words: frozenset[str] = frozenset()
    """Events after which nothing comes."""

    @staticmethod
    def safe_string(
        dictionary: Any, key: Any, default_value: str | None = None
    ) -> str | None:
        """Read numbers that are exact already, too: ccxt takes them for nothing."""
        try:
            value = dictionary[key]
        except (LookupError, TypeError):
            return default_value
        if isinstance(value, Decimal):
            return plain(value)
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            return default_value
        return str(value) if value != "" else default_value

    def client(self, url: str) -> Any:
        """Return ccxt's client of an address, with its receive loop made safe."""
        client = super().client(url)
        if not getattr(client, "is_strict", False):
            client.is_strict = True
            client.connectionTimeout = 600_000  # our own limits end it sooner
            self._guard(client)
        return client

    def handle_message(self, client: Any, message: Any) -> Any:
        """Refuse a text where all frames are JSON."""
        if self.only_json and not isinstance(message, dict | list):
            raise BadFrame(f"{self.id}: a frame is no JSON object or array")
        event = _event(message)
        if event in self.last_words:
            raise Terminated(f"{self.id}: {event}")
        handled = super().handle_message(client, message)
        self.spoke()
        return handled

    def on_connected(self, client: Any, message: Any = None) -> None:
        """Say that a connection stands."""
        super().on_connected(client, message)
        self.connected()

    def on_error(self, client: Any, error: Exception) -> None:
        """Say that a connection is lost: those that wait do not always hear of it."""
        super().on_error(client, error)
        self.lost(error)

    def on_close(self, client: Any, error: Any) -> None:
        """Say that the venue closed a connection."""
        super().on_close(client, error)
        self.lost(NetworkError(f"{self.id}: closed with code {error}"))

    def _guard(self, client: Any) -> None:
        """Have a bad frame end the connection: ccxt would stop reading, silently."""
        handle, create = client.handle_message, client.create_connection

        def guarded(message: Any) -> None:
            try:
                handle(message)
                self.frame()
            except Terminated as last_words:
                client.on_error(last_words)
            except Exception as error:  # noqa: BLE001 - of any parser in ccxt
                told = str(error) if isinstance(error, CallFailed) else ""
                client.on_error(BadFrame(f"{type(error).__name__}: {told}"))

        def paced(session: Any) -> Awaitable[Any]:
            return self.dial(urlsplit(client.url).netloc, lambda: create(session))

        client.handle_message = guarded
        client.create_connection = paced


def _event(message: Any) -> str:
    """Return what Binance calls the event of a frame; empty if it has none."""
    if not isinstance(message, dict):
        return ""
    told = message.get("event", message)
    return str(told.get("e", "")) if isinstance(told, dict) else ""


class Tap(list[Any]):
    """Stands where ccxt keeps what came, and passes each item on, in order.

    ccxt's own caches forget, and they merge what comes in one go.
    """

    def __init__(self, tell: Callable[[Any], None]) -> None:
        super().__init__()
        self._tell = tell
        self.hashmap: dict[str, Any] = {}

    def append(self, item: Any) -> None:
        """Pass it on and keep nothing."""
        self._tell(item)

    def getLimit(self, symbol: str | None, limit: int | None) -> int | None:  # noqa: N802 - ccxt's
        """Say that nothing is kept."""
        del symbol, limit
        return 0
