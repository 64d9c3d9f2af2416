"""What it takes to speak a protocol: calls, streams, and the settings of a client."""

from typing import Any, Protocol

import attrs

from holdfast.actors.market import MarketMessage
from holdfast.testing.venue.core import VenueCore
from holdfast.testing.venue.hub import Hub, Socket
from holdfast.testing.venue.rest import RestProtocol
from holdfast.testing.venue.settings import VenueSettings


class Streams(Protocol):
    """Says on the streams what the market does; hears of orders by itself."""

    def on_market(self, message: MarketMessage, frame: bytes) -> None:
        """Say it: as this frame if there is one and the protocol is the same."""
        ...


class MakeRest(Protocol):
    """Makes the side that answers calls."""

    def __call__(self, core: VenueCore) -> RestProtocol:
        """Make it for one venue."""
        ...


class MakeStreams(Protocol):
    """Makes the side that speaks by itself."""

    def __call__(self, core: VenueCore, hub: Hub) -> Streams:
        """Make it for one venue."""
        ...


class MakeConfig(Protocol):
    """Makes the settings for a client."""

    def __call__(
        self, url: str, settings: VenueSettings, timeout: float
    ) -> dict[str, Any]:
        """Say how ccxt is pointed at the venue."""
        ...


@attrs.frozen(kw_only=True)
class Speech:
    """One protocol, that of ccxt's `exchange`; `settings` are what it usually trades.

    `sockets` are its websockets, by the pattern of their address.
    """

    exchange: str
    rest: MakeRest
    streams: MakeStreams
    sockets: dict[str, type[Socket]]
    ccxt_config: MakeConfig
    settings: VenueSettings
