"""The one function at the door: as what may an intent become an order, or why not.

It reads everything that may speak against it: risk states, technical gates, the order
itself, all that is held and open at its worst, and the pace of it all.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal, localcontext

import attrs

from .exposure_checks import Exposure, adds_too_much, crosses_itself, reduces
from .gates import Gate
from .ladder import RiskLevel
from .limits import Limits
from .messages import Intent, IntentRefused, OrderStatus
from .order_checks import leaves_at, off_grid, too_far, worst_price, wrong_size
from .pace import Pace, too_often, wanted_too_often
from .refusal_reason import Objection, RefusalReason
from .updates import WorkingOrder
from .venue_rules import EXACT, malformed

_GATES = {
    Gate.RECONCILIATION: RefusalReason.NOT_RECONCILED,
    Gate.UNKNOWN_ORDER: RefusalReason.UNKNOWN_ORDER,
    Gate.JOURNAL: RefusalReason.JOURNAL,
    Gate.FEED: RefusalReason.FEED,
    Gate.VENUE: RefusalReason.VENUE,
}


@attrs.define(kw_only=True)  # not frozen: it is made for each intent
class Door:
    """What is true at the moment of an intent.

    `level` is the strictest of all scopes that the strategy belongs to, and `why` it
    is. `market_age` is for how many seconds the market has said nothing (None: it never
    has), `mid` the middle of the best quote, `mark` what `Mark` says (without it, the
    last trade or the middle), and all prices are multiples of `step`. `orders` are all
    that may still trade, also those that nobody has confirmed. `free` is what the
    account has by asset.
    """

    symbol: str
    base: str
    quote: str
    position: Decimal
    orders: tuple[WorkingOrder, ...]
    last_price: Decimal | None
    pace: Pace
    mid: Decimal | None = None
    mark: Decimal | None = None
    step: Decimal | None = None
    market_age: float | None = None
    level: RiskLevel = RiskLevel.ACTIVE
    why: str = ""
    gates: Mapping[Gate, str] = attrs.field(factory=dict[Gate, str])
    free: Mapping[str, Decimal] | None = None

    @property
    def reference_price(self) -> Decimal | None:
        """What a unit is worth now; None: nobody knows."""
        if self.mark is not None:
            return self.mark
        return self.mid if self.last_price is None else self.last_price


def judged(intent: Intent, door: Door, limits: Limits) -> Intent | IntentRefused:
    """Return as what an intent may become an order, or why it must not."""
    with localcontext(EXACT):
        limit = _limit(intent, door, limits)
        objection = _objection(intent, limit, door, limits)
    if objection is None:
        return intent if limit is intent.price else intent.at_most(limit)
    reason, detail = objection
    return IntentRefused(intent=intent, reason=reason, detail=detail)


def beside_replaced(
    intent: Intent, open_orders: Mapping[str, WorkingOrder]
) -> tuple[Intent, tuple[WorkingOrder, ...]]:
    """Return what has to be checked of an intent, and the orders that are beside it.

    An order that it replaces is never open together with it, and what that has traded
    is in the position already; `open_orders` are by what each is known by.
    """
    others = {key: order for key, order in open_orders.items() if key != intent.id}
    old = others.get(intent.replaces)
    if old is None or (old.strategy, old.side) != (intent.strategy, intent.side):
        return intent, tuple(others.values())
    del others[intent.replaces]
    with localcontext(EXACT):
        rest = intent.quantity - old.filled
    checked = attrs.evolve(intent, quantity=rest) if rest > 0 else intent
    return checked, tuple(others.values())


def of_whole(intent: Intent, verdict: Intent | IntentRefused) -> Intent | IntentRefused:
    """Return a verdict on what had to be checked of an intent as one on the whole."""
    if isinstance(verdict, IntentRefused):
        return attrs.evolve(verdict, intent=intent)
    if verdict.quantity == intent.quantity:
        return verdict
    return attrs.evolve(verdict, quantity=intent.quantity)


def protected(intent: Intent, door: Door, limits: Limits) -> Intent:
    """Return as what an intent would leave, whatever speaks against it."""
    with localcontext(EXACT):
        limit = _limit(intent, door, limits)
    return intent if limit is intent.price else intent.at_most(limit)


def only_reduces(
    intent: Intent, position: Decimal, orders: Iterable[WorkingOrder]
) -> bool:
    """Say whether an intent can only make the position smaller."""
    with localcontext(EXACT):
        return reduces(intent, position, orders)


def _limit(intent: Intent, door: Door, limits: Limits) -> Decimal | None:
    reference = door.reference_price
    if reference is None or intent.price is not None:
        return intent.price
    return leaves_at(intent, reference, door.step, limits)


def _objection(
    intent: Intent, limit: Decimal | None, door: Door, limits: Limits
) -> Objection | None:
    if detail := malformed(intent):
        return RefusalReason.MALFORMED, detail
    is_smaller = reduces(intent, door.position, door.orders)
    found = _not_now(intent, door, limits, is_smaller=is_smaller) or off_grid(
        intent, door.symbol, limits
    )
    if found is not None:
        return found
    if door.reference_price is None:
        return RefusalReason.NO_REFERENCE_PRICE, "nobody knows what it is worth now"
    return (
        too_far(intent, door.last_price, door.mid, limits)
        or _too_much(intent, limit, door, limits, is_smaller=is_smaller)
        or too_often(intent, door.pace, limits)
    )


def _not_now(
    intent: Intent, door: Door, limits: Limits, *, is_smaller: bool
) -> Objection | None:
    """Look at risk states and gates; what makes the position smaller passes gates."""
    if door.level is RiskLevel.HALTED:
        return RefusalReason.HALTED, f"nothing is ordered: {door.why}"
    found = wanted_too_often(intent, door.pace, limits)
    if found is not None or is_smaller:
        return found
    if door.level is RiskLevel.REDUCING:
        detail = f"only what makes the position smaller is ordered: {door.why}"
        return RefusalReason.REDUCING, detail
    for gate, why in door.gates.items():
        return _GATES[gate], why
    for order in door.orders:
        if order.status is OrderStatus.UNKNOWN:
            detail = f"nobody knows whether {order.client_order_id} is open"
            return RefusalReason.UNKNOWN_ORDER, detail
    return _too_old(door.market_age, limits)


def _too_old(age: float | None, limits: Limits) -> Objection | None:
    most = limits.max_market_age
    if most is None or age is None or age <= most:
        return None  # one that has said nothing yet has no price either
    detail = f"the market was heard {age:.3f} s ago, {most} s allowed"
    return RefusalReason.MARKET_AGE, detail


def _too_much(
    intent: Intent,
    limit: Decimal | None,
    door: Door,
    limits: Limits,
    *,
    is_smaller: bool,
) -> Objection | None:
    reference = door.reference_price
    assert reference is not None  # noqa: S101 - looked at before
    price = worst_price(intent, reference, limits)
    found = wrong_size(intent, price, limit or reference, limits) or crosses_itself(
        intent, limit, door.orders, limits
    )
    if found is not None or is_smaller:
        return found
    exposure = Exposure(
        position=door.position,
        orders=door.orders,
        price=reference,
        base=door.base,
        quote=door.quote,
        free=door.free,
    )
    return adds_too_much(intent, price, exposure, limits)
