"""What may be ordered: the limits of one symbol at one venue, as the JSON says them.

They are the pre-trade controls of SEC rule 15c3-5 and of RTS 6, article 15 (price
collar, order value, order volume, messages, repeated execution). What equals a limit is
allowed; None means that it is not limited.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, cast

import attrs
from attrs import validators as must

from .messages import OrderType
from .venue_rules import positive


def exact(value: Any) -> Decimal:
    """Read an amount, which JSON writes as text: its numbers are not exact.

    Raises:
        ValueError: it is none.

    """
    if isinstance(value, Decimal):
        return value
    if not isinstance(value, str | int) or isinstance(value, bool):
        told = f'an amount is written as text, such as "0.1", was {value!r}'
        raise ValueError(told)  # noqa: TRY004 - of what somebody wrote, not of a bug
    try:
        return Decimal(value)
    except ArithmeticError:
        raise ValueError(f"{value!r} is no amount") from None


def maybe_exact(value: Any) -> Decimal | None:
    """Read an amount that may be left out; raises as `exact`."""
    return None if value is None else exact(value)


def _order_types(value: Sequence[str]) -> tuple[OrderType, ...]:
    return tuple(OrderType(each) for each in value)


maybe_positive = must.optional(positive)
"""For fields: an amount above 0, or None."""

maybe_count = must.optional(must.and_(must.instance_of(int), must.gt(0)))
"""For fields: a whole number above 0, or None."""

maybe_seconds = must.optional(must.gt(0.0))
"""For fields: seconds above 0, or None."""


@attrs.frozen(kw_only=True)
class OptionalLimits:
    """Limits that an account need not have; amounts are in quote units unless said.

    Each order: `max_order_quantity` (base units), types out of `order_types`, and the
    grid of the venue: `tick_size`, `lot_size`, `minimum_notional`. The market is not
    older than `max_market_age` seconds: this also holds when no feed is left to say
    that it is interrupted. With `protect_market` what is wanted at market leaves as a
    limit order at the price collar that does not rest (IOC), as Binance has no market
    order with a limit.

    All orders together, at their worst: `max_gross_exposure` and `max_net_exposure`,
    `max_open_orders` and `max_open_notional`, the same for a single strategy with
    `max_strategy_` before it. `within_balance`: no more than the account has, with
    `fee` (a share) on top. No order against an own resting one unless `self_cross`.

    Pace, in event time: of each strategy `max_strategy_orders` within `rate_window`
    seconds; `max_cancel_ratio` cancels for an order within `ratio_window` seconds, from
    `ratio_from` orders on; nothing a second time within `duplicate_window` seconds; a
    strategy that wants more than `max_intents` within `intents_window` seconds is
    halted.
    """

    max_order_quantity: Decimal | None = attrs.field(
        default=None, converter=maybe_exact, validator=maybe_positive
    )
    order_types: tuple[OrderType, ...] = attrs.field(
        default=tuple(OrderType), converter=_order_types
    )
    tick_size: Decimal | None = attrs.field(
        default=None, converter=maybe_exact, validator=maybe_positive
    )
    lot_size: Decimal | None = attrs.field(
        default=None, converter=maybe_exact, validator=maybe_positive
    )
    minimum_notional: Decimal | None = attrs.field(
        default=None, converter=maybe_exact, validator=maybe_positive
    )
    max_market_age: float | None = attrs.field(
        default=cast("float | None", 10.0), validator=maybe_seconds
    )
    protect_market: bool = True

    max_gross_exposure: Decimal | None = attrs.field(
        default=None, converter=maybe_exact, validator=maybe_positive
    )
    max_net_exposure: Decimal | None = attrs.field(
        default=None, converter=maybe_exact, validator=maybe_positive
    )
    max_open_orders: int | None = attrs.field(default=None, validator=maybe_count)
    max_open_notional: Decimal | None = attrs.field(
        default=None, converter=maybe_exact, validator=maybe_positive
    )
    max_strategy_open_orders: int | None = attrs.field(
        default=None, validator=maybe_count
    )
    max_strategy_open_notional: Decimal | None = attrs.field(
        default=None, converter=maybe_exact, validator=maybe_positive
    )
    within_balance: bool = False
    fee: Decimal = attrs.field(
        default=Decimal("0.001"), converter=exact, validator=must.ge(Decimal(0))
    )
    self_cross: bool = True

    max_strategy_orders: int | None = attrs.field(default=None, validator=maybe_count)
    max_cancel_ratio: Decimal | None = attrs.field(
        default=None, converter=maybe_exact, validator=maybe_positive
    )
    ratio_window: float = attrs.field(default=60.0, validator=must.gt(0.0))
    ratio_from: int = attrs.field(default=10, validator=must.gt(0))
    duplicate_window: float | None = attrs.field(default=None, validator=maybe_seconds)
    max_intents: int | None = attrs.field(default=None, validator=maybe_count)
    intents_window: float = attrs.field(default=60.0, validator=must.gt(0.0))


@attrs.frozen(kw_only=True)
class Limits(OptionalLimits):
    """What may be ordered in one symbol.

    `max_order_notional` is in quote units, `max_position` in base units, long or
    short. `price_collar` is the share of the last trade, and of the middle of the best
    quote, by which a limit price may be away from it (0.05: five per cent). No more
    than `max_orders` within `rate_window` seconds of event time.
    """

    max_order_notional: Decimal = attrs.field(converter=exact, validator=positive)
    max_position: Decimal = attrs.field(converter=exact, validator=positive)
    price_collar: Decimal = attrs.field(converter=exact, validator=positive)
    max_orders: int = attrs.field(validator=must.gt(0))
    rate_window: float = attrs.field(default=1.0, validator=must.gt(0.0))
