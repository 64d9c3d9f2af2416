"""What risk remembers of the past: profit, losses, rejections, doubts, drift.

It outlives a crash of whoever keeps it; the baselines are journalled as well.
"""

from collections import deque
from collections.abc import Iterable
from decimal import Decimal, localcontext

import attrs

from .evidence import BalanceAdjusted, RiskBaseline
from .messages import (
    OrderAccepted,
    OrderFilled,
    OrderRejected,
    OrderStatus,
    RejectionReason,
)
from .slippage import Slippage
from .updates import Holdings, PositionUpdated, WorkingOrder
from .venue_rules import EXACT, NOTHING

DAY = 86_400.0

_NO_VERDICT = frozenset(
    {
        RejectionReason.DUPLICATE,
        RejectionReason.NEVER_SENT,
        RejectionReason.NEVER_ARRIVED,
    }
)


def profit(
    quantity: Decimal, holdings: Holdings, mark: Decimal, *, base: str, quote: str
) -> Decimal:
    """Tell what was earned in quote units if all were closed at this price.

    Fees in the base asset count at the mark, those in a third asset not at all: nobody
    here knows what it is worth.
    """
    with localcontext(EXACT):
        fees = holdings.fees.get(quote, NOTHING)
        fees += holdings.fees.get(base, NOTHING) * mark
        return holdings.realised + quantity * mark - holdings.cost - fees


@attrs.define
class TrackRecord:
    """See the module; `streaks` are the losing orders in a row, by strategy."""

    baseline: RiskBaseline | None = None
    streaks: dict[str, int] = attrs.field(factory=dict[str, int])
    outcomes: deque[bool] = attrs.field(factory=deque[bool])
    unknown_since: dict[str, float] = attrs.field(factory=dict[str, float])
    drifted: dict[str, Decimal] = attrs.field(factory=dict[str, Decimal])
    slippage: Slippage = attrs.field(factory=Slippage)
    held_since: float | None = None
    _direction: int = 0
    _adjustments: set[str] = attrs.field(factory=set[str])
    _earned: dict[str, Decimal] = attrs.field(factory=dict[str, Decimal])
    _written_peak: Decimal | None = None
    _fills: int = 0
    _realised: Decimal = NOTHING

    def stand_at(self, fills: int, realised: Decimal) -> None:
        """Begin with what was earned with so many fills."""
        if fills >= self._fills:
            self._fills, self._realised = fills, realised

    def measured(
        self, symbol: str, equity: Decimal, wall: float, *, step: Decimal
    ) -> RiskBaseline | None:
        """Take in what profit is now; return a baseline that has to be written down.

        That is one of a new day, or one whose peak is higher by `step` than what was
        written.
        """
        day = int(wall // DAY)
        before = self.baseline
        peak = equity if before is None else max(before.peak, equity)
        if before is None or day > before.day:
            self.baseline = RiskBaseline(
                symbol=symbol, day=day, equity=equity, peak=peak, time=wall
            )
        elif peak > before.peak:
            self.baseline = attrs.evolve(before, peak=peak, time=wall)
        else:
            return None
        written = self._written_peak
        if day == (before and before.day) and written and peak - written < step:
            return None
        self._written_peak = peak
        return self.baseline

    def begin_anew(self, equity: Decimal | None, wall: float) -> RiskBaseline | None:
        """Forget what can't get better by itself; the loss of the day stays.

        Return the baseline, which has to be written down.
        """
        self.streaks.clear()
        self.outcomes.clear()
        self.drifted.clear()
        self.slippage.forget()
        if self.baseline is None or equity is None:
            return None
        self.baseline = attrs.evolve(self.baseline, peak=equity, time=wall)
        self._written_peak = equity
        return self.baseline

    def heard(self, update: PositionUpdated, *, quote: str, window: int) -> None:
        """Take in what became of an order."""
        match update.report:
            case OrderAccepted():
                self._judge(rejected=False, window=window)
            case OrderRejected(reason=reason) if reason not in _NO_VERDICT:
                self._judge(rejected=True, window=window)
            case OrderFilled():
                self._on_fill(update, update.report, quote)
            case _:
                pass
        if update.order.status.is_done:
            self._on_end(update.order)

    def adjusted(self, adjustment: BalanceAdjusted) -> None:
        """Count what was booked without a fill, once; of which sign does not matter."""
        if adjustment.id in self._adjustments:
            return
        self._adjustments.add(adjustment.id)
        before = self.drifted.get(adjustment.asset, NOTHING)
        with localcontext(EXACT):
            self.drifted[adjustment.asset] = before + abs(adjustment.amount)

    def drift(self, mark: Decimal | None, *, base: str, quote: str) -> Decimal | None:
        """Tell what was booked without a fill, in quote units; None: not known.

        What is neither the base nor the quote asset is not counted: nobody here knows
        what it is worth.
        """
        of_base = self.drifted.get(base, NOTHING)
        if of_base and mark is None:
            return None
        with localcontext(EXACT):
            return self.drifted.get(quote, NOTHING) + of_base * (mark or NOTHING)

    def holds(self, quantity: Decimal, now: float) -> None:
        """Take note of a position: it is as old as its direction."""
        direction = (quantity > 0) - (quantity < 0)
        if direction != self._direction:
            self._direction = direction
            self.held_since = now if direction else None

    def in_doubt(self, orders: Iterable[WorkingOrder], now: float) -> tuple[float, ...]:
        """Return for how many seconds orders have been in doubt."""
        doubted = {o.key for o in orders if o.status is OrderStatus.UNKNOWN}
        self.unknown_since = {
            key: self.unknown_since.get(key, now) for key in sorted(doubted)
        }
        return tuple(now - since for since in self.unknown_since.values())

    def _judge(self, *, rejected: bool, window: int) -> None:
        self.outcomes.append(rejected)
        while len(self.outcomes) > window:
            self.outcomes.popleft()

    def _on_fill(self, update: PositionUpdated, fill: OrderFilled, quote: str) -> None:
        holdings = update.holdings
        if holdings is None or update.fills <= self._fills:
            return
        with localcontext(EXACT):
            earned = holdings.realised - self._realised
            self.stand_at(update.fills, holdings.realised)
            if earned:
                fee = fill.fee if fill.fee_asset == quote else NOTHING
                key = update.order.key
                self._earned[key] = self._earned.get(key, NOTHING) + earned - fee

    def _on_end(self, order: WorkingOrder) -> None:
        """Count a loss for the strategy that wanted it; a stranger's is nobody's."""
        earned = self._earned.pop(order.key, NOTHING)
        if not order.strategy:
            return
        if earned < 0:
            self.streaks[order.strategy] = self.streaks.get(order.strategy, 0) + 1
        elif earned > 0:
            self.streaks.pop(order.strategy, None)


def restored(entries: Iterable[object], symbol: str) -> RiskBaseline | None:
    """Return the last baseline of a symbol that was written down."""
    found = None
    for entry in entries:
        if isinstance(entry, RiskBaseline) and entry.symbol == symbol:
            found = entry
    return found
