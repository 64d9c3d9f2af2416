"""Measures how it stands with a symbol: its price and age, profit, doubts, losses."""

from collections.abc import Iterable, Mapping
from decimal import Decimal, localcontext

import attrs

from ..supervision.runtime.actor import Actor
from .evidence import RiskBaseline
from .guard import Guard
from .journal_writer import JournalWriter
from .ladder import RiskLevel
from .limit_uses import Vitals, uses
from .limits import Limits
from .machine_signs import MachineSigns
from .mark import Mark
from .market import Quote, Trade
from .risk_memory import RiskMemory
from .track_record import profit
from .updates import PositionReport, PositionUpdated, WorkingOrder
from .venue_rules import EXACT, NOTHING, Instrument

PEAK_STEP = Decimal("0.01")
"""A peak is written down once it is higher by this share of the drawdown allowed."""


@attrs.define
class VitalSigns:
    """What `guard` looks at, as turns of `actor`; amounts are in quote units."""

    actor: Actor
    traded: Instrument
    guard: Guard
    memory: RiskMemory
    writer: JournalWriter | None
    limits: Limits
    machine: MachineSigns
    mark: Mark = attrs.field(factory=Mark, init=False)
    _heard_at: float | None = attrs.field(default=None, init=False)
    _began_at: float = attrs.field(default=0.0, init=False)
    _position: PositionReport | None = attrs.field(default=None, init=False)
    _time_ns: int = attrs.field(default=0, init=False)
    _orders: Iterable[WorkingOrder] = attrs.field(default=(), init=False)

    @property
    def event_time(self) -> float:
        """The time of the last trade, in seconds."""
        return self._time_ns / 1e9

    @property
    def market_age(self) -> float | None:
        """For how many seconds the market has said nothing; None: it never has."""
        if self._heard_at is None:
            return None
        return self.actor.clock.now() - self._heard_at

    @property
    def held(self) -> Mapping[str, Decimal] | None:
        """What the account has, by asset; None: not known."""
        position = self._position
        if position is None or position.holdings is None:
            return None
        return position.holdings.held

    @property
    def equity(self) -> Decimal | None:
        """Profit on the mark; None: not known."""
        position, mark = self._position, self.mark.price
        if position is None or position.holdings is None:
            return None
        if mark is None:
            if position.quantity or position.holdings.fees.get(self.traded.base):
                return None
            mark = NOTHING
        return profit(
            position.quantity,
            position.holdings,
            mark,
            base=self.traded.base,
            quote=self.traded.quote,
        )

    def stand_at(self, position: PositionReport) -> None:
        """Begin with a position."""
        self._position = position
        if position.holdings is not None:
            realised = position.holdings.realised
            self.memory.record.stand_at(position.fills, realised)
        self.memory.record.holds(position.quantity, self.actor.clock.now())

    def begin(self) -> None:
        """Measure silence from now on."""
        self._began_at = self.actor.clock.now()

    def begin_anew(self, wall: float) -> None:
        """Measure from now on what a person has looked at; `wall` is the time."""
        record = self.memory.record
        if record.held_since is not None:
            record.held_since = self.actor.clock.now()
        self.machine.counts.clear()
        self.keep(record.begin_anew(self.equity, wall))

    def on_trade(self, trade: Trade) -> None:
        """Hear a price, and look at once if it has cost too much."""
        self._heard_at = self.actor.clock.now()
        self._time_ns = trade.received_ns
        self.machine.heard(trade)
        if self.mark.on_trade(trade.price):
            self._on_mark()

    def on_quote(self, quote: Quote) -> None:
        """Hear the best bid and ask, and look at once if they have cost too much."""
        self._heard_at = self.actor.clock.now()
        if self.mark.on_quote(quote):
            self._on_mark()

    def on_update(self, update: PositionUpdated, position: PositionReport) -> None:
        """Hear what became of an order, and where the position stands after it."""
        self._position = position
        limits, record = self.guard.limits, self.memory.record
        record.heard(update, quote=self.traded.quote, window=limits.reject_window)
        record.slippage.heard(update, window=limits.slippage_window)
        record.holds(position.quantity, self.actor.clock.now())

    def look(self, orders: Iterable[WorkingOrder]) -> None:
        """Have the guard look at everything; `orders` are the open ones."""
        self._orders = orders
        self.keep(self._measure())
        vitals = self.vitals()
        self.guard.look(uses(vitals, self.guard.limits, self.guard.scopes))

    def vitals(self) -> Vitals:
        """Return how it stands now."""
        record, now = self.memory.record, self.actor.clock.now()
        heard_at = self._began_at if self._heard_at is None else self._heard_at
        baseline, since = record.baseline, record.held_since
        return Vitals(
            equity=self.equity,
            day_began_with=None if baseline is None else baseline.equity,
            peak=None if baseline is None else baseline.peak,
            unknown_ages=record.in_doubt(self._orders, now),
            market_silence=now - heard_at,
            rejected=sum(record.outcomes),
            judged=len(record.outcomes),
            balance_drift=record.drift(
                self.mark.price, base=self.traded.base, quote=self.traded.quote
            ),
            position_age=0.0 if since is None else now - since,
            rate_use=self.memory.pace.used(self.event_time, self.limits),
            clock_skew=self.machine.clock_skew,
            lag=self.machine.lag,
            waiting=self.machine.waiting,
            restarts=self.machine.restarts,
            slippage=record.slippage.shares(),
            streaks=record.streaks,
            halted_within=self.memory.states.halted_within(),
        )

    def keep(self, baseline: RiskBaseline | None) -> None:
        """Write a baseline down."""
        if baseline is not None and self.writer is not None:
            self.writer.keep(baseline)

    @property
    def _watches_profit(self) -> bool:
        most = self.guard.limits.most
        return most("daily_loss") is not None or most("drawdown") is not None

    def _measure(self) -> RiskBaseline | None:
        equity = self.equity
        if equity is None or not self._watches_profit:
            return None
        most = self.guard.limits.max_drawdown or NOTHING
        with localcontext(EXACT):
            step = most * PEAK_STEP
        wall = self.actor.clock.wall()
        return self.memory.record.measured(self.traded.symbol, equity, wall, step=step)

    def _on_mark(self) -> None:
        if self._watches_profit and self._has_lost_too_much():
            self.look(self._orders)

    def _has_lost_too_much(self) -> bool:
        """Say whether a limit of profit is broken that was not before."""
        self.keep(self._measure())
        baseline, equity = self.memory.record.baseline, self.equity
        if baseline is None or equity is None:
            return False
        of_day, of_peak = baseline.equity - equity, baseline.peak - equity
        return self._is_news("daily_loss", of_day) or self._is_news("drawdown", of_peak)

    def _is_news(self, limit: str, lost: Decimal) -> bool:
        """Say whether so much tightens what a smaller loss has not tightened yet."""
        scope, most = self.guard.scopes.symbol, self.guard.limits.most(limit)
        if self.guard.is_broken(scope, limit):
            is_halted = self.memory.states.of(scope).level is RiskLevel.HALTED
            most = None if is_halted else self.guard.limits.halt_at.get(limit)
        return most is not None and lost > most
