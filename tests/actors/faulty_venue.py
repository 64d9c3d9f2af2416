"""A venue that misbehaves in every way that is known of venues, on time."""

from collections.abc import Callable
from typing import Any

import attrs

from holdfast.actors.messages import OrderFilled, PlaceOrder
from holdfast.actors.queries import Fills, QueryBalances, QueryFills, QueryOrders
from holdfast.supervision import Future
from holdfast.supervision.outcome import (
    NotSent,
    OutcomeUnknown,
    Throttled,
    VenueRefused,
)
from holdfast.tests.actors.scripted_venue import (
    Answer,
    ScriptedVenue,
    fail,
    failed,
    never,
    take,
    take_and_fail,
    take_silently,
)

LOST = OutcomeUnknown("the connection broke")


@attrs.define
class FaultyVenue(ScriptedVenue):
    """A scripted venue with a clock: some things come late, or are seen late.

    `late` are requests that are still on their way: the venue takes one when its time
    has come, unless it has expired by then. `hides_until` says until when it denies an
    order, `hides_fills_until` until when it lists no fill, `fails_until` until when
    each question fails.
    """

    now: Callable[[], float] = lambda: 0.0
    late: list[tuple[float, PlaceOrder]] = attrs.field(
        factory=list[tuple[float, PlaceOrder]]
    )
    hides_until: dict[str, float] = attrs.field(factory=dict[str, float])
    hides_fills_until: float = 0.0
    fails_until: float = 0.0

    def answer(self, message: Any) -> Any:
        """Answer as an exchange does on a bad day."""
        now = self.now()
        is_query = isinstance(message, QueryOrders | QueryFills | QueryBalances)
        if is_query and now < self.fails_until:
            return failed(LOST)
        self.hidden = {name for name, end in self.hides_until.items() if now < end}
        answer: Any = super().answer(message)
        if isinstance(answer, Fills) and now < self.hides_fills_until:
            return attrs.evolve(answer, fills=())
        return answer

    def arrive(self) -> list[str]:
        """Take the requests whose time has come; return the names of the orders."""
        now = self.now()
        due = [order for when, order in self.late if when <= now]
        self.late = [each for each in self.late if each[0] > now]
        return [
            take(self, order).client_order_id
            for order in due
            if order.expires_at and now < order.expires_at
        ]

    def trade(self, name: str) -> OrderFilled | None:
        """Let one unit of an order trade, if it is open."""
        order = self.orders.get(name)
        if order is None or order.status.is_done:
            return None
        return self.fill(name, 1)


def taken(seconds: float) -> Answer:
    """Let the order rest, and deny it for so many seconds."""

    def answer(venue: ScriptedVenue, order: PlaceOrder) -> Any:
        assert isinstance(venue, FaultyVenue)
        venue.hides_until[order.client_order_id] = venue.now() + seconds
        take(venue, order)
        return failed(LOST)

    return answer


def arrives_after(seconds: float, *, answers: bool) -> Answer:
    """Have the request arrive late; the client gave up before, or hears nothing."""

    def answer(venue: ScriptedVenue, order: PlaceOrder) -> Any:
        assert isinstance(venue, FaultyVenue)
        venue.late.append((venue.now() + seconds, order))
        unanswered: Future[Any] = Future()
        return failed(LOST) if answers else unanswered

    return answer


def crash(venue: ScriptedVenue, order: PlaceOrder) -> Any:
    """Let the order rest, and take the exchange actor down."""
    take(venue, order)
    raise RuntimeError("a bug in the exchange actor")


def filled_at_once(venue: ScriptedVenue, order: PlaceOrder) -> Any:
    """Let all of the order trade before the answer is lost."""
    take(venue, order)
    venue.fill(order.client_order_id, int(order.quantity))
    return failed(LOST)


FAULTS: list[Answer] = [
    take,
    take_and_fail(LOST),
    take_silently,
    never,
    filled_at_once,
    fail(LOST),
    fail(VenueRefused("no", code="lot_size")),
    fail(NotSent("connection refused")),
    fail(Throttled("429", retry_after=1.0)),
    fail(ValueError("an answer that makes no sense")),
    taken(2.0),
    crash,
    arrives_after(1.0, answers=True),
    arrives_after(2.9, answers=True),
    arrives_after(2.9, answers=False),
    arrives_after(3.1, answers=True),
]
