"""Turns what ccxt answers into words of ours, and refuses whatever is incomplete.

ccxt makes an empty balance, an order without an id or a trade per letter out of a web
page. Nothing here is guessed: what is missing or contradicts itself is no answer.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, TypeVar

from ...supervision.outcome import OutcomeUnknown
from ..messages import (
    Liquidity,
    OrderFilled,
    OrderStatus,
    OrderType,
    PlaceOrder,
    Side,
)
from ..order_names import name_of_nameless
from ..queries import Balance, Balances, VenueOrder
from .exact import exact

E = TypeVar("E", OrderType, Side, Liquidity)

Unified = Mapping[str, Any]
"""One of ccxt's unified dictionaries."""

_ENDED = {"canceled": OrderStatus.CANCELLED, "expired": OrderStatus.CANCELLED}


class Incomplete(OutcomeUnknown):
    """The answer can't be read, so nothing is known of what was asked for."""


def venue_order(
    answer: Any, symbol: str, *, client_order_id: str = "", now: float
) -> VenueOrder:
    """Read one order; `client_order_id` is the one that was asked for, if one was.

    Raises:
        Incomplete: something is missing, or it is another order.

    """
    order = _dictionary(answer, "an order")
    quantity, filled = _number(order, "amount"), _number(order, "filled")
    order_type = _type(order)
    if not 0 <= filled <= quantity:
        raise Incomplete(f"an order of {quantity} can't have {filled} filled")
    return VenueOrder(
        client_order_id=client_order_id or name_of(order),
        exchange_order_id=_text(order, "id"),
        symbol=symbol,
        side=_member(Side, order, "side"),
        type=order_type,
        quantity=quantity,
        price=None if order_type is OrderType.MARKET else _number(order, "price"),
        filled=filled,
        status=_status(order, quantity, filled),
        time=_time(order, ("lastUpdateTimestamp", "timestamp"), now),
    )


def name_of(answer: Any) -> str:
    """Read what an order is called; not everybody names what he orders."""
    order = _dictionary(answer, "an order")
    told = order.get("clientOrderId")
    if told is None:
        return name_of_nameless(_text(order, "id"))
    return _text(order, "clientOrderId")


def check_is(answer: Any, key: str, asked: str) -> None:
    """Refuse an order that is another than the one asked for, if it says which it is.

    Raises:
        Incomplete: it is another.

    """
    told = _dictionary(answer, "an order").get(key)
    if told is not None and told != asked:
        raise Incomplete(f"asked for an order with {key} {asked}, was told of {told}")


def check_same(order: PlaceOrder, placed: VenueOrder) -> None:
    """Refuse what a venue says it has taken if that is not what was wanted.

    Raises:
        Incomplete: it is not.

    """
    is_limit = order.type is OrderType.LIMIT
    wanted = {
        "side": order.side,
        "type": order.type,
        "quantity": order.quantity,
        "price": order.price if is_limit else None,
    }
    for name, value in wanted.items():
        told = getattr(placed, name)
        if told != value:
            raise Incomplete(
                f"{order.client_order_id} was sent with {name} {value}, the venue has"
                f" {told}"
            )


def rows(answer: Any) -> list[Any]:
    """Return the rows of a list.

    Raises:
        Incomplete: it is none.

    """
    if not isinstance(answer, list):
        raise Incomplete(f"expected a list, was {type(answer).__name__}")
    return list(answer)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType] - of JSON


def trade_id(trade: Unified) -> int:
    """Read the id of a trade.

    Raises:
        Incomplete: it is no whole number.

    """
    told = trade.get("id")
    if not isinstance(told, str) or not told.isdecimal():
        raise Incomplete(f"trade ids must be whole numbers, was {told!r}")
    return int(told)


