"""Keeps the positions from fills, and compares them with what the venue says."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

from ..supervision.runtime.actor import Actor
from ..supervision.runtime.future import Future
from ..supervision.runtime.reference import Ref
from .ledger import Ledger, differences
from .market import DepthSnapshot, DepthUpdate, MarketEnded, Quote, Trade
from .messages import Balances, OrderFilled, QueryBalances
from .summary import plain
from .updates import (
    LedgerReport,
    OrderUpdated,
    PositionReport,
    PositionUpdated,
    QueryLedger,
    QueryPosition,
    Reconcile,
)
from .venue_rules import Instrument

TOLD_WITHIN = 60.0
"""Seconds; execution answers once it has reconciled with the venue."""


class Positions(Actor):
    """The ledger of one account; ready once execution has told all fills it knows of.

    Each order update is passed on to `to` with the position as it then is, once more
    if this actor crashed over it: readers know a fill again by its trade id.
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
    ) -> None:
        self._exchange = exchange
        self._execution = execution
        self._initial = Balances(balances=(), time=0.0)
        self._to = to
        self._instrument = Instrument(symbol=symbol, base=base, quote=quote)
        self._ledger = Ledger()
        self._mark_price: Decimal | None = None

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
            case Trade() | Quote() | DepthUpdate() | DepthSnapshot() | MarketEnded():
                pass
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
        }

    def _rebuild(self, report: LedgerReport) -> None:
        self._initial = report.baseline.balances
        for fill in report.fills:
            self._ledger.add(fill)
        self.ready()

    def _on_update(self, update: OrderUpdated) -> None:
        if isinstance(update.report, OrderFilled):
            self._ledger.add(update.report)
        report = self._report(update.order.symbol)
        self._to.tell(
            PositionUpdated(
                order=update.order,
                report=update.report,
                quantity=report.quantity,
                average_price=report.average_price,
                last_trade_id=report.last_trade_id,
            )
        )

    def _report(self, symbol: str) -> PositionReport:
        position = self._ledger.position(symbol)
        return PositionReport(
            symbol=symbol,
            quantity=position.quantity,
            average_price=position.average_price,
            last_trade_id=self._ledger.last_trade_id(symbol),
        )

    def _reconcile(self) -> Future[list[str]]:
        asked: Future[Balances] = self._exchange.ask(QueryBalances(), block=False)
        return asked.map(
            lambda balances: differences(
                self._ledger,
                balances,
                initial=self._initial,
                instruments=[self._instrument],
            )
        )


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else plain(amount)
