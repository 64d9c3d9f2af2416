"""Reads a request to Binance's REST API, checks it, and has it answered."""

from collections.abc import Callable, Mapping
from urllib.parse import parse_qsl

import attrs
from tornado.httputil import HTTPServerRequest

from holdfast.supervision.outcome import CallClass
from holdfast.testing.venue.binance import private, public
from holdfast.testing.venue.binance.limits import Limits
from holdfast.testing.venue.binance.params import Params
from holdfast.testing.venue.binance.refusal import Refused, usual
from holdfast.testing.venue.binance.signing import check_signed, check_window
from holdfast.testing.venue.core import VenueCore
from holdfast.testing.venue.rest import Call, Reply

ROOT = "/api/v3"

Perform = Callable[[VenueCore, Params], Reply]


@attrs.frozen
class _Endpoint:
    """What answers at one address, what it weighs, and whether it needs a key.

    `weight_of_all` is for when no symbol is named.
    """

    perform: Perform
    weight: int
    call_class: CallClass = CallClass.DATA
    weight_of_all: int = 0

    @property
    def is_signed(self) -> bool:
        return self.call_class is not CallClass.DATA

    def weighs(self, params: Mapping[str, str]) -> int:
        if self.weight_of_all and "symbol" not in params:
            return self.weight_of_all
        return self.weight


def _told(question: public.Question) -> Perform:
    """Answer a public question in JSON."""
    return lambda core, params: Reply.json(question(core, params))


_ENDPOINTS: dict[tuple[str, str], _Endpoint] = {
    ("GET", "/ping"): _Endpoint(_told(public.ping), 1),
    ("GET", "/time"): _Endpoint(_told(public.time), 1),
    ("GET", "/exchangeInfo"): _Endpoint(_told(public.exchange_info), 20),
    ("GET", "/depth"): _Endpoint(_told(public.depth), 5),
    ("GET", "/trades"): _Endpoint(_told(public.trades), 25),
    ("GET", "/aggTrades"): _Endpoint(_told(public.aggregate_trades), 4),
    ("GET", "/ticker/24hr"): _Endpoint(_told(public.day_ticker), 2, weight_of_all=80),
    ("GET", "/ticker/bookTicker"): _Endpoint(
        _told(public.book_ticker), 2, weight_of_all=4
    ),
    ("GET", "/account"): _Endpoint(private.account, 20, CallClass.ACCOUNT),
    ("POST", "/order"): _Endpoint(private.place_order, 1, CallClass.NEW),
    ("POST", "/order/test"): _Endpoint(private.test_order, 1, CallClass.QUERY),
    ("GET", "/order"): _Endpoint(private.query_order, 4, CallClass.QUERY),
    ("DELETE", "/order"): _Endpoint(private.cancel_order, 1, CallClass.CANCEL),
    ("GET", "/openOrders"): _Endpoint(
        private.open_orders, 6, CallClass.QUERY, weight_of_all=80
    ),
    ("DELETE", "/openOrders"): _Endpoint(private.cancel_all, 1, CallClass.CANCEL),
    ("GET", "/allOrders"): _Endpoint(private.all_orders, 20, CallClass.QUERY),
    ("GET", "/myTrades"): _Endpoint(private.my_trades, 20, CallClass.QUERY),
    ("POST", "/order/cancelReplace"): _Endpoint(
        private.cancel_replace, 1, CallClass.NEW
    ),
}


class BinanceRest:
    """The REST side of a Binance that is not there."""

    def __init__(self, core: VenueCore, limits: Limits) -> None:
        self._core = core
        self._limits = limits

    def read(self, request: HTTPServerRequest) -> Call:
        """Say what is asked for; no check is made yet."""
        method = request.method or "GET"
        path = request.path.removeprefix(ROOT)
        parts = [request.query, request.body.decode(errors="replace")]
        text = "".join(filter(None, parts))
        params = dict(parse_qsl(text, keep_blank_values=True))
        endpoint = _ENDPOINTS.get((method, path))
        named = params.get("newClientOrderId", "") if method == "POST" else ""
        return Call(
            method=method,
            path=path,
            call_class=endpoint.call_class if endpoint else CallClass.DATA,
            params=params,
            signed_text=text.rsplit("&signature=", 1)[0],
            headers=dict(request.headers.items()),
            client_order_id=named or params.get("origClientOrderId", ""),
        )

    def perform(self, call: Call) -> Reply:
        """Check the call, do what it asks for, and answer."""
        endpoint = _ENDPOINTS.get((call.method, call.path))
        if endpoint is None:
            return Reply(status=404, body=b"<html>404 Not Found</html>")
        try:
            self._check(endpoint, call)
            params = Params(call.params, call.balance_lag)
            reply = endpoint.perform(self._core, params)
        except Refused as refused:
            reply = refused.reply()
        headers = {**self._limits.headers(), **reply.headers}
        return attrs.evolve(reply, headers=headers)

    def order_of(self, call: Call) -> int | None:
        """Say which order a call is about, if the venue has it."""
        number = call.params.get("orderId", "")
        order_id = int(number) if number.isdigit() else None
        order = self._core.exchange.find(order_id, call.client_order_id)
        return order.id if order else None

    def refusal(self, code: int, told: str | None, status: int | None) -> Reply:
        """Say a code, with the usual text and status if no other is given."""
        return usual(code, told, status)

    def shut_out(self, seconds: float, status: int) -> None:
        """Refuse every call for some time, with this status; 0: no more."""
        self._limits.shut_out(seconds, status)

    def _check(self, endpoint: _Endpoint, call: Call) -> None:
        self._limits.charge(endpoint.weighs(call.params))
        if not endpoint.is_signed:
            return
        key = call.headers.get("X-Mbx-Apikey", "")
        check_signed(self._core.settings, key, call.signed_text, call.params)
        check_window(Params(call.params), self._core.clock.milliseconds())
        if endpoint.call_class is CallClass.NEW:
            self._limits.charge_order()
