"""Carries out what a risk state asks for: takes orders back, and sees that they go.

Nothing is believed to be gone before the venue has said so.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from decimal import Decimal

import attrs

from ..supervision.runtime.actor import Actor
from ..supervision.runtime.future import Future
from ..supervision.runtime.mailbox import MailboxFull
from ..supervision.runtime.reference import Ref
from .exposure_checks import left
from .ladder import RiskLevel
from .messages import CancelIntent
from .risk_states import RiskStates
from .risk_words import CancelAll, Halted
from .updates import WorkingOrder

ASK_AGAIN = 0.5
"""Seconds between two looks at what is still open."""

ANSWER_WITHIN = 10.0
"""Seconds after which whoever waits for the end of a halt hears how far it has come."""


def increasing(orders: Iterable[WorkingOrder], position: Decimal) -> list[WorkingOrder]:
    """Return the orders that could make a position larger, or turn it round.

    The oldest of those that reduce may stay, as many as the position is large. What
    another takes the place of is being taken back, and never trades together with it.
    """
    found: list[WorkingOrder] = []
    room = abs(position)
    all_of_them = sorted(orders, key=lambda each: (each.time, each.key))
    replaced = {each.replaces for each in all_of_them}
    for order in (each for each in all_of_them if each.key not in replaced):
        if order.side.sign * position < 0 and left(order) <= room:
            room -= left(order)
        else:
            found.append(order)
    return found


@attrs.define
class Halting:
    """Takes orders back through `execution`, as turns of `actor`."""

    actor: Actor
    execution: Ref
    told: Callable[[Halted], object]
    found: Halted | None = attrs.field(default=None, init=False)
    _reason: str = attrs.field(default="", init=False)
    _is_running: bool = attrs.field(default=False, init=False)
    _names: set[str] = attrs.field(factory=set[str], init=False)
    _asked: set[str] = attrs.field(factory=set[str], init=False)
    _waiting: list[Future[Halted]] = attrs.field(
        factory=list[Future[Halted]], init=False
    )
    _awaited: list[tuple[Future[Halted], set[str]]] = attrs.field(
        factory=list[tuple[Future[Halted], set[str]]], init=False
    )

    def enforce(
        self, states: RiskStates, orders: Collection[WorkingOrder], position: Decimal
    ) -> None:
        """Take back whatever may not be open in the states that there are."""
        everywhere = states.for_symbol()
        if everywhere.level is RiskLevel.HALTED:
            if orders or self.found is None or not self.found.is_certain:
                self.begin(everywhere.why)
            return
        growing = increasing(orders, position)
        for order in orders:
            level = states.for_strategy(order.strategy).level
            if level is RiskLevel.HALTED or (
                level is RiskLevel.REDUCING and order in growing
            ):
                self.cancel([order])

    def cancel(self, orders: Iterable[WorkingOrder]) -> None:
        """Take back orders, each once: execution does not let go of what it began."""
        for order in orders:
            if order.intent_id and order.key not in self._asked:
                self._asked.add(order.key)
                self.execution.tell(
                    CancelIntent(
                        intent_id=order.intent_id,
                        strategy=order.strategy,
                        symbol=order.symbol,
                        time=order.time,
                    )
                )

    def ended(self, key: str) -> None:
        """Forget an order that is over."""
        self._asked.discard(key)
        for waits, keys in tuple(self._awaited):
            keys.discard(key)
            if not keys:
                self._awaited.remove((waits, keys))
                waits.settle(Halted())

    def begin(self, reason: str) -> None:
        """Take everything back, until the venue lists nothing any more."""
        self._reason = reason
        if not self._is_running:
            self._is_running = True
            self._names.clear()
            self._ask()

    def stop(self) -> None:
        """Ask no more: it is armed again."""
        self._is_running = False
        self.found = None
        self._answer(Halted(trouble="it was armed again meanwhile"))

    def outcome(self) -> Future[Halted]:
        """Return what the venue will have said; in time, even if that is not all."""
        answer: Future[Halted] = Future(target=self.actor.me.cell)
        if not self._is_running and self.found is not None and self.found.is_certain:
            answer.settle(self.found)
            return answer
        self._waiting.append(answer)

        def give_up() -> None:
            if answer in self._waiting:
                self._waiting.remove(answer)
                answer.settle(self.found or Halted(trouble="execution does not answer"))

        self.actor.after(ANSWER_WITHIN, give_up)
        return answer

    def outcome_of(self, keys: Iterable[str]) -> Future[Halted]:
        """Return what became of orders that are taken back, once all are over."""
        waits = Future[Halted](target=self.actor.me.cell), set(keys)
        answer, still_open = waits
        if not still_open:
            answer.settle(Halted())
            return answer
        self._awaited.append(waits)

        def give_up() -> None:
            if waits in self._awaited:
                self._awaited.remove(waits)
                answer.settle(Halted(open=tuple(sorted(still_open))))

        self.actor.after(ANSWER_WITHIN, give_up)
        return answer

    def _ask(self) -> None:
        if not self._is_running:
            return
        message = CancelAll(reason=self._reason, names=tuple(sorted(self._names)))
        try:
            asked = self.execution.ask(message, block=False, timeout=ANSWER_WITHIN)
        except MailboxFull as error:
            self._on_answer(Halted(trouble=str(error)))
            return
        self.actor.pipe(
            asked, self._on_answer, lambda e: self._on_answer(Halted(trouble=str(e)))
        )

    def _on_answer(self, found: Halted) -> None:
        if not self._is_running:
            return
        self._names.update(found.open)
        self.found = found
        if not found.is_certain:
            self.actor.after(ASK_AGAIN, self._ask)
            return
        self._is_running = False
        self.told(found)
        self._answer(found)

    def _answer(self, found: Halted) -> None:
        waiting: Sequence[Future[Halted]] = tuple(self._waiting)
        self._waiting.clear()
        for answer in waiting:
            answer.settle(found)
