"""Real venues through ccxt: an exchange that takes orders, and streams that tell."""

from .account_stream import AccountStream
from .exchange import CcxtExchange
from .market_stream import MarketStream
from .start_failures import KeyRefused, VenueUnreachable

__all__ = [
    "AccountStream",
    "CcxtExchange",
    "KeyRefused",
    "MarketStream",
    "VenueUnreachable",
]
