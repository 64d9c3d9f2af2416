"""Orders, trades and balances as Binance writes them."""

from decimal import Decimal
from typing import Any

from holdfast.actors.market import DepthUpdate, Level, Quote, Trade
from holdfast.actors.queries import Balance
from holdfast.testing.venue.orders import Execution, OrderEvent, VenueOrder

NONE = "0.00000000"

Fields = dict[str, Any]


def amount(value: Decimal) -> str:
    """Write a number with 8 decimals, with more only where it has more."""
    short = f"{value:.8f}"
    return short if Decimal(short) == value else f"{value.normalize():f}"


def milliseconds(seconds: float) -> int:
    """Write a time."""
    return int(seconds * 1000)


def order(placed: VenueOrder) -> Fields:
    """Describe an order that somebody asked for."""
    return {
        **_described(placed),
        "icebergQty": NONE,
        "time": milliseconds(placed.created),
        "updateTime": milliseconds(placed.updated),
        "isWorking": True,
    }


def new_order(placed: VenueOrder, kind: str) -> Fields:
    """Answer whoever placed it, as long as `kind` (ACK, RESULT, FULL) says."""
    described = {
        **_described(placed),
        "transactTime": milliseconds(placed.updated),
    }
    if kind == "ACK":
        short = ("symbol", "orderId", "orderListId", "clientOrderId", "transactTime")
        return {name: described[name] for name in short}
    if kind == "FULL":
        described["fills"] = [_fill(each) for each in placed.executions]
    return described


def cancelled(placed: VenueOrder, client_order_id: str) -> Fields:
    """Answer whoever cancelled it: the cancel has a client order id of its own."""
    return {
        **_described(placed),
        "origClientOrderId": placed.client_order_id,
        "clientOrderId": client_order_id,
        "transactTime": milliseconds(placed.updated),
    }


def my_trade(placed: VenueOrder, execution: Execution) -> Fields:
    """Describe a trade of the account."""
    return {
        "symbol": placed.command.symbol,
        "id": execution.id,
        "orderId": placed.id,
        "orderListId": -1,
        "price": amount(execution.price),
        "qty": amount(execution.quantity),
        "quoteQty": amount(execution.price * execution.quantity),
        "commission": amount(execution.fee),
        "commissionAsset": execution.fee_asset,
        "time": milliseconds(execution.time),
        "isBuyer": placed.command.side == "buy",
        "isMaker": execution.is_maker,
        "isBestMatch": True,
    }


def balance(held: Balance) -> Fields:
    """Describe what the account has of an asset."""
    return {
        "asset": held.asset,
        "free": amount(held.free),
        "locked": amount(held.reserved),
    }


def execution_report(event: OrderEvent, now: float, cancel_id: str) -> Fields:
    """Say on the user stream what happened to an order.

    Of a cancelled order `C` is the id that the client gave the order, and `c` that of
    the cancel.
    """
    placed, trade = event.order, event.execution
    is_cancel = placed.status == "CANCELED" and trade is None
    described = _described(placed)
    return {
        "e": "executionReport",
        "E": milliseconds(now),
        "s": placed.command.symbol,
        "c": cancel_id if is_cancel else placed.client_order_id,
        "S": described["side"],
        "o": described["type"],
        "f": described["timeInForce"],
        "q": described["origQty"],
        "p": described["price"],
        "P": NONE,
        "F": NONE,
        "g": -1,
        "C": placed.client_order_id if is_cancel else "",
        "x": "TRADE" if trade else placed.status.value,
        "X": placed.status.value,
        "r": "NONE",
        "i": placed.id,
        "l": amount(trade.quantity) if trade else NONE,
        "z": described["executedQty"],
        "L": amount(trade.price) if trade else NONE,
        "n": amount(trade.fee) if trade else "0",
        "N": trade.fee_asset if trade else None,
        "T": milliseconds(placed.updated),
        "t": trade.id if trade else -1,
        "I": placed.id,
        "w": placed.status.is_open,
        "m": bool(trade and trade.is_maker),
        "M": False,
        "O": milliseconds(placed.created),
        "Z": described["cummulativeQuoteQty"],
        "Y": amount(trade.price * trade.quantity) if trade else NONE,
        "Q": NONE,
        "W": milliseconds(placed.created),
        "V": "NONE",
    }


def account_position(event: OrderEvent, now: float) -> Fields:
    """Say on the user stream what the account holds."""
    return {
        "e": "outboundAccountPosition",
        "E": milliseconds(now),
        "u": milliseconds(event.order.updated),
        "B": [
            {"a": each.asset, "f": amount(each.free), "l": amount(each.reserved)}
            for each in event.balances.balances
        ],
    }


def market_frame(message: Trade | Quote | DepthUpdate, now: float) -> Fields:
    """Say on a market stream what happened."""
    match message:
        case Trade():
            return _trade_frame(message)
        case Quote():
            return {
                "u": message.update_id,
                "s": message.symbol,
                "b": amount(message.bid),
                "B": amount(message.bid_quantity),
                "a": amount(message.ask),
                "A": amount(message.ask_quantity),
            }
        case DepthUpdate():
            return {
                "e": "depthUpdate",
                "E": milliseconds(now),
                "s": message.symbol,
                "U": message.first_update_id,
                "u": message.last_update_id,
                "b": levels(message.bids),
                "a": levels(message.asks),
            }


def stream_name(message: Trade | Quote | DepthUpdate) -> str:
    """Name the stream on which this is said."""
    streams = {Trade: "trade", Quote: "bookTicker", DepthUpdate: "depth@100ms"}
    return f"{message.symbol.lower()}@{streams[type(message)]}"


def levels(shown: tuple[Level, ...] | list[Level]) -> list[list[str]]:
    """Write one side of a book."""
    return [[amount(price), amount(quantity)] for price, quantity in shown]


def _trade_frame(trade: Trade) -> Fields:
    return {
        "e": "trade",
        "E": milliseconds(trade.time),
        "s": trade.symbol,
        "t": trade.id,
        "p": amount(trade.price),
        "q": amount(trade.quantity),
        "T": milliseconds(trade.time),
        "m": trade.buyer_is_maker,
        "M": True,
    }


def _described(placed: VenueOrder) -> Fields:
    command = placed.command
    return {
        "symbol": command.symbol,
        "orderId": placed.id,
        "orderListId": -1,
        "clientOrderId": placed.client_order_id,
        "price": NONE if command.price is None else amount(command.price),
        "origQty": amount(command.quantity),
        "executedQty": amount(placed.filled),
        "origQuoteOrderQty": NONE,
        "cummulativeQuoteQty": amount(placed.cost),
        "status": placed.status.value,
        "timeInForce": command.time_in_force.value.upper(),
        "type": command.type.value.upper(),
        "side": command.side.value.upper(),
        "stopPrice": NONE,
        "workingTime": milliseconds(placed.created),
        "selfTradePreventionMode": "NONE",
    }


def _fill(execution: Execution) -> Fields:
    return {
        "price": amount(execution.price),
        "qty": amount(execution.quantity),
        "commission": amount(execution.fee),
        "commissionAsset": execution.fee_asset,
        "tradeId": execution.id,
    }
