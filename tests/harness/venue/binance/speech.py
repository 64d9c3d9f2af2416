"""Binance spot as one protocol among others."""

from typing import Any

from holdfast.testing.venue.binance.limits import Limits
from holdfast.testing.venue.binance.protocol import BinanceRest
from holdfast.testing.venue.binance.recipe import ccxt_config
from holdfast.testing.venue.binance.sockets import (
    BinanceStreams,
    MarketSocket,
    UserSocket,
)
from holdfast.testing.venue.core import VenueCore
from holdfast.testing.venue.settings import VenueSettings
from holdfast.testing.venue.speech import Speech


def _rest(core: VenueCore) -> BinanceRest:
    return BinanceRest(core, Limits(core.settings, core.clock))


def _config(url: str, settings: VenueSettings, timeout: float) -> dict[str, Any]:
    return ccxt_config(url, key=settings.key, secret=settings.secret, timeout=timeout)


BINANCE = Speech(
    exchange="binance",
    rest=_rest,
    streams=BinanceStreams,
    sockets={r"/stream(?:/ws)?(?:/\d+)?": MarketSocket, r"/ws-api/v3": UserSocket},
    ccxt_config=_config,
    settings=VenueSettings(),
)
