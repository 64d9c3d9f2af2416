"""Limits that are watched all the time, as the JSON says them.

What equals a limit is allowed; None means that it is not limited.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import attrs
from attrs import validators as must

from .limits import (
    exact,
    maybe_count,
    maybe_exact,
    maybe_positive,
    maybe_seconds,
)

_share = must.and_(must.gt(Decimal(0)), must.le(Decimal(1)))


def _not_negative(
    _: object, field: "attrs.Attribute[Decimal]", value: Decimal | None
) -> None:
    if value is not None and not (value.is_finite() and value >= 0):
        raise ValueError(f"{field.name} is an amount of 0 or more, was {value}")


def _names_limits(
    limits: "WatchLimits", _: object, value: Mapping[str, Decimal]
) -> None:
    fields = [field.name for field in attrs.fields(type(limits))]
    names = {each[4:] for each in fields if each.startswith("max_")}
    for name, amount in value.items():
        if name not in names:
            known = ", ".join(sorted(names))
            raise ValueError(f"halt_at: there is no limit {name!r}, but {known}")
        if not amount.is_finite() or amount < 0:
            raise ValueError(f"halt_at: {name} can't be {amount}")


def _exact_each(value: Mapping[str, Any]) -> dict[str, Decimal]:
    """Read amounts by name; what is counted or timed may be a number."""
    return {
        name: exact(str(each) if isinstance(each, float) else each)
        for name, each in value.items()
    }


@attrs.frozen(kw_only=True)
class WatchLimits:
    """What may go wrong before trading is reduced; None: that is not limited.

    Of the symbol: `max_daily_loss` since the day began (UTC) and `max_drawdown` since
    profit was highest, both in quote units; `max_unknown_age` seconds that an order may
    be in doubt; `max_market_silence` seconds without a word of the market;
    `max_position_age` seconds since the position was flat, or turned.

    Of the venue: `max_unknown_orders`; `max_reject_ratio` of the last `reject_window`
    orders; `max_balance_drift`, what was booked without a fill since somebody armed, in
    quote units; `max_rate_use`, a share of `max_orders`; `max_clock_skew` seconds from
    its clock to ours.

    Of a strategy: `max_loss_streak` orders in a row that lost; `max_slippage`, the
    share by which its last `slippage_window` fills that took from the book were worse
    than the mark when they were wanted.

    Of the system: `max_lag` seconds by which risk looks too late; `max_waiting`
    messages before risk, execution or positions; `max_restarts` within
    `restarts_window` seconds.

    `max_halted_within`: scopes just below that may be halted before their own scope is
    tightened, too.

    From the share `soft` of a limit on there is an alarm. Beyond it, its scope is
    REDUCING, and HALTED once that has lasted for `persists` seconds, or at once beyond
    what `halt_at` says for it: `{"daily_loss": "80"}`.
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
    max_balance_drift: Decimal | None = attrs.field(
        default=Decimal(0),
        converter=maybe_exact,
        validator=_not_negative,
    )
    max_rate_use: Decimal | None = attrs.field(
        default=None, converter=maybe_exact, validator=maybe_positive
    )
    max_clock_skew: float | None = attrs.field(default=None, validator=maybe_seconds)
    max_position_age: float | None = attrs.field(default=None, validator=maybe_seconds)
    max_loss_streak: int | None = attrs.field(default=None, validator=maybe_count)
    max_slippage: Decimal | None = attrs.field(
        default=None, converter=maybe_exact, validator=maybe_positive
    )
    slippage_window: int = attrs.field(default=10, validator=must.gt(0))
    max_lag: float | None = attrs.field(default=None, validator=maybe_seconds)
    max_waiting: int | None = attrs.field(default=None, validator=maybe_count)
    max_restarts: int | None = attrs.field(default=None, validator=maybe_count)
    restarts_window: float = attrs.field(default=60.0, validator=must.gt(0.0))
    max_halted_within: int = attrs.field(default=1, validator=must.ge(1))
    soft: Decimal = attrs.field(
        default=Decimal("0.8"), converter=exact, validator=_share
    )
    persists: float = attrs.field(default=10.0, validator=must.gt(0.0))
    halt_at: Mapping[str, Decimal] = attrs.field(
        factory=dict[str, Decimal], converter=_exact_each, validator=_names_limits
    )

    def most(self, limit: str) -> Decimal | float | None:
        """Return how much is allowed of what a limit is named after; None: anything."""
        most: Decimal | float | None = getattr(self, f"max_{limit}")
        return self.halt_at.get(limit) if most is None else most
