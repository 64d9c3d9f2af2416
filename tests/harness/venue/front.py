"""What a request meets before the exchange: the protocol, and all that goes wrong."""

import attrs

from holdfast.supervision.outcome import CallClass
from holdfast.testing.venue.core import VenueCore
from holdfast.testing.venue.faults.conditions import Conditions
from holdfast.testing.venue.faults.fault import Fault
from holdfast.testing.venue.faults.gate import Gate
from holdfast.testing.venue.faults.injector import Injector, Occasion
from holdfast.testing.venue.faults.kinds import ANSWERS, CONDITIONS, ORDER_EFFECTS
from holdfast.testing.venue.faults.plan import Plan, plan_of
from holdfast.testing.venue.hub import Hub
from holdfast.testing.venue.rest import Call, RestProtocol


@attrs.frozen(kw_only=True)
class Struck:
    """The faults that strike one call: a plan for its answer, and effects on orders."""

    plan: Plan
    effects: tuple[Fault, ...]
    ids: tuple[str, ...]


class Front:
    """Everything that handlers of one venue share."""

    def __init__(
        self,
        core: VenueCore,
        protocol: RestProtocol,
        injector: Injector,
        gate: Gate,
        conditions: Conditions,
    ) -> None:
        self.core = core
        self.protocol = protocol
        self.gate = gate
        self.injector = injector
        self._conditions = conditions
        self._intents: dict[str, int] = {}

    def struck(self, call: Call) -> Struck:
        """Decide what goes wrong with a call, and begin what it was awaited for."""
        occasion = Occasion(
            names=call.names,
            client_order_id=call.client_order_id,
            intent=self._intent(call),
        )
        begun = self.injector.strike(CONDITIONS, occasion)
        for fault in begun:
            self._conditions.begin(fault)
        faults = self.injector.strike(ANSWERS | ORDER_EFFECTS, occasion)
        answer = next((each for each in faults if each.kind in ANSWERS), None)
        return Struck(
            plan=plan_of(answer, self.protocol.refusal),
            effects=tuple(each for each in faults if each.kind in ORDER_EFFECTS),
            ids=tuple(each.id for each in [*begun, *faults]),
        )

    def arm(self, fault: Fault) -> None:
        """Let a fault happen from now on.

        Raises:
            ValueError: there was one with its id before.

        """
        self.injector.arm(fault)
        if fault.begins_by_itself:
            note = self.injector.count
            self._conditions.begin_after(fault.when.at, fault, note)

    def heal(self, hub: Hub) -> None:
        """Let nothing go wrong any more, and say what was held back."""
        self.injector.heal()
        self._conditions.heal()
        self.protocol.shut_out(0.0, 418)
        self.core.exchange.reveal()
        hub.release()

    def _intent(self, call: Call) -> int:
        """Number the orders by their client order ids, in the order of their coming."""
        name = call.client_order_id
        if call.call_class is CallClass.NEW and name not in self._intents:
            self._intents[name] = len(self._intents) + 1
        return self._intents.get(name, 0)
