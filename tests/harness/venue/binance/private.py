"""The endpoints of the account: its orders, its trades and what it holds."""

import re

from holdfast.actors.messages import (
    OrderRejected,
    OrderType,
    PlaceOrder,
    Side,
    TimeInForce,
)
from holdfast.testing.venue.binance import wire
from holdfast.testing.venue.binance.params import Params
from holdfast.testing.venue.binance.refusal import (
    NO_SUCH_ORDER,
    UNKNOWN_ORDER,
    Refused,
    missing,
    refused,
)
from holdfast.testing.venue.core import VenueCore
from holdfast.testing.venue.orders import VenueOrder
from holdfast.testing.venue.rest import Reply

_CLIENT_ID = re.compile(r"[.A-Z:/a-z0-9_-]{1,36}")
_SIDES = {"BUY": Side.BUY, "SELL": Side.SELL}
_TYPES = {"LIMIT": OrderType.LIMIT, "MARKET": OrderType.MARKET}
_TIMES = {each.value.upper(): each for each in TimeInForce}


def place_order(core: VenueCore, params: Params) -> Reply:
    """Take an order."""
    order = core.exchange.place(_wanted(core, params))
    if isinstance(order, OrderRejected):
        raise refused(order)
    is_market = order.command.type is OrderType.MARKET
    kind = params.optional("newOrderRespType") or ("FULL" if is_market else "ACK")
    content = wire.new_order(order, kind)
    return Reply.json(content, is_applied=True, order_id=order.id)


def test_order(core: VenueCore, params: Params) -> Reply:
    """Say whether an order would be taken."""
    rejected = core.exchange.would_refuse(_wanted(core, params))
    if rejected:
        raise refused(rejected)
    return Reply.json({})


def query_order(core: VenueCore, params: Params) -> Reply:
    """Tell what became of an order."""
    order = _found(core, params)
    if order is None or order.visible_from > core.clock.elapsed():
        raise NO_SUCH_ORDER
    return Reply.json(wire.order(order))


def cancel_order(core: VenueCore, params: Params) -> Reply:
    """Take back what is open of an order."""
    order = _found(core, params)
    cancelled = core.exchange.cancel(order.id) if order else None
    if cancelled is None:
        raise UNKNOWN_ORDER
    name = params.optional("newClientOrderId") or core.new_id()
    content = wire.cancelled(cancelled, name)
    return Reply.json(content, is_applied=True, order_id=cancelled.id)


def open_orders(core: VenueCore, params: Params) -> Reply:
    """List what is open."""
    if params.optional("symbol"):
        params.of(core.settings.symbol)
    orders = core.exchange.listed()
    return Reply.json([wire.order(each) for each in orders if each.status.is_open])


def cancel_all(core: VenueCore, params: Params) -> Reply:
    """Take back whatever is open."""
    params.of(core.settings.symbol)
    orders = [each for each in core.exchange.all_orders() if each.status.is_open]
    cancelled = [core.exchange.cancel(each.id) for each in orders]
    if not cancelled:
        raise UNKNOWN_ORDER
    content = [wire.cancelled(each, core.new_id()) for each in cancelled if each]
    return Reply.json(content, is_applied=True)


def all_orders(core: VenueCore, params: Params) -> Reply:
    """List orders from an id or a time on, else the last ones."""
    params.of(core.settings.symbol)
    orders = core.exchange.listed()
    first, limit = params.integer("orderId"), params.limit(500, 1000)
    since, until = params.integer("startTime"), params.integer("endTime")
    chosen = [
        each
        for each in orders
        if (first is None or each.id >= first)
        and _is_within(each.created, since, until)
    ]
    is_from = first is not None or since is not None
    chosen = chosen[:limit] if is_from else chosen[-limit:]
    return Reply.json([wire.order(each) for each in chosen])


def my_trades(core: VenueCore, params: Params) -> Reply:
    """List trades of the account from an id or a time on, else the last ones."""
    params.of(core.settings.symbol)
    order_id, first = params.integer("orderId"), params.integer("fromId")
    since, until = params.integer("startTime"), params.integer("endTime")
    limit = params.limit(500, 1000)
    chosen = [
        wire.my_trade(order, execution)
        for order, execution in core.exchange.executions()
        if (order_id is None or order.id == order_id)
        and (first is None or execution.id >= first)
        and _is_within(execution.time, since, until)
    ]
    is_from = first is not None or since is not None
    return Reply.json(chosen[:limit] if is_from else chosen[-limit:])


def account(core: VenueCore, params: Params) -> Reply:
    """Tell what the account holds, or held a moment ago."""
    held = core.exchange.balances(params.balance_lag)
    return Reply.json(
        {
            "makerCommission": 10,
            "takerCommission": 10,
            "buyerCommission": 0,
            "sellerCommission": 0,
            "canTrade": True,
            "canWithdraw": False,
            "canDeposit": False,
            "updateTime": core.clock.milliseconds(),
            "accountType": "SPOT",
            "balances": [wire.balance(each) for each in held.balances],
            "permissions": ["SPOT"],
            "uid": 1,
        }
    )


def cancel_replace(_core: VenueCore, _params: Params) -> Reply:
    """Refuse it: it has two outcomes."""
    raise Refused(-1020, "This operation is not supported.")


def _is_within(seconds: float, since: int | None, until: int | None) -> bool:
    at = wire.milliseconds(seconds)
    return (since is None or at >= since) and (until is None or at <= until)


def _found(core: VenueCore, params: Params) -> VenueOrder | None:
    params.of(core.settings.symbol)
    order_id = params.integer("orderId")
    client_order_id = params.optional("origClientOrderId")
    if order_id is None and not client_order_id:
        raise missing("orderId")
    return core.exchange.find(order_id, client_order_id)


def _wanted(core: VenueCore, params: Params) -> PlaceOrder:
    """Read an order."""
    params.of(core.settings.symbol)
    kind = _TYPES.get(params.text("type"))
    side = _SIDES.get(params.text("side"))
    if kind is None:
        raise Refused(-1116, "Invalid orderType.")
    if side is None:
        raise Refused(-1117, "Invalid side.")
    is_limit = kind is OrderType.LIMIT
    price = params.decimal("price")
    if (price is None) == is_limit:
        raise missing("price")
    quantity = params.decimal("quantity")
    if quantity is None:
        raise missing("quantity")
    return PlaceOrder(
        client_order_id=_client_order_id(core, params),
        intent_id="",
        symbol=core.settings.symbol,
        side=side,
        type=kind,
        quantity=quantity,
        price=price,
        time=0.0,
        time_in_force=_time_in_force(params) if is_limit else TimeInForce.GTC,
    )


def _client_order_id(core: VenueCore, params: Params) -> str:
    given = params.optional("newClientOrderId")
    if given and not _CLIENT_ID.fullmatch(given):
        raise Refused(
            -1100, "Illegal characters found in parameter 'newClientOrderId'."
        )
    return given or core.new_id()


def _time_in_force(params: Params) -> TimeInForce:
    chosen = _TIMES.get(params.text("timeInForce"))
    if chosen is None:
        raise Refused(-1115, "Invalid timeInForce.")
    return chosen
