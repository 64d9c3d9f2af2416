"""Coinbase Exchange's one websocket: channels of the market, and that of the account.

Formats as in its documentation, "WebSocket Feed: Channels".
"""

import asyncio
from typing import Any

import msgspec

from holdfast.actors.market import DepthSnapshot, DepthUpdate, MarketMessage, Trade
from holdfast.actors.messages import Side
from holdfast.testing.venue.coinbase import wire
from holdfast.testing.venue.coinbase.refusal import Refused
from holdfast.testing.venue.coinbase.signing import check
from holdfast.testing.venue.core import VenueCore
from holdfast.testing.venue.faults.kinds import FaultKind
from holdfast.testing.venue.hub import Hub, Socket
from holdfast.testing.venue.orders import OrderEvent, VenueOrder

USER = "user"
HEARTBEAT = "heartbeat"
EVERY = 1.0
WHOLE_BOOK = 5000
VERIFY = "GET/users/self/verify"


class _Request(msgspec.Struct):
    type: str
    channels: list[Any] = []
    product_ids: list[str] = []
    key: str = ""
    passphrase: str = ""
    timestamp: str | int = ""
    signature: str = ""


class FeedSocket(Socket):
    """`/ws`: hears the channels that it subscribes to."""

    @property
    def names(self) -> frozenset[str]:
        """What faults may call it."""
        role = USER if USER in self.streams else "market"
        return frozenset({"stream", role})

    def take(self, message: str | bytes) -> None:
        """Subscribe or not."""
        request = msgspec.json.decode(message, type=_Request)
        channels = [
            each if isinstance(each, str) else str(each["name"])
            for each in request.channels
        ]
        lost = self.struck(FaultKind.LOST_ACK, *channels)
        if lost and not lost.param("subscribes"):
            return
        try:
            self._subscribe(request, channels)
        except Refused as refused:
            told = {"message": "Authentication Failed", "reason": refused.told}
            self.say(_json({"type": "error", **told}))
            return
        if not lost:
            self._acknowledge(request, channels)

    def _subscribe(self, request: _Request, channels: list[str]) -> None:
        if USER in channels:
            core = self.core
            told = msgspec.to_builtins(request)
            told["timestamp"] = str(request.timestamp)
            check(core.settings, told, VERIFY, core.clock.wall())
        if request.type == "unsubscribe":
            self.streams.difference_update(channels)
        else:
            self.hub.subscribe(self, channels)

    def _acknowledge(self, request: _Request, channels: list[str]) -> None:
        products = request.product_ids
        told = [{"name": each, "product_ids": products} for each in channels]
        self.say(_json({"type": "subscriptions", "channels": told}))
        if "level2" in channels:
            self.say(_json(_snapshot(self.core)))
        if HEARTBEAT in channels:
            self._beat()

    def _beat(self) -> None:
        if self not in self.hub.sockets or HEARTBEAT not in self.streams:
            return
        trades, now = self.core.display.trades, self.core.clock.wall()
        beat = {
            "type": HEARTBEAT,
            "sequence": self.core.display.last_update_id,
            "last_trade_id": trades[-1].id if trades else 0,
            "product_id": self.core.settings.symbol,
            "time": wire.instant(now),
        }
        if not self.struck(FaultKind.SILENT, HEARTBEAT):
            self.say(_json(beat))
        asyncio.get_running_loop().call_later(EVERY, self._beat)


class CoinbaseStreams:
    """Says on the channels what the market and the account do."""

    def __init__(self, core: VenueCore, hub: Hub) -> None:
        self._core = core
        self._hub = hub
        self._sequence = 0
        core.exchange.subscribe(self._on_order)

    def on_market(self, message: MarketMessage, frame: bytes) -> None:
        """Say what the market did; a recorded frame is another venue's."""
        del frame
        match message:
            case Trade():
                told = wire.match_of_strangers(message)
                self._say(["matches", "full"], told)
                self._say(["ticker"], self._ticker(message))
            case DepthUpdate():
                now = {"time": wire.instant(self._core.clock.wall())}
                self._say(["level2"], {**wire.depth_changes(message), **now})
            case DepthSnapshot():
                self._say(["level2"], _snapshot(self._core))
            case _:
                pass

    def _on_order(self, event: OrderEvent) -> None:
        order = event.order
        if event.execution:
            self._tell(wire.match(order, event.execution), order)
        elif order.status.is_open:
            self._tell(wire.lifecycle(order, "received"), order)
            loop = asyncio.get_running_loop()
            loop.call_soon(self._tell_open, order.id)
        if not order.status.is_open:
            self._tell(wire.lifecycle(order, "done"), order)

    def _tell_open(self, order_id: int) -> None:
        """Say that an order rests, once it has traded with what was there."""
        order = self._core.exchange.find(order_id, "")
        if order and order.status.is_open:
            self._tell(wire.lifecycle(order, "open"), order)

    def _ticker(self, trade: Trade) -> dict[str, Any]:
        display = self._core.display
        bid, ask = display.best(Side.BUY), display.best(Side.SELL)
        return {
            "type": "ticker",
            "price": wire.amount(trade.price),
            "best_bid": wire.amount(bid[0]) if bid else "0",
            "best_bid_size": wire.amount(bid[1]) if bid else "0",
            "best_ask": wire.amount(ask[0]) if ask else "0",
            "best_ask_size": wire.amount(ask[1]) if ask else "0",
            "trade_id": trade.id,
            "last_size": wire.amount(trade.quantity),
            "time": wire.instant(trade.time),
        }

    def _tell(self, told: dict[str, Any], order: VenueOrder) -> None:
        self._say([USER], told, order.client_order_id)

    def _say(self, channels: list[str], told: dict[str, Any], order: str = "") -> None:
        self._sequence += 1
        more = {
            "product_id": self._core.settings.symbol,
            "sequence": self._sequence,
        }
        for channel in channels:
            role = USER if channel == USER else "market"
            names = frozenset({"stream", role, channel, str(told["type"])})
            self._hub.publish(channel, _json({**told, **more}), names, order)


def _snapshot(core: VenueCore) -> dict[str, Any]:
    return {
        "type": "snapshot",
        "product_id": core.settings.symbol,
        "bids": wire.levels(core.display.depth(Side.BUY, WHOLE_BOOK)),
        "asks": wire.levels(core.display.depth(Side.SELL, WHOLE_BOOK)),
    }


def _json(content: Any) -> bytes:
    return msgspec.json.encode(content)
