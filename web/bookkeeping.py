"""Who keeps the books of orders: it comes from outside, for this room."""

from typing import Any, Protocol


class Bookkeeping(Protocol):
    """Reaches whoever keeps the books of orders in one system."""

    async def reconcile(self, under: str) -> dict[str, Any]:
        """Have all below a path compare; tell `asked`, `differences` and `silent`."""
        ...

    async def settle(self, order: str, reason: str, under: str) -> str:
        """End an order by hand; return what speaks against it, or nothing."""
        ...