def fill(answer: Any, symbol: str, *, client_order_id: str = "") -> OrderFilled:
    """Read one trade of ours; what it adds up to is for the caller to add.

    Raises:
        Incomplete: something is missing.

    """
    trade = _dictionary(answer, "a trade")
    fee = _dictionary(trade.get("fee"), "the fee of a trade")
    price, quantity = _number(trade, "price"), _number(trade, "amount")
    if price <= 0 or quantity <= 0:
        raise Incomplete(f"a trade of {quantity} at {price} is none")
    return OrderFilled(
        client_order_id=client_order_id,
        exchange_order_id=_text(trade, "order"),
        symbol=symbol,
        trade_id=trade_id(trade),
        side=_member(Side, trade, "side"),
        price=price,
        quantity=quantity,
        filled=quantity,
        remaining=Decimal(0),
        fee=_number(fee, "cost"),
        fee_asset=_fee_asset(fee),
        liquidity=_member(Liquidity, trade, "takerOrMaker"),
        time=_time(trade, ("timestamp",), None),
    )


def balances(answer: Any, assets: Iterable[str], *, now: float) -> Balances:
    """Read what the account holds; `assets` are those that it has to mention.

    Raises:
        Incomplete: it does not, or an amount is missing.

    """
    told = _dictionary(answer, "the balances")
    total = _dictionary(told.get("total"), "the balances")
    missing = [asset for asset in assets if asset not in total]
    if missing:
        raise Incomplete(f"the balances do not mention {', '.join(missing)}")
    found = [_balance(asset, told.get(asset)) for asset in total]
    return Balances(balances=tuple(found), time=now)


def venue_time(answer: Any) -> float:
    """Read the time at the venue, in seconds.

    Raises:
        Incomplete: it is none.

    """
    if not isinstance(answer, int) or answer <= 0:
        raise Incomplete(f"expected a time in milliseconds, was {answer!r}")
    return answer / 1000


def text_of(answer: Any, key: str) -> str:
    """Read a text that has to be there; raises `Incomplete`."""
    return _text(_dictionary(answer, "an answer"), key)


def _fee_asset(fee: Unified) -> str:
    """Read in what a fee was paid; where there was none, nothing may be told."""
    if not _number(fee, "cost") and fee.get("currency") is None:
        return ""
    return _text(fee, "currency")


def _balance(asset: str, answer: Any) -> Balance:
    told = _dictionary(answer, f"the balance of {asset}")
    return Balance(
        asset=asset, free=_number(told, "free"), reserved=_number(told, "used")
    )


def _type(order: Unified) -> OrderType:
    """Read the type of an order; strangers' orders may wait for a price."""
    told = _text(order, "type")
    if told in ("stop_loss", "take_profit"):
        return OrderType.MARKET
    return OrderType.LIMIT if "limit" in told else _member(OrderType, order, "type")


def _status(order: Unified, quantity: Decimal, filled: Decimal) -> OrderStatus:
    told = order.get("status")
    if told == "open":
        return OrderStatus.PARTIALLY_FILLED if filled else OrderStatus.OPEN
    if told == "closed" and filled == quantity:
        return OrderStatus.FILLED
    if told == "rejected" and not filled:
        return OrderStatus.REJECTED
    if told in _ENDED:
        return _ENDED[told]
    raise Incomplete(f"an order {told!r} with {filled} of {quantity} filled is none")


def _dictionary(value: Any, what: str) -> Unified:
    if not isinstance(value, Mapping):
        raise Incomplete(f"expected {what}, was {type(value).__name__}")
    return value  # pyright: ignore[reportUnknownVariableType] - of JSON


def _text(told: Unified, key: str) -> str:
    value = told.get(key)
    if not isinstance(value, str) or not value:
        raise Incomplete(f"{key} is missing, was {value!r}")
    return value


def _number(told: Unified, key: str) -> Decimal:
    value = exact(told.get(key))
    if value is None:
        raise Incomplete(f"{key} is no number, was {told.get(key)!r}")
    return value


def _member(kind: type[E], told: Unified, key: str) -> E:
    try:
        return kind(_text(told, key))
    except ValueError:
        raise Incomplete(f"{key} is unknown, was {told.get(key)!r}") from None


def _time(told: Unified, keys: tuple[str, ...], now: float | None) -> float:
    for key in keys:
        value = told.get(key)
        if isinstance(value, int) and value > 0:
            return value / 1000
    if now is None:
        raise Incomplete(f"{keys[0]} is missing")
    return now
