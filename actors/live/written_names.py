"""How a name of ours stands in a venue's client order id, where not every text may.

`hf-<node>-<term>-<number>` becomes a UUID of version 4 (RFC 9562), and is read from it
again: nothing has to be remembered, so it outlives every crash. Six bits say that it is
one of ours; a stranger's UUID that has them by chance still names no node of ours.
"""

import re
from typing import Literal
from uuid import UUID

from ..order_names import LONGEST_NODE, OURS

Form = Literal["text", "uuid", "hex"]
"""As it is; as a UUID; as the 32 digits of a UUID, without hyphens."""

_LETTERS = "0123456789abcdefghijklmnopqrstuvwxyz"
_BASE = len(_LETTERS) + 1
_MARK = 0b101101
_NODE, _TERM, _NUMBER = 42, 40, 34
"""Bits of each part; with the mark they are the 122 that a UUID has to give away."""


def written(name: str, form: Form) -> str:
    """Return the client order id of an order; a name that is not of ours as it is."""
    ours = OURS.fullmatch(name)
    if form == "text" or ours is None or _has_leading_zeros(ours):
        return name
    bits = _MARK
    bits = bits << _NODE | _number_of(ours[1])
    bits = bits << _TERM | int(ours[2])
    bits = bits << _NUMBER | int(ours[3])
    made = UUID(int=_spread(bits))
    return made.hex if form == "hex" else str(made)


def read(client_order_id: str, form: Form) -> str:
    """Return the name that a client order id says; one that says none as it is."""
    digits = client_order_id.replace("-", "").lower()
    if form == "text" or not re.fullmatch(r"[0-9a-f]{32}", digits):
        return client_order_id
    bits = _gathered(int(digits, 16))
    bits, number = bits >> _NUMBER, bits & ((1 << _NUMBER) - 1)
    bits, term = bits >> _TERM, bits & ((1 << _TERM) - 1)
    _, node = bits >> _NODE, bits & ((1 << _NODE) - 1)
    name = f"hf-{_letters_of(node)}-{term}-{number}"
    is_ours = written(name, form).replace("-", "") == digits
    return name if is_ours else client_order_id


def _has_leading_zeros(ours: re.Match[str]) -> bool:
    return any(str(int(ours[part])) != ours[part] for part in (2, 3))


def _spread(bits: int) -> int:
    """Leave room for version and variant of a UUID."""
    high, middle, low = bits >> 74, (bits >> 62) & 0xFFF, bits & ((1 << 62) - 1)
    return high << 80 | 4 << 76 | middle << 64 | 0b10 << 62 | low


def _gathered(number: int) -> int:
    high, middle, low = number >> 80, (number >> 64) & 0xFFF, number & ((1 << 62) - 1)
    return high << 74 | middle << 62 | low


def _number_of(node: str) -> int:
    number = 0
    for letter in node.ljust(LONGEST_NODE):
        number = number * _BASE + _LETTERS.find(letter) + 1
    return number


def _letters_of(number: int) -> str:
    letters = ""
    while number:
        number, digit = divmod(number, _BASE)
        letters = (_LETTERS[digit - 1] if digit else " ") + letters
    return letters.rstrip()
