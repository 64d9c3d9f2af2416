"""What a feed says: trades, quotes, depth, and that there is no more.

Prices are in quote units, quantities in base units, both exact `Decimal`. Each message
may be delivered twice, so each carries the key by which its reader knows it again.
"""

from decimal import Decimal

from msgspec import Struct

Level = tuple[Decimal, Decimal]
"""One price of an order book: price, then the quantity displayed there."""


class Trade(Struct, frozen=True, kw_only=True):
    """Two strangers traded; said by a feed, known again by venue, symbol and id.

    `time` is the exchange's clock, `received_ns` ours (unix nanoseconds): they may
    differ by seconds. `buyer_is_maker` means that the seller was the aggressor.
    """

    venue: str
    symbol: str
    id: int
    price: Decimal
    quantity: Decimal
    time: float
    received_ns: int
    buyer_is_maker: bool


class Quote(Struct, frozen=True, kw_only=True):
    """The best bid and ask changed; said by a feed, `update_id` only grows."""

    venue: str
    symbol: str
    update_id: int
    bid: Decimal
    bid_quantity: Decimal
    ask: Decimal
    ask_quantity: Decimal
    received_ns: int


class DepthUpdate(Struct, frozen=True, kw_only=True):
    """Levels of the book changed (quantity 0: gone); said by a feed.

    On spot, `first_update_id` follows the last id of the update before; on futures
    `previous_update_id` repeats it (None on spot).
    """

    venue: str
    symbol: str
    first_update_id: int
    last_update_id: int
    previous_update_id: int | None
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]
    received_ns: int


class DepthSnapshot(Struct, frozen=True, kw_only=True):
    """The whole book as of `last_update_id`; said by a feed that starts or resyncs."""

    venue: str
    symbol: str
    last_update_id: int
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]
    received_ns: int


MarketMessage = Trade | Quote | DepthUpdate | DepthSnapshot


class MarketEnded(Struct, frozen=True, kw_only=True):
    """Nothing more will come from this feed; said once, after its last message."""


class MarketInterrupted(Struct, frozen=True, kw_only=True):
    """What was told of this market may be out of date, or lacks something."""

    venue: str
    symbol: str
    reason: str
    time: float


class MarketResumed(Struct, frozen=True, kw_only=True):
    """This market is told of again, up to date."""

    venue: str
    symbol: str
    time: float
