"""Messages that nobody will handle, each with the reason why."""

import threading
from collections import Counter, deque
from collections.abc import Callable
from typing import Any

import attrs


@attrs.frozen
class DeadLetter:
    """One message that was accepted and not handled; `time` is wall seconds."""

    time: float
    path: str
    message: Any
    reason: str


class DeadLetters:
    """Keeps the newest letters whole and counts all of them by path and reason."""

    def __init__(self, wall: Callable[[], float], *, capacity: int = 1000) -> None:
        self._wall = wall
        self._lock = threading.Lock()
        self._newest: deque[DeadLetter] = deque(maxlen=capacity)
        self._counts: Counter[tuple[str, str]] = Counter()

    def add(self, path: str, message: Any, reason: str) -> None:
        """Take a message that was addressed to `path`."""
        letter = DeadLetter(self._wall(), path, message, reason)
        with self._lock:
            self._newest.append(letter)
            self._counts[path, reason] += 1

    def count(self) -> int:
        """Return how many there have been."""
        with self._lock:
            return self._counts.total()

    def counts(self) -> dict[tuple[str, str], int]:
        """Return how many there have been by (path, reason)."""
        with self._lock:
            return dict(self._counts)

    def newest(self) -> list[DeadLetter]:
        """Return the letters still kept whole, oldest first."""
        with self._lock:
            return list(self._newest)
