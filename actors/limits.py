"""Refuses what is too large, too far from the market, too much or said before.

All checks are made on the worst case: every open order fills, a market order trades at
the collar. They are the pre-trade controls of SEC rule 15c3-5 and of RTS 6, article 15
(price collar, order value, message limit), with a reason code each.
"""

from collections.abc import Container, Iterable
from decimal import Decimal, localcontext

import attrs
from attrs import validators as must

from .messages import Intent, IntentRefused, RefusalReason, Side
from .venue_rules import EXACT, malformed, positive


@attrs.frozen(kw_only=True)
class Limits:
    """What may be ordered in one symbol; whatever equals a limit is allowed.

    `max_order_notional` is in quote units, `max_position` in base units, long or
    short. `price_collar` is the share of the reference price by which a limit price
    may be away from it (0.05: five per cent). No more than `max_orders` within
    `rate_window` seconds of event time.
    """

    max_order_notional: Decimal = attrs.field(validator=positive)
    max_position: Decimal = attrs.field(validator=positive)
    price_collar: Decimal = attrs.field(validator=positive)
    max_orders: int = attrs.field(validator=must.gt(0))
    rate_window: float = attrs.field(default=1.0, validator=must.gt(0))


@attrs.frozen(kw_only=True)
class RiskState:
    """What is true of one symbol at the moment of an intent.

    `open_buys` and `open_sells` are what open orders may still trade, those included
    of which nothing is known yet. `order_times` are those of the orders let through,
    at least within the last rate window. No reference price means that the market is
    not known.
    """

    position: Decimal
    open_buys: Decimal
    open_sells: Decimal
    reference_price: Decimal | None
    order_times: Iterable[float]
    seen_intents: Container[str]


Objection = tuple[RefusalReason, str]


def refusal(intent: Intent, state: RiskState, limits: Limits) -> IntentRefused | None:
    """Say why this intent must not become an order; None: it may."""
    with localcontext(EXACT):
        objection = _objection(intent, state, limits)
    if objection is None:
        return None
    reason, detail = objection
    return IntentRefused(intent=intent, reason=reason, detail=detail)


def _objection(intent: Intent, state: RiskState, limits: Limits) -> Objection | None:
    if detail := malformed(intent):
        return RefusalReason.MALFORMED, detail
    if intent.id in state.seen_intents:
        return RefusalReason.DUPLICATE_INTENT, f"{intent.id} was ordered before"
    if state.reference_price is None:
        return RefusalReason.NO_REFERENCE_PRICE, "nobody knows what it is worth now"
    return (
        _too_far(intent, state.reference_price, limits)
        or _too_large(intent, state.reference_price, limits)
        or _too_much(intent, state, limits)
        or _too_often(intent, state, limits)
    )


def _too_far(intent: Intent, reference: Decimal, limits: Limits) -> Objection | None:
    distance = limits.price_collar * reference
    if intent.price is None or abs(intent.price - reference) <= distance:
        return None
    detail = f"prices are within {distance} of {reference} now, was {intent.price}"
    return RefusalReason.PRICE_COLLAR, detail


def _too_large(intent: Intent, reference: Decimal, limits: Limits) -> Objection | None:
    price = intent.price
    if price is None:
        price = reference * (1 + limits.price_collar)
    notional = price * intent.quantity
    if notional <= limits.max_order_notional:
        return None
    detail = f"one order is worth {limits.max_order_notional} at most, was {notional}"
    return RefusalReason.MAX_ORDER_NOTIONAL, detail


def _too_much(intent: Intent, state: RiskState, limits: Limits) -> Objection | None:
    """Look only in the direction of the order: a smaller position is never refused."""
    is_buy = intent.side is Side.BUY
    still_open = state.open_buys if is_buy else state.open_sells
    worst = intent.side.sign * state.position + still_open + intent.quantity
    if worst <= limits.max_position:
        return None
    detail = (
        f"the position may be {limits.max_position} at most either way, and would be"
        f" {intent.side.sign * worst} if all open orders of that side fill"
    )
    return RefusalReason.MAX_POSITION, detail


def _too_often(intent: Intent, state: RiskState, limits: Limits) -> Objection | None:
    begin = intent.time - limits.rate_window
    recent = sum(1 for time in state.order_times if time > begin)
    if recent < limits.max_orders:
        return None
    detail = (
        f"{recent} orders within {limits.rate_window} s, {limits.max_orders} allowed"
    )
    return RefusalReason.ORDER_RATE, detail
