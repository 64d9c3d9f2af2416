"""When a host may be connected to again: at most once a second, and not all at once.

Venues ban addresses that connect too often, and after an outage everybody comes back.
"""

import threading
import weakref
from random import Random

from ...supervision.system import ActorSystem
from ...supervision.waits import grown

APART = 1.0
"""Seconds between two connections to one host."""

FIRST_WAIT = 1.0
LONGEST_WAIT = 30.0


class Dials:
    """The connections that one system makes; used from several threads."""

    def __init__(self) -> None:
        self._next: dict[str, float] = {}
        self._lock = threading.Lock()

    def wait(self, host: str, now: float, failures: int, chance: Random) -> float:
        """Take a turn, and return in how many seconds it comes.

        After failures in a row it is chosen evenly from 0 to a limit that doubles
        with each of them (full jitter).
        """
        limit = grown(FIRST_WAIT, LONGEST_WAIT, failures - 1) if failures else 0.0
        spread = chance.uniform(0.0, limit) if failures else 0.0
        with self._lock:
            turn = max(now + spread, self._next.get(host, now))
            self._next[host] = turn + APART
        return turn - now


_known: "weakref.WeakKeyDictionary[ActorSystem, Dials]" = weakref.WeakKeyDictionary()
_lock = threading.Lock()


def dials_of(system: ActorSystem) -> Dials:
    """Return what all streams of a system share."""
    with _lock:
        return _known.setdefault(system, Dials())
