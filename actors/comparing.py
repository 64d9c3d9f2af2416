"""Answers whoever asks execution to compare its orders with the venue, in sentences."""

import attrs

from ..supervision.runtime.actor import Actor
from ..supervision.runtime.future import Future
from ..supervision.runtime.reference import Ref
from .certainty import Certainty
from .order_desk import OrderDesk
from .reconciling import Reconciling, Round
from .updates import CompareBalances


@attrs.define
class Comparing:
    """Compares once nothing is in doubt any more, as turns of `actor`.

    `certainty` says whether it is so now, `go_on` is called when it may have become so.
    """

    actor: Actor
    desk: OrderDesk
    reconciling: Reconciling
    certainty: Certainty
    _asked: list[Future[list[str]]] = attrs.field(
        factory=list[Future[list[str]]], init=False
    )

    def ask(self) -> Future[list[str]]:
        """Return sentences that will come, or none if all agree."""
        answer: Future[list[str]] = Future(target=self.actor.me.cell)
        self._asked.append(answer)
        self.go_on()
        return answer

    def balances(self, positions: Ref) -> None:
        """Have balances compared as well, if every fill that there is was told."""
        is_missed = any(each.misses_fills for each in self.desk.unsettled())
        if self.certainty and not is_missed:
            positions.tell(CompareBalances())

    def go_on(self) -> None:
        """Compare for those who wait, if nothing is in doubt."""
        if not self.certainty:
            return
        asked, self._asked = self._asked, []
        for answer in asked:
            self._compare(answer)

    def _compare(self, answer: Future[list[str]]) -> None:
        compared = self.reconciling.request().map(self._differences)
        compared.add_done_callback(lambda done: answer.settle(done.result()))

    def _differences(self, found: Round) -> list[str]:
        """Say, order by order, where the venue knows something else, even now."""
        return [
            *found.incidents,
            *(
                f"the venue has {name}, which nobody here placed"
                for name in found.comparison.external
            ),
            *(
                f"{record.client_order_id}: {record.told} filled here, at the venue"
                f" {record.filled}"
                for record in self.desk.unsettled()
                if record.misses_fills
            ),
        ]
