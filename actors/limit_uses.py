"""How much of each limit that is watched is used: pure.

Profit is measured on the mark: realised and unrealised, less fees.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal, localcontext

import attrs

from .risk_states import SYSTEM, Scopes, strategy_scope
from .venue_rules import EXACT, NOTHING
from .watch_limits import WatchLimits

Amount = Decimal | float | None

STAYS = frozenset({"balance_drift", "slippage", "position_age"})
"""What only orders, or a person, make better: that it lasts says nothing more."""


@attrs.frozen(kw_only=True)
class Vitals:
    """How it stands with a symbol at a moment; None: that is not known.

    Amounts are in quote units, ages in seconds. `rejected` and `judged` are how many of
    the last orders the venue refused, and how many they were. `waiting` is the longest
    queue of messages; `slippage` and `streaks` are by strategy.
    """

    equity: Decimal | None = None
    day_began_with: Decimal | None = None
    peak: Decimal | None = None
    unknown_ages: tuple[float, ...] = ()
    market_silence: float = 0.0
    rejected: int = 0
    judged: int = 0
    balance_drift: Decimal | None = NOTHING
    position_age: float = 0.0
    rate_use: Decimal = NOTHING
    clock_skew: float | None = None
    lag: float = 0.0
    waiting: int = 0
    restarts: int = 0
    slippage: Mapping[str, Decimal] = attrs.field(factory=dict[str, Decimal])
    streaks: Mapping[str, int] = attrs.field(factory=dict[str, int])
    halted_within: Mapping[str, int] = attrs.field(factory=dict[str, int])

    def afresh(self) -> "Vitals":
        """Return what is left of it when a person says that trading begins anew."""
        return attrs.evolve(
            self,
            peak=self.equity,
            rejected=0,
            balance_drift=NOTHING,
            position_age=0.0,
            restarts=0,
            slippage={},
            streaks={},
            halted_within={},
        )


@attrs.frozen
class Use:
    """How much of a limit is used in a scope; beyond `halts_at` it is halted."""

    limit: str
    scope: str
    used: Decimal
    most: Decimal
    halts_at: Decimal | None = None

    @property
    def is_broken(self) -> bool:
        """Whether it is more than allowed."""
        return self.used > self.most or self.halts

    @property
    def halts(self) -> bool:
        """Whether it is so much that nothing may be ordered any more."""
        return self.halts_at is not None and self.used > self.halts_at

    @property
    def lasts(self) -> bool:
        """Whether it says more the longer it is broken."""
        return self.limit not in STAYS

    def is_near(self, soft: Decimal) -> bool:
        """Whether it is this share of the limit, or more."""
        return self.used > 0 and self.used >= soft * self.most

    def __str__(self) -> str:
        return f"{self.limit} {self.used:f} of {self.most:f} ({self.scope})"


def uses(vitals: Vitals, limits: WatchLimits, scopes: Scopes) -> tuple[Use, ...]:
    """Return what is used of every limit that there is."""
    found: list[Use] = []
    for limit, scope, used in _measured(vitals, limits, scopes):
        most = limits.most(limit)
        if most is not None and used is not None:
            halts_at = limits.halt_at.get(limit)
            found.append(Use(limit, scope, _decimal(used), _decimal(most), halts_at))
    return tuple(found)


def _measured(
    vitals: Vitals, limits: WatchLimits, scopes: Scopes
) -> Iterator[tuple[str, str, Amount]]:
    """Yield what is measured for each limit, by the limit's name and scope."""
    symbol, venue = scopes.symbol, scopes.venue
    yield "daily_loss", symbol, _lost(vitals, vitals.day_began_with)
    yield "drawdown", symbol, _lost(vitals, vitals.peak)
    yield "unknown_age", symbol, max(vitals.unknown_ages, default=0.0)
    yield "market_silence", symbol, vitals.market_silence
    yield "unknown_orders", venue, len(vitals.unknown_ages)
    yield "reject_ratio", venue, _reject_ratio(vitals, limits)
    yield "balance_drift", venue, vitals.balance_drift
    yield "position_age", symbol, vitals.position_age
    yield "rate_use", venue, vitals.rate_use
    yield "clock_skew", venue, vitals.clock_skew
    yield "lag", SYSTEM, vitals.lag
    yield "waiting", SYSTEM, vitals.waiting
    yield "restarts", SYSTEM, vitals.restarts
    for strategy, share in vitals.slippage.items():
        yield "slippage", strategy_scope(strategy), share
    for strategy, streak in vitals.streaks.items():
        yield "loss_streak", strategy_scope(strategy), streak
    for scope in (symbol, venue, SYSTEM):
        yield "halted_within", scope, vitals.halted_within.get(scope, 0)


def _lost(vitals: Vitals, before: Decimal | None) -> Decimal:
    if vitals.equity is None or before is None:
        return NOTHING
    with localcontext(EXACT):
        return max(NOTHING, before - vitals.equity)


def _reject_ratio(vitals: Vitals, limits: WatchLimits) -> Decimal:
    """Count against the whole window: one order of one says nothing yet."""
    return Decimal(vitals.rejected) / Decimal(max(vitals.judged, limits.reject_window))


def _decimal(value: Decimal | float) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(str(round(value, 3)))
