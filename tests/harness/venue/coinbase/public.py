"""What anybody may ask of Coinbase Exchange."""

from typing import Any

from holdfast.actors.messages import Side
from holdfast.actors.venue_rules import NOTHING
from holdfast.testing.venue.coinbase.refusal import NOT_FOUND
from holdfast.testing.venue.coinbase.wire import amount, instant, levels
from holdfast.testing.venue.core import VenueCore

WHOLE_BOOK = 5000


def time(core: VenueCore) -> Any:
    """Tell the venue's clock."""
    now = core.clock.wall()
    return {"iso": instant(now), "epoch": now}


def currencies(core: VenueCore) -> Any:
    """List the assets."""
    settings = core.settings
    return [
        {
            "id": asset,
            "name": asset,
            "min_size": "0.00000001",
            "max_precision": "0.00000001",
            "status": "online",
            "details": {"type": "crypto"},
        }
        for asset in (settings.base, settings.quote)
    ]


def products(core: VenueCore) -> Any:
    """List what is traded, and the rules."""
    settings = core.settings
    return [
        {
            "id": settings.symbol,
            "base_currency": settings.base,
            "quote_currency": settings.quote,
            "quote_increment": settings.tick_size,
            "base_increment": settings.lot_size,
            "display_name": f"{settings.base}/{settings.quote}",
            "min_market_funds": settings.minimum_notional,
            "margin_enabled": False,
            "post_only": False,
            "limit_only": False,
            "cancel_only": False,
            "status": "online",
            "trading_disabled": False,
            "auction_mode": False,
        }
    ]


def of_product(core: VenueCore, product: str, what: str) -> Any:
    """Tell about the market of one product."""
    tell = {"book": _book, "ticker": _ticker, "trades": _trades, "stats": _stats}
    if product != core.settings.symbol or what not in tell:
        raise NOT_FOUND
    return tell[what](core)


def _book(core: VenueCore) -> Any:
    bids = levels(core.display.depth(Side.BUY, WHOLE_BOOK))
    asks = levels(core.display.depth(Side.SELL, WHOLE_BOOK))
    return {
        "sequence": core.display.last_update_id,
        "bids": [[*level, 1] for level in bids],
        "asks": [[*level, 1] for level in asks],
    }


def _ticker(core: VenueCore) -> Any:
    last = core.display.trades[-1] if core.display.trades else None
    bid = core.display.best(Side.BUY) or (NOTHING, NOTHING)
    ask = core.display.best(Side.SELL) or (NOTHING, NOTHING)
    return {
        "trade_id": last.id if last else 0,
        "price": amount(core.display.last_price() or NOTHING),
        "size": amount(last.quantity if last else NOTHING),
        "time": instant(core.clock.wall()),
        "bid": amount(bid[0]),
        "ask": amount(ask[0]),
        "volume": amount(_volume(core)),
    }


def _trades(core: VenueCore) -> Any:
    newest = list(core.display.trades)[-100:][::-1]
    return [
        {
            "time": instant(each.time),
            "trade_id": each.id,
            "price": amount(each.price),
            "size": amount(each.quantity),
            "side": "buy" if each.buyer_is_maker else "sell",
        }
        for each in newest
    ]


def _stats(core: VenueCore) -> Any:
    prices = [each.price for each in core.display.trades]
    prices = prices or [core.display.last_price() or NOTHING]
    return {
        "open": amount(prices[0]),
        "high": amount(max(prices)),
        "low": amount(min(prices)),
        "last": amount(prices[-1]),
        "volume": amount(_volume(core)),
    }


def _volume(core: VenueCore) -> Any:
    return sum((each.quantity for each in core.display.trades), NOTHING)
