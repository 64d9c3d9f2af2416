"""Asks the venue for fills that it counts and has not told, while there are any."""

import attrs

from ..supervision.runtime.actor import Actor
from .order_desk import OrderDesk
from .questions import Questions

GRACE = 1.0
"""Seconds in which a fill may still be told, until we ask for it."""


@attrs.define
class MissingFills:
    """Made as turns of `actor`."""

    actor: Actor
    desk: OrderDesk
    questions: Questions
    _is_due: bool = attrs.field(default=False, init=False)

    def ask_soon(self) -> None:
        """Ask in a while, unless all were told by then."""
        if not self._is_due:
            self._is_due = True
            self.actor.after(GRACE, self._ask)

    def _ask(self) -> None:
        self._is_due = False
        if any(record.misses_fills for record in self.desk.unsettled()):
            after = self.desk.ask_fills_after
            self.questions.fills(after, self.ask_soon, self._not_told)

    def _not_told(self, error: BaseException) -> None:
        del error  # no information
        self.ask_soon()
