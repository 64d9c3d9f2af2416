"""Begins what an order needs after each piece of evidence, and after a restart."""

import attrs

from ..supervision.runtime.actor import Actor
from .cancels import Cancels
from .contradictions import Contradictions
from .evidence import OrderUnknown
from .gates import Gate, Gates
from .inquiries import Inquiries
from .messages import OrderStatus
from .missing_fills import MissingFills
from .order_desk import News, OrderDesk
from .order_state import Evidence, OrderRecord
from .replacing import Replacing


@attrs.define(kw_only=True)
class Following:
    """Made as turns of `actor`."""

    actor: Actor
    desk: OrderDesk
    gates: Gates
    inquiries: Inquiries
    missing_fills: MissingFills
    cancels: Cancels
    contradictions: Contradictions
    replacing: Replacing

    def follow(self, found: News, evidence: Evidence) -> None:
        """See to what a piece of evidence calls for."""
        before, record = found.before, found.after
        name = record.client_order_id
        if record.status.is_done and not before.status.is_done:
            self.contradictions.has_ended(name)
        if before.is_rejected and record.exists and not before.exists:
            self.actor.alarm(f"{name} was given up and is at the venue")
        if isinstance(evidence, OrderUnknown):  # the breaker waits for its outcome
            self.inquiries.begin(name)
        self.look_after(record)
        self.replacing.look(name)

    def look_after(self, record: OrderRecord) -> None:
        """Begin what an order needs as it is now."""
        name = record.client_order_id
        if record.misses_fills:
            self.missing_fills.ask_soon()
        if record.is_rejected and record.exists and not record.status.is_done:
            self.desk.wants_cancel.add(name)  # nobody counts with it any more
        if record.exists and name in self.desk.wants_cancel:
            self.cancels.begin(name, 0.0)
        if record.status is OrderStatus.UNKNOWN:
            self.inquiries.begin(name)
            why = f"nobody knows whether {name} is open"
            self.gates.close(Gate.UNKNOWN_ORDER, why)
