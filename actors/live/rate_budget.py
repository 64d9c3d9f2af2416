"""How much may be asked of a venue, and what is kept for cancels: pure bookkeeping.

One bucket for each limit: it holds a period's weight and fills evenly. Part of it is a
reserve which only calls that cancel or find out may spend, so that whatever else goes
on an order can be taken back, and the account be reconciled.
"""

from collections.abc import Iterable, Mapping

import attrs

from ...supervision.outcome import CallClass
from .venues import Limit

PRIVILEGED = frozenset({CallClass.CANCEL, CallClass.QUERY, CallClass.ACCOUNT})


@attrs.define
class _Bucket:
    limit: Limit
    left: float
    since: float

    def fill(self, now: float) -> None:
        grown = (now - self.since) * self.limit.capacity / self.limit.period
        self.left = min(self.limit.capacity, self.left + max(0.0, grown))
        self.since = now

    def wait(self, weight: float, reserve: float) -> float:
        """Return in how many seconds it can bear the weight above the reserve."""
        short = weight + reserve * self.limit.capacity - self.left
        return max(0.0, short * self.limit.period / self.limit.capacity)


class RateBudget:
    """See the module; `reserve` is a share, `now` any clock that never runs back."""

    def __init__(
        self, limits: Iterable[Limit], *, reserve: float = 0.2, now: float = 0.0
    ) -> None:
        self._buckets: list[_Bucket] = []
        self.allow(limits, reserve=reserve, now=now)

    def allow(self, limits: Iterable[Limit], *, reserve: float, now: float) -> None:
        """Have other limits from now on; what is used of the same stays used."""
        if not 0 <= reserve < 1:
            raise ValueError(f"reserve is a share from 0 to below 1, was {reserve}")
        self._reserve = reserve
        used: dict[tuple[str, float], float] = {}
        for bucket in self._buckets:
            bucket.fill(now)
            limit = bucket.limit
            used[limit.header, limit.period] = limit.capacity - bucket.left
        self._buckets = [
            _Bucket(each, each.capacity - used.get((each.header, each.period), 0), now)
            for each in limits
        ]

    def wait(self, call_class: CallClass, weight: float, now: float) -> float:
        """Return in how many seconds the call may go; 0 means now.

        Raises:
            ValueError: it never may, as it weighs more than a whole period allows.

        """
        reserve = 0.0 if call_class in PRIVILEGED else self._reserve
        for bucket in self._buckets:
            bucket.fill(now)
            if weight > bucket.limit.capacity * (1 - reserve):
                raise ValueError(
                    f"a call weighs {weight:g}, more than the"
                    f" {bucket.limit.capacity * (1 - reserve):g} that may be spent"
                )
        return max(
            (bucket.wait(weight, reserve) for bucket in self._buckets), default=0.0
        )

    def spend(self, weight: float, now: float) -> None:
        """Take the weight of a call that goes now."""
        for bucket in self._buckets:
            bucket.fill(now)
            bucket.left -= weight

    def correct(self, headers: Mapping[str, str], now: float) -> None:
        """Believe the venue about what is used; never that there is more than here.

        Others may use the same address, so the venue's count is what bans. They may use
        more than is allowed here: then nothing is left, but what comes in after that is
        ours, for else no cancel would go for as long as they call.
        """
        for bucket in self._buckets:
            used = headers.get(bucket.limit.header, "")
            if bucket.limit.header and used.isdigit():
                bucket.fill(now)
                free = max(0.0, bucket.limit.capacity - int(used))
                bucket.left = min(bucket.left, free)

    def left(self, now: float) -> float | None:
        """Return the share that is left of the scarcest limit; None without limits."""
        for bucket in self._buckets:
            bucket.fill(now)
        shares = (bucket.left / bucket.limit.capacity for bucket in self._buckets)
        return min(shares, default=None)
