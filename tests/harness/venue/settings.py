"""What a venue is told once: what it trades, for whom, and by which rules."""

from collections.abc import Mapping
from decimal import Decimal

import attrs

from holdfast.actors.venue_rules import Instrument, VenueRules


def _at_first() -> Mapping[str, str]:
    return {"BTC": "10", "USDT": "1000000"}


@attrs.frozen(kw_only=True)
class VenueSettings:
    """One symbol and one account; amounts are text, as JSON has no exact numbers.

    `weight_limit` is per minute, `order_limit` per 10 seconds, `ban` the seconds that
    an address is shut out which goes on calling although it was told to wait. `seed` is
    where ids and chance come from. Port 0 is any free one.
    """

    symbol: str = "BTCUSDT"
    base: str = "BTC"
    quote: str = "USDT"
    balances: Mapping[str, str] = attrs.field(factory=_at_first)
    key: str = "k"
    secret: str = "s"  # noqa: S105 - of a venue that exists for a test
    passphrase: str = "p"  # noqa: S105 - the same; Coinbase has one
    tick_size: str = "0.01"
    lot_size: str = "0.00001"
    minimum_notional: str = "5"
    maker_fee: str = "0.001"
    taker_fee: str = "0.001"
    fee_in_received: bool = True
    weight_limit: int = 6000
    order_limit: int = 100
    ban: float = 120.0
    seed: int = 0
    port: int = 0
    control_port: int = 0

    def rules(self) -> VenueRules:
        """Make the engine's rules of them.

        Raises:
            ValueError: they make no sense.

        """
        return VenueRules(
            instrument=Instrument(symbol=self.symbol, base=self.base, quote=self.quote),
            tick_size=Decimal(self.tick_size),
            lot_size=Decimal(self.lot_size),
            minimum_notional=Decimal(self.minimum_notional),
            maker_fee=Decimal(self.maker_fee),
            taker_fee=Decimal(self.taker_fee),
            fee_in_received=self.fee_in_received,
        )

    def held(self) -> dict[str, Decimal]:
        """Tell what the account holds at first."""
        return {asset: Decimal(amount) for asset, amount in self.balances.items()}
