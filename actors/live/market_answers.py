"""Turns what ccxt's streams say of a market into market messages, strictly."""

from typing import Any

from ..market import DepthSnapshot, Level, Quote, Trade
from ..venue_rules import is_tradable
from .answers import Incomplete
from .exact import exact


def trade(
    answer: Any, symbol: str, venue: str, received_ns: int, *, number: int
) -> Trade:
    """Read one public trade; `number` is its id.

    Raises:
        Incomplete: something is missing, or can't be.

    """
    side, time_ms = answer.get("side"), answer.get("timestamp")
    if side not in ("buy", "sell") or not isinstance(time_ms, int):
        raise Incomplete(f"a trade has a side and a time, was {side!r} at {time_ms!r}")
    price, quantity = _level((answer.get("price"), answer.get("amount")))
    return Trade(
        venue=venue,
        symbol=symbol,
        id=number,
        price=price,
        quantity=quantity,
        time=time_ms / 1000,
        received_ns=received_ns,
        buyer_is_maker=side == "sell",
    )


def quote(answer: Any, symbol: str, venue: str, received_ns: int) -> Quote:
    """Read a best bid and ask; an exchange that does not number them gets the time.

    Raises:
        Incomplete: something is missing, or the book is crossed.

    """
    bid = _level((answer.get("bid"), answer.get("bidVolume")))
    ask = _level((answer.get("ask"), answer.get("askVolume")))
    _check_order(bid, ask)
    number = answer.get("info", {}).get("u")
    return Quote(
        venue=venue,
        symbol=symbol,
        update_id=number if isinstance(number, int) else received_ns,
        bid=bid[0],
        bid_quantity=bid[1],
        ask=ask[0],
        ask_quantity=ask[1],
        received_ns=received_ns,
    )


def depth(
    answer: Any, symbol: str, venue: str, received_ns: int, *, levels: int
) -> DepthSnapshot:
    """Read the best levels of a book; raises as `quote`."""
    bids = tuple(_level(each) for each in answer["bids"][:levels])
    asks = tuple(_level(each) for each in answer["asks"][:levels])
    if not bids or not asks:
        raise Incomplete(f"the book of {symbol} has one side only")
    _check_order(bids[0], asks[0])
    number = answer.get("nonce")
    return DepthSnapshot(
        venue=venue,
        symbol=symbol,
        last_update_id=number if isinstance(number, int) else received_ns,
        bids=bids,
        asks=asks,
        received_ns=received_ns,
    )


def _level(told: Any) -> Level:
    price, quantity = exact(told[0]), exact(told[1])
    if price is None or quantity is None:
        raise Incomplete(f"a price and a quantity are numbers, was {told!r}")
    if not is_tradable(price) or not is_tradable(quantity):
        raise Incomplete(f"nothing trades {quantity} at {price}")
    return price, quantity


def _check_order(bid: Level, ask: Level) -> None:
    if bid[0] >= ask[0]:
        raise Incomplete(f"the book is crossed: bid {bid[0]}, ask {ask[0]}")
