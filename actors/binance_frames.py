"""Turns one recorded line of Binance market data into a market message.

There are three kinds of line: a raw frame (`<unix ns> <json>`, from spot or USD-M
futures) and the rows of two CSV files. Fields are as in Binance's documentation, "Web
Socket Streams for Binance". A line that is no such thing raises `ValueError`, a frame
of a stream that is not read here `UnknownStream`.
"""

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Annotated

import msgspec

from .market import DepthSnapshot, DepthUpdate, Level, MarketMessage, Quote, Trade
from .venue_rules import LEAST, MOST, is_tradable

SPOT = "spot"
FUTURES = "usdm"
TRADE_COLUMNS = b"recv_ns,venue,symbol,trade_id,price,qty,exch_ms,buyer_is_maker"
QUOTE_COLUMNS = b"recv_ns,update_id,bid,bid_qty,ask,ask_qty"

LAST_INSTANT = 2**63 - 1
Count = Annotated[int, msgspec.Meta(ge=0, le=LAST_INSTANT)]


class UnknownStream(ValueError):
    """The frame is sound, but of a stream that is not read here."""


class _Frame(msgspec.Struct):
    stream: str = ""
    data: msgspec.Raw = msgspec.Raw(b"")


class _TradeFrame(msgspec.Struct):
    symbol: str = msgspec.field(name="s")
    id: Count = msgspec.field(name="t")
    price: Decimal = msgspec.field(name="p")
    quantity: Decimal = msgspec.field(name="q")
    time_ms: Count = msgspec.field(name="T")
    buyer_is_maker: bool = msgspec.field(name="m")
    only_on_futures: str | None = msgspec.field(name="X", default=None)


class _QuoteFrame(msgspec.Struct):
    symbol: str = msgspec.field(name="s")
    update_id: Count = msgspec.field(name="u")
    bid: Decimal = msgspec.field(name="b")
    bid_quantity: Decimal = msgspec.field(name="B")
    ask: Decimal = msgspec.field(name="a")
    ask_quantity: Decimal = msgspec.field(name="A")
    only_on_futures: str | None = msgspec.field(name="e", default=None)


class _DepthFrame(msgspec.Struct):
    symbol: str = msgspec.field(name="s")
    first_update_id: Count = msgspec.field(name="U")
    last_update_id: Count = msgspec.field(name="u")
    bids: tuple[Level, ...] = msgspec.field(name="b")
    asks: tuple[Level, ...] = msgspec.field(name="a")
    previous_update_id: Count | None = msgspec.field(name="pu", default=None)


class _Snapshot(msgspec.Struct):
    last_update_id: Count = msgspec.field(name="lastUpdateId")
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]
    only_on_futures: Count | None = msgspec.field(name="E", default=None)


_read_frame = msgspec.json.Decoder(_Frame).decode
_read_trade = msgspec.json.Decoder(_TradeFrame).decode
_read_quote = msgspec.json.Decoder(_QuoteFrame).decode
_read_depth = msgspec.json.Decoder(_DepthFrame).decode
_read_snapshot = msgspec.json.Decoder(_Snapshot).decode


def decode_frame(line: bytes, symbol: str) -> MarketMessage:
    """Read `<unix nanoseconds> <json>`; `symbol` is for a snapshot, which has none."""
    stamp, _, payload = line.partition(b" ")
    received_ns = _count(stamp)
    frame = _read_frame(payload)
    if not frame.stream:
        return _snapshot(payload, received_ns, symbol)
    kind = frame.stream.partition("@")[2].partition("@")[0]
    make = _STREAMS.get(kind)
    if make is None:
        raise UnknownStream(f"streams read here are {', '.join(_STREAMS)}, was {kind}")
    return make(frame.data, received_ns)


def decode_trade_row(line: bytes) -> Trade:
    """Read one row under `TRADE_COLUMNS`."""
    received, venue, symbol, id_, price, quantity, time_ms, maker = _fields(line, 8)
    if maker not in ("0", "1"):
        raise ValueError(f"buyer_is_maker must be 0 or 1, was {maker!r}")
    return Trade(
        venue=venue,
        symbol=symbol,
        id=_count(id_),
        price=_price(_decimal(price)),
        quantity=_price(_decimal(quantity)),
        time=_count(time_ms) / 1000,
        received_ns=_count(received),
        buyer_is_maker=maker == "1",
    )


