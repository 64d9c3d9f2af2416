"""What a venue accepts for one symbol and what it charges; exact money arithmetic."""

import decimal
from decimal import Decimal

import attrs
from attrs import validators as must

from .messages import (
    Intent,
    Liquidity,
    OrderType,
    PlaceOrder,
    RejectionReason,
    Side,
)

EXACT = decimal.Context(
    prec=100,
    traps=[
        decimal.Inexact,
        decimal.InvalidOperation,
        decimal.DivisionByZero,
        decimal.Overflow,
    ],
)
"""Arithmetic for money: rounding would be a defect, so it raises."""

NOTHING = Decimal(0)

LEAST = Decimal("1e-12")
MOST = Decimal("1e15")
DIGITS = 40
"""Beyond these nothing trades, and exact arithmetic would need endless digits."""

Rejection = tuple[RejectionReason, str]


def is_tradable(value: Decimal) -> bool:
    """Tell whether this can be a price or a quantity at all."""
    return value.is_finite() and LEAST <= value <= MOST


def malformed(order: Intent | PlaceOrder) -> str:
    """Say what makes no sense about an order at any venue; empty: nothing."""
    if not _is_sound(order.quantity):
        return f"{order.quantity} is no quantity"
    if order.type is OrderType.MARKET:
        return "" if order.price is None else f"market, but at a price: {order.price}"
    if order.price is None or not _is_sound(order.price):
        return f"{order.price} is no price for a limit order"
    return ""


def _is_sound(value: Decimal) -> bool:
    if not is_tradable(value):
        return False  # and few characters are few digits, which is faster to see
    return len(str(value)) <= DIGITS or len(value.as_tuple().digits) <= DIGITS


def _finite(_rules: object, field: "attrs.Attribute[Decimal]", value: Decimal) -> None:
    if not value.is_finite():
        raise ValueError(f"{field.name} must be a finite number, was {value}")


positive = must.and_(_finite, must.gt(Decimal(0)))
"""For fields: a finite `Decimal` above 0."""

_share = must.and_(_finite, must.gt(Decimal(-1)), must.lt(Decimal(1)))


@attrs.frozen(kw_only=True)
class Instrument:
    """What is traded: quantities count the base asset, prices and fees the quote."""

    symbol: str
    base: str
    quote: str


@attrs.frozen(kw_only=True)
class VenueRules:
    """Binance's filters PRICE_FILTER, LOT_SIZE and NOTIONAL, and the fees.

    A fee is a share of what is traded, paid in the quote asset; a negative one is a
    rebate. With `fee_in_received` a buy pays it in the base asset, as on Binance.
    Rules that make no sense raise `ValueError`.
    """

    instrument: Instrument
    tick_size: Decimal = attrs.field(validator=positive)
    lot_size: Decimal = attrs.field(validator=positive)
    minimum_notional: Decimal = attrs.field(default=Decimal(0), validator=_finite)
    maker_fee: Decimal = attrs.field(default=Decimal("0.001"), validator=_share)
    taker_fee: Decimal = attrs.field(default=Decimal("0.001"), validator=_share)
    fee_in_received: bool = False

    def objection(
        self, order: PlaceOrder, best_price: Decimal | None
    ) -> Rejection | None:
        """Say why the venue takes this order from nobody, or None.

        A market order is valued at `best_price`, the first price it would trade at.
        """
        symbol = self.instrument.symbol
        if order.symbol != symbol:
            detail = f"only {symbol} is traded here, was {order.symbol}"
            return RejectionReason.UNKNOWN_SYMBOL, detail
        if detail := malformed(order):
            return RejectionReason.MALFORMED, detail
        price = order.price or best_price
        if price is None:
            detail = "nobody is there to trade with"
            return RejectionReason.NO_MARKET, detail
        return self._off_grid(order) or self._too_small(price * order.quantity)

    def _off_grid(self, order: PlaceOrder) -> Rejection | None:
        if order.price is not None and order.price % self.tick_size:
            detail = f"prices are multiples of {self.tick_size}, was {order.price}"
            return RejectionReason.TICK_SIZE, detail
        if order.quantity % self.lot_size:
            detail = (
                f"quantities are multiples of {self.lot_size}, was {order.quantity}"
            )
            return RejectionReason.LOT_SIZE, detail
        return None

    def _too_small(self, notional: Decimal) -> Rejection | None:
        if notional >= self.minimum_notional:
            return None
        detail = f"the least notional is {self.minimum_notional}, was {notional}"
        return RejectionReason.MINIMUM_NOTIONAL, detail

    def worst_cost(self, price: Decimal, quantity: Decimal) -> Decimal:
        """Tell how much quote asset a buy at no more than this price can need."""
        if self.fee_in_received:
            return price * quantity
        return price * quantity * (1 + max(self.maker_fee, self.taker_fee, Decimal(0)))

    def fee(
        self, side: Side, price: Decimal, quantity: Decimal, liquidity: Liquidity
    ) -> tuple[Decimal, str]:
        """Tell what a trade costs its account, and in which asset."""
        rate = self.maker_fee if liquidity is Liquidity.MAKER else self.taker_fee
        if self.fee_in_received and side is Side.BUY:
            return quantity * rate, self.instrument.base
        return price * quantity * rate, self.instrument.quote
