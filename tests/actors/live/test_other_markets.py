"""What the market does is heard from exchanges of which nothing is shipped, by id.

The frames are those of the venues' documentation: Kraken "WebSocket v2", Bybit "V5".
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import attrs
import pytest

from holdfast.actors.live import MarketStream
from holdfast.actors.market import DepthSnapshot, MarketResumed, Quote, Trade
from holdfast.supervision import ActorSystem, ChildSpec, Ref, RefTo

Start = Callable[[Any, list[str]], Ref]


@attrs.frozen(kw_only=True)
class Exchange:
    """An exchange of ccxt: what it answers and says, and what is heard of that."""

    id: str
    symbol: str
    answers: Mapping[str, str]
    urls: Callable[[str, str], Mapping[str, Any]]
    options: Mapping[str, Any] = attrs.field(factory=dict[str, Any])
    asks: Mapping[str, str]
    says: Mapping[str, Any]
    ids: tuple[int, ...] | None


def kraken_urls(rest: str, sockets: str) -> Mapping[str, Any]:
    return {"public": rest, "ws": {"publicV2": f"{sockets}/v2"}}


def bybit_urls(rest: str, sockets: str) -> Mapping[str, Any]:
    spot = f"{sockets}/v5/public/spot"
    return {"public": rest, "ws": {"public": {"spot": spot}}}


def kraken_trade(number: int, price: float) -> Mapping[str, Any]:
    return {
        "symbol": "BTC/USD",
        "side": "sell",
        "price": price,
        "qty": 0.1,
        "ord_type": "limit",
        "trade_id": number,
        "timestamp": "2026-11-30T12:00:00.000000Z",
    }


KRAKEN = Exchange(
    id="kraken",
    symbol="XXBTZUSD",
    answers={
        "GET /0/public/Assets": """{"error":[],"result":{
            "XXBT":{"aclass":"currency","altname":"XBT","decimals":10,
                "display_decimals":5,"status":"enabled"},
            "ZUSD":{"aclass":"currency","altname":"USD","decimals":4,
                "display_decimals":2,"status":"enabled"}}}""",
        "GET /0/public/AssetPairs": """{"error":[],"result":{"XXBTZUSD":{
            "altname":"XBTUSD","wsname":"XBT/USD","base":"XXBT","quote":"ZUSD",
            "pair_decimals":1,"lot_decimals":8,"status":"online","fees":[[0,0.4]],
            "fees_maker":[[0,0.25]],"ordermin":"0.0001","leverage_buy":[]}}}""",
    },
    urls=kraken_urls,
    asks={"trades": "trade", "quotes": "ticker", "depth": "book"},
    says={
        "trades": {
            "channel": "trade",
            "type": "update",
            "data": [kraken_trade(7, 60000.1), kraken_trade(8, 60000.2)],
        },
        "quotes": {
            "channel": "ticker",
            "type": "update",
            "data": [
                {
                    "symbol": "BTC/USD",
                    "bid": 60000.1,
                    "bid_qty": 1.5,
                    "ask": 60000.2,
                    "ask_qty": 2,
                    "last": 60000.1,
                    "volume": 1,
                }
            ],
        },
        "depth": {
            "channel": "book",
            "type": "snapshot",
            "data": [
                {
                    "symbol": "BTC/USD",
                    "bids": [{"price": 60000.1, "qty": 1.5}],
                    "asks": [{"price": 60000.2, "qty": 2}],
                    "checksum": 0,
                }
            ],
        },
    },
    ids=(7, 8),
)


def bybit_trade(name: str, price: str) -> Mapping[str, Any]:
    return {
        "T": 1_700_000_000_500,
        "s": "BTCUSDT",
        "S": "Sell",
        "v": "0.1",
        "p": price,
        "i": name,
        "BT": False,
    }


def bybit_book(depth: int) -> Mapping[str, Any]:
    return {
        "topic": f"orderbook.{depth}.BTCUSDT",
        "type": "snapshot",
        "ts": 1_700_000_000_500,
        "cts": 1_700_000_000_500,
        "data": {
            "s": "BTCUSDT",
            "b": [["60000.1", "1.5"]],
            "a": [["60000.2", "2"]],
            "u": 5,
            "seq": 9,
        },
    }


BYBIT = Exchange(
    id="bybit",
    symbol="BTCUSDT",
    answers={
        "GET /v5/market/instruments-info": """{"retCode":0,"retMsg":"OK","result":{
            "category":"spot","list":[{"symbol":"BTCUSDT","baseCoin":"BTC",
            "quoteCoin":"USDT","status":"Trading","marginTrading":"none",
            "lotSizeFilter":{"basePrecision":"0.000001","quotePrecision":"0.0000001",
            "minOrderQty":"0.00001","maxOrderQty":"100","minOrderAmt":"5",
            "maxOrderAmt":"1000000"},"priceFilter":{"tickSize":"0.1"}}]}}""",
    },
    urls=bybit_urls,
    options={"fetchMarkets": {"types": ["spot"]}},
    asks={
        "trades": "publicTrade.BTCUSDT",
        "quotes": "orderbook.1.BTCUSDT",
        "depth": "orderbook.50.BTCUSDT",
    },
    says={
        "trades": {
            "topic": "publicTrade.BTCUSDT",
            "type": "snapshot",
            "ts": 1_700_000_000_500,
            "data": [
                bybit_trade("20f43950-d8dd-5b31", "60000.1"),
                bybit_trade("7aa01c2e-11bc-5b31", "60000.2"),
            ],
        },
        "quotes": bybit_book(1),
        "depth": bybit_book(50),
    },
    ids=None,
)


@pytest.fixture
def start(
    wire: Any,
    frames: Any,
    reply: Any,
    listener: ChildSpec,
    grown: Callable[..., ActorSystem],
) -> Start:
    """Start a stream of an exchange that answers and says what is told."""

    def started(exchange: Exchange, kinds: list[str]) -> Ref:
        frames.confirms = False
        wire.answers |= {
            kind: reply(200, body) for kind, body in exchange.answers.items()
        }
        urls = exchange.urls(
            f"http://127.0.0.1:{wire.port}", f"ws://127.0.0.1:{frames.port}"
        )
        to: Any = RefTo(path="/root/listener")
        spec = ChildSpec(
            id="stream",
            start=MarketStream,
            args={
                "to": [to],
                "exchange": exchange.id,
                "symbols": [exchange.symbol],
                "watch": kinds,
                "urls": urls,
                "options": exchange.options,
            },
            dispatcher="loop",
            hang_after=None,
        )
        return grown(listener, spec).ref("/root/stream")

    return started


BEST = (Decimal("60000.1"), Decimal("1.5")), (Decimal("60000.2"), Decimal(2))


@pytest.mark.parametrize(
    ("exchange", "kinds"),
    [
        (KRAKEN, ["trades", "quotes", "depth"]),
        (BYBIT, ["trades", "quotes"]),
        (BYBIT, ["trades", "depth"]),
    ],
    ids=lambda each: each.id if isinstance(each, Exchange) else each[-1],
)
def test_trades_quotes_and_books_are_heard(
    exchange: Exchange, kinds: list[str], start: Start, frames: Any, told: Any
) -> None:
    start(exchange, kinds)
    for kind in kinds:
        frames.wait_for(exchange.asks[kind])
    frames.send(*(exchange.says[kind] for kind in kinds))
    told.wait_for("Trade", times=2)
    for kind in kinds[1:]:
        told.wait_for({"quotes": "Quote", "depth": "DepthSnapshot"}[kind])

    trades = [each for each in told.messages if isinstance(each, Trade)]
    quotes = [each for each in told.messages if isinstance(each, Quote)]
    books = [each for each in told.messages if isinstance(each, DepthSnapshot)]
    best = [
        ((each.bid, each.bid_quantity), (each.ask, each.ask_quantity))
        for each in quotes
    ]
    best += [(each.bids[0], each.asks[0]) for each in books]
    assert [(each.price, each.buyer_is_maker) for each in trades] == [
        (Decimal("60000.1"), True),
        (Decimal("60000.2"), True),
    ]
    assert exchange.ids in {None, tuple(each.id for each in trades)}
    assert trades[0].id < trades[1].id
    assert best == [BEST] * (len(kinds) - 1)
    assert {each.symbol for each in trades} == {exchange.symbol}
    assert any(isinstance(each, MarketResumed) for each in told.messages)
