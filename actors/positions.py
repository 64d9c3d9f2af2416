"""Keeps the positions from fills, and compares them with what the venue says."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any, ClassVar

from ..supervision.runtime.actor import Actor
from ..supervision.runtime.future import Future, gather
from ..supervision.runtime.reference import Ref
from .drift import Difference, Drift, DriftPolicy, DriftSettings
from .evidence import BalanceAdjusted
from .ledger import Ledger, differences, expected_totals, totals
from .mark import Mark
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
from .shared_account import SharedAccount, added
from .summary import plain
from .updates import (
    TOLD_WITHIN,
    Changes,
    CompareBalances,
    Holdings,
    LedgerReport,
    OrderUpdated,
    PositionReport,
    PositionUpdated,
    QueryChanges,
    QueryLedger,
    QueryPosition,
    Reconcile,
)
from .venue_rules import NOTHING, Instrument


class Positions(Actor):
    """The ledger of one account; ready once execution has told all fills it knows of.

    Each order update is passed on to `to` with the position as it then is, once more
    if this actor crashed over it: readers know a fill again by its trade id. What the
    account holds and no fill explains is booked, after some looks: `drift` are the
    fields of `DriftSettings`. `peers` are the positions of other symbols on the same
    account: without them, what they trade looks like a difference.
    """

    says_ready: ClassVar[bool] = True
    settings: ClassVar[Mapping[str, type[Any]]] = {"drift": DriftSettings}

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
        peers: Sequence[Ref] = (),
    ) -> None:
        self._exchange = exchange
        self._execution = execution
        self._initial = Balances(balances=(), time=0.0)
        self._to = to
        self._peers = peers
        self._instrument = Instrument(symbol=symbol, base=base, quote=quote)
        self._ledger = Ledger()
        self._mark = Mark()
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
                self._mark.on_trade(message.price)
            case Quote() if message.symbol == self._instrument.symbol:
                self._mark.on_quote(message)
            case QueryPosition():
                return self._report(message.symbol)
            case Reconcile():
                return self._reconcile()
            case CompareBalances():
                self._compare()
            case QueryChanges():
                return self._changes(message.after)
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
        mark = self._mark.price
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
        self.pipe(self._account(), partial(self._look, self._updates), lambda _: None)

    def _account(self) -> Future[list[Any]]:
        """Ask what the account holds, and what the others have changed of it."""
        query = QueryChanges(after=self._initial.time)
        asked: list[Future[Any]] = [
            self._exchange.ask(QueryBalances(), block=False),
            *(peer.ask(query, block=False) for peer in self._peers),
        ]
        return gather(asked)

    def _shared(self, changes: Sequence[Changes]) -> SharedAccount:
        """Put what the others have answered beside what is known here, now."""
        mine = {self.me.path: self._changes(self._initial.time)}
        paths = [peer.path for peer in self._peers]
        told = mine | dict(zip(paths, changes, strict=True))
        return SharedAccount(self.me.path, told)

    def _look(self, updates: int, answers: list[Any]) -> None:
        if updates != self._updates:
            self._drift.forget()
            return
        balances, *changes = answers
        account = self._shared(changes)
        expected = added(self._expected(), account.by_others())
        held = totals(balances)
        differing = (
            Difference(asset, expected.get(asset, NOTHING), held.get(asset, NOTHING))
            for asset in sorted(expected.keys() | held.keys())
            if account.is_mine(asset)
        )
        for difference in self._drift.look(differing, self.clock.now()):
            last = self._ledger.last_trade_id(self._instrument.symbol)
            number = len(self._adjusted) + 1
            self._book(
                difference.booked(number=number, last_trade_id=last, time=balances.time)
            )

    def _book(self, adjustment: BalanceAdjusted) -> None:
        policy = self._drift.settings.policy
        self._adjusted[adjustment.id] = adjustment
        if policy is DriftPolicy.REDUCE:
            self._to.tell(adjustment)
        self._execution.tell(adjustment)
        if policy is not DriftPolicy.ADOPT:
            than = "more" if adjustment.amount > 0 else "less"
            self.alarm(
                f"the account holds {plain(abs(adjustment.amount))} {adjustment.asset}"
                f" {than} than its fills explain: booked as an adjustment, find out"
                " what it was"
            )

    def _expected(self) -> dict[str, Decimal]:
        return expected_totals(
            self._ledger, self._initial, [self._instrument], self._adjustments()
        )

    def _changes(self, after: float) -> Changes:
        nothing = Balances(balances=(), time=0.0)
        recent = self._adjustments(after)
        amounts = expected_totals(
            self._ledger.after(after), nothing, [self._instrument], recent
        )
        assets = (self._instrument.base, self._instrument.quote)
        return Changes(amounts=amounts, assets=assets)

    def _adjustments(self, after: float | None = None) -> dict[str, Decimal]:
        amounts: dict[str, Decimal] = {}
        for each in self._adjusted.values():
            if after is None or each.time > after:
                amounts = added(amounts, {each.asset: each.amount})
        return amounts

    def _reconcile(self) -> Future[list[str]]:
        answer: Future[list[str]] = Future(target=self.me.cell)

        def compare(answers: list[Any]) -> None:
            answer.settle(self._differences(answers))

        def give_up(error: BaseException) -> None:
            answer.fail(error)

        self.pipe(self._account(), compare, give_up)
        return answer

    def _differences(self, answers: list[Any]) -> list[str]:
        balances, *changes = answers
        account = self._shared(changes)
        adjusted = added(self._adjustments(), account.by_others())
        assets = {each.asset for each in balances.balances} | adjusted.keys()
        assets |= self._expected().keys()
        return differences(
            self._ledger,
            balances,
            initial=self._initial,
            instruments=[self._instrument],
            adjusted=adjusted,
            elsewhere=[each for each in assets if not account.is_mine(each)],
        )


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else plain(amount)
