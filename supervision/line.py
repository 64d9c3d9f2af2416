"""A line of those who wait for the same step, and who of them is first."""

from collections.abc import Callable
from heapq import heappop, heappush
from typing import Generic, TypeVar

import attrs

T = TypeVar("T")

TIDY_FROM = 100
"""Entries from which on those that do not belong any more are looked for."""


@attrs.define
class Line(Generic[T]):
    """Whoever was put in and still `belongs` here, the lowest rank first.

    It is a heap: who has left is not looked for, but passed over when it comes first.
    So nothing here takes longer than there are children that it is about.
    """

    belongs: Callable[[T], bool]
    _heap: list[tuple[int, T]] = attrs.field(factory=list[tuple[int, T]], init=False)
    _inside: set[int] = attrs.field(factory=set[int], init=False)
    _tidy_at: int = attrs.field(default=TIDY_FROM, init=False)

    def add(self, rank: int, item: T) -> None:
        """Put in somebody, unless it is in; each has a rank of its own."""
        if rank not in self._inside:
            self._pass_over()
            self._inside.add(rank)
            heappush(self._heap, (rank, item))

    def first(self) -> T | None:
        """Return the first one that belongs here."""
        heap = self._heap
        while heap:
            rank, item = heap[0]
            if self.belongs(item):
                return item
            heappop(heap)
            self._inside.remove(rank)
        return None

    def take_all(self) -> list[T]:
        """Take everybody out; return those that belong here, the first one first."""
        if not self._heap:
            return []
        everybody = sorted(self._heap)
        self._heap.clear()
        self._inside.clear()
        return [item for _, item in everybody if self.belongs(item)]

    def _pass_over(self) -> None:
        """Let go of who has left, each time the heap has doubled without it."""
        if len(self._heap) < self._tidy_at:
            return
        self._heap = sorted(entry for entry in self._heap if self.belongs(entry[1]))
        self._inside = {rank for rank, _ in self._heap}
        self._tidy_at = max(TIDY_FROM, 2 * len(self._heap))
