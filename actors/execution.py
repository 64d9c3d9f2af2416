"""Turns intents into orders, once each, and knows what became of them.

The single writer of one venue account. An order is written down before it is sent,
with a name that nothing else has, and it is sent once: what is not known of it
afterwards is found out, never guessed. After a restart the journal tells what was
wanted and the venue what became of it; ready means that both agree.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from ..supervision.halt_file import HaltFile
from ..supervision.runtime.actor import Actor
from ..supervision.runtime.reference import Ref
from .cancelling_all import CancellingAll, HaltWatch
from .cancels import Cancels
from .certainty import Certainty
from .comparison import ExternalOrders
from .contradictions import Contradictions
from .evidence import BalanceAdjusted
from .execution_memory import ExecutionMemory
from .following import Following
from .gates import Gate, Gates
from .hearing import Hearing
from .inquiries import Inquiries
from .inquiry import InquirySettings
from .journal_reading import read_journal
from .journal_writer import JournalWriter
from .learning import Learning
from .messages import (
    CancelIntent,
    CancelRejected,
    Intent,
    OrderAccepted,
    OrderCancelled,
    OrderFilled,
    OrderRejected,
    PlaceOrder,
)
from .missing_fills import MissingFills
from .order_desk import Counts, News, OrderDesk
from .order_journal import JournalOpened
from .order_names import OrderNames
from .order_state import Evidence
from .ordering import Ordering
from .queries import AccountStreamDown, AccountStreamUp, OutcomesDoubted
from .questions import Questions
from .reconciliation import Reconciliation
from .risk_words import CancelAll
from .sending import Sending
from .settling import Settling
from .updates import (
    QueryLedger,
    QueryOpenOrders,
    Reconcile,
    SettleOrder,
    WorkingOrder,
)
from .venue_calls import VenueCalls

OWN_GATES = (Gate.RECONCILIATION, Gate.UNKNOWN_ORDER, Gate.JOURNAL)


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
        self._symbol = symbol
        self._node = node
        self._gates = Gates(OWN_GATES, symbol, gates_to)
        self._halt = HaltFile(self.system.state_dir)
        self._desk = OrderDesk()
        self._kept: ExecutionMemory = self.snapshot or ExecutionMemory()
        self.save_snapshot(self._kept)
        self._assemble_books(journal, positions, breaker)
        venue = VenueCalls(exchange, symbol, order_timeout)
        self._questions = Questions(self, venue, self._hearing.read)
        self._assemble_acts(venue, order_lifetime)
        settings = InquirySettings(**(inquiry or {}))
        self._assemble_questions(venue, settings, order_lifetime)
        self._reconciliation = Reconciliation(
            actor=self,
            venue=venue,
            desk=self._desk,
            node=node,
            writer=self._writer,
            gates=self._gates,
            certainty=self._certainty,
            sending=self._sending,
            cancels=self._cancels,
            contradictions=self._contradictions,
            learning=self._learning,
            positions=positions,
            every=reconcile_every,
            external=ExternalOrders(external),
            hearing=self._hearing,
            agreed=self._begin,
        )

    def _assemble_books(
        self, journal: Ref, positions: Ref, breaker: Ref | None
    ) -> None:
        """Make those who write down, learn, and know what is certain."""
        self._writer = JournalWriter(
            self, journal, self._kept.owed, self._on_journal_trouble
        )
        self._learning = Learning(self._desk, self._writer, positions, self._follow)
        self._hearing = Hearing(
            self,
            self._kept.stream,
            self._gates,
            self._learning.learn,
            self._compare_soon,
        )
        self._certainty = Certainty(
            breaker,
            self._gates,
            doubts=lambda: len(self._inquiries),
            under_way=lambda: len(self._sending.under_way),
            compare=self._compare_soon,
            then=self._answer_if_certain,
        )

    def _assemble_acts(self, venue: VenueCalls, lifetime: float) -> None:
        """Make those who send and take back."""
        desk, learn = self._desk, self._learning.learn
        self._sending = Sending(
            self,
            venue,
            desk,
            self._writer,
            self._kept.unsent,
            self._objection,
            learn,
            self._certainty.look,
        )
        self._cancels = Cancels(
            self,
            venue,
            desk,
            learn,
            self._compare_soon,
            self._certainty.known,
            self.alarm,
        )
        self._ordering = Ordering(
            actor=self,
            desk=desk,
            writer=self._writer,
            learning=self._learning,
            sending=self._sending,
            cancels=self._cancels,
            lifetime=lifetime,
            names=OrderNames(self._node, 0),
            waiting=self._kept.waiting,
        )
        self._contradictions = Contradictions(
            self, desk, self._cancels, self._learning.tell
        )
        self._all = CancellingAll(
            self,
            venue,
            desk,
            self._sending,
            self._cancels,
            self._ordering.replacing,
            self._contradictions,
            self._questions,
            learn,
        )

    def _assemble_questions(
        self, venue: VenueCalls, settings: InquirySettings, lifetime: float
    ) -> None:
        """Make those who find out what has become of it all."""
        desk, learn = self._desk, self._hearing.read
        self._missing_fills = MissingFills(self, desk, self._questions)
        self._inquiries = Inquiries(
            self,
            venue,
            self._questions,
            desk,
            settings,
            lifetime,
            learn,
            self.alarm,
            self._certainty.found_out,
        )
        self._following = Following(
            actor=self,
            desk=desk,
            gates=self._gates,
            inquiries=self._inquiries,
            missing_fills=self._missing_fills,
            cancels=self._cancels,
            contradictions=self._contradictions,
            replacing=self._ordering.replacing,
        )
        self._settling = Settling(
            self, venue, self._questions, desk, settings.margin, learn
        )

    def on_start(self) -> None:
        """Read the journal; then ask the venue."""
        self.pipe(self._writer.open(), self._on_opened)

    def on_receive(self, message: Any) -> Any:
        """Place, cancel, fold reports, answer; what is of other symbols is not ours."""
        if getattr(message, "symbol", self._symbol) != self._symbol:
            return self.unhandled(message)
        match message:
            case Intent():
                self._ordering.order(message)
            case CancelIntent():
                self._ordering.cancel(message)
            case OrderAccepted() | OrderRejected() | OrderFilled() | OrderCancelled():
                self._hearing.told(message)
                self._learning.learn(message)
            case AccountStreamUp() | AccountStreamDown():
                self._hearing.changed(message)
            case OutcomesDoubted():
                self._reconciliation.request()
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
                return self._open_orders()
            case QueryLedger():
                return self._desk.ledger()
            case Reconcile():
                return self._reconciliation.ask()
            case CancelAll():
                return self._all.request(message)
            case SettleOrder():
                return self._settling.settle(message)
            case _:
                return self.unhandled(message)

    def _open_orders(self) -> tuple[WorkingOrder, ...]:
        working = map(self._desk.working, self._desk.unsettled())
        waiting = self._ordering.waiting.values()
        return (
            *(order for order in working if order is not None),
            *(WorkingOrder.pending(each.intent) for each in waiting),
        )

    def facts(self) -> Mapping[str, Any]:
        """Tell what has come of orders since the process began, and what is certain."""
        counts = self._desk.counts.since(self._kept.before or Counts())
        working = self._desk.unsettled()
        return {
            "orders": counts.orders,
            "fills": counts.fills,
            "open_orders": sum(
                not self._desk.is_over(each.client_order_id) for each in working
            ),
            "sent": self._sending.sent,
            "dropped_duplicates": self._ordering.dropped,
            "rejected_by_venue": counts.rejected,
            "unknown_orders": len(self._inquiries),
            "corrected": self._reconciliation.corrected,
            "closed_gates": dict(self._gates.closed),
        }

    def _on_opened(self, opened: JournalOpened) -> None:
        self._ordering.names = OrderNames(self._node, opened.term)
        journal = self._writer.journal
        read_journal(self, journal, (), self._desk.replay, self._on_read)

    def _on_read(self) -> None:
        self._desk.replay(self._writer.owed)
        self._kept.before = self._kept.before or self._desk.counts
        self._writer.pay()
        for record in self._desk.unsettled():
            self._following.look_after(record)
        self._reconciliation.request()

    def _begin(self) -> None:
        """Trade: all that was known here agrees with the venue."""
        self._gates.say_again(self.incarnation)
        HaltWatch(self, self._halt, self._all).begin()
        self._ordering.resume()
        for name in list(self._desk.wants_cancel):
            self._cancels.begin(name, 0.0)
        self.ready()

    def _objection(self, order: PlaceOrder) -> str:
        why = self._halt.reason()
        if why and not (order.reduces and self._halt.lets_close()):
            return f"halted: {why}"
        return "" if order.reduces else str(self._gates)

    def _follow(self, found: News, evidence: Evidence) -> None:
        self._following.follow(found, evidence)

    def _compare_soon(self) -> None:
        self._reconciliation.request()

    def _answer_if_certain(self) -> None:
        self._reconciliation.go_on()

    def _on_journal_trouble(self, trouble: str) -> None:
        if trouble:
            self._gates.close(Gate.JOURNAL, trouble)
            self.alarm(f"no order is sent that can't be written down: {trouble}")
        else:
            self._gates.open(Gate.JOURNAL)
