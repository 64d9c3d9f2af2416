"""Pages through fills by trade id until nothing can be missing: pure bookkeeping."""

from collections.abc import Mapping
from typing import Any

from .answers import Incomplete, rows, trade_id
from .venues import Venue


class FillPages:
    """What to ask next for all fills after a trade id, and what has come so far."""

    def __init__(self, venue: Venue, after: int) -> None:
        self._venue = venue
        self._after = after
        self._found: dict[int, Any] = {}
        self._next: Mapping[str, Any] | None = self._first()

    def next(self) -> Mapping[str, Any] | None:
        """Return the parameters of the next page; None: that was all."""
        return self._next

    def take(self, answer: Any) -> None:
        """Add a page.

        Raises:
            Incomplete: it is no list of trades, brings nothing new, or begins before
                what was asked for: who overlooks that may leave out anything.

        """
        page = {trade_id(each): each for each in rows(answer)}
        first = min(page, default=self._after + 1)
        if self.is_in_order and first <= self._after:
            raise Incomplete(
                f"asked for fills after {self._after}, was told of {first}: does the"
                f" venue know {self._venue.fills_from}?"
            )
        is_full = len(page) >= (self._venue.fills_page or 1)
        if is_full and page.keys() <= self._found.keys():
            raise Incomplete("the venue tells the same page of fills again and again")
        self._found |= page
        self._next = self._following(page) if is_full else None

    @property
    def is_in_order(self) -> bool:
        """Whether what has come is all up to its last one, and more may come later."""
        return self._venue.fills_from is not None

    def trades(self) -> list[Any]:
        """Return what was found, in the order of trade ids, each once."""
        return [self._found[id_] for id_ in sorted(self._found) if id_ > self._after]

    def _first(self) -> Mapping[str, Any]:
        if self._venue.fills_from is not None:
            return {self._venue.fills_from: self._after + 1}
        return {}

    def _following(self, page: Mapping[int, Any]) -> Mapping[str, Any] | None:
        if self._venue.fills_from is not None:
            return {self._venue.fills_from: max(page) + 1}
        if self._venue.fills_below is not None and min(page) > self._after + 1:
            return {self._venue.fills_below: min(page)}
        return None
