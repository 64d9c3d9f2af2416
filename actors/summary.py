"""What a run came to: the facts that its actors told at the end, added up."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

COUNTED = ("ticks", "orders", "fills", "rejects", "open_orders")
SUMMED = ("realised_profit", "fees")


def summarise(facts: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Add up the facts of all actors, name by name.

    Counts are integers and amounts exact decimal strings; a name that no actor knows is
    None, which means unknown and not none.
    """
    told = list(facts)
    summary: dict[str, Any] = {}
    for name in COUNTED:
        values = [each[name] for each in told if name in each]
        summary[name] = sum(values) if values else None
    for name in SUMMED:
        amounts = [Decimal(each[name]) for each in told if name in each]
        summary[name] = plain(sum(amounts, Decimal(0))) if amounts else None
    positions: dict[str, str] = {}
    for each in told:
        positions |= each.get("positions", {})
    summary["positions"] = positions
    # Rejected by the venue or refused by risk: either way it was not ordered.
    by_venue = sum(each.get("rejected_by_venue", 0) for each in told)
    if summary["rejects"] is not None:
        summary["rejects"] += by_venue
    return summary


def plain(amount: Decimal) -> str:
    """Write an amount without exponent and without zeros that say nothing."""
    return f"{amount.normalize():f}"
