"""Public fault injection: a venue that misbehaves as real ones do, for real clients.

`VenueServer` speaks an exchange's own protocol on a port of this machine; a `Fault`
says what goes wrong with it, where and when. What the venue did can be inspected.
"""

from holdfast.testing.venue.binance.speech import BINANCE
from holdfast.testing.venue.coinbase.speech import COINBASE
from holdfast.testing.venue.faults.fault import Fault, When
from holdfast.testing.venue.faults.kinds import FaultKind
from holdfast.testing.venue.server import VenueServer
from holdfast.testing.venue.settings import VenueSettings

__all__ = [
    "BINANCE",
    "COINBASE",
    "Fault",
    "FaultKind",
    "VenueServer",
    "VenueSettings",
    "When",
]
