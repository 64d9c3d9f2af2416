"""Binance's websockets: market streams, and the user data stream of the WebSocket API.

Formats as in Binance's documentation, "Web Socket Streams" and "User Data Streams".
"""

from typing import Any

import msgspec

from holdfast.actors.market import DepthUpdate, MarketMessage, Quote, Trade
from holdfast.testing.venue.binance import wire
from holdfast.testing.venue.binance.params import Params
from holdfast.testing.venue.binance.refusal import Refused
from holdfast.testing.venue.binance.signing import check_signed, check_window
from holdfast.testing.venue.core import VenueCore
from holdfast.testing.venue.faults.kinds import FaultKind
from holdfast.testing.venue.hub import Hub, Socket
from holdfast.testing.venue.orders import OrderEvent, VenueStatus

USER = "user"


class _Request(msgspec.Struct):
    method: str
    id: int | str | None = None
    params: Any = None


class MarketSocket(Socket):
    """`/stream/ws/<n>`: hears the streams that it subscribes to."""

    def take(self, message: str | bytes) -> None:
        """Subscribe or not."""
        request = msgspec.json.decode(message, type=_Request)
        wanted: list[str] = list(request.params or [])
        lost = self.struck(FaultKind.LOST_ACK, *wanted)
        if lost:
            if lost.param("subscribes"):
                self.hub.subscribe(self, wanted)
            return
        match request.method:
            case "SUBSCRIBE":
                self.hub.subscribe(self, wanted)
            case "UNSUBSCRIBE":
                self.streams.difference_update(wanted)
            case "LIST_SUBSCRIPTIONS":
                self._answer(request, sorted(self.streams))
                return
            case _:
                refused = Refused(-1000, f"Invalid request: {request.method}")
                self.say(_json({"id": request.id, **_error(refused)}))
                return
        self._answer(request, None)

    def _answer(self, request: _Request, result: Any) -> None:
        self.say(_json({"result": result, "id": request.id}))


class UserSocket(Socket):
    """`/ws-api/v3`: of its methods, the subscription to one's own orders."""

    role = USER

    def take(self, message: str | bytes) -> None:
        """Check who asks."""
        request = msgspec.json.decode(message, type=_Request)
        lost = self.struck(FaultKind.LOST_ACK)
        try:
            if lost and not lost.param("subscribes"):
                return
            result = self._result(request)
            if lost:
                return
        except Refused as refused:
            error = {"status": refused.status, **_error(refused)}
            self.say(_json({"id": request.id, **error}))
            return
        self.say(_json({"id": request.id, "status": 200, "result": result}))

    def _result(self, request: _Request) -> Any:
        match request.method:
            case "ping":
                return {}
            case "time":
                return {"serverTime": self.core.clock.milliseconds()}
            case "userDataStream.subscribe.signature":
                self._check(request.params or {})
                self.hub.subscribe(self, [USER])
                return {"subscriptionId": 0}
            case _:
                raise Refused(-1020, "This operation is not supported.")

    def _check(self, given: dict[str, Any]) -> None:
        params = {name: str(value) for name, value in given.items()}
        text = "&".join(
            f"{name}={params[name]}" for name in sorted(params) if name != "signature"
        )
        check_signed(self.core.settings, params.get("apiKey", ""), text, params)
        check_window(Params(params), self.core.clock.milliseconds())


class BinanceStreams:
    """Says on the streams what the market and the account do."""

    def __init__(self, core: VenueCore, hub: Hub) -> None:
        self._core = core
        self._hub = hub
        core.exchange.subscribe(self._on_order)

    def on_market(self, message: MarketMessage, frame: bytes) -> None:
        """Say what the market did: in this frame, if there is one."""
        if isinstance(message, Trade | Quote | DepthUpdate):
            now = self._core.clock.wall()
            frame = frame or _json(wire.market_frame(message, now))
            stream = wire.stream_name(message)
            kind = stream.split("@")[1]
            names = frozenset({"stream", "market", stream, kind})
            self._hub.publish(stream, frame, names)

    def _on_order(self, event: OrderEvent) -> None:
        now, status = self._core.clock.wall(), event.order.status
        cancel_id = self._core.new_id() if status is VenueStatus.CANCELED else ""
        order = event.order.client_order_id
        self._tell(wire.execution_report(event, now, cancel_id), order)
        self._tell(wire.account_position(event, now), order)

    def _tell(self, event: dict[str, Any], order: str) -> None:
        names = frozenset({"stream", USER, str(event["e"])})
        frame = _json({"subscriptionId": 0, "event": event})
        self._hub.publish(USER, frame, names, order)


def _error(refused: Refused) -> dict[str, Any]:
    return {"error": {"code": refused.code, "msg": refused.told}}


def _json(content: Any) -> bytes:
    return msgspec.json.encode(content)
