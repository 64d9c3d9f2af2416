"""The venue's truth as JSON, for whoever is in another process."""

from typing import Any

import attrs

from holdfast.actors.queries import Balances
from holdfast.testing.venue.core import VenueCore
from holdfast.testing.venue.orders import Execution, VenueOrder


def orders(core: VenueCore) -> list[dict[str, Any]]:
    """List every order that was ever taken, oldest first."""
    return [_order(each) for each in core.exchange.all_orders()]


def executions(core: VenueCore) -> list[dict[str, Any]]:
    """List the trades of the account, oldest first."""
    return [_execution(*each) for each in core.exchange.executions()]


def balances(core: VenueCore) -> dict[str, Any]:
    """Tell what the account holds, by asset."""
    held: Balances = core.exchange.balances()
    return {
        each.asset: {"free": each.free, "reserved": each.reserved}
        for each in held.balances
    }


def requests(core: VenueCore) -> list[dict[str, Any]]:
    """List every request that arrived, and what became of it."""
    return [attrs.asdict(each) for each in core.requests.all()]


def _order(order: VenueOrder) -> dict[str, Any]:
    command = order.command
    return {
        "id": order.id,
        "client_order_id": order.client_order_id,
        "symbol": command.symbol,
        "side": command.side,
        "type": command.type,
        "quantity": command.quantity,
        "price": command.price,
        "time_in_force": command.time_in_force,
        "status": order.status,
        "filled": order.filled,
        "cost": order.cost,
        "created": order.created,
        "updated": order.updated,
    }


def _execution(order: VenueOrder, execution: Execution) -> dict[str, Any]:
    return {
        **attrs.asdict(execution),
        "order_id": order.id,
        "client_order_id": order.client_order_id,
        "side": order.command.side,
    }
