"""Does to a risk state what a person says: halts a scope, or arms it.

Only what somebody guards can be halted or armed: a name that was written wrong must not
be confirmed.
"""

from collections.abc import Callable, Collection, Iterable

import attrs

from ..supervision.runtime.future import Future
from .arming import Arming
from .guard import Guard
from .halting import Halting
from .ladder import RiskLevel
from .risk_states import strategy_scope
from .risk_words import Arm, Armed, Halt, Halted, NotGuarded
from .updates import WorkingOrder


@attrs.define
class Operating:
    """See the module; made as turns of the actor that guards.

    `strategies` are the paths of those it hears, `orders` gives the open orders, and
    `armed` is called once something was armed.
    """

    guard: Guard
    halting: Halting
    arming: Arming
    strategies: Collection[str]
    orders: Callable[[], Iterable[WorkingOrder]]
    armed: Callable[[], object]

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
