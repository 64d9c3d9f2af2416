"""Takes in what is learned of orders: tells others what is new, and writes it down."""

from collections.abc import Callable

import attrs

from ..supervision.runtime.reference import Ref
from .evidence import OrderSettled, OrderUnknown, named
from .journal_writer import JournalWriter
from .messages import CancelRejected, OrderReport, PlaceOrder
from .news import cancelled
from .order_desk import News, OrderDesk
from .order_state import Evidence, OrderRecord
from .queries import VenueOrder
from .updates import OrderUpdated


@attrs.define
class Learning:
    """What is new is told to `positions`; `follow` gets it after that."""

    desk: OrderDesk
    writer: JournalWriter
    positions: Ref
    follow: Callable[[News, Evidence], object]

    def learn(self, evidence: Evidence) -> bool:
        """Take in evidence; False: it says nothing that was not known."""
        evidence = named(evidence)
        found = self.desk.learn(evidence)
        if _says_that_it_is_over(evidence):
            self.concede(evidence.client_order_id)
        if found is None:
            return False
        for report in found.reports:
            self.tell(found.after, report)
        if not isinstance(evidence, PlaceOrder | CancelRejected):
            self.writer.keep(evidence)
        self.follow(found, evidence)
        return True

    def concede(self, name: str) -> None:
        """Say that an order is over, if the venue had it open against our books."""
        listed, record = self.desk.concede(name), self.desk.record(name)
        if listed is not None and record is not None:
            self.tell(record, cancelled(record, listed.time))

    def tell(self, record: OrderRecord, report: OrderReport | OrderUnknown) -> None:
        """Say what became of an order, unless nobody knows which way it trades."""
        order = self.desk.working(record)
        if order is not None:
            self.positions.tell(OrderUpdated(order=order, report=report))


def _says_that_it_is_over(evidence: Evidence) -> bool:
    """Say whether it ends what the venue had open against our books."""
    if isinstance(evidence, VenueOrder):
        return evidence.status.is_done
    return isinstance(evidence, OrderSettled)
