"""Counts what fills did to the account, and compares it with what the venue says."""

import decimal
from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal, localcontext
from functools import reduce

import attrs

from .messages import OrderFilled
from .queries import Balances
from .venue_rules import EXACT, NOTHING, Instrument

COST_STEP = Decimal("1e-12")
"""The cost of a part that is closed is a multiple of this."""

_DIVISION = decimal.Context(prec=100)


@attrs.frozen(kw_only=True)
class Position:
    """One symbol: quantity (negative when short), what it cost and what it earned.

    The cost is kept instead of the average price, whose digits may never end (10 for
    3). Closing a part moves that part of the cost, rounded to `COST_STEP`, to
    `realised`: one gains what the other loses, so `realised - cost` is to the last
    digit what the trades brought in, and a flat position costs exactly 0. `realised`
    is before fees, which are kept per asset.
    """

    quantity: Decimal = NOTHING
    cost: Decimal = NOTHING
    realised: Decimal = NOTHING
    fees: Mapping[str, Decimal] = attrs.field(factory=dict[str, Decimal])

    @property
    def average_price(self) -> Decimal | None:
        """What a unit cost, rounded for the eye; None: nothing is held."""
        return self.cost / self.quantity if self.quantity else None

    def unrealised(self, mark_price: Decimal) -> Decimal:
        """Tell what closing everything at this price would earn before fees."""
        with localcontext(EXACT):
            return self.quantity * mark_price - self.cost

    def after(self, fill: OrderFilled) -> "Position":
        """Add a fill; one that is larger than the position turns it around."""
        with localcontext(EXACT):
            traded = fill.side.sign * fill.quantity
            closed = NOTHING
            if self.quantity * traded < 0:
                closed = min(abs(self.quantity), abs(traded)) * fill.side.sign
            cost_closed = self._cost_of(closed)
            return Position(
                quantity=self.quantity + traded,
                cost=self.cost - cost_closed + (traded - closed) * fill.price,
                realised=self.realised - closed * fill.price - cost_closed,
                fees=dict(self.fees)
                | {fill.fee_asset: self.fees.get(fill.fee_asset, NOTHING) + fill.fee},
            )

    def _cost_of(self, closed: Decimal) -> Decimal:
        if closed == -self.quantity:
            return self.cost
        part = _DIVISION.divide(self.cost * -closed, self.quantity)
        return part.quantize(COST_STEP, context=_DIVISION)


class Ledger:
    """The positions of one account at one venue, as a function of its fills.

    A fill is known again by symbol and trade id; a position always is what the fills
    say in the order of their ids, whenever and however often they were told.
    """

    def __init__(self, fills: Iterable[OrderFilled] = ()) -> None:
        self._fills: dict[str, dict[int, OrderFilled]] = {}
        self._last_ids: dict[str, int] = {}
        self._positions: dict[str, Position] = {}
        for fill in fills:
            self.add(fill)

    def add(self, fill: OrderFilled) -> bool:
        """Count a fill; False: it was counted before."""
        fills = self._fills.setdefault(fill.symbol, {})
        if fill.trade_id in fills:
            return False
        is_newest = fill.trade_id > self.last_trade_id(fill.symbol)
        fills[fill.trade_id] = fill
        if is_newest:
            self._last_ids[fill.symbol] = fill.trade_id
            position = self.position(fill.symbol).after(fill)
        else:
            in_order = [fills[trade_id] for trade_id in sorted(fills)]
            position = reduce(Position.after, in_order, Position())
        self._positions[fill.symbol] = position
        return True

    def after(self, time: float) -> "Ledger":
        """Return the ledger of the fills after a time alone."""
        told = (fill for fills in self._fills.values() for fill in fills.values())
        return Ledger(fill for fill in told if fill.time > time)

    def position(self, symbol: str) -> Position:
        """Tell the position in a symbol, also in one that was never traded."""
        return self._positions.get(symbol, Position())

    def positions(self) -> Mapping[str, Position]:
        """Tell the position in every symbol that was ever traded."""
        return dict(self._positions)

    def count(self, symbol: str) -> int:
        """Tell how many fills of a symbol were counted."""
        return len(self._fills.get(symbol, ()))

    def last_trade_id(self, symbol: str) -> int:
        """Tell the largest id counted: what a venue must be asked for comes after."""
        return self._last_ids.get(symbol, 0)


def differences(  # noqa: PLR0913 - all that makes up what an account should hold
    ledger: Ledger,
    balances: Balances,
    *,
    initial: Balances,
    instruments: Iterable[Instrument],
    adjusted: Mapping[str, Decimal] | None = None,
    elsewhere: Collection[str] = (),
) -> list[str]:
    """Say, asset by asset, where the venue's balances are not what fills made of them.

    `adjusted` is what changed them besides, `elsewhere` are assets that somebody else
    compares. An asset that the venue does not
    mention counts as 0 only if nothing is expected of it. No sentence at all means:
    equal to the last digit.
    """
    known = {instrument.symbol: instrument for instrument in instruments}
    sentences = [
        f"{symbol} was traded, but nobody said which assets that changes"
        for symbol in sorted(ledger.positions().keys() - known.keys())
    ]
    expected = expected_totals(ledger, initial, known.values(), adjusted or {})
    held = totals(balances)
    for asset in sorted((expected.keys() | held.keys()) - set(elsewhere)):
        wanted = expected.get(asset, NOTHING)
        if held.get(asset, NOTHING) != wanted:
            said = f"has {held[asset]}" if asset in held else "does not mention it"
            sentences.append(f"{asset}: expected {wanted}, the venue {said}")
    return sentences


def totals(balances: Balances) -> dict[str, Decimal]:
    """Return what an account holds of each asset."""
    with localcontext(EXACT):
        return {balance.asset: balance.total for balance in balances.balances}


def expected_totals(
    ledger: Ledger,
    initial: Balances,
    instruments: Iterable[Instrument],
    adjusted: Mapping[str, Decimal],
) -> dict[str, Decimal]:
    """Return what an account should hold of each asset after all that is known."""
    expected = totals(initial)

    def change(asset: str, amount: Decimal) -> None:
        expected[asset] = expected.get(asset, NOTHING) + amount

    with localcontext(EXACT):
        for asset, amount in adjusted.items():
            change(asset, amount)
        for instrument in instruments:
            position = ledger.position(instrument.symbol)
            change(instrument.base, position.quantity)
            change(instrument.quote, position.realised - position.cost)
            for asset, fee in position.fees.items():
                change(asset, -fee)
    return expected
