"""Faults that happen to the order of a call, or to the account of another one."""

from collections.abc import Iterable
from decimal import Decimal

from holdfast.actors.messages import OrderType, PlaceOrder, Side
from holdfast.testing.venue.core import VenueCore
from holdfast.testing.venue.faults.fault import Fault
from holdfast.testing.venue.faults.kinds import FaultKind
from holdfast.testing.venue.orders import VenueOrder, VenueStatus


def before_call(core: VenueCore, faults: Iterable[Fault], order_id: int | None) -> None:
    """Let happen what overtakes a call about this order."""
    for fault in faults:
        if fault.kind is FaultKind.FILL_RACES_CANCEL and order_id is not None:
            _fill(core, order_id, fault)


def after_call(core: VenueCore, faults: Iterable[Fault], order_id: int | None) -> None:
    """Let happen what follows the call that placed this order."""
    if order_id is None:
        return
    for fault in faults:
        match fault.kind:
            case FaultKind.ORDER_INVISIBLE:
                core.exchange.hide(order_id, float(fault.param("seconds")))
            case FaultKind.PARTIAL_FILL:
                _fill(core, order_id, fault)
            case FaultKind.ENDED_BY_VENUE:
                core.exchange.end(order_id, VenueStatus(fault.param("status")))
            case _:
                pass


def balance_lag(faults: Iterable[Fault]) -> float:
    """Say how many seconds old the balances are that a call is shown."""
    lags = [fault for fault in faults if fault.kind is FaultKind.BALANCE_LAG]
    return max((float(each.param("seconds")) for each in lags), default=0.0)


def trade_on_the_account(core: VenueCore, fault: Fault) -> None:
    """Let somebody else than the client trade on its account."""
    if fault.kind is FaultKind.LIQUIDATION:
        _place(core, "autoclose-", Side.SELL, _held(core, fault), None)
        return
    price = fault.param("price")
    _place(
        core,
        "web_",
        Side(fault.param("side")),
        Decimal(fault.param("quantity")),
        None if price is None else Decimal(price),
    )


def _place(
    core: VenueCore,
    prefix: str,
    side: Side,
    quantity: Decimal,
    price: Decimal | None,
) -> None:
    core.exchange.place(
        PlaceOrder(
            client_order_id=prefix + core.new_id(),
            intent_id="",
            symbol=core.settings.symbol,
            side=side,
            type=OrderType.MARKET if price is None else OrderType.LIMIT,
            quantity=quantity,
            price=price,
            time=0.0,
        )
    )


def _held(core: VenueCore, fault: Fault) -> Decimal:
    """Tell how much of the base asset is closed out."""
    held = core.exchange.balances().of(core.settings.base)
    free = held.free if held else Decimal(0)
    return _in_lots(core, free * Decimal(fault.param("share")))


def _fill(core: VenueCore, order_id: int, fault: Fault) -> None:
    order: VenueOrder | None = core.exchange.find(order_id, "")
    if order is None or order.command.price is None:
        return
    share = Decimal(fault.param("share"))
    core.exchange.hit(order_id, _in_lots(core, order.remaining * share))


def _in_lots(core: VenueCore, quantity: Decimal) -> Decimal:
    lot = core.exchange.rules.lot_size
    return quantity // lot * lot
