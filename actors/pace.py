"""How often something was wanted, ordered and taken back; and what is too often.

Time is event time. What lies before the longest window is forgotten.
"""

from collections import deque
from collections.abc import Iterable
from decimal import Decimal

import attrs

from .limits import Limits
from .messages import Intent, Side
from .refusal_reason import Objection, RefusalReason

MOST = 100_000
"""Times that are remembered of a kind, whatever the windows."""

Likeness = tuple[str, str, Side, Decimal, Decimal | None]


def _times() -> deque[float]:
    return deque(maxlen=MOST)


@attrs.define
class Pace:
    """What has happened lately; it outlives a crash of whoever counts."""

    orders: deque[float] = attrs.field(factory=_times)
    cancels: deque[float] = attrs.field(factory=_times)
    by_strategy: dict[str, deque[float]] = attrs.field(
        factory=dict[str, "deque[float]"]
    )
    intents: dict[str, deque[float]] = attrs.field(factory=dict[str, "deque[float]"])
    ordered: dict[Likeness, float] = attrs.field(factory=dict[Likeness, float])

    def wanted(self, intent: Intent, limits: Limits) -> None:
        """Count an intent that was not heard before, whatever becomes of it."""
        if limits.max_intents is not None:
            times = self.intents.setdefault(intent.strategy, _times())
            _add(times, intent.time, limits.intents_window)

    def passed(self, intent: Intent, limits: Limits) -> None:
        """Count an intent that becomes an order."""
        longest = limits.rate_window
        if limits.max_cancel_ratio is not None:
            longest = max(longest, limits.ratio_window)
        _add(self.orders, intent.time, longest)
        if limits.max_strategy_orders is not None:
            times = self.by_strategy.setdefault(intent.strategy, _times())
            _add(times, intent.time, limits.rate_window)
        if limits.duplicate_window is not None:
            begin = intent.time - limits.duplicate_window
            self.ordered = {
                each: time for each, time in self.ordered.items() if time > begin
            }
            self.ordered[_likeness(intent)] = intent.time

    def used(self, time: float, limits: Limits) -> Decimal:
        """Return how much of the order rate is used at a time, as a share."""
        newest = max(time, self.orders[-1] if self.orders else time)
        recent = _since(self.orders, newest - limits.rate_window)
        return Decimal(recent) / limits.max_orders

    def took_back(self, time: float, limits: Limits) -> None:
        """Count a cancel."""
        if limits.max_cancel_ratio is not None:
            _add(self.cancels, time, limits.ratio_window)


def too_often(intent: Intent, pace: Pace, limits: Limits) -> Objection | None:
    """Say what of this intent comes too often, if anything does."""
    return (
        _ordered_before(intent, pace, limits)
        or _ordered_too_often(intent, pace, limits)
        or _taken_back_too_often(intent, pace, limits)
    )


def wanted_too_often(intent: Intent, pace: Pace, limits: Limits) -> Objection | None:
    """Say whether a strategy goes mad: it wants too much, whatever becomes of it."""
    wanted = pace.intents.get(intent.strategy, ())
    recent = _since(wanted, intent.time - limits.intents_window)
    if limits.max_intents is None or recent < limits.max_intents:
        return None
    detail = (
        f"{intent.strategy} has wanted {recent + 1} orders within"
        f" {limits.intents_window} s, {limits.max_intents} allowed: it is halted until"
        " somebody arms it"
    )
    return RefusalReason.REPEATED_EXECUTION, detail


def _ordered_before(intent: Intent, pace: Pace, limits: Limits) -> Objection | None:
    if limits.duplicate_window is None:
        return None
    before = pace.ordered.get(_likeness(intent))
    if before is None or intent.time - before >= limits.duplicate_window:
        return None
    detail = (
        f"{intent.strategy} has ordered the very same {intent.time - before:g} s ago,"
        f" and {limits.duplicate_window} s have to lie between"
    )
    return RefusalReason.DUPLICATE_ORDER, detail


def _ordered_too_often(intent: Intent, pace: Pace, limits: Limits) -> Objection | None:
    begin = intent.time - limits.rate_window
    found = (
        ("", _since(pace.orders, begin), limits.max_orders),
        (
            f" of {intent.strategy}",
            _since(pace.by_strategy.get(intent.strategy, ()), begin),
            limits.max_strategy_orders,
        ),
    )
    for whose, recent, most in found:
        if most is not None and recent >= most:
            detail = f"{recent} orders{whose} within {limits.rate_window} s,"
            return RefusalReason.ORDER_RATE, f"{detail} {most} allowed"
    return None


def _taken_back_too_often(
    intent: Intent, pace: Pace, limits: Limits
) -> Objection | None:
    """Refuse what is new to who takes too much back; cancels always pass."""
    if limits.max_cancel_ratio is None:
        return None
    begin = intent.time - limits.ratio_window
    orders, cancels = _since(pace.orders, begin), _since(pace.cancels, begin)
    if orders < limits.ratio_from or cancels <= limits.max_cancel_ratio * orders:
        return None
    detail = (
        f"{cancels} of {orders} orders were taken back within {limits.ratio_window} s,"
        f" {limits.max_cancel_ratio} of them allowed"
    )
    return RefusalReason.CANCEL_RATIO, detail


def _likeness(intent: Intent) -> Likeness:
    return (
        intent.strategy,
        intent.symbol,
        intent.side,
        intent.quantity,
        intent.price,
    )


def _since(times: Iterable[float], begin: float) -> int:
    return sum(1 for time in times if time > begin)


def _add(times: deque[float], time: float, window: float) -> None:
    while times and times[0] <= time - window:
        times.popleft()
    times.append(time)
