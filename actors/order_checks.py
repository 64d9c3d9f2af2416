"""What is wrong with an order by itself: its shape, its price, its size."""

from decimal import Decimal

from .limits import Limits
from .messages import Intent, Side
from .refusal_reason import Objection, RefusalReason


def off_grid(intent: Intent, symbol: str, limits: Limits) -> Objection | None:
    """Say what no venue would take like that."""
    if intent.symbol != symbol:
        detail = f"only {symbol} is traded here, was {intent.symbol}"
        return RefusalReason.UNKNOWN_SYMBOL, detail
    if intent.type not in limits.order_types:
        allowed = ", ".join(limits.order_types)
        return RefusalReason.ORDER_TYPE, f"allowed are {allowed}, was {intent.type}"
    if (
        limits.tick_size
        and intent.price is not None
        and intent.price % limits.tick_size
    ):
        detail = f"prices are multiples of {limits.tick_size}, was {intent.price}"
        return RefusalReason.TICK_SIZE, detail
    if limits.lot_size and intent.quantity % limits.lot_size:
        detail = f"quantities are multiples of {limits.lot_size}, was {intent.quantity}"
        return RefusalReason.LOT_SIZE, detail
    return None


def too_far(
    intent: Intent, last_price: Decimal | None, mid: Decimal | None, limits: Limits
) -> Objection | None:
    """Hold a limit price against the last trade, and the middle of the quote."""
    if intent.price is None:
        return None
    for reference in (last_price, mid):
        if reference is None:
            continue
        distance = limits.price_collar * reference
        if abs(intent.price - reference) > distance:
            detail = (
                f"prices are within {distance} of {reference} now, was {intent.price}"
            )
            return RefusalReason.PRICE_COLLAR, detail
    return None


def wrong_size(
    intent: Intent, price: Decimal, lowest: Decimal, limits: Limits
) -> Objection | None:
    """Hold what is ordered, at its worst price, against what one order may be.

    `lowest` is the price at which a venue values it.
    """
    most = limits.max_order_quantity
    if most is not None and intent.quantity > most:
        detail = f"one order is of {most} at most, was {intent.quantity}"
        return RefusalReason.MAX_ORDER_QUANTITY, detail
    notional = price * intent.quantity
    if notional > limits.max_order_notional:
        detail = (
            f"one order is worth {limits.max_order_notional} at most, was {notional}"
        )
        return RefusalReason.MAX_ORDER_NOTIONAL, detail
    least = limits.minimum_notional
    notional = lowest * intent.quantity
    if least is not None and notional < least:
        detail = f"the least notional is {least}, was {notional}"
        return RefusalReason.MINIMUM_NOTIONAL, detail
    return None


def worst_price(intent: Intent, reference: Decimal, limits: Limits) -> Decimal:
    """Return what a unit can cost: a market order is valued at the collar."""
    if intent.price is not None:
        return intent.price
    return reference * (1 + limits.price_collar)


def leaves_at(
    intent: Intent, reference: Decimal, step: Decimal | None, limits: Limits
) -> Decimal | None:
    """Return the limit at which an intent leaves; None: at market, without any.

    What is wanted at market gets the price collar. That is a multiple of the tick size,
    or of `step` where nobody said one, and within the collar.
    """
    step = limits.tick_size or step
    if intent.price is not None or not limits.protect_market or step is None:
        return intent.price
    edge = reference * (1 + intent.side.sign * limits.price_collar)
    beyond = edge % step
    if intent.side is Side.BUY:
        return edge - beyond
    return max(step, edge - beyond + step if beyond else edge)
