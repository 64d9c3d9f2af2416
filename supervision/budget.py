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


@attrs.define
class Budget:
    """The restarts that a dependency has borne, and those that it is booked for."""

    spec: BudgetSpec
    _booked: deque[float] = attrs.field(factory=deque[float], init=False)

    def book(self, now: float) -> float:
        """Book the next restart; return in how many seconds it may happen.

        Whoever books first goes first: what has been booked stays so.
        """
        booked, spec = self._booked, self.spec
        at = now
        if len(booked) >= spec.restarts:
            at = max(now, booked[0] + spec.period)
            booked.popleft()
        booked.append(at)
        return at - now
