"""Everything a venue consists of, apart from how it is spoken to."""

import random
import string

from holdfast.actors.market import MarketMessage
from holdfast.supervision.runtime.clock import Clock
from holdfast.supervision.runtime.randomness import Randomness
from holdfast.testing.venue.clock import VenueClock
from holdfast.testing.venue.display import Display
from holdfast.testing.venue.exchange import Exchange
from holdfast.testing.venue.received import Requests
from holdfast.testing.venue.settings import VenueSettings

ID_LETTERS = string.ascii_letters + string.digits


class VenueCore:
    """The exchange, what it shows, and what it was asked; lives on one loop."""

    def __init__(self, settings: VenueSettings, clock: Clock) -> None:
        self.settings = settings
        self.clock = VenueClock(clock)
        self.exchange = Exchange(settings, self.clock)
        self.display = Display()
        self.requests = Requests()
        self.randomness = Randomness(settings.seed)
        self._ids: random.Random = self.randomness.stream("ids")

    def on_market(self, message: MarketMessage) -> None:
        """Let the market move, for the account and for those who look on."""
        self.exchange.on_market(message)
        self.display.show(message)

    def new_id(self) -> str:
        """Make up an id, as the venue does for whom nobody named."""
        return "".join(self._ids.choices(ID_LETTERS, k=22))
