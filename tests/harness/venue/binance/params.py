"""Reads what a request says, and refuses what makes no sense in Binance's words."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from holdfast.testing.venue.binance.refusal import Refused, missing


class Params:
    """The parameters of one request; `balance_lag` is what a fault adds to them."""

    def __init__(self, given: Mapping[str, str], balance_lag: float = 0.0) -> None:
        self.balance_lag = balance_lag
        self._given = given

    def text(self, name: str) -> str:
        """Return what must be there."""
        value = self._given.get(name)
        if not value:
            raise missing(name)
        return value

    def optional(self, name: str) -> str:
        """Return what may be there, else nothing."""
        return self._given.get(name, "")

    def integer(self, name: str) -> int | None:
        """Return a whole number, if there is one."""
        value = self._given.get(name)
        if not value:
            return None
        if not value.removeprefix("-").isdigit():
            raise missing(name)
        return int(value)

    def limit(self, default: int, most: int) -> int:
        """Return how many entries are wanted."""
        wanted = self.integer("limit") or default
        return max(1, min(wanted, most))

    def decimal(self, name: str) -> Decimal | None:
        """Return a number, if there is one."""
        value = self._given.get(name)
        if not value:
            return None
        try:
            return Decimal(value)
        except InvalidOperation:
            raise missing(name) from None

    def of(self, symbol: str) -> None:
        """Check that the only symbol that is traded here is meant."""
        if self.text("symbol") != symbol:
            raise Refused(-1121, "Invalid symbol.")
