"""The venue of the simulated world: the same matching engine, outcomes as on the wire.

What a fault makes of a call is decided by the same plan as in the venue server, and
what a client makes of the answer by the same classifier as in the live exchange. Only
the wire between them is left out.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar

import attrs

from holdfast.actors.exchange import PaperExchange
from holdfast.actors.live.classifier import classify
from holdfast.actors.live.venues import BINANCE
from holdfast.actors.live.wire import Wire
from holdfast.actors.messages import CancelOrder, OrderReport, PlaceOrder
from holdfast.actors.queries import Ping, QueryBalances, QueryFills, QueryOrders
from holdfast.supervision import Future
from holdfast.supervision.outcome import CallClass, OutcomeUnknown, call_class
from holdfast.testing.venue.binance.refusal import usual
from holdfast.testing.venue.faults.fault import Fault
from holdfast.testing.venue.faults.injector import Injector, Occasion
from holdfast.testing.venue.faults.kinds import ANSWERS, ANYWHERE, FaultKind
from holdfast.testing.venue.faults.plan import Delivery, Plan, plan_of
from holdfast.testing.venue.rest import Reply

CALLS = (CancelOrder, Ping, PlaceOrder, QueryBalances, QueryFills, QueryOrders)

ENDPOINTS: Mapping[type[Any], str] = {
    PlaceOrder: "POST /order",
    CancelOrder: "DELETE /order",
    QueryFills: "GET /myTrades",
    QueryBalances: "GET /account",
    Ping: "GET /time",
}
"""What a `where` may say to mean a call, as at the venue server."""

_ENDPOINTS = (*ENDPOINTS.values(), "GET /order", "GET /openOrders")

OF_CALLS = frozenset(
    {ANYWHERE, "rest", *(each.value for each in CallClass), *_ENDPOINTS}
    | {each.split()[1] for each in _ENDPOINTS}
)
OF_REPORTS = frozenset({"stream", "user", "executionReport"})
"""What the `where` of a fault may be that can strike here."""

OF_FRAMES = frozenset(
    {FaultKind.LOST_FRAME, FaultKind.DUPLICATED_FRAME, FaultKind.SILENT}
)
"""The faults of streams that mean something where reports are messages."""


def not_modelled(faults: Iterable[Fault]) -> list[str]:
    """Name the faults that would change nothing here."""
    return [
        f"{fault.id} ({fault.kind} of {fault.where})"
        for fault in faults
        if not (
            (fault.kind in ANSWERS and fault.where in OF_CALLS)
            or (fault.kind in OF_FRAMES and fault.where in {ANYWHERE, *OF_REPORTS})
        )
    ]


class SimulatedExchange(PaperExchange):
    """Answers as a real exchange would that meets these faults.

    `injector` is given by whoever runs the scenario: it outlives every crash here. A
    call that is not answered fails after `deadline` seconds, as the live one does.
    """

    reuses_ids: ClassVar[bool] = True

    def __init__(
        self, *, injector: Injector | None = None, deadline: float = 2.0, **rules: Any
    ) -> None:
        super().__init__(**rules)
        self._injector = injector or Injector(self.system.randomness, self.clock.now)
        self._deadline = deadline
        self._seen: list[str] = []
        self._shut_until = 0.0
        self._shut_reply = Reply()

    def on_receive(self, message: Any) -> Any:
        """Let faults strike calls; the market goes its way."""
        if not isinstance(message, CALLS):
            return super().on_receive(message)
        struck = self._injector.strike(ANSWERS, self._occasion(message))
        plan = plan_of(next(iter(struck), None), usual)
        if plan.shut_out_for:
            self._shut_out(plan)
        if self.clock.now() < self._shut_until:
            raise self._judged(self._shut_reply)
        if plan.late_by:
            self.after(plan.late_by, partial(self._execute_late, message))
        answer = super().on_receive(message) if plan.executes else None
        return self._delivered(plan, answer)

    def _delivered(self, plan: Plan, answer: Any) -> Any:
        """Return what reaches a client of a call that met this."""
        if plan.instead is not None:
            raise self._judged(plan.instead)
        match plan.delivery:
            case Delivery.ANSWER:
                return answer
            case Delivery.HANG:
                return self._unanswered()
            case Delivery.TRICKLE if plan.seconds < self._deadline:
                return answer
            case Delivery.TRICKLE:
                return self._unanswered()
            case _:
                raise OutcomeUnknown(f"{plan.delivery.name.lower()} by the venue")

    def _say(self, report: OrderReport) -> None:
        """Let faults strike what the account's stream tells."""
        occasion = Occasion(
            names=OF_REPORTS,
            client_order_id=report.client_order_id,
        )
        struck = {fault.kind for fault in self._injector.strike(OF_FRAMES, occasion)}
        if FaultKind.LOST_FRAME in struck or FaultKind.SILENT in struck:
            return
        for _ in range(1 + (FaultKind.DUPLICATED_FRAME in struck)):
            super()._say(report)

    def _shut_out(self, plan: Plan) -> None:
        self._shut_until = self.clock.now() + plan.shut_out_for
        again = {"Retry-After": f"{plan.shut_out_for:g}"}
        self._shut_reply = attrs.evolve(
            usual(-1003, None, plan.shut_out_status), headers=again
        )

    def _unanswered(self) -> Future[Any]:
        never: Future[Any] = Future(target=self.me.cell)
        late = OutcomeUnknown(f"no answer within {self._deadline:g} s")

        def give_up() -> None:
            never.fail(late)

        self.clock.call_later(self._deadline, give_up)
        return never

    def _execute_late(self, message: Any) -> None:
        """Do what nobody waits for any more, unless it has expired."""
        try:
            super().on_receive(message)
        except Exception:  # noqa: BLE001 - the venue refused it, and nobody hears that
            return

    def _judged(self, reply: Reply) -> Exception:
        wire = Wire(begun=True, sent=True)
        wire.answered(reply.status, reply.headers, reply.body.decode())
        return classify(ValueError("an answer"), wire, BINANCE.words)

    def _occasion(self, message: Any) -> Occasion:
        name = _order_of(message)
        if isinstance(message, PlaceOrder) and name not in self._seen:
            self._seen.append(name)
        endpoint = ENDPOINTS.get(message.__class__, _query(message))
        names = {"rest", call_class(message).value, endpoint, endpoint.split()[1]}
        return Occasion(
            names=frozenset(names),
            client_order_id=name,
            intent=self._seen.index(name) + 1 if name in self._seen else 0,
        )


def _order_of(message: Any) -> str:
    """Name the one order that a call is about, if it is about one."""
    names: Sequence[str] = getattr(message, "client_order_ids", ())
    name: str = getattr(message, "client_order_id", names[0] if names else "")
    return name


def _query(message: Any) -> str:
    ids: Sequence[str] = getattr(message, "client_order_ids", ())
    return "GET /order" if ids else "GET /openOrders"
