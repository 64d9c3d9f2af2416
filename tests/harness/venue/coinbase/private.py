"""The endpoints of the account at Coinbase Exchange."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from holdfast.actors.messages import (
    OrderRejected,
    OrderType,
    PlaceOrder,
    Side,
    TimeInForce,
)
from holdfast.testing.venue.coinbase import wire
from holdfast.testing.venue.coinbase.refusal import (
    ALREADY_DONE,
    NOT_FOUND,
    ORDER_NOT_FOUND,
    Refused,
    refused,
)
from holdfast.testing.venue.core import VenueCore
from holdfast.testing.venue.orders import VenueOrder
from holdfast.testing.venue.rest import Call, Reply

PAGE = 100
BY_NAME = "client:"


def accounts(core: VenueCore, call: Call) -> Reply:
    """Tell what the account holds, or held a moment ago."""
    held = core.exchange.balances(call.balance_lag)
    return Reply.json([wire.account(each) for each in held.balances])


def place_order(core: VenueCore, call: Call) -> Reply:
    """Take an order."""
    order = core.exchange.place(_wanted(core, call.params))
    if isinstance(order, OrderRejected):
        raise refused(order)
    return Reply.json(wire.new_order(order), is_applied=True, order_id=order.id)


def query_order(core: VenueCore, call: Call) -> Reply:
    """Tell what became of an order; one that ended without a match is forgotten.

    Documentation of Coinbase Exchange, "Cancel an order": "If the order had no matches
    during its lifetime, its record may be purged."
    """
    order = found(core, call)
    if order is None or order.visible_from > core.clock.elapsed():
        raise NOT_FOUND
    if not order.status.is_open and not order.executions:
        raise NOT_FOUND
    return Reply.json(wire.order(order))


def cancel_order(core: VenueCore, call: Call) -> Reply:
    """Take back what is open of an order; the answer is its id, and nothing else."""
    order = found(core, call)
    if order is None:
        raise ORDER_NOT_FOUND
    if core.exchange.cancel(order.id) is None:
        raise ALREADY_DONE
    number = wire.order_id(order.id)
    return Reply.json(number, is_applied=True, order_id=order.id)


def cancel_all(core: VenueCore, _call: Call) -> Reply:
    """Take back whatever is open; the answer is a list of ids."""
    orders = [each for each in core.exchange.all_orders() if each.status.is_open]
    for each in orders:
        core.exchange.cancel(each.id)
    ids = [wire.order_id(each.id) for each in orders]
    return Reply.json(ids, is_applied=bool(ids))


def list_orders(core: VenueCore, call: Call) -> Reply:
    """List orders, newest first: those that are open, done, or all."""
    status = call.params.get("status", "open")
    chosen = [
        each
        for each in reversed(core.exchange.listed())
        if status == "all" or each.status.is_open == (status != "done")
    ]
    return Reply.json([wire.order(each) for each in chosen[: _limit(call)]])


def fills(core: VenueCore, call: Call) -> Reply:
    """List trades of the account in pages, newest first.

    `before` and `after` are trade ids, as `CB-BEFORE` and `CB-AFTER` give them: what is
    newer than the one, or older than the other.
    """
    params = call.params
    newer, older = params.get("before"), params.get("after")
    since = _instant(params.get("start_date"))
    order_id = params.get("order_id")
    chosen = [
        wire.fill(order, execution)
        for order, execution in reversed(core.exchange.executions())
        if (order_id is None or wire.order_id(order.id) == order_id)
        and (newer is None or execution.id > int(newer))
        and (older is None or execution.id < int(older))
        and (since is None or execution.time >= since)
    ]
    page = chosen[: _limit(call)]
    headers: dict[str, str] = {}
    if page:
        first, last = page[0]["trade_id"], page[-1]["trade_id"]
        headers = {"CB-BEFORE": str(first), "CB-AFTER": str(last)}
    return Reply.json(page, headers=headers)


def found(core: VenueCore, call: Call) -> VenueOrder | None:
    """Look up the order that a path names, by the venue's id or the client's."""
    name = call.path.removeprefix("/orders/")
    if name.startswith(BY_NAME):
        return core.exchange.find(None, name.removeprefix(BY_NAME))
    number = wire.order_number(name)
    return None if number is None else core.exchange.find(number, "")


def _limit(call: Call) -> int:
    return max(1, min(int(call.params.get("limit", PAGE)), PAGE))


def _instant(text: str | None) -> float | None:
    return None if text is None else datetime.fromisoformat(text).timestamp()


def _wanted(core: VenueCore, params: Mapping[str, Any]) -> PlaceOrder:
    """Read an order."""
    if params.get("product_id") != core.settings.symbol:
        raise Refused("Product not found", status=404)
    if params.get("post_only") or "funds" in params or "stop_price" in params:
        raise Refused("post_only, funds and stop_price are not known here")
    try:
        kind = OrderType(params.get("type", "limit"))
        is_limit = kind is OrderType.LIMIT
        time_in_force = TimeInForce(params.get("time_in_force", "GTC").lower())
        return PlaceOrder(
            client_order_id=params.get("client_oid") or core.new_id(),
            intent_id="",
            symbol=core.settings.symbol,
            side=Side(params["side"]),
            type=kind,
            quantity=Decimal(params["size"]),
            price=Decimal(params["price"]) if is_limit else None,
            time=0.0,
            time_in_force=time_in_force if is_limit else TimeInForce.GTC,
        )
    except (KeyError, ValueError, InvalidOperation) as error:
        raise Refused(f"{error} is not valid") from error
