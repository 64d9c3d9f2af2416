"""Reads a request to Coinbase Exchange, checks it, and has it answered."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from tornado.httputil import HTTPServerRequest

from holdfast.supervision.outcome import CallClass
from holdfast.testing.venue.coinbase import private, public
from holdfast.testing.venue.coinbase.refusal import NOT_FOUND, USUAL, Refused
from holdfast.testing.venue.coinbase.signing import check
from holdfast.testing.venue.core import VenueCore
from holdfast.testing.venue.rest import Call, Reply

Perform = Callable[[VenueCore, Call], Reply]

_ENDPOINTS: dict[tuple[str, str], tuple[Perform, CallClass]] = {
    ("GET", "accounts"): (private.accounts, CallClass.ACCOUNT),
    ("GET", "fills"): (private.fills, CallClass.QUERY),
    ("GET", "orders"): (private.list_orders, CallClass.QUERY),
    ("POST", "orders"): (private.place_order, CallClass.NEW),
    ("DELETE", "orders"): (private.cancel_all, CallClass.CANCEL),
    ("GET", "orders/"): (private.query_order, CallClass.QUERY),
    ("DELETE", "orders/"): (private.cancel_order, CallClass.CANCEL),
}
_ANYBODY: dict[str, Callable[[VenueCore], Any]] = {
    "/time": public.time,
    "/currencies": public.currencies,
    "/products": public.products,
}
_CREDENTIALS = {
    "key": "Cb-Access-Key",
    "passphrase": "Cb-Access-Passphrase",
    "timestamp": "Cb-Access-Timestamp",
    "signature": "Cb-Access-Sign",
}


class CoinbaseRest:
    """The REST side of a Coinbase Exchange that is not there."""

    def __init__(self, core: VenueCore) -> None:
        self._core = core
        self._shut_until = 0.0

    def read(self, request: HTTPServerRequest) -> Call:
        """Say what is asked for; no check is made yet."""
        method, path = request.method or "GET", request.path
        body = request.body.decode(errors="replace")
        endpoint = _endpoint(method, path)
        params = {**_body(body), **dict(parse_qsl(request.query))}
        name = path.rpartition("/")[2]
        by_name = name.removeprefix("client:") if name.startswith("client:") else ""
        return Call(
            method=method,
            path=path,
            call_class=endpoint[1] if endpoint else CallClass.DATA,
            params=params,
            signed_text=f"{method}{request.uri}{body}",
            headers=dict(request.headers.items()),
            client_order_id=by_name or params.get("client_oid", ""),
        )

    def perform(self, call: Call) -> Reply:
        """Check the call, do what it asks for, and answer."""
        try:
            return self._answer(call)
        except Refused as refused:
            return refused.reply()

    def order_of(self, call: Call) -> int | None:
        """Say which order a call is about, if the venue has it."""
        order = private.found(self._core, call)
        return order.id if order else None

    def refusal(self, code: int, told: str | None, status: int | None) -> Reply:
        """Say what it says where Binance has this code."""
        usual, usually = USUAL.get(code, ("Internal server error", 500))
        return Refused(told or usual, status=status or usually).reply()

    def shut_out(self, seconds: float, status: int) -> None:
        """Refuse every call for some time; there is no other status than 429 here."""
        del status
        self._shut_until = self._core.clock.elapsed() + seconds

    def _answer(self, call: Call) -> Reply:
        left = self._shut_until - self._core.clock.elapsed()
        if left > 0:
            told, status = USUAL[-1003]
            raise Refused(told, status=status, retry_after=max(1, round(left)))
        endpoint = _endpoint(call.method, call.path)
        if endpoint is None:
            return Reply.json(self._tell_anybody(call.path))
        self._check(call)
        return endpoint[0](self._core, call)

    def _tell_anybody(self, path: str) -> Any:
        if path in _ANYBODY:
            return _ANYBODY[path](self._core)
        parts = path.split("/")
        if len(parts) != 4 or parts[1] != "products":
            raise NOT_FOUND
        return public.of_product(self._core, parts[2], parts[3])

    def _check(self, call: Call) -> None:
        told = {
            name: call.headers.get(header, "") for name, header in _CREDENTIALS.items()
        }
        core = self._core
        check(core.settings, told, call.signed_text, core.clock.wall())


def _endpoint(method: str, path: str) -> tuple[Perform, CallClass] | None:
    """Find what answers; of an address below another the end does not matter."""
    room, slash, _ = path.removeprefix("/").partition("/")
    return _ENDPOINTS.get((method, room + slash))


def _body(text: str) -> Mapping[str, Any]:
    if not text:
        return {}
    told: Any = msgspec.json.decode(text)
    return {
        name: value if isinstance(value, str) else str(value)
        for name, value in told.items()
        if value not in (None, False)
    }
