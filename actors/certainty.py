"""Says when the outcome of every order is known: to the gate, the breaker, and here."""

from collections.abc import Callable

import attrs

from ..supervision.breaker import Reconciled
from ..supervision.runtime.reference import Ref
from .gates import Gate, Gates


@attrs.define
class Certainty:
    """What waits for outcomes to be known.

    `doubts` counts the orders that are being asked for, `under_way` those that were
    sent and not answered. `breaker` hears of each call by its name, and once after each
    round of reconciliation of all: a predecessor may not have named some. `compare`
    asks for a round, without which no gate opens that an order in doubt has closed.
    `then` is called whenever something may have become certain.
    """

    breaker: Ref | None
    gates: Gates
    doubts: Callable[[], int]
    under_way: Callable[[], int]
    compare: Callable[[], object]
    then: Callable[[], object]
    _owes_all: bool = attrs.field(default=False, init=False)

    def __bool__(self) -> bool:
        """Whether nothing is in doubt, nor may come to be."""
        return not (self.doubts() or self.under_way())

    def known(self, name: str) -> None:
        """Say that the outcome of a call is known."""
        if self.breaker is not None:
            self.breaker.tell(Reconciled((name,)))

    def found_out(self, name: str) -> None:
        """Take note that an order is no longer in doubt."""
        self.known(name)
        if not self.doubts():
            self.compare()
        self.look()

    def round_over(self, *, is_last: bool) -> None:
        """Take note that all was compared with the venue; not `is_last`: not of now."""
        if is_last and not self.doubts():
            self.gates.open(Gate.UNKNOWN_ORDER)
        self._owes_all = True
        self._say_all()

    def look(self) -> None:
        """Say what has become certain."""
        self._say_all()
        self.then()

    def _say_all(self) -> None:
        if self._owes_all and self:
            self._owes_all = False
            if self.breaker is not None:
                self.breaker.tell(Reconciled())
