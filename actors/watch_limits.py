"""Limits that are watched all the time, and how much of each is used: pure.

Profit is measured on the mark: realised and unrealised, less fees. What equals a limit
is allowed; from `soft` of it on somebody is told.
"""

from collections.abc import Mapping
from decimal import Decimal, localcontext

import attrs
from attrs import validators as must

from .limits import (
    exact,
    maybe_count,
    maybe_exact,
    maybe_positive,
    maybe_seconds,
)
from .risk_states import SYSTEM, Scopes, strategy_scope
from .venue_rules import EXACT, NOTHING

_share = must.and_(must.gt(Decimal(0)), must.le(Decimal(1)))


@attrs.frozen(kw_only=True)
class WatchLimits:
    """What may go wrong before trading is reduced; None: that is not limited.

    Of the symbol: `max_daily_loss` since the day began (UTC) and `max_drawdown` since
    profit was highest, both in quote units; `max_unknown_age` seconds that an order may
    be in doubt; `max_market_silence` seconds without a word of the market. Of the
    venue: `max_unknown_orders`, and `max_reject_ratio` of the last `reject_window`
    orders. Of a strategy: `max_loss_streak` orders in a row that lost.
    `max_halted_within`: scopes just below that may be halted before their own scope
    is tightened, too.

    From the share `soft` of a limit on there is an alarm. A breach that lasts for
    `persists` seconds halts.
    """

    max_daily_loss: Decimal | None = attrs.field(
        default=None, converter=maybe_exact, validator=maybe_positive
    )
    max_drawdown: Decimal | None = attrs.field(
        default=None, converter=maybe_exact, validator=maybe_positive
    )
    max_unknown_age: float | None = attrs.field(default=None, validator=maybe_seconds)
    max_market_silence: float | None = attrs.field(
        default=None, validator=maybe_seconds
    )
    max_unknown_orders: int | None = attrs.field(default=None, validator=maybe_count)
    max_reject_ratio: Decimal | None = attrs.field(
        default=None, converter=maybe_exact, validator=maybe_positive
    )
    reject_window: int = attrs.field(default=20, validator=must.gt(0))
    max_loss_streak: int | None = attrs.field(default=None, validator=maybe_count)
    max_halted_within: int = attrs.field(default=1, validator=must.ge(1))
    soft: Decimal = attrs.field(
        default=Decimal("0.8"), converter=exact, validator=_share
    )
    persists: float = attrs.field(default=10.0, validator=must.gt(0.0))


@attrs.frozen(kw_only=True)
class Vitals:
    """How it stands with a symbol at a moment; None: that is not known.

    Amounts are in quote units, ages in seconds. `rejected` and `judged` are how many of
    the last orders the venue refused, and how many they were.
    """

    equity: Decimal | None = None
    day_began_with: Decimal | None = None
    peak: Decimal | None = None
    unknown_ages: tuple[float, ...] = ()
    market_silence: float = 0.0
    rejected: int = 0
    judged: int = 0
    streaks: Mapping[str, int] = attrs.field(factory=dict[str, int])
    halted_within: Mapping[str, int] = attrs.field(factory=dict[str, int])


@attrs.frozen
class Use:
    """How much of a limit is used in a scope."""

    limit: str
    scope: str
    used: Decimal
    most: Decimal

    @property
    def is_broken(self) -> bool:
        """Whether it is more than allowed."""
        return self.used > self.most

    def is_near(self, soft: Decimal) -> bool:
        """Whether it is this share of the limit, or more."""
        return self.used >= soft * self.most

    def __str__(self) -> str:
        return f"{self.limit} {self.used:f} of {self.most:f} ({self.scope})"


def uses(vitals: Vitals, limits: WatchLimits, scopes: Scopes) -> tuple[Use, ...]:
    """Return what is used of every limit that there is."""
    found: list[Use] = []

    def add(
        limit: str, scope: str, used: Decimal, most: float | Decimal | None
    ) -> None:
        if most is not None:
            found.append(Use(limit, scope, used, _decimal(most)))

    symbol, venue = scopes.symbol, scopes.venue
    with localcontext(EXACT):
        add(
            "daily_loss",
            symbol,
            _lost(vitals, vitals.day_began_with),
            limits.max_daily_loss,
        )
        add("drawdown", symbol, _lost(vitals, vitals.peak), limits.max_drawdown)
    oldest = _decimal(max(vitals.unknown_ages, default=0.0))
    add("unknown_age", symbol, oldest, limits.max_unknown_age)
    silence = _decimal(vitals.market_silence)
    add("market_silence", symbol, silence, limits.max_market_silence)
    unknown = Decimal(len(vitals.unknown_ages))
    add("unknown_orders", venue, unknown, limits.max_unknown_orders)
    add("reject_ratio", venue, _reject_ratio(vitals, limits), limits.max_reject_ratio)
    for strategy, streak in vitals.streaks.items():
        scope = strategy_scope(strategy)
        add("loss_streak", scope, Decimal(streak), limits.max_loss_streak)
    for scope in (symbol, venue, SYSTEM):
        halted = Decimal(vitals.halted_within.get(scope, 0))
        add("halted_within", scope, halted, limits.max_halted_within)
    return tuple(found)


def _lost(vitals: Vitals, before: Decimal | None) -> Decimal:
    if vitals.equity is None or before is None:
        return NOTHING
    return max(NOTHING, before - vitals.equity)


def _reject_ratio(vitals: Vitals, limits: WatchLimits) -> Decimal:
    """Count against the whole window: one order of one says nothing yet."""
    if not vitals.judged:
        return NOTHING
    return Decimal(vitals.rejected) / Decimal(max(vitals.judged, limits.reject_window))


def _decimal(value: float | Decimal) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(str(round(value, 3)))
