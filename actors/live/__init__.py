"""Real venues through ccxt: an exchange that takes orders, and streams that tell."""

from .account_stream import AccountStream
from .exchange import CcxtExchange
from .market_stream import MarketStream
from .unreachable import VenueUnreachable

__all__ = ["AccountStream", "CcxtExchange", "MarketStream", "VenueUnreachable"]
