"""Sees what is missing in a sequence, and when its numbers begin anew: pure.

Whoever hears of trades and quotes takes a smaller number for an old one. So what is
told goes on above what was told before, whatever the venue does with its numbers:
`shift` is what has to be added to the venue's.
"""

import attrs

from .answers import Unified, trade_id

ANEW = 3
"""Trades in a row with smaller, rising ids and a later time: they are numbered anew.

One alone could be an old trade whose time is wrong.
"""


@attrs.frozen
class Missing:
    """Trades were missed: `kind` is what an operator counts, `reason` a sentence."""

    kind: str
    reason: str


@attrs.define
class TradeIds:
    """The ids of one market's trades, which have no holes where `contiguous`."""

    contiguous: bool
    last: int | None = None
    shift: int = 0
    _time: float = 0.0
    _smaller: int = 0
    _rising: int = 0

    def number(self, trade: Unified, received_ns: int) -> int:
        """Return the id of a trade; a venue without numbers gets those of arrival.

        Raises:
            Incomplete: it is no number, where trades are counted.

        """
        told = trade.get("id")
        if self.contiguous or (isinstance(told, str) and told.isdecimal()):
            return trade_id(trade)
        return received_ns if self.last is None else max(received_ns, self.last + 1)

    def follow(self, id_: int, time: float) -> Missing | None:
        """Take the next id, with the venue's time of it; say what is missing before it.

        Raises:
            AlreadyTold: it was there before, or a newer one was.

        """
        last = self.last
        if last is None or id_ > last:
            missing = self._hole(id_)
        elif self._is_numbered_anew(id_, time):
            self.shift += last + 1 - id_
            reason = f"the venue numbers its trades anew: {id_} came after {last}"
            missing = Missing("numbered_anew", reason)
        else:
            raise AlreadyTold(f"trade {id_} came after {last}")
        self.last, self._time, self._rising = id_, max(time, self._time), 0
        return missing

    def nothing_came(self) -> None:
        """Believe no time any more: the venue's clock may have gone back as well."""
        self._time = 0.0

    def _hole(self, id_: int) -> Missing | None:
        if self.last is None or not self.contiguous or id_ == self.last + 1:
            return None
        reason = f"trades {self.last + 1} to {id_ - 1} are missing"
        return Missing("trade_gaps", reason)

    def _is_numbered_anew(self, id_: int, time: float) -> bool:
        is_next = time > self._time and (not self._rising or id_ > self._smaller)
        self._smaller = id_
        self._rising = self._rising + 1 if is_next else 0
        return self._rising >= ANEW


@attrs.define
class QuoteIds:
    """The update ids of one market's quotes, which only rise while it is connected."""

    shift: int = 0
    _newest: int = 0
    _is_first: bool = True

    def begin(self) -> None:
        """Take note of a new connection: the next id may be any."""
        self._is_first = True

    def follow(self, id_: int) -> int:
        """Take the next id, and return by what number it is told."""
        if self._is_first and id_ + self.shift < self._newest:
            self.shift = self._newest + 1 - id_
        self._is_first = False
        self._newest = max(self._newest, id_ + self.shift)
        return id_ + self.shift


class AlreadyTold(Exception):
    """A trade came a second time, or too late to be told in order."""
