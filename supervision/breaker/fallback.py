"""What a read may be answered with when it was certainly not sent."""

from collections import OrderedDict
from typing import Any

import attrs

MOST_KEPT = 256


@attrs.frozen
class LastGood:
    """The last good answer to the same question, `age` seconds old, and why it is."""

    value: Any
    age: float
    instead_of: Exception


class LastGoods:
    """The last good answers, by question; what is renewed least is forgotten."""

    def __init__(self, most: int = MOST_KEPT) -> None:
        self._most = most
        self._kept: OrderedDict[Any, tuple[Any, float]] = OrderedDict()

    def keep(self, question: Any, value: Any, now: float) -> None:
        """Remember an answer, if the question is one that can be looked up."""
        try:
            self._kept[question] = (value, now)
        except TypeError:
            return
        self._kept.move_to_end(question)
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)

    def instead_of(
        self, error: Exception, question: Any, now: float
    ) -> LastGood | None:
        """Return what there is instead, with its age."""
        try:
            kept = self._kept.get(question)
        except TypeError:
            return None
        return None if kept is None else LastGood(kept[0], now - kept[1], error)
