"""Sees what is missing in a sequence: pure bookkeeping."""

import attrs


@attrs.define
class TradeIds:
    """The ids of one market's trades, which have no holes where `contiguous`."""

    contiguous: bool
    last: int | None = None

    def follow(self, id_: int) -> tuple[int, int] | None:
        """Take the next id; return the first and last id that are missing before it.

        Raises:
            AlreadyTold: it was there before, or a newer one was.

        """
        last = self.last
        if last is not None and id_ <= last:
            raise AlreadyTold(f"trade {id_} came after {last}")
        self.last = id_
        if last is None or not self.contiguous or id_ == last + 1:
            return None
        return last + 1, id_ - 1


class AlreadyTold(Exception):
    """A trade came a second time, or too late to be told in order."""
