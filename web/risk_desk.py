"""The desk of those who guard the trading: it comes from outside, for this room."""

from typing import Any, Protocol

EVERYTHING = "system"
"""The scope that contains all others."""


class RiskDesk(Protocol):
    """Reaches whoever guards the trading of one system."""

    async def halt(self, reason: str, scope: str) -> dict[str, Any]:
        """Halt a scope; tell what the exchanges have confirmed."""
        ...

    async def flatten(self, scope: str) -> dict[str, Any]:
        """Close the positions of a halted scope; tell what has come of it."""
        ...

    async def arm(self, reason: str, scope: str) -> dict[str, Any]:
        """Loosen a scope; tell who would not."""
        ...

    async def report(self) -> list[dict[str, Any]]:
        """Tell how it stands, symbol by symbol."""
        ...
