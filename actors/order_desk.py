"""All that execution knows of its orders: wishes, evidence, what is still to be sent.

It is rebuilt from the journal, entry by entry, and says what is new.
"""

from collections.abc import Iterable, Iterator
from decimal import Decimal, localcontext

import attrs

from .evidence import (
    BalanceAdjusted,
    Baseline,
    Entry,
    OrderUnknown,
    RiskArmed,
    RiskBaseline,
    RiskTightened,
)
from .messages import (
    CancelIntent,
    Intent,
    OrderFilled,
    OrderReport,
    OrderStatus,
    PlaceOrder,
)
from .news import news
from .order_state import Evidence, OrderLog, OrderRecord
from .queries import VenueOrder
from .updates import LedgerReport, WorkingOrder
from .venue_rules import EXACT, NOTHING

OVERLAP = 60.0
"""Seconds by which a list of fills reaches back: one may become visible late."""


@attrs.frozen
class News:
    """What a piece of evidence has changed."""

    before: OrderRecord
    after: OrderRecord
    reports: list[OrderReport | OrderUnknown]


@attrs.frozen
class Counts:
    """Orders of ours: how many the venue has taken, and not taken; and all fills."""

    orders: int = 0
    fills: int = 0
    rejected: int = 0

    def since(self, before: "Counts") -> "Counts":
        """Return what has come since."""
        return Counts(
            self.orders - before.orders,
            self.fills - before.fills,
            self.rejected - before.rejected,
        )


