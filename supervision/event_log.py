"""The events of one system, in order, and the state that they add up to."""

import itertools
import logging
import threading
from collections import deque
from collections.abc import Callable

from .events import Decision, EventKind, SupervisionEvent
from .runtime.clock import Clock
from .tree_state import TreeState

logger = logging.getLogger(__name__)

Subscriber = Callable[[SupervisionEvent], None]


def unchanged(text: str) -> str:
    """Redact nothing."""
    return text


class EventLog:
    """Numbers events, keeps the newest, folds them, and tells subscribers in order.

    Subscribers are called on the thread of whoever emits, one event at a time: they
    must be short. What they raise is logged: it never reaches the tree that they watch.
    A reference's `tell` is such a subscriber.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        redact: Callable[[str], str] = unchanged,
        capacity: int = 10_000,
    ) -> None:
        self._clock = clock
        self._redact = redact
        self._lock = threading.RLock()
        self._seq = 0
        self._newest: deque[SupervisionEvent] = deque(maxlen=capacity)
        self._subscribers: tuple[Subscriber, ...] = ()
        self._state = TreeState()
        self._telling = 0

    def emit(  # noqa: PLR0913 - an event has these fields
        self,
        kind: EventKind,
        path: str,
        *,
        incarnation: int = 0,
        reason: str = "",
        decision: Decision = Decision.NONE,
        cause_seq: int = 0,
    ) -> int:
        """Record what happened and return its number."""
        if reason:
            reason = _printable(self._redact(reason))
        with self._lock:
            self._seq = seq = self._seq + 1
            now = self._clock.wall()
            event = SupervisionEvent(
                seq, now, path, incarnation, kind, reason, decision, cause_seq
            )
            self._newest.append(event)
            self._state.apply(event)
            if self._subscribers:
                self._telling += 1
                for subscriber in self._subscribers:
                    _tell(subscriber, event)
                self._telling -= 1
        return seq

    @property
    def is_telling(self) -> bool:
        """Whether subscribers are being called: until then no other event happens."""
        return self._telling > 0

    def subscribe(self, subscriber: Subscriber) -> Callable[[], None]:
        """Call `subscriber` for each event from now on, until the result is called."""

        def unsubscribe() -> None:
            with self._lock:
                others = list(self._subscribers)
                others.remove(subscriber)
                self._subscribers = tuple(others)

        with self._lock:
            self._subscribers = (*self._subscribers, subscriber)
        return unsubscribe

    def since(self, seq: int) -> list[SupervisionEvent]:
        """Return the kept events numbered above `seq`, oldest first."""
        with self._lock:
            newer = min(self._seq - seq, len(self._newest))
            newest_first = itertools.islice(reversed(self._newest), max(0, newer))
            return list(newest_first)[::-1]

    @property
    def restarts(self) -> int:
        """How many failures were answered by a restart; cheaper than `state`."""
        return self._state.restarts

    def state(self) -> TreeState:
        """Return a copy of the tree as the events so far describe it."""
        with self._lock:
            return self._state.copy()


def _printable(text: str) -> str:
    """Write what is no printable character as an escape.

    What an exception says may come from anywhere: it must neither look like another
    line of the journal nor be something that no file takes.
    """
    if text.isprintable():
        return text
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode()
        for each in text
    )


def _tell(subscriber: Subscriber, event: SupervisionEvent) -> None:
    try:
        subscriber(event)
    except BaseException:
        logger.exception("a subscriber could not take event %d", event.seq)
