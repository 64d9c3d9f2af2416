"""Coinbase Exchange as one protocol among others."""

import base64
from typing import Any

from holdfast.testing.venue.coinbase.protocol import CoinbaseRest
from holdfast.testing.venue.coinbase.sockets import CoinbaseStreams, FeedSocket
from holdfast.testing.venue.settings import VenueSettings
from holdfast.testing.venue.speech import Speech


def ccxt_config(url: str, settings: VenueSettings, timeout: float) -> dict[str, Any]:
    """Return the settings for ccxt's `coinbaseexchange` classes.

    `timeout` is how many seconds the client waits for an answer.
    """
    sockets = url.replace("http", "ws", 1)
    return {
        "apiKey": settings.key,
        "secret": base64.b64encode(settings.secret.encode()).decode(),
        "password": settings.passphrase,
        "timeout": int(timeout * 1000),
        "enableRateLimit": False,
        "urls": {"api": {"public": url, "private": url, "ws": f"{sockets}/ws"}},
    }


COINBASE = Speech(
    exchange="coinbaseexchange",
    rest=CoinbaseRest,
    streams=CoinbaseStreams,
    sockets={r"/ws": FeedSocket},
    ccxt_config=ccxt_config,
    settings=VenueSettings(
        symbol="BTC-USD",
        quote="USD",
        balances={"BTC": "10", "USD": "1000000"},
        lot_size="0.00000001",
        minimum_notional="1",
        fee_in_received=False,
    ),
)
