"""How many restarts an external dependency bears: a pure sliding window.

Twenty feeds of one venue that are restarted together would be twenty logins at once,
and a banned address. A budget of the dependency makes them wait for each other.
"""

from collections import deque

import attrs
from attrs import validators as must


@attrs.frozen(kw_only=True)
class BudgetSpec:
    """At most so many restarts in any `period` seconds."""

    restarts: int = attrs.field(validator=must.gt(0))
    period: float = attrs.field(default=60.0, validator=must.gt(0))


ROUNDING = 1e-6
"""Seconds by which sums of floats may differ; what is due so soon is due now."""


@attrs.define
class Budget:
    """The restarts that a dependency has borne of late."""

    spec: BudgetSpec
    _borne: deque[float] = attrs.field(factory=deque[float], init=False)

    def take(self, now: float) -> float:
        """Bear a restart now and return 0, or say in how many seconds to ask again.

        Nothing is kept for whoever waits: it may be stopped, or held up by others, and
        what it does not use would be lost to all.
        """
        borne, spec = self._borne, self.spec
        if len(borne) >= spec.restarts:
            wait = borne[0] + spec.period - now
            if wait > ROUNDING:
                return wait
            borne.popleft()
        borne.append(now)
        return 0.0
