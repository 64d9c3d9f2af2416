"""Takes back every order that the venue lists, whoever placed it, until none is left.

What counts is the venue's own list: an order is gone when the venue no longer has it.
"""

from collections.abc import Callable
from functools import partial

import attrs

from ..supervision.halt_file import HaltFile, Seen
from ..supervision.runtime.actor import Actor
from ..supervision.runtime.future import Future
from .cancels import Cancels
from .contradictions import Contradictions
from .order_desk import OrderDesk
from .order_state import Evidence
from .queries import Orders
from .questions import Questions
from .replacing import Replacing
from .risk_words import CancelAll, Halted
from .sending import Sending
from .venue_calls import VenueCalls

LOOK_EVERY = 1.0
"""Seconds."""


@attrs.define
class CancellingAll:
    """One attempt for each request, made as turns of `actor`; `learn` gets evidence."""

    actor: Actor
    venue: VenueCalls
    desk: OrderDesk
    sending: Sending
    cancels: Cancels
    replacing: Replacing
    contradictions: Contradictions
    questions: Questions
    learn: Callable[[Evidence], object]

    def request(self, wanted: CancelAll) -> Future[Halted]:
        """Cancel all that is known here or listed there; tell what is still open."""
        answer: Future[Halted] = Future(target=self.actor.me.cell)
        self.replacing.call_off_all(wanted.reason)
        names = set(wanted.names)
        for record in self.desk.unsettled():
            name = record.client_order_id
            if not self.desk.is_over(name):
                names |= self._take_back(name, wanted.reason)
        now = self.actor.clock.now()
        self.actor.pipe(
            self.venue.orders(),
            partial(self._listed, answer, wanted.reason, names, now),
            partial(_failed, answer, (), "the venue does not tell what is open"),
        )
        return answer

    def _take_back(self, name: str, why: str) -> set[str]:
        """Return the name if the venue may have the order."""
        if self.sending.call_off(name, why):
            return set()
        self.desk.wants_cancel.add(name)
        self.cancels.begin(name, 0.0)
        return {name}

    def _listed(
        self,
        answer: Future[Halted],
        why: str,
        taken: set[str],
        asked_at: float,
        listed: Orders,
    ) -> None:
        open_there = [each for each in listed.orders if not each.status.is_done]
        self.contradictions.look_at(open_there, asked_at)
        for order in open_there:
            self.learn(order)
            self._take_back(order.client_order_id, why)
        names = {each.client_order_id for each in open_there}
        for record in self.desk.unsettled():
            if not self.desk.is_over(record.client_order_id):
                names.add(record.client_order_id)
        still_open = tuple(sorted(names))
        gone = sorted(taken - names)
        if not gone:
            answer.settle(Halted(open=still_open))
            return
        self.questions.orders(
            gone,
            partial(_ended, answer, still_open),
            partial(_failed, answer, still_open, "what has ended is not known"),
        )


def _ended(answer: Future[Halted], still_open: tuple[str, ...], told: Orders) -> None:
    ended = tuple(each for each in told.orders if each.status.is_done)
    answer.settle(Halted(ended=ended, open=still_open))


def _failed(
    answer: Future[Halted],
    still_open: tuple[str, ...],
    what: str,
    error: BaseException,
) -> None:
    answer.settle(Halted(open=still_open, trouble=f"{what}: {error}"))


@attrs.define
class HaltWatch:
    """Looks at the halt file once a second, and takes all back while it is there.

    It asks nobody: it works when risk and strategies are dead.
    """

    actor: Actor
    halt: HaltFile
    everything: CancellingAll
    _seen: Seen | None = attrs.field(default=None, init=False)
    _is_certain: bool = attrs.field(default=False, init=False)
    _has_told: bool = attrs.field(default=False, init=False)

    def begin(self) -> None:
        """Look from now on, in a system that has a place for the file."""
        if self.halt.path is not None:
            self._look()

    def _look(self) -> None:
        self.actor.after(LOOK_EVERY, self._look)
        why = self.halt.reason()
        seen, self._seen = self._seen, self.halt.seen()
        if not why or seen != self._seen:  # another halt is to be seen to anew
            self._is_certain = self._has_told = False
        if not why:
            return
        if not self._has_told:
            self._has_told = True
            self.actor.alarm(f"halted, all orders are taken back: {why}")
        if not self._is_certain:
            asked = self.everything.request(CancelAll(reason=f"halted: {why}"))
            self.actor.pipe(asked, self._on_answer)

    def _on_answer(self, found: Halted) -> None:
        if found.is_certain and not self._is_certain:
            self._is_certain = True
            self.actor.alarm("halted: the venue lists no open order")
