"""What an order would add to all that is held and open, at its worst.

Every open order counts with all that may still trade of it, whether the venue has told
of it (OPEN), nobody has (PENDING), or nobody knows (UNKNOWN).
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal

import attrs

from .limits import Limits
from .messages import Intent, Side
from .refusal_reason import Objection, RefusalReason
from .updates import WorkingOrder
from .venue_rules import NOTHING


@attrs.define(kw_only=True)
class Exposure:
    """What is held of a symbol, and all orders in it that may still trade.

    `orders` at market count with `price`, and so does what is held. `free` is what the
    account has, asset by asset, orders left out of account; None: not known.
    """

    position: Decimal
    orders: tuple[WorkingOrder, ...]
    price: Decimal
    base: str
    quote: str
    free: Mapping[str, Decimal] | None = None

    def open(self, side: Side) -> Decimal:
        """Return what may still be traded on one side."""
        return sum((left(o) for o in self.orders if o.side is side), NOTHING)

    def notional(self, orders: Iterable[WorkingOrder]) -> Decimal:
        """Return what orders are worth that may still trade."""
        return sum((left(o) * (o.price or self.price) for o in orders), NOTHING)


def left(order: WorkingOrder) -> Decimal:
    """Return what may still trade of an order."""
    return order.quantity - order.filled


def reduces(intent: Intent, position: Decimal, orders: Iterable[WorkingOrder]) -> bool:
    """Say whether an intent can only make the position smaller, never turn it round.

    All open orders on its side are taken to trade before it.
    """
    held = intent.side.sign * position
    if held >= 0:
        return False
    still_open = sum((left(o) for o in orders if o.side is intent.side), NOTHING)
    return held + still_open + intent.quantity <= 0


def adds_too_much(
    intent: Intent, price: Decimal, exposure: Exposure, limits: Limits
) -> Objection | None:
    """Hold all that would be held and open against the limits; `price` is its worst."""
    return (
        _too_much_held(intent, exposure, limits)
        or _too_much_exposed(intent, exposure, limits)
        or _too_much_open(intent, price, exposure, limits)
        or _too_little_owned(intent, price, exposure, limits)
    )


def _too_much_held(
    intent: Intent, exposure: Exposure, limits: Limits
) -> Objection | None:
    """Look only in the direction of the order: a smaller position is never refused."""
    still_open = exposure.open(intent.side)
    worst = intent.side.sign * exposure.position + still_open + intent.quantity
    if worst <= limits.max_position:
        return None
    detail = (
        f"the position may be {limits.max_position} at most either way, and would be"
        f" {intent.side.sign * worst} if all open orders of that side fill"
    )
    return RefusalReason.MAX_POSITION, detail


def _too_much_exposed(
    intent: Intent, exposure: Exposure, limits: Limits
) -> Objection | None:
    if limits.max_gross_exposure is None and limits.max_net_exposure is None:
        return None
    buys, sells = exposure.open(Side.BUY), exposure.open(Side.SELL)
    gross = abs(exposure.position) + buys + sells + intent.quantity
    same = buys if intent.side is Side.BUY else sells
    net = intent.side.sign * exposure.position + same + intent.quantity
    found = (
        ("gross", gross, limits.max_gross_exposure, RefusalReason.GROSS_EXPOSURE),
        ("net", net, limits.max_net_exposure, RefusalReason.NET_EXPOSURE),
    )
    for name, quantity, most, reason in found:
        if most is not None and quantity * exposure.price > most:
            detail = (
                f"the {name} exposure may be {most} at most, and would be"
                f" {quantity * exposure.price}"
            )
            return reason, detail
    return None


def _too_much_open(
    intent: Intent, price: Decimal, exposure: Exposure, limits: Limits
) -> Objection | None:
    own = [o for o in exposure.orders if o.strategy == intent.strategy]
    found = (
        ("", exposure.orders, limits.max_open_orders, limits.max_open_notional),
        (
            f" of {intent.strategy}",
            own,
            limits.max_strategy_open_orders,
            limits.max_strategy_open_notional,
        ),
    )
    for whose, orders, most_orders, most_notional in found:
        if most_orders is not None and len(orders) >= most_orders:
            detail = f"{len(orders)} orders{whose} are open, {most_orders} allowed"
            return RefusalReason.MAX_OPEN_ORDERS, detail
        if most_notional is None:
            continue
        notional = exposure.notional(orders) + price * intent.quantity
        if notional > most_notional:
            detail = (
                f"all open orders{whose} are worth {most_notional} at most, and would"
                f" be worth {notional}"
            )
            return RefusalReason.MAX_OPEN_NOTIONAL, detail
    return None


def _too_little_owned(
    intent: Intent, price: Decimal, exposure: Exposure, limits: Limits
) -> Objection | None:
    if not limits.within_balance or exposure.free is None:
        return None
    is_buy = intent.side is Side.BUY
    same_side = [o for o in exposure.orders if o.side is intent.side]
    if is_buy:
        asset = exposure.quote
        worth = exposure.notional(same_side) + price * intent.quantity
        needed = worth * (1 + limits.fee)
    else:
        asset = exposure.base
        needed = exposure.open(Side.SELL) + intent.quantity
    owned = exposure.free.get(asset, NOTHING)
    if needed <= owned:
        return None
    detail = f"{needed} {asset} would be needed in all, and {owned} are there"
    return RefusalReason.FREE_BALANCE, detail


def crosses_itself(
    intent: Intent,
    limit: Decimal | None,
    orders: Iterable[WorkingOrder],
    limits: Limits,
) -> Objection | None:
    """Say which of our own orders this one could trade with; `limit` is its price."""
    if limits.self_cross:
        return None
    for order in orders:
        if order.side is not intent.side and _would_trade(intent.side, limit, order):
            detail = (
                f"it would trade with our own {order.side} {order.key} at"
                f" {order.price or 'market'}"
            )
            return RefusalReason.SELF_CROSS, detail
    return None


def _would_trade(side: Side, limit: Decimal | None, order: WorkingOrder) -> bool:
    if limit is None or order.price is None:
        return True
    return side.sign * (limit - order.price) >= 0