class OrderDesk:
    """See the module; names are client order ids.

    `contested` are orders that the venue lists as open and that have ended here.
    """

    def __init__(self) -> None:
        self.baseline: Baseline | None = None
        self.wants_cancel: set[str] = set()
        self.contested: dict[str, VenueOrder] = {}
        self._log = OrderLog()
        self._orders: dict[str, PlaceOrder] = {}
        self._wishes: dict[str, Intent] = {}
        self._names: dict[str, str] = {}
        self._successors: dict[str, list[str]] = {}
        self._before: dict[str, Decimal] = {}
        self._fills: dict[tuple[str, int], OrderFilled] = {}
        self._adjustments: dict[str, BalanceAdjusted] = {}
        self._taken = self._rejected = 0

    def replay(self, entries: Iterable[Entry]) -> None:
        """Take in what the journal tells."""
        for entry in entries:
            match entry:
                case Baseline():
                    self.begin_after(entry)
                case BalanceAdjusted():
                    self._adjustments[entry.id] = entry
                case Intent():
                    self._wish(entry)
                case CancelIntent():
                    self.wish_away(entry)
                case RiskTightened() | RiskArmed() | RiskBaseline():
                    pass  # read by risk
                case _:
                    self.learn(entry)

    def begin_after(self, baseline: Baseline) -> None:
        """Begin the books with what the account held at some moment."""
        self.baseline = baseline
        self._log.begin_after(baseline)
        self._fills = {
            key: fill for key, fill in self._fills.items() if not self._is_past(fill)
        }

    def wish(self, intent: Intent, order: PlaceOrder) -> None:
        """Take note of an intent, and of the order that it becomes."""
        self._wish(intent)
        self._take_note(order)
        self._log.apply(order)  # which is no news to anybody

    def _wish(self, intent: Intent) -> None:
        self._wishes[intent.id] = intent
        if intent.replaces:
            self._successors.setdefault(intent.replaces, []).append(intent.id)
            self._before[intent.id] = self.traded_by(intent.replaces)

    def traded_by(self, intent_id: str) -> Decimal:
        """Return what the order of an intent has traded, and all in whose place it is.

        FIX: CumQty, which goes on over a chain of Order Cancel/Replace Requests.
        """
        record = self.order_of(intent_id)
        own = NOTHING if record is None else record.filled
        with localcontext(EXACT):
            return own + self._before.get(intent_id, NOTHING)

    def _take_note(self, order: PlaceOrder) -> None:
        self._orders[order.client_order_id] = order
        self._names[order.intent_id] = order.client_order_id

    def wish_away(self, cancel: CancelIntent) -> list[OrderRecord]:
        """Take note that an intent is no longer wanted; return what is left of it."""
        name = self._names.get(cancel.intent_id, "")
        record = self._log.order(name)
        if record is None or record.status.is_done:
            return []
        self.wants_cancel.add(name)
        return [record]

    def learn(self, evidence: Evidence) -> News | None:
        """Take in a piece of evidence; None: it says nothing that was not known."""
        if isinstance(evidence, PlaceOrder):
            self._take_note(evidence)
        elif isinstance(evidence, OrderFilled):
            if self._is_past(evidence):
                return None
            self._fills.setdefault((evidence.symbol, evidence.trade_id), evidence)
        before = self._log.order(evidence.client_order_id) or OrderRecord(
            client_order_id=evidence.client_order_id, symbol=evidence.symbol
        )
        if not self._log.apply(evidence):
            return None
        after = self._log.order(evidence.client_order_id)
        assert after is not None  # noqa: S101 - it was applied
        if after.client_order_id in self._orders:
            self._taken += after.exists - before.exists
            self._rejected += _is_rejected(after) - _is_rejected(before)
        if self.is_over(after.client_order_id):
            self.wants_cancel.discard(after.client_order_id)
        return News(before, after, news(before, after, evidence))

    def _is_past(self, fill: OrderFilled) -> bool:
        """Say whether a fill is in the baseline, and was told with it."""
        return (
            self.baseline is not None
            and fill.symbol == self.baseline.symbol
            and fill.trade_id <= self.baseline.last_trade_id
        )

    def order_of(self, intent_id: str) -> OrderRecord | None:
        """Return the order that an intent has become."""
        return self._log.order(self._names.get(intent_id, ""))

    def successor_of(self, intent_id: str) -> OrderRecord | None:
        """Return an order that took the place of another, unless it was rejected."""
        found = map(self.order_of, self._successors.get(intent_id, ()))
        return next((each for each in found if each and not _is_rejected(each)), None)

    def record(self, name: str) -> OrderRecord | None:
        """Return what is known of an order."""
        return self._log.order(name)

    def placed(self, name: str) -> PlaceOrder | None:
        """Return the request for an order; None if it was not made here."""
        return self._orders.get(name)

    def wish_for(self, name: str) -> Intent | None:
        """Return the intent behind an order; None if it was not made here."""
        order = self._orders.get(name)
        return None if order is None else self._wishes.get(order.intent_id)

    @property
    def counts(self) -> Counts:
        """What all the journal and all the evidence come to."""
        return Counts(self._taken, len(self._fills), self._rejected)

    def unsettled(self) -> list[OrderRecord]:
        """Return the orders that may still change anything."""
        found = {each.client_order_id: each for each in self._log.open_orders()}
        for name in self.contested:
            record = self._log.order(name)
            assert record is not None  # noqa: S101 - it was known when it was contested
            found[name] = record
        return list(found.values())

    def is_over(self, name: str) -> bool:
        """Say whether nothing of an order can trade, or nobody knows of any such."""
        record = self._log.order(name)
        return record is None or (record.status.is_done and name not in self.contested)

    def contest(self, listed: VenueOrder) -> None:
        """Count with an order that has ended here, as the venue lists it."""
        self.contested[listed.client_order_id] = listed

    def concede(self, name: str) -> VenueOrder | None:
        """Trust our books again; return what the venue had listed against them."""
        listed = self.contested.pop(name, None)
        if listed is not None:
            self.wants_cancel.discard(name)
        return listed

    def working(self, record: OrderRecord) -> WorkingOrder | None:
        """Describe an order to others; None while nothing has told which way it trades.

        As long as the venue counts more fills than were told, it is not done. Quantity
        and what is filled of it are those of a whole chain of replacements.
        """
        if record.side is None:
            return None
        intent = self.wish_for(record.client_order_id)
        status, filled = record.status, record.filled
        if record.misses_fills:
            filled = record.told
        if (listed := self.contested.get(record.client_order_id)) is not None:
            status, filled = listed.status, min(filled, listed.filled)
        elif status.is_done and not record.is_settled:
            partly = OrderStatus.PARTIALLY_FILLED
            status = partly if record.told else OrderStatus.OPEN
        quantity = record.filled if record.quantity is None else record.quantity
        before = self._before.get(record.intent_id)
        if before is not None:
            with localcontext(EXACT):
                quantity, filled = quantity + before, filled + before
        return WorkingOrder(
            client_order_id=record.client_order_id,
            intent_id=record.intent_id,
            strategy="" if intent is None else intent.strategy,
            symbol=record.symbol,
            side=record.side,
            quantity=quantity,
            price=record.price,
            filled=filled,
            status=status,
            time=0.0 if intent is None else intent.time,
            replaces="" if intent is None else intent.replaces,
        )

    @property
    def ask_fills_after(self) -> int:
        """The trade id after which a list of fills of the account has to begin.

        It reaches back before each order that has fills which were not told.
        """
        first = 0 if self.baseline is None else self.baseline.last_trade_id
        newest = max((fill.time for fill in self._fills.values()), default=0.0)
        until = min((newest, *self._times_of_gaps())) - OVERLAP
        settled = (fill.trade_id for fill in self._fills.values() if fill.time < until)
        return max(settled, default=first)

    def _times_of_gaps(self) -> Iterator[float]:
        for record in self._log.open_orders():
            if record.misses_fills:
                order = self._orders.get(record.client_order_id)
                yield 0.0 if order is None else order.time

    def ledger(self) -> LedgerReport | None:
        """Return all that changed the account; None before it has been looked at."""
        if self.baseline is None:
            return None
        return LedgerReport(
            baseline=self.baseline,
            fills=tuple(self._fills[each] for each in sorted(self._fills)),
            adjustments=tuple(self._adjustments.values()),
        )


def _is_rejected(record: OrderRecord) -> bool:
    return record.status is OrderStatus.REJECTED
