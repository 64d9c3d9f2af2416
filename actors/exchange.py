"""The paper exchange as an actor: the same words as a real one, and nothing at stake.

The venue behind it is the matching engine, which outlives a crash of this actor as a
real venue would. Reports go to `reports_to`, in order, none lost; queries are answered.
"""

from collections import deque
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import attrs

from ..supervision.runtime.actor import Actor
from ..supervision.runtime.reference import Ref
from .binance_frames import SPOT
from .market import DepthSnapshot, DepthUpdate, MarketEnded, Quote, Trade
from .matching import MatchingEngine
from .messages import (
    CancelOrder,
    Fills,
    OrderFilled,
    OrderRejected,
    OrderReport,
    Orders,
    PlaceOrder,
    QueryBalances,
    QueryFills,
    QueryOrders,
    RejectionReason,
    VenueOrder,
)
from .venue_rules import Instrument, VenueRules


@attrs.define
class _Venue:
    """What outlives a crash: the venue, and what it has not reported yet.

    Once the market has ended, nothing else would bring the time that commands take.
    """

    engine: MatchingEngine
    owed: deque[OrderReport] = attrs.field(factory=deque[OrderReport])
    market_ended: bool = False


class PaperExchange(Actor):
    """One symbol of one venue on paper; see `MatchingEngine` for what is assumed.

    Amounts come as strings, as JSON has no exact numbers; fees are shares. `latency`
    is in seconds of event time.
    """

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
            MatchingEngine(rules, held, venue=venue, latency=latency)
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
                self._place(message)
            case CancelOrder():
                self.permit.check(reduces=True)
                self._report(self._engine.cancel(message))
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
            "orders": len(orders),
            "fills": len(self._engine.fills()),
            "open_orders": sum(not order.status.is_done for order in orders),
        }

    def _place(self, order: PlaceOrder) -> None:
        self.permit.check()
        reports = self._engine.place(order)
        if self.redelivered and _is_duplicate(reports):
            # It arrived before the crash: that is no news for whoever sent it once.
            return
        self._report(reports)

    def _report(self, reports: list[OrderReport]) -> None:
        owed = self._venue.owed
        owed += reports
        if self._venue.market_ended:
            owed += self._engine.flush()
        while owed:
            self._reports_to.tell(owed[0])
            owed.popleft()

    def _answer(self, message: Any) -> Any:
        now = self._engine.balances().time
        match message:
            case QueryOrders(symbol=symbol, client_order_ids=wanted):
                found, absent = self._find(wanted)
                return Orders(symbol=symbol, orders=found, absent=absent, time=now)
            case QueryFills(symbol=symbol, after_trade_id=after):
                fills: tuple[OrderFilled, ...] = self._engine.fills(after)
                return Fills(symbol=symbol, fills=fills, time=now)
            case QueryBalances():
                return self._engine.balances()
            case _:
                return self.unhandled(message)

    def _find(
        self, wanted: tuple[str, ...]
    ) -> tuple[tuple[VenueOrder, ...], tuple[str, ...]]:
        if not wanted:
            return self._engine.orders(), ()
        found = {name: self._engine.order(name) for name in wanted}
        absent = tuple(name for name, order in found.items() if order is None)
        return tuple(order for order in found.values() if order), absent


def _is_duplicate(reports: list[OrderReport]) -> bool:
    return any(
        isinstance(report, OrderRejected) and report.reason is RejectionReason.DUPLICATE
        for report in reports
    )
