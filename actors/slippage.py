"""How much worse orders traded than the market was when they were wanted.

Only what took from the book counts: whoever waits there is paid for it.
"""

from collections import deque
from collections.abc import Collection, Mapping
from decimal import Decimal, localcontext

import attrs

from .messages import Liquidity, OrderFilled
from .updates import PositionUpdated
from .venue_rules import EXACT, NOTHING

DIGITS = 6
"""After the point; a share is compared with no more of them."""


@attrs.frozen
class _Paid:
    """What a fill has cost more than it was worth."""

    trade_id: int
    more: Decimal
    worth: Decimal


@attrs.define
class Slippage:
    """The last fills of each strategy; `wanted_at` is the mark by an order's key."""

    wanted_at: dict[str, Decimal] = attrs.field(factory=dict[str, Decimal])
    _paid: dict[str, deque[_Paid]] = attrs.field(factory=dict[str, "deque[_Paid]"])

    def heard(self, update: PositionUpdated, *, window: int) -> None:
        """Take in what became of an order; the last `window` fills are kept."""
        order, mark = update.order, self.wanted_at.get(update.order.key)
        match update.report:
            case OrderFilled(liquidity=Liquidity.TAKER) as fill if mark is not None:
                self._on_fill(order.strategy, fill, mark, window)
            case _:
                pass
        if order.status.is_done:
            self.wanted_at.pop(order.key, None)

    def shares(self) -> Mapping[str, Decimal]:
        """Return by strategy what was paid more, as a share of what it was worth.

        What traded better than the mark makes up for what traded worse.
        """
        return {strategy: _share(paid) for strategy, paid in self._paid.items()}

    def forget(self) -> None:
        """Begin anew with what is wanted from now on."""
        self._paid.clear()

    def _on_fill(
        self, strategy: str, fill: OrderFilled, mark: Decimal, window: int
    ) -> None:
        paid = self._paid.setdefault(strategy, deque())
        if any(each.trade_id == fill.trade_id for each in paid):
            return  # it was told again
        with localcontext(EXACT):
            more = fill.side.sign * (fill.price - mark) * fill.quantity
            paid.append(_Paid(fill.trade_id, more, mark * fill.quantity))
        while len(paid) > window:
            paid.popleft()


def _share(paid: Collection[_Paid]) -> Decimal:
    more = sum((each.more for each in paid), NOTHING)
    worth = sum((each.worth for each in paid), NOTHING)
    return max(NOTHING, round(more / worth, DIGITS))
