"""How a test moves the scripted market from its own thread."""

from collections.abc import Callable
from decimal import Decimal

from holdfast.testing.venue.scripted_market import ScriptedMarket

Amount = str | int | Decimal


class MarketControl:
    """Quotes and trades, each told to everybody before the call returns.

    Amounts are text, whole numbers or `Decimal`: floats are not exact.
    """

    def __init__(
        self, script: ScriptedMarket, run: Callable[[Callable[[], None]], None]
    ) -> None:
        self._script = script
        self._run = run

    def quote(
        self, bid: Amount, ask: Amount, *, size: Amount = 1, levels: int = 5
    ) -> None:
        """Show these best prices; every level has its size again."""
        self._run(
            lambda: self._script.quote(
                Decimal(bid), Decimal(ask), Decimal(size), levels
            )
        )

    def trade(
        self, price: Amount, quantity: Amount, *, buyer_is_maker: bool = True
    ) -> None:
        """Let two strangers trade; by default the seller is the aggressor."""
        self._run(
            lambda: self._script.trade(
                Decimal(price), Decimal(quantity), buyer_is_maker=buyer_is_maker
            )
        )

    def number_anew(self) -> None:
        """Begin again with small ids of trades and updates, as after a reset."""
        self._run(self._script.number_anew)
