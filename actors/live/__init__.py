"""Real venues through ccxt: an exchange that takes orders, and streams that tell."""

from .exchange import CcxtExchange, VenueUnreachable

__all__ = ["CcxtExchange", "VenueUnreachable"]