def decode_quote_row(line: bytes, *, venue: str, symbol: str) -> Quote:
    """Read one row under `QUOTE_COLUMNS`, which name neither venue nor symbol."""
    received, update_id, bid, bid_quantity, ask, ask_quantity = _fields(line, 6)
    return _checked_quote(
        Quote(
            venue=venue,
            symbol=symbol,
            update_id=_count(update_id),
            bid=_decimal(bid),
            bid_quantity=_decimal(bid_quantity),
            ask=_decimal(ask),
            ask_quantity=_decimal(ask_quantity),
            received_ns=_count(received),
        )
    )


def _trade(payload: msgspec.Raw, received_ns: int) -> Trade:
    frame = _read_trade(payload)
    return Trade(
        venue=FUTURES if frame.only_on_futures else SPOT,
        symbol=frame.symbol,
        id=frame.id,
        price=_price(frame.price),
        quantity=_price(frame.quantity),
        time=frame.time_ms / 1000,
        received_ns=received_ns,
        buyer_is_maker=frame.buyer_is_maker,
    )


def _quote(payload: msgspec.Raw, received_ns: int) -> Quote:
    frame = _read_quote(payload)
    return _checked_quote(
        Quote(
            venue=FUTURES if frame.only_on_futures else SPOT,
            symbol=frame.symbol,
            update_id=frame.update_id,
            bid=frame.bid,
            bid_quantity=frame.bid_quantity,
            ask=frame.ask,
            ask_quantity=frame.ask_quantity,
            received_ns=received_ns,
        )
    )


def _depth(payload: msgspec.Raw, received_ns: int) -> DepthUpdate:
    frame = _read_depth(payload)
    return DepthUpdate(
        venue=SPOT if frame.previous_update_id is None else FUTURES,
        symbol=frame.symbol,
        first_update_id=frame.first_update_id,
        last_update_id=frame.last_update_id,
        previous_update_id=frame.previous_update_id,
        bids=_levels(frame.bids),
        asks=_levels(frame.asks),
        received_ns=received_ns,
    )


_STREAMS: dict[str, Callable[[msgspec.Raw, int], MarketMessage]] = {
    "trade": _trade,
    "bookTicker": _quote,
    "depth": _depth,
}


def _snapshot(payload: bytes, received_ns: int, symbol: str) -> DepthSnapshot:
    frame = _read_snapshot(payload)
    if not symbol:
        raise ValueError("no frame near the top says of which symbol this snapshot is")
    return DepthSnapshot(
        venue=SPOT if frame.only_on_futures is None else FUTURES,
        symbol=symbol,
        last_update_id=frame.last_update_id,
        bids=_levels(frame.bids),
        asks=_levels(frame.asks),
        received_ns=received_ns,
    )


def _fields(line: bytes, count: int) -> list[str]:
    fields = line.decode().split(",")
    if len(fields) != count:
        raise ValueError(f"a row has {count} fields, was {len(fields)}")
    return fields


def _count(text: str | bytes) -> int:
    if not text.isdigit() or len(text) > 19 or int(text) > LAST_INSTANT:
        raise ValueError(f"ids and times are whole numbers below 2**63, was {text!r}")
    return int(text)


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise ValueError(f"prices and quantities are numbers, was {text!r}") from error


def _price(value: Decimal) -> Decimal:
    """Pass on what can be a price or a traded quantity."""
    if not is_tradable(value):
        raise ValueError(f"what trades is between {LEAST} and {MOST}, was {value}")
    return value


def _levels(levels: tuple[Level, ...]) -> tuple[Level, ...]:
    for price, quantity in levels:
        if quantity:
            _price(quantity)
        _price(price)
    return levels


def _checked_quote(quote: Quote) -> Quote:
    """Look at the prices; that of an empty side (quantity 0) means nothing."""
    _levels(((quote.bid, quote.bid_quantity),) if quote.bid_quantity else ())
    _levels(((quote.ask, quote.ask_quantity),) if quote.ask_quantity else ())
    return quote
