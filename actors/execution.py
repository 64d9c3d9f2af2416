"""Turns intents into orders, once each, and knows what became of them.

The single writer of one venue account. An order is written down before it is sent,
with a name that nothing else has, and it is sent once: what is not known of it
afterwards is found out, never guessed. After a restart the journal tells what was
wanted and the venue what became of it; ready means that both agree.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

import attrs

from ..supervision.halt_file import HaltFile
from ..supervision.runtime.actor import Actor
from ..supervision.runtime.clock import Timer
from ..supervision.runtime.reference import Ref
from .cancelling_all import CancellingAll, HaltWatch
from .cancels import Cancels
from .certainty import Certainty
from .comparing import Comparing
from .evidence import BalanceAdjusted, Entry, OrderUnknown, named
from .gates import Gate, Gates
from .hearing import Hearing, KeptOfStream
from .inquiries import Inquiries
from .inquiry import InquirySettings
from .journal_writer import JournalWriter
from .messages import (
    CancelIntent,
    CancelRejected,
    Intent,
    OrderAccepted,
    OrderCancelled,
    OrderFilled,
    OrderRejected,
    OrderReport,
    OrderStatus,
    PlaceOrder,
    RejectionReason,
)
from .missing_fills import MissingFills
from .order_desk import Counts, News, OrderDesk
from .order_journal import JournalOpened
from .order_names import OrderNames
from .order_state import Evidence, OrderRecord, in_doubt
from .queries import AccountStreamDown, AccountStreamUp, OutcomesDoubted
from .reconciliation import ExternalOrders
from .reconciling import Reconciling, Round
from .risk_words import CancelAll
from .sending import Sending, Unsent
from .updates import (
    OrderUpdated,
    QueryLedger,
    QueryOpenOrders,
    Reconcile,
)
from .venue_calls import VenueCalls
from .verdict import rejected

OWN_GATES = (Gate.RECONCILIATION, Gate.UNKNOWN_ORDER, Gate.JOURNAL)


@attrs.define
class _Kept:
    """What outlives a crash: orders that did not leave, entries not known written.

    `before`: what the journal came to when this process began.
    """

    unsent: dict[str, Unsent] = attrs.field(factory=dict[str, Unsent])
    owed: list[Entry] = attrs.field(factory=list[Entry])
    before: Counts | None = None
    stream: KeptOfStream = attrs.field(factory=KeptOfStream)


class Execution(Actor):
    """Writes to `journal`, sends to `exchange`, and tells `positions` what it learns.

    `node` stands in every client order id, and so does the term that each start
    begins. A venue may take an order until `order_lifetime` seconds after it was
    wanted, and has `order_timeout` seconds to answer. What closes and opens a gate is
    told to `gates_to` as well. All is compared with the venue every `reconcile_every`
    seconds; `external` says what becomes of open orders that nobody here has placed.
    `breaker` hears of each call whose outcome is known at last.
    `inquiry` are the fields of `InquirySettings`.
    """

    says_ready: ClassVar[bool] = True

    def __init__(  # noqa: PLR0913 - the terms of one account
        self,
        exchange: Ref,
        journal: Ref,
        positions: Ref,
        *,
        symbol: str = "BTCUSDT",
        node: str = "a",
        gates_to: Ref | None = None,
        breaker: Ref | None = None,
        order_lifetime: float = 3.0,
        order_timeout: float = 5.0,
        reconcile_every: float = 30.0,
        external: str = "alarm",
        inquiry: Mapping[str, Any] | None = None,
    ) -> None:
        self._positions = positions
        self._breaker = breaker
        self._node = node
        self._names = OrderNames(node, 0)
        self._gates = Gates(OWN_GATES, symbol, gates_to)
        self._halt = HaltFile(self.system.state_dir)
        self._lifetime = order_lifetime
        self._reconcile_every = reconcile_every
        self._external = ExternalOrders(external)
        self._alarmed: set[str] = set()
        self._is_ready = False
        self._dropped = self._corrected = 0
        self._round_due: Timer | None = None
        self._desk = OrderDesk()
        self._kept: _Kept = self.snapshot or _Kept()
        self.save_snapshot(self._kept)
        self._certainty = Certainty(
            self._breaker,
            self._gates,
            doubts=lambda: len(self._inquiries),
            under_way=lambda: len(self._sending.under_way),
            then=self._compare_if_certain,
        )
        venue = VenueCalls(exchange, symbol, order_timeout)
        self._assemble_acts(venue, journal)
        self._assemble_questions(venue, InquirySettings(**(inquiry or {})))

    def _assemble_acts(self, venue: VenueCalls, journal: Ref) -> None:
        """Make those who write down, send and take back."""
        desk, learn, kept = self._desk, self._learn, self._kept
        self._writer = JournalWriter(self, journal, kept.owed, self._on_journal_trouble)
        self._sending = Sending(
            self,
            venue,
            desk,
            self._writer,
            kept.unsent,
            self._objection,
            learn,
            self._certainty.look,
        )
        self._cancels = Cancels(
            self,
            venue,
            desk,
            learn,
            self._reconcile_soon,
            self._certainty.known,
            self.alarm,
        )
        self._all = CancellingAll(
            self, venue, desk, self._sending, self._cancels, learn
        )

    def _assemble_questions(self, venue: VenueCalls, settings: InquirySettings) -> None:
        """Make those who find out what has become of it all."""
        desk, gates = self._desk, self._gates
        self._hearing = Hearing(
            self, self._kept.stream, gates, self._learn, self._reconcile_soon
        )
        learn = self._hearing.read
        self._missing_fills = MissingFills(self, venue, desk, learn)
        self._inquiries = Inquiries(
            self,
            venue,
            desk,
            settings,
            self._lifetime,
            learn,
            self.alarm,
            self._certainty.found_out,
        )
        self._reconciling = Reconciling(
            self,
            venue,
            desk,
            self._node,
            learn,
            self._writer.write,
            self._on_round,
            self._on_failed_round,
        )
        self._comparing = Comparing(self, desk, self._reconciling, self._certainty)

    def on_start(self) -> None:
        """Read the journal; then ask the venue."""
        self.pipe(self._writer.open(), self._on_opened)

    def on_receive(self, message: Any) -> Any:
        """Place, cancel, fold reports, answer."""
        match message:
            case Intent():
                self._on_intent(message)
            case CancelIntent():
                self._on_cancel(message)
            case OrderAccepted() | OrderRejected() | OrderFilled() | OrderCancelled():
                self._hearing.told(message)
                self._learn(message)
            case AccountStreamUp() | AccountStreamDown():
                self._hearing.changed(message)
            case OutcomesDoubted():
                self._reconcile_soon()
            case BalanceAdjusted():
                self._desk.replay([message])
                self._writer.keep(message)
            case CancelRejected():
                pass  # whoever cancels asks again until the order has ended
            case _:
                return self._answer(message)
        return None

    def _answer(self, message: Any) -> Any:
        match message:
            case QueryOpenOrders():
                working = map(self._desk.working, self._desk.unsettled())
                return tuple(order for order in working if order is not None)
            case QueryLedger():
                return self._desk.ledger()
            case Reconcile():
                return self._comparing.ask()
            case CancelAll():
                return self._all.request(message)
            case _:
                return self.unhandled(message)

    def facts(self) -> Mapping[str, Any]:
        """Tell what has come of orders since the process began, and what is certain."""
        counts = self._desk.counts.since(self._kept.before or Counts())
        working = self._desk.unsettled()
        return {
            "orders": counts.orders,
            "fills": counts.fills,
            "open_orders": sum(not each.status.is_done for each in working),
            "sent": self._sending.sent,
            "dropped_duplicates": self._dropped,
            "rejected_by_venue": counts.rejected,
            "unknown_orders": len(self._inquiries),
            "corrected": self._corrected,
            "closed_gates": dict(self._gates.closed),
        }

    def _on_opened(self, opened: JournalOpened) -> None:
        self._names = OrderNames(self._node, opened.term)
        self._desk.replay((*opened.entries, *self._writer.owed))
        self._kept.before = self._kept.before or self._desk.counts
        self._writer.pay()
        for record in self._desk.unsettled():
            self._look_after(record)
        self._reconcile_soon()

    # -- intents --

    def _on_intent(self, intent: Intent) -> None:
        known = self._desk.order_of(intent.id)
        if known is not None:
            self._dropped += 1
            order = PlaceOrder.of(intent, known.client_order_id, 0.0)
            why = f"{intent.id} was ordered before"
            again = rejected(order, RejectionReason.DUPLICATE, why, intent.time)
            self._tell(known, again)  # somebody crashed and may not have heard
            return
        name = self._names.next()
        while self._desk.record(name) is not None:
            name = self._names.next()  # whatever happened to the journal and the clock
        order = PlaceOrder.of(intent, name, self.clock.wall() + self._lifetime)
        self._sending.begin(intent, order)

    def _objection(self, order: PlaceOrder) -> str:
        why = self._halt.reason()
        if why and not (order.reduces and self._halt.lets_close()):
            return f"halted: {why}"
        return "" if order.reduces else str(self._gates)

    def _on_cancel(self, cancel: CancelIntent) -> None:
        for record in self._desk.wish_away(cancel):
            name = record.client_order_id
            if not self._sending.call_off(name, "it was cancelled before it was sent"):
                self._writer.keep(cancel)
                self._cancels.begin(name, cancel.time)

    # -- evidence --

    def _learn(self, evidence: Evidence) -> bool:
        """Take in evidence, tell what is new, and write it down; False: nothing is."""
        evidence = named(evidence)
        found = self._desk.learn(evidence)
        if found is None:
            return False
        for report in found.reports:
            self._tell(found.after, report)
        if not isinstance(evidence, PlaceOrder | CancelRejected):
            self._writer.keep(evidence)
        self._follow(found, evidence)
        return True

    def _follow(self, found: News, evidence: Evidence) -> None:
        record = found.after
        if found.before.is_rejected and record.exists and not found.before.exists:
            self.alarm(f"{record.client_order_id} was given up and is at the venue")
        if isinstance(evidence, OrderUnknown):  # the breaker waits for its outcome
            self._inquiries.begin(record.client_order_id)
        self._look_after(record)

    def _look_after(self, record: OrderRecord) -> None:
        """Begin what an order needs as it is now."""
        name = record.client_order_id
        if record.misses_fills:
            self._missing_fills.ask_soon()
        if record.is_rejected and record.exists and not record.status.is_done:
            self._desk.wants_cancel.add(name)  # nobody counts with it any more
        if record.exists and name in self._desk.wants_cancel:
            self._cancels.begin(name, 0.0)
        if record.status is OrderStatus.UNKNOWN:
            self._inquiries.begin(name)
            self._gates.close(
                Gate.UNKNOWN_ORDER, f"nobody knows whether {name} is open"
            )

    def _tell(self, record: OrderRecord, report: OrderReport | OrderUnknown) -> None:
        order = self._desk.working(record)
        if order is not None:
            self._positions.tell(OrderUpdated(order=order, report=report))

    # -- reconciliation --

    def _reconcile_soon(self) -> None:
        self._reconciling.request()

    def _on_round(self, found: Round) -> None:
        self._corrected += found.corrected
        for incident in found.incidents:
            self._alarm_once(incident)
        comparison = found.comparison
        for name in comparison.in_doubt:
            record = self._desk.record(name)
            waits = {*self._sending.unsent, *self._sending.under_way}
            if record is not None and name not in waits:
                self._learn(in_doubt(record, "the venue does not list it"))
        for name in comparison.external:
            self._on_external(name, is_lost=name in comparison.lost)
        self._hearing.compared(is_last=not self._reconciling.is_wanted)
        self._next_round_in(self._reconcile_every)
        self._comparing.balances(self._positions)
        self._certainty.round_over()
        if not self._is_ready:
            self._is_ready = True
            self._gates.say_again(self.incarnation)
            HaltWatch(self, self._halt, self._all).begin()
            self._sending.resume()
            for name in list(self._desk.wants_cancel):
                self._cancels.begin(name, 0.0)
            self.ready()

    def _on_external(self, name: str, *, is_lost: bool) -> None:
        whose = "has our name, and the journal does not know it" if is_lost else ""
        told = f"an order that nobody here has placed is open at the venue: {name}"
        if is_lost or self._external is not ExternalOrders.ADOPT:
            self._alarm_once(f"{told} {whose}".rstrip())
        if self._external is ExternalOrders.CANCEL:
            self._desk.wants_cancel.add(name)
            self._cancels.begin(name, 0.0)

    def _on_failed_round(self, failures: int, error: BaseException) -> None:
        if failures > 1:
            self._gates.close(Gate.RECONCILIATION, f"no round was finished: {error}")

    def _next_round_in(self, seconds: float) -> None:
        if self._round_due is not None:
            self._round_due.cancel()
        self._round_due = self.after(seconds, self._reconcile_soon)

    def _compare_if_certain(self) -> None:
        self._comparing.go_on()

    # -- gates and alarms --

    def _on_journal_trouble(self, trouble: str) -> None:
        if trouble:
            self._gates.close(Gate.JOURNAL, trouble)
            self.alarm(f"no order is sent that can't be written down: {trouble}")
        else:
            self._gates.open(Gate.JOURNAL)

    def _alarm_once(self, what: str) -> None:
        if what not in self._alarmed:
            self._alarmed.add(what)
            self.alarm(what)
