"""Does what a person says: halts a scope, closes what is held there, arms it.

Only what somebody guards can be halted or armed: a name that was written wrong must not
be confirmed.
"""

from collections.abc import Callable, Collection, Iterable
from typing import Any

import attrs

from ..supervision.runtime.future import Future
from .arming import Arming
from .evidence import RiskArmed
from .flattening import Flattening
from .guard import Guard
from .halting import Halting
from .ladder import RiskLevel
from .risk_report import report
from .risk_states import strategy_scope
from .risk_words import (
    Arm,
    Armed,
    Flatten,
    Flattened,
    Halt,
    Halted,
    NotGuarded,
    QueryRisk,
)
from .updates import WorkingOrder


@attrs.define
class Operating:
    """See the module; made as turns of the actor that guards.

    `strategies` are the paths of those it hears, `orders` gives the open orders, and
    `armed` gets what was armed.
    """

    guard: Guard
    halting: Halting
    arming: Arming
    flattening: Flattening
    strategies: Collection[str]
    orders: Callable[[], Iterable[WorkingOrder]]
    armed: Callable[[RiskArmed], object]

    def heed(self, wanted: Halt | Flatten | Arm | QueryRisk) -> Any:
        """Do it, and return the answer, or a future of it."""
        match wanted:
            case Halt():
                return self.halt(wanted)
            case Flatten():
                return self.flatten(wanted)
            case Arm():
                return self.arm(wanted)
            case QueryRisk():
                symbol, halt = self.flattening.door().symbol, self.halting.found
                return report(symbol, self.arming.memory, self.guard, halt)

    def halt(self, wanted: Halt) -> Future[Halted] | NotGuarded:
        """Halt a scope; what is returned says when all of its orders are over."""
        if wanted.scope not in self._scopes():
            return self._not_guarded()
        self.overtake(f"it was halted meanwhile: {wanted.reason}")
        self.guard.tighten(wanted.scope, RiskLevel.HALTED, wanted.reason)
        if self.guard.states.for_symbol().level is RiskLevel.HALTED:
            self.halting.begin(wanted.reason)
            return self.halting.outcome()
        return self.halting.outcome_of(
            order.key
            for order in self.orders()
            if strategy_scope(order.strategy) == wanted.scope
        )

    def flatten(self, wanted: Flatten) -> Future[Flattened] | Flattened | NotGuarded:
        """Close what is held, once nothing else can change it."""
        if wanted.scope not in self._scopes():
            return self._not_guarded()
        door, trouble = self.flattening.door(), ""
        if wanted.scope not in self.guard.scopes.wide:
            trouble = "a strategy's part of a position can't be closed alone"
        elif door.level is not RiskLevel.HALTED:
            trouble = "it is not halted"
        elif self.halting.found is None or not self.halting.found.is_certain:
            trouble = "not every order is taken back yet"
        if trouble:
            return Flattened(symbol=door.symbol, left=door.position, trouble=trouble)
        return self.flattening.begin()

    def arm(self, wanted: Arm) -> Future[Armed] | NotGuarded:
        """Arm a scope, if nothing speaks against it."""
        if wanted.scope not in self._scopes():
            return self._not_guarded()
        return self.arming.arm(wanted, self.armed)

    def overtake(self, why: str) -> None:
        """Let nothing that is being armed come into force."""
        self.arming.overtake(why)

    def _scopes(self) -> set[str]:
        """Name all that is guarded: also a strategy that is no longer there.

        Its orders may be open still, or its state may have to be loosened.
        """
        known = {*self.strategies, *(order.strategy for order in self.orders())}
        return {
            *self.guard.scopes.wide,
            *(strategy_scope(each) for each in known if each),
            *(
                state.scope
                for state in self.guard.states.tightened()
                if state.scope.startswith("strategy:")
            ),
        }

    def _not_guarded(self) -> NotGuarded:
        return NotGuarded(scopes=tuple(sorted(self._scopes())))
