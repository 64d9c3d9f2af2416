"""Compares what is known here with what the venue tells, without side effects.

A list that could not be read never gets here: missing is not zero. What the venue does
not list of what we know is asked for by name; what it then denies is an incident, and
no reason to invent an end, unless the venue is known to forget (`Orders.forgets`).
"""

import enum
from collections.abc import Iterable

import attrs

from .order_desk import OrderDesk
from .order_names import id_of_nameless, is_of_node
from .order_state import OrderRecord
from .queries import Orders, VenueOrder


class ExternalOrders(enum.StrEnum):
    """What is done about open orders that nobody here has placed.

    All of them count in any case. ADOPT: no more than that. ALARM: somebody is told.
    CANCEL: they are taken back as well.
    """

    ADOPT = "adopt"
    ALARM = "alarm"
    CANCEL = "cancel"


@attrs.frozen
class Comparison:
    """What has to be done about the difference.

    `ask_for`: orders that should be open and are not listed. `in_doubt`: orders that
    the venue never confirmed and does not list. `gone`: orders without a name that are
    not listed so: the list has them by name, or they are over. `external`: open orders
    that nobody here has placed; `lost` those among them whose names were given here
    once.
    """

    ask_for: tuple[str, ...]
    in_doubt: tuple[str, ...]
    gone: tuple[str, ...]
    external: tuple[str, ...]
    lost: tuple[str, ...]


def compare(desk: OrderDesk, listed: Orders, *, node: str) -> Comparison:
    """Compare the orders here with a list of at least all open ones at the venue."""
    names = {order.client_order_id for order in listed.orders}
    missing: list[OrderRecord] = []
    gone: list[OrderRecord] = []
    for each in desk.unsettled():
        if each.client_order_id in names:
            continue
        is_nameless = id_of_nameless(each.client_order_id) is not None
        (gone if is_nameless else missing).append(each)
    open_there = [
        order.client_order_id
        for order in listed.orders
        if not order.status.is_done and desk.placed(order.client_order_id) is None
    ]
    return Comparison(
        ask_for=_names(each for each in missing if each.exists),
        in_doubt=_names(each for each in missing if not each.exists),
        gone=_names(gone),
        external=tuple(open_there),
        lost=tuple(name for name in open_there if is_of_node(name, node)),
    )


def agree(one: Orders, other: Orders) -> bool:
    """Say whether nothing happened to any order between two lists."""
    return _states(one.orders) == _states(other.orders)


def _states(orders: Iterable[VenueOrder]) -> set[tuple[str, str, object]]:
    return {(each.exchange_order_id, each.status, each.filled) for each in orders}


def _names(records: Iterable[OrderRecord]) -> tuple[str, ...]:
    return tuple(record.client_order_id for record in records)
