"""Orders, fills and market data as Coinbase Exchange writes them."""

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from holdfast.actors.market import DepthUpdate, Level, Trade
from holdfast.actors.messages import OrderType
from holdfast.actors.queries import Balance
from holdfast.actors.venue_rules import NOTHING
from holdfast.testing.venue.orders import Execution, VenueOrder, VenueStatus

_ORDER = re.compile(r"00000000-0000-4000-8000-([0-9a-f]{12})")
STRANGER = "00000000-0000-4000-9000-000000000000"

Fields = dict[str, Any]


def order_id(number: int) -> str:
    """Write the venue's id of an order."""
    return f"00000000-0000-4000-8000-{number:012x}"


def order_number(text: str) -> int | None:
    """Read the venue's id of an order; None: there can be no such order."""
    found = _ORDER.fullmatch(text)
    return int(found[1], 16) if found else None


def instant(seconds: float) -> str:
    """Write a time."""
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")


def amount(value: Decimal) -> str:
    """Write a number as short as it is."""
    return f"{value.normalize():f}"


def order(placed: VenueOrder) -> Fields:
    """Describe an order that somebody asked for."""
    described = _described(placed)
    if not placed.status.is_open:
        filled = placed.status is VenueStatus.FILLED
        described["status"] = "done"
        described["settled"] = filled
        described["done_at"] = instant(placed.updated)
        described["done_reason"] = "filled" if filled else "canceled"
    return described


def new_order(placed: VenueOrder) -> Fields:
    """Answer whoever placed it: that it was taken, and not what came of it."""
    return {
        **_described(placed),
        "status": "pending",
        "fill_fees": "0",
        "filled_size": "0",
        "executed_value": "0",
    }


def fill(placed: VenueOrder, execution: Execution) -> Fields:
    """Describe a trade of the account."""
    return {
        "trade_id": execution.id,
        "product_id": placed.command.symbol,
        "order_id": order_id(placed.id),
        "price": amount(execution.price),
        "size": amount(execution.quantity),
        "fee": amount(execution.fee),
        "side": placed.command.side.value,
        "created_at": instant(execution.time),
        "liquidity": "M" if execution.is_maker else "T",
        "settled": True,
    }


def account(held: Balance) -> Fields:
    """Describe what the account has of an asset."""
    return {
        "id": held.asset,
        "currency": held.asset,
        "balance": amount(held.total),
        "available": amount(held.free),
        "hold": amount(held.reserved),
        "profile_id": "holdfast",
        "trading_enabled": True,
    }


def match_of_strangers(trade: Trade) -> Fields:
    """Say that two strangers traded; the side is the maker's."""
    return {
        "type": "match",
        "trade_id": trade.id,
        "maker_order_id": STRANGER,
        "taker_order_id": STRANGER,
        "side": "buy" if trade.buyer_is_maker else "sell",
        "size": amount(trade.quantity),
        "price": amount(trade.price),
        "time": instant(trade.time),
    }


def match(placed: VenueOrder, execution: Execution) -> Fields:
    """Say that the account traded; the side is the maker's."""
    side, fee = placed.command.side, execution.fee
    rate = fee / (execution.price * execution.quantity)
    role = "maker" if execution.is_maker else "taker"
    ours = {f"{role}_order_id": order_id(placed.id), f"{role}_fee_rate": amount(rate)}
    maker_side = side if execution.is_maker else side.opposite
    return {
        "type": "match",
        "trade_id": execution.id,
        "maker_order_id": STRANGER,
        "taker_order_id": STRANGER,
        **ours,
        "side": maker_side.value,
        "size": amount(execution.quantity),
        "price": amount(execution.price),
        "time": instant(execution.time),
    }


def lifecycle(placed: VenueOrder, kind: str) -> Fields:
    """Say that an order was received, is open, or is done."""
    command = placed.command
    told: Fields = {
        "type": kind,
        "time": instant(placed.updated),
        "order_id": order_id(placed.id),
        "client_oid": placed.client_order_id,
        "side": command.side.value,
        "order_type": command.type.value,
    }
    if command.price is not None:
        told["price"] = amount(command.price)
    if kind == "received":
        return {**told, "size": amount(command.quantity)}
    told["remaining_size"] = amount(placed.remaining)
    if kind == "done":
        filled = placed.status is VenueStatus.FILLED
        told["reason"] = "filled" if filled else "canceled"
    return told


def depth_changes(update: DepthUpdate) -> Fields:
    """Say which levels of the book changed."""
    bids = [["buy", amount(price), amount(size)] for price, size in update.bids]
    asks = [["sell", amount(price), amount(size)] for price, size in update.asks]
    return {"type": "l2update", "changes": [*bids, *asks]}


def levels(shown: list[Level]) -> list[list[str]]:
    """Write one side of a book."""
    return [[amount(price), amount(size)] for price, size in shown]


def _described(placed: VenueOrder) -> Fields:
    command = placed.command
    fees = sum((each.fee for each in placed.executions), NOTHING)
    told: Fields = {
        "id": order_id(placed.id),
        "client_oid": placed.client_order_id,
        "size": amount(command.quantity),
        "product_id": command.symbol,
        "profile_id": "holdfast",
        "side": command.side.value,
        "type": command.type.value,
        "post_only": False,
        "created_at": instant(placed.created),
        "fill_fees": amount(fees),
        "filled_size": amount(placed.filled),
        "executed_value": amount(placed.cost),
        "status": "open",
        "settled": False,
    }
    if command.type is OrderType.LIMIT and command.price is not None:
        told["price"] = amount(command.price)
        told["time_in_force"] = command.time_in_force.value.upper()
    return told
