"""The endpoints that anybody may ask: time, rules, depth, prices and trades."""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from holdfast.actors.market import Trade
from holdfast.actors.messages import Side
from holdfast.actors.venue_rules import NOTHING
from holdfast.testing.venue.binance.params import Params
from holdfast.testing.venue.binance.refusal import Refused
from holdfast.testing.venue.binance.wire import amount, levels, milliseconds
from holdfast.testing.venue.core import VenueCore

DAY = 86_400_000

Question = Callable[[VenueCore, Params], Any]


def ping(_core: VenueCore, _params: Params) -> Any:
    """Say that the venue is there."""
    return {}


def time(core: VenueCore, _params: Params) -> Any:
    """Tell the venue's clock."""
    return {"serverTime": core.clock.milliseconds()}


def exchange_info(core: VenueCore, _params: Params) -> Any:
    """Tell the rules."""
    settings = core.settings
    return {
        "timezone": "UTC",
        "serverTime": core.clock.milliseconds(),
        "rateLimits": [
            _limit("REQUEST_WEIGHT", "MINUTE", 1, settings.weight_limit),
            _limit("ORDERS", "SECOND", 10, settings.order_limit),
        ],
        "exchangeFilters": [],
        "symbols": [_symbol(core)],
    }


def depth(core: VenueCore, params: Params) -> Any:
    """Tell the book as of the last update."""
    params.of(core.settings.symbol)
    limit = params.limit(100, 5000)
    return {
        "lastUpdateId": core.display.last_update_id,
        "bids": levels(core.display.depth(Side.BUY, limit)),
        "asks": levels(core.display.depth(Side.SELL, limit)),
    }


def day_ticker(core: VenueCore, params: Params) -> Any:
    """Tell what the last trades come to."""
    return _of_symbols(core, params, _day)


def book_ticker(core: VenueCore, params: Params) -> Any:
    """Tell the best prices."""
    return _of_symbols(
        core, params, lambda core: {"symbol": core.settings.symbol} | _best(core)
    )


def trades(core: VenueCore, params: Params) -> Any:
    """Tell the last trades."""
    params.of(core.settings.symbol)
    known = list(core.display.trades)[-params.limit(500, 1000) :]
    return [
        {
            "id": each.id,
            "price": amount(each.price),
            "qty": amount(each.quantity),
            "quoteQty": amount(each.price * each.quantity),
            "time": milliseconds(each.time),
            "isBuyerMaker": each.buyer_is_maker,
            "isBestMatch": True,
        }
        for each in known
    ]


def aggregate_trades(core: VenueCore, params: Params) -> Any:
    """Tell trades from an id or a time on, else the last ones."""
    params.of(core.settings.symbol)
    known, limit = list(core.display.trades), params.limit(500, 1000)
    first, since = params.integer("fromId"), params.integer("startTime")
    until = params.integer("endTime")
    if first is not None:
        known = [each for each in known if each.id >= first]
    if since is not None:
        known = [each for each in known if milliseconds(each.time) >= since]
    if until is not None:
        known = [each for each in known if milliseconds(each.time) <= until]
    is_from = first is not None or since is not None
    return [_aggregate(each) for each in (known[:limit] if is_from else known[-limit:])]


def _aggregate(trade: Trade) -> dict[str, Any]:
    return {
        "a": trade.id,
        "p": amount(trade.price),
        "q": amount(trade.quantity),
        "f": trade.id,
        "l": trade.id,
        "T": milliseconds(trade.time),
        "m": trade.buyer_is_maker,
        "M": True,
    }


def _of_symbols(
    core: VenueCore, params: Params, tell: Callable[[VenueCore], dict[str, Any]]
) -> Any:
    """Answer for one symbol, or with a list if many or all are asked for."""
    symbol = core.settings.symbol
    wanted = params.optional("symbols")
    if wanted and symbol not in json.loads(wanted):
        raise Refused(-1121, "Invalid symbol.")
    if wanted or not params.optional("symbol"):
        return [tell(core)]
    params.of(symbol)
    return tell(core)


def _best(core: VenueCore) -> dict[str, Any]:
    bid = core.display.best(Side.BUY) or (NOTHING, NOTHING)
    ask = core.display.best(Side.SELL) or (NOTHING, NOTHING)
    return {
        "bidPrice": amount(bid[0]),
        "bidQty": amount(bid[1]),
        "askPrice": amount(ask[0]),
        "askQty": amount(ask[1]),
    }


def _day(core: VenueCore) -> dict[str, Any]:
    known, now = list(core.display.trades), core.clock.milliseconds()
    prices = [each.price for each in known] or [core.display.last_price() or NOTHING]
    volume = sum((each.quantity for each in known), NOTHING)
    turnover = sum((each.price * each.quantity for each in known), NOTHING)
    average = _rounded(turnover / volume) if volume else prices[0]
    return {
        "symbol": core.settings.symbol,
        "priceChange": amount(prices[-1] - prices[0]),
        "priceChangePercent": "0.000",
        "weightedAvgPrice": amount(average),
        "prevClosePrice": amount(prices[0]),
        "lastPrice": amount(prices[-1]),
        "lastQty": amount(known[-1].quantity if known else NOTHING),
        **_best(core),
        "openPrice": amount(prices[0]),
        "highPrice": amount(max(prices)),
        "lowPrice": amount(min(prices)),
        "volume": amount(volume),
        "quoteVolume": amount(turnover),
        "openTime": now - DAY,
        "closeTime": now,
        "firstId": known[0].id if known else -1,
        "lastId": known[-1].id if known else -1,
        "count": len(known),
    }


def _rounded(price: Decimal) -> Decimal:
    return price.quantize(Decimal("1e-8"))


def _limit(kind: str, interval: str, count: int, limit: int) -> dict[str, Any]:
    return {
        "rateLimitType": kind,
        "interval": interval,
        "intervalNum": count,
        "limit": limit,
    }


def _symbol(core: VenueCore) -> dict[str, Any]:
    settings = core.settings
    return {
        "symbol": settings.symbol,
        "status": "TRADING",
        "baseAsset": settings.base,
        "baseAssetPrecision": 8,
        "quoteAsset": settings.quote,
        "quotePrecision": 8,
        "quoteAssetPrecision": 8,
        "baseCommissionPrecision": 8,
        "quoteCommissionPrecision": 8,
        "orderTypes": ["LIMIT", "MARKET"],
        "icebergAllowed": False,
        "ocoAllowed": False,
        "quoteOrderQtyMarketAllowed": False,
        "allowTrailingStop": False,
        "cancelReplaceAllowed": False,
        "isSpotTradingAllowed": True,
        "isMarginTradingAllowed": False,
        "filters": _filters(core),
        "permissions": [],
        "permissionSets": [["SPOT"]],
        "defaultSelfTradePreventionMode": "NONE",
        "allowedSelfTradePreventionModes": ["NONE"],
    }


def _filters(core: VenueCore) -> list[dict[str, Any]]:
    rules = core.exchange.rules
    tick, lot = amount(rules.tick_size), amount(rules.lot_size)
    return [
        {
            "filterType": "PRICE_FILTER",
            "minPrice": tick,
            "maxPrice": "1000000.00000000",
            "tickSize": tick,
        },
        {
            "filterType": "LOT_SIZE",
            "minQty": lot,
            "maxQty": "9000.00000000",
            "stepSize": lot,
        },
        {
            "filterType": "NOTIONAL",
            "minNotional": amount(rules.minimum_notional),
            "applyMinToMarket": True,
            "maxNotional": "9000000.00000000",
            "applyMaxToMarket": False,
            "avgPriceMins": 0,
        },
    ]
