"""Messages that nobody will handle, each with the reason why."""

import enum
import logging
import threading
from collections import Counter, deque
from collections.abc import Callable
from typing import Any

import attrs

logger = logging.getLogger(__name__)


class DeadLetterReason(enum.StrEnum):
    """Why the runtime lets go of a message; an actor may give reasons of its own."""

    UNHANDLED = "unhandled"
    STOPPED = "stopped"
    REMOVED = "removed"
    EXPIRED = "expired"
    IN_FLIGHT = "in flight when its actor ended"
    PURGED = "purged by restart"
    MAILBOX_FULL = "dropped, mailbox full"
    CONFLATED = "conflated"


@attrs.frozen
class DeadLetter:
    """One message that was accepted and not handled; `time` is wall seconds.

    `reason` is a `DeadLetterReason`, or what an actor said of a message.
    """

    time: float
    path: str
    message: Any
    reason: str


Subscriber = Callable[[DeadLetter], None]


class DeadLetters:
    """Keeps the newest letters whole and counts all of them by path and reason.

    Subscribers are told of each in order, one at a time, on the thread of whoever let
    go of one: they must be short. What they raise is logged. Letters that come of the
    telling itself, as from a `tell` to an actor that is stopped, are only kept.
    """

    def __init__(self, wall: Callable[[], float], *, capacity: int = 1000) -> None:
        self._wall = wall
        self._lock = threading.Lock()
        self._newest: deque[DeadLetter] = deque(maxlen=capacity)
        self._counts: Counter[tuple[str, str]] = Counter()
        self._subscribers: tuple[Subscriber, ...] = ()
        self._untold: deque[DeadLetter] = deque()
        self._teller = 0

    def add(self, path: str, message: Any, reason: str) -> None:
        """Take a message that was addressed to `path`."""
        letter = DeadLetter(self._wall(), path, message, reason)
        with self._lock:
            self._newest.append(letter)
            self._counts[path, reason] += 1
            me = threading.get_ident()
            if not self._subscribers or self._teller == me:
                return
            self._untold.append(letter)
            if self._teller:
                return  # whoever is telling now goes on with this one
            self._teller = me
        # Not under the lock: whom a subscriber calls may be letting go of one, too.
        while (untold := self._next()) is not None:
            for subscriber in self._subscribers:
                _tell(subscriber, untold)

    def subscribe(self, subscriber: Subscriber) -> Callable[[], None]:
        """Call `subscriber` for each letter from now on, until the result is called."""

        def unsubscribe() -> None:
            with self._lock:
                others = list(self._subscribers)
                others.remove(subscriber)
                self._subscribers = tuple(others)

        with self._lock:
            self._subscribers = (*self._subscribers, subscriber)
        return unsubscribe

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

    def _next(self) -> DeadLetter | None:
        with self._lock:
            if self._untold:
                return self._untold.popleft()
            self._teller = 0
            return None


def _tell(subscriber: Subscriber, letter: DeadLetter) -> None:
    try:
        subscriber(letter)
    except BaseException:  # a zombie, whose telling is refused, must not stop it
        logger.exception("a subscriber could not take the letter to %s", letter.path)
