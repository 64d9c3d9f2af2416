"""What has to hold in every run: pure functions of its history.

Each returns sentences, none if it holds. They are Jepsen's kind of checkers: they know
nothing of how the system works, only what was asked for and what came of it.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal

from holdfast.actors.messages import OrderFilled, OrderStatus
from holdfast.testing.chaos.history import Fill, History

Checker = Callable[[History], list[str]]


def no_duplicate_orders(history: History) -> list[str]:
    """At the venue there is at most one order for one intent."""
    at_venue = Counter(order.client_order_id for order in history.orders)
    found: list[str] = []
    for intent, names in history.names.items():
        count = sum(at_venue[name] for name in names)
        if count > 1:
            found.append(f"{intent} is {count} orders at the venue: {', '.join(names)}")
    return found


def no_strange_orders(history: History) -> list[str]:
    """At the venue there is no order that nobody here wanted."""
    ours = {name for names in history.names.values() for name in names}
    return [
        f"the venue has {order.client_order_id}, which stands for no intent"
        for order in history.orders
        if order.client_order_id not in ours
    ]


def no_lost_intents(history: History) -> list[str]:
    """Whoever wanted something has heard what became of it, and it is true."""
    last = {update.order.intent_id: update.order.status for update in history.told}
    venue = {order.client_order_id: order for order in history.orders}
    found: list[str] = []
    for intent in history.intents:
        if intent in history.refused:
            continue
        status = last.get(intent)
        if status is None:
            found.append(f"nobody heard what became of {intent}")
            continue
        names = history.names.get(intent, ())
        there = [venue[name] for name in names if name in venue]
        found += _untrue(intent, status, [order.status for order in there])
    return found


def _untrue(intent: str, told: OrderStatus, at_venue: list[OrderStatus]) -> list[str]:
    """Compare what was told last with what the venue has."""
    alive = [each for each in at_venue if each is not OrderStatus.REJECTED]
    agrees = not alive if told is OrderStatus.REJECTED else at_venue == [told]
    there = ", ".join(at_venue) or "not there"
    return [] if agrees else [f"{intent} was told to be {told}, at the venue: {there}"]


def fills_are_told_once(history: History) -> list[str]:
    """Every fill of the venue was told, as it was, once; and no other."""
    reports = (update.report for update in history.told)
    fills = (each for each in reports if isinstance(each, OrderFilled))
    told, there = Counter(map(Fill.told, fills)), Counter(history.fills)
    missing = [f"told to nobody: {each}" for each in (there - told).elements()]
    return missing + [f"told, but not so: {each}" for each in (told - there).elements()]


def position_is_its_fills(history: History) -> list[str]:
    """The position that was told last is the sum of the venue's fills."""
    position = history.told[-1].quantity if history.told else Decimal(0)
    expected = sum(
        (fill.side.sign * fill.quantity for fill in history.fills), Decimal(0)
    )
    if position == expected:
        return []
    return [f"the position is {position}, its fills add up to {expected}"]


def holdings_are_the_venues(history: History) -> list[str]:
    """What was told last that the account holds is what the venue says it holds."""
    holdings = history.told[-1].holdings if history.told else None
    if holdings is None:
        return []
    return [
        f"{asset}: {holdings.held.get(asset, 0)} is told, the venue has {has}"
        for asset, has in sorted(history.balances.items())
        if holdings.held.get(asset, 0) != has
    ]


def nothing_is_unknown(history: History) -> list[str]:
    """In the end no order is in doubt."""
    if not history.unknown:
        return []
    return [f"{history.unknown} orders are still in doubt"]


def books_agree(history: History) -> list[str]:
    """In the end the venue has the orders and balances that are known here."""
    return list(history.differences)


CHECKERS: Mapping[str, Checker] = {
    checker.__name__: checker
    for checker in (
        no_duplicate_orders,
        no_strange_orders,
        no_lost_intents,
        fills_are_told_once,
        position_is_its_fills,
        holdings_are_the_venues,
        nothing_is_unknown,
        books_agree,
    )
}
"""The checkers that a scenario may name."""


def judged(names: Iterable[str], history: History) -> list[str]:
    """Return what does not hold of these, each sentence with the name before it."""
    return [f"{name}: {told}" for name in names for told in CHECKERS[name](history)]
