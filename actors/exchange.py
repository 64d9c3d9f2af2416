"""The paper exchange as an actor: the same words as a real one, and nothing at stake.

The venue behind it is the matching engine, which outlives a crash of this actor as a
real venue would. Commands are answered once they have acted, queries at once; reports
go to `reports_to`, in order, none lost.
"""

from collections import deque
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

import attrs

from ..supervision.outcome import CallFailed, NotSent, OutcomeUnknown, VenueRefused
from ..supervision.runtime.actor import Actor
from ..supervision.runtime.future import Future
from ..supervision.runtime.reference import Ref
from .binance_frames import SPOT
from .market import DepthSnapshot, DepthUpdate, MarketEnded, Quote, Trade
from .matching import MatchingEngine
from .messages import (
    CancelOrder,
    CancelReason,
    CancelRejected,
    OrderCancelled,
    OrderFilled,
    OrderRejected,
    OrderReport,
    PlaceOrder,
    RejectionReason,
)
from .queries import (
    Fills,
    Orders,
    Ping,
    QueryBalances,
    QueryFills,
    QueryOrders,
    VenueOrder,
    VenueTime,
)
from .venue_rules import Instrument, VenueRules


@attrs.define
class _Venue:
    """What outlives a crash: the venue, and what it has not reported or answered yet.

    Once the market has ended, nothing else would bring the time that commands take.
    """

    engine: MatchingEngine
    owed: deque[OrderReport] = attrs.field(factory=deque[OrderReport])
    under_way: dict[tuple[type[Any], str], Future[VenueOrder]] = attrs.field(
        factory=dict[tuple[type[Any], str], Future[VenueOrder]]
    )
    market_ended: bool = False


class PaperExchange(Actor):
    """One symbol of one venue on paper; see `MatchingEngine` for what is assumed.

    Amounts come as strings, as JSON has no exact numbers; fees are shares. `latency`
    is in seconds of event time.
    """

    replies_with: ClassVar[tuple[type[Exception], ...]] = (CallFailed,)

    reuses_ids: ClassVar[bool] = False
    """Whether a client order id may come again once its order is done (Binance)."""

    def __init__(  # noqa: PLR0913 - a venue has these rules
        self,
        reports_to: Ref,
        *,
        symbol: str = "BTCUSDT",
        base: str = "BTC",
        quote: str = "USDT",
        balances: Mapping[str, str] | None = None,
        tick_size: str = "0.01",
        lot_size: str = "0.00001",
        minimum_notional: str = "5",
        maker_fee: str = "0.001",
        taker_fee: str = "0.001",
        latency: float = 0.0,
        venue: str = SPOT,
    ) -> None:
        self._reports_to = reports_to
        self._symbol = symbol
        rules = VenueRules(
            instrument=Instrument(symbol=symbol, base=base, quote=quote),
            tick_size=Decimal(tick_size),
            lot_size=Decimal(lot_size),
            minimum_notional=Decimal(minimum_notional),
            maker_fee=Decimal(maker_fee),
            taker_fee=Decimal(taker_fee),
        )
        held = {asset: Decimal(held) for asset, held in (balances or {}).items()}
        self._venue: _Venue = self.snapshot or _Venue(
            MatchingEngine(
                rules, held, venue=venue, latency=latency, reuses_ids=self.reuses_ids
            )
        )
        self.save_snapshot(self._venue)
        self._engine = self._venue.engine

    def on_start(self) -> None:
        """Say what a predecessor crashed over."""
        self._report([])

    def on_receive(self, message: Any) -> Any:
        """Let the market move, take commands, answer queries."""
        match message:
            case Trade() | Quote() | DepthUpdate() | DepthSnapshot():
                self._venue.market_ended = False
                self._report(self._engine.on_market(message))
            case PlaceOrder():
                return self._place(message)
            case CancelOrder():
                self.permit.check(reduces=True)
                return self._act(message, self._engine.cancel(message))
            case MarketEnded():
                self._venue.market_ended = True
                self._report([])
            case _:
                return self._answer(message)
        return None

    def facts(self) -> Mapping[str, Any]:
        """Tell what the venue has seen of us."""
        orders = self._engine.orders()
        return {
            "orders_at_venue": len(orders),
            "fills_at_venue": len(self._engine.fills()),
            "open_at_venue": sum(not order.status.is_done for order in orders),
        }

    def _place(self, order: PlaceOrder) -> Any:
        expires_at = order.expires_at
        if expires_at is not None and expires_at <= self.clock.wall():
            raise NotSent(f"{order.client_order_id} had expired before it was sent")
        self.permit.check(reduces=order.reduces)
        return self._act(order, self._engine.place(order))

    def _act(
        self, command: PlaceOrder | CancelOrder, reports: list[OrderReport]
    ) -> Future[VenueOrder]:
        """Answer a command, at once or when it has got there."""
        answer: Future[VenueOrder] = Future(target=self.me.cell)
        self._venue.under_way[type(command), command.client_order_id] = answer
        self._report(reports)
        return answer

    def _report(self, reports: list[OrderReport]) -> None:
        owed = self._venue.owed
        owed += reports
        if self._venue.market_ended:
            owed += self._engine.flush()
        while owed:
            self._say(owed[0])
            self._settle(owed.popleft())

    def _say(self, report: OrderReport) -> None:
        self._reports_to.tell(report)

    def _settle(self, report: OrderReport) -> None:
        """Answer the command that this report is the end of."""
        name = report.client_order_id
        kind = CancelOrder if _ends_cancel(report) else PlaceOrder
        answer = self._venue.under_way.pop((kind, name), None)
        if answer is None:
            return
        order = self._engine.order(name)
        match report:
            case OrderRejected(reason=RejectionReason.DUPLICATE):
                answer.fail(OutcomeUnknown(report.detail))
            case OrderRejected() | CancelRejected() if order is None:
                answer.fail(VenueRefused(report.detail, code=str(report.reason)))
            case _ if order is not None:
                answer.settle(order)
            case _:
                pass

    def _answer(self, message: Any) -> Any:
        now = self._engine.balances().time
        match message:
            case QueryOrders(symbol=symbol, client_order_ids=wanted):
                found, absent = self._find(wanted)
                return Orders(symbol=symbol, orders=found, absent=absent, time=now)
            case QueryFills(symbol=symbol, after_trade_id=after):
                every = self._engine.fills(after or 0)
                fills: tuple[OrderFilled, ...] = every[-1:] if after is None else every
                return Fills(symbol=symbol, fills=fills, time=now)
            case QueryBalances():
                return self._engine.balances()
            case Ping():
                return VenueTime(time=now)
            case _:
                return self.unhandled(message)

    def _find(
        self, wanted: tuple[str, ...]
    ) -> tuple[tuple[VenueOrder, ...], tuple[str, ...]]:
        if not wanted:
            return self._engine.orders(), ()
        under_way = self._venue.under_way
        if any((PlaceOrder, name) in under_way for name in wanted):
            raise OutcomeUnknown("an order is on its way to the venue")
        found = {name: self._engine.order(name) for name in wanted}
        absent = tuple(name for name, order in found.items() if order is None)
        return tuple(order for order in found.values() if order), absent


def _ends_cancel(report: OrderReport) -> bool:
    requested = CancelReason.REQUESTED
    return isinstance(report, CancelRejected) or (
        isinstance(report, OrderCancelled) and report.reason is requested
    )
