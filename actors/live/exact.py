"""Reads and writes numbers exactly."""

from decimal import Decimal, InvalidOperation
from typing import Any


def plain(number: Any) -> str:
    """Write a number without an exponent, as venues want it."""
    return format(Decimal(str(number)), "f")


def exact(number: Any) -> Decimal | None:
    """Read a number that came as text or `Decimal`; None for anything else.

    A float is refused: it has lost what the text said.
    """
    if not isinstance(number, str | int | Decimal) or isinstance(number, bool):
        return None
    try:
        value = Decimal(number)
    except InvalidOperation:
        return None
    return value if value.is_finite() else None
