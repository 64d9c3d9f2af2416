"""Keeps keys and passwords out of logs, messages and files."""

import json
import re
from collections.abc import Iterable
from typing import NoReturn
from urllib.parse import quote

SHORTEST = 4
"""A value with fewer characters is not redacted."""


class Secret:
    """A value that only `reveal` shows; everything else sees `***`.

    It can't be pickled, nor written as JSON by json or msgspec. That is why it is no
    attrs class: those are written field by field.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the value; call it where it is used, and keep no copy."""
        return self._value

    def __repr__(self) -> str:
        return "***"

    def __format__(self, spec: str) -> str:
        return format("***", spec)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._value == other._value

    def __hash__(self) -> int:
        return hash((Secret, self._value))

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret can't be pickled or copied: pass its name instead")


class Redactor:
    """Replaces every known secret in a text by `***`.

    It finds a value as it is, line by line if it has several (a PEM file printed by a
    logger rarely stays in one piece), and as JSON, a URL or a Python repr writes it.
    What a program cuts, hashes or encodes otherwise it can't find.

    Values and lines shorter than 4 characters are left alone. To replace each `1` of
    a text would make it unreadable, and the holes would tell the secret; who has so
    short a secret needs a longer one, which is what `holdfast check` says.
    """

    __slots__ = ("_pattern",)

    def __init__(self, secrets: Iterable[Secret] = ()) -> None:
        known = {
            spelling
            for secret in secrets
            for piece in (secret.reveal(), *secret.reveal().splitlines())
            if len(piece) >= SHORTEST
            for spelling in _spellings(piece)
        }
        # The longest first, or a secret that starts with another would leave its tail.
        longest_first = sorted(known, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first)) or "(?!)")

    def __repr__(self) -> str:
        return "Redactor(***)"

    def redact(self, text: str) -> str:
        """Return the text with `***` in place of each secret."""
        return self._pattern.sub("***", text)


def _spellings(value: str) -> set[str]:
    return {
        value,
        json.dumps(value)[1:-1],
        json.dumps(value, ensure_ascii=False)[1:-1],
        quote(value, safe=""),
        repr(value)[1:-1],
    }
