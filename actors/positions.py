"""Keeps the positions from fills, and compares them with what the venue says."""

from collections.abc import Mapping
from decimal import Decimal
from functools import partial
from typing import Any, ClassVar

from ..supervision.runtime.actor import Actor
from ..supervision.runtime.future import Future
from ..supervision.runtime.reference import Ref
from .drift import Drift, DriftSettings
from .evidence import BalanceAdjusted
from .ledger import Ledger, differences, expected_totals, totals
from .market import (
    DepthSnapshot,
    DepthUpdate,
    MarketEnded,
    MarketInterrupted,
    MarketResumed,
    Quote,
    Trade,
)
from .messages import OrderFilled
from .queries import Balances, QueryBalances
from .summary import plain
from .updates import (
    TOLD_WITHIN,
    CompareBalances,
    Holdings,
    LedgerReport,
    OrderUpdated,
    PositionReport,
    PositionUpdated,
    QueryLedger,
    QueryPosition,
    Reconcile,
)
from .venue_rules import Instrument


class Positions(Actor):
    """The ledger of one account; ready once execution has told all fills it knows of.

    Each order update is passed on to `to` with the position as it then is, once more
    if this actor crashed over it: readers know a fill again by its trade id. What the
    account holds and no fill explains is booked, after some looks: `drift` are the
    fields of `DriftSettings`.
    """

    says_ready: ClassVar[bool] = True

    def __init__(  # noqa: PLR0913 - whom it asks and tells, and what is traded
        self,
        exchange: Ref,
        execution: Ref,
        to: Ref,
        *,
        symbol: str = "BTCUSDT",
        base: str = "BTC",
        quote: str = "USDT",
        drift: Mapping[str, Any] | None = None,
    ) -> None:
        self._exchange = exchange
        self._execution = execution
        self._initial = Balances(balances=(), time=0.0)
        self._to = to
        self._instrument = Instrument(symbol=symbol, base=base, quote=quote)
        self._ledger = Ledger()
        self._mark_price: Decimal | None = None
        self._adjusted: dict[str, BalanceAdjusted] = {}
        self._drift = Drift(DriftSettings(**(drift or {})))
        self._updates = 0

    def on_start(self) -> None:
        """Ask execution what has changed the account, and what it held before."""
        asked = self._execution.ask(QueryLedger(), block=False, timeout=TOLD_WITHIN)
        self.pipe(asked, self._rebuild)

    def on_receive(self, message: Any) -> Any:
        """Count fills and answer questions."""
        match message:
            case OrderUpdated():
                self._on_update(message)
            case Trade() if message.symbol == self._instrument.symbol:
                self._mark_price = message.price
            case QueryPosition():
                return self._report(message.symbol)
            case Reconcile():
                return self._reconcile()
            case CompareBalances():
                self._compare()
            case Trade() | Quote() | DepthUpdate() | DepthSnapshot() | MarketEnded():
                pass
            case MarketInterrupted() | MarketResumed():
                pass  # the mark price is the last one that was heard
            case _:
                return self.unhandled(message)
        return None

    def facts(self) -> Mapping[str, Any]:
        """Tell positions, profits and fees, as exact decimal strings."""
        position = self._ledger.position(self._instrument.symbol)
        mark = self._mark_price
        unrealised = None if mark is None else position.unrealised(mark)
        fees = position.fees.get(self._instrument.quote, Decimal(0))
        return {
            "positions": {self._instrument.symbol: plain(position.quantity)},
            "average_price": _text(position.average_price),
            "realised_profit": plain(position.realised),
            "unrealised_profit": _text(unrealised),
            "fees": plain(fees),
            "adjustments": len(self._adjusted),
        }

    def _rebuild(self, report: LedgerReport) -> None:
        self._initial = report.baseline.balances
        self._adjusted = {each.id: each for each in report.adjustments}
        for fill in report.fills:
            self._ledger.add(fill)
        self.ready()

    def _on_update(self, update: OrderUpdated) -> None:
        self._updates += 1
        if isinstance(update.report, OrderFilled):
            self._ledger.add(update.report)
        report = self._report(update.order.symbol)
        self._to.tell(
            PositionUpdated(
                order=update.order,
                report=update.report,
                quantity=report.quantity,
                average_price=report.average_price,
                fills=report.fills,
                holdings=report.holdings,
            )
        )

    def _report(self, symbol: str) -> PositionReport:
        position = self._ledger.position(symbol)
        return PositionReport(
            symbol=symbol,
            quantity=position.quantity,
            average_price=position.average_price,
            fills=self._ledger.count(symbol),
            holdings=Holdings(
                cost=position.cost,
                realised=position.realised,
                fees=position.fees,
                held=self._expected(),
            ),
        )

    def _compare(self) -> None:
        """Book what no fill explains, once it is certain that none will."""
        asked: Future[Balances] = self._exchange.ask(QueryBalances(), block=False)
        self.pipe(asked, partial(self._look, self._updates), lambda _: None)

    def _look(self, updates: int, balances: Balances) -> None:
        if updates != self._updates:
            self._drift.forget()
            return
        adjustments = self._drift.look(
            self._expected(),
            totals(balances),
            last_trade_id=self._ledger.last_trade_id(self._instrument.symbol),
            time=balances.time,
        )
        for adjustment in adjustments:
            self._adjusted[adjustment.id] = adjustment
            self._execution.tell(adjustment)
            self.alarm(
                f"the account holds {adjustment.amount} {adjustment.asset} more than"
                " its fills explain: booked as an adjustment, find out what it was"
            )

    def _expected(self) -> dict[str, Decimal]:
        return expected_totals(
            self._ledger, self._initial, [self._instrument], self._adjustments()
        )

    def _adjustments(self) -> dict[str, Decimal]:
        amounts: dict[str, Decimal] = {}
        for each in self._adjusted.values():
            before = amounts.get(each.asset, Decimal(0))
            amounts[each.asset] = before + each.amount
        return amounts

    def _reconcile(self) -> Future[list[str]]:
        asked: Future[Balances] = self._exchange.ask(QueryBalances(), block=False)
        return asked.map(
            lambda balances: differences(
                self._ledger,
                balances,
                initial=self._initial,
                instruments=[self._instrument],
                adjusted=self._adjustments(),
            )
        )


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else plain(amount)
