"""What a host may still be asked by all of a system together: it counts by address.

There is one rate budget for each host, and once the host has said that it wants no
call, nobody calls it until that is over: each further call would make a ban longer.
"""

import threading
import weakref
from collections.abc import Iterable, Mapping

from ...supervision.outcome import CallClass, CallFailed, Throttled
from ...supervision.system import ActorSystem
from .classifier import TooManyOrders
from .rate_budget import RateBudget
from .venues import Limit

ORDERS = frozenset({CallClass.NEW, CallClass.REDUCE})


class HostLimits:
    """See the module; used from several threads. `now` is the clock of the system."""

    def __init__(
        self, host: str, limits: Iterable[Limit], *, reserve: float = 0.2, now: float
    ) -> None:
        self._host = host
        self._lock = threading.Lock()
        self._budget = RateBudget(limits, reserve=reserve, now=now)
        self._until: dict[CallClass, float] = {}
        self._why: dict[CallClass, Throttled] = {}

    def allow(self, limits: Iterable[Limit], *, reserve: float, now: float) -> None:
        """Have other limits from now on; what is used of the same stays used."""
        with self._lock:
            self._budget.allow(limits, reserve=reserve, now=now)

    def take(self, call_class: CallClass, weight: float, now: float) -> float:
        """Spend the weight of a call that may go; else return for how long to wait.

        Raises:
            Throttled: the host wants no call now.
            ValueError: a call of this weight may never go.

        """
        self.check(call_class, now)
        with self._lock:
            wait = self._budget.wait(call_class, weight, now)
            if wait <= 0:
                self._budget.spend(weight, now)
            return wait

    def check(self, call_class: CallClass, now: float) -> None:
        """Return if the host takes calls of this class.

        Raises:
            Throttled: it wants none now.

        """
        with self._lock:
            left = self._until.get(call_class, now) - now
            why = self._why.get(call_class)
        if left > 0 and why is not None:
            raise Throttled(
                f"not sent, as {self._host} wants no call for {left:.3g} s: {why}",
                retry_after=left,
                is_ban=why.is_ban,
                is_refusal=True,
                is_local=True,
            )

    def heed(self, failure: CallFailed, now: float) -> None:
        """Remember for how long the host wants to be left alone, if it said so."""
        if not isinstance(failure, Throttled) or failure.is_local:
            return  # what was kept back here is no news of the host
        until = now + failure.retry_after
        with self._lock:
            for each in _kept_back(failure):
                if until > self._until.get(each, now):
                    self._until[each], self._why[each] = until, failure

    def correct(self, headers: Mapping[str, str], now: float) -> None:
        """Believe what an answer says about the weight that is used."""
        with self._lock:
            self._budget.correct(headers, now)

    def left(self, now: float) -> float | None:
        """Return the share that is left of the scarcest limit; None without limits."""
        with self._lock:
            return self._budget.left(now)


def _kept_back(failure: Throttled) -> Iterable[CallClass]:
    """Return what must not be sent: a cancel may still try, unless that makes it worse.

    Whoever can't take back what is open is worse off than whoever calls once too often.
    """
    if isinstance(failure, TooManyOrders):
        return ORDERS
    if failure.is_ban:
        return CallClass
    return [each for each in CallClass if each is not CallClass.CANCEL]


_known: "weakref.WeakKeyDictionary[ActorSystem, dict[str, HostLimits]]"
_known = weakref.WeakKeyDictionary()
_lock = threading.Lock()


def limits_of(
    system: ActorSystem, host: str, limits: Iterable[Limit], *, now: float
) -> HostLimits:
    """Return what all of a system share that call this host."""
    with _lock:
        hosts = _known.setdefault(system, {})
        if host not in hosts:
            hosts[host] = HostLimits(host, limits, now=now)
        return hosts[host]
