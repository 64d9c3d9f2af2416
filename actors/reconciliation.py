"""Keeps execution and the venue in agreement: what follows from comparing the two.

A round is made when somebody asks for one, after each time the venue was not heard, and
from time to time. What it finds is learned, told, and taken back if it must not be.
"""

from collections.abc import Callable
from functools import partial

import attrs

from ..supervision.runtime.actor import Actor
from ..supervision.runtime.clock import Timer
from ..supervision.runtime.future import Future
from ..supervision.runtime.reference import Ref
from .cancels import Cancels
from .certainty import Certainty
from .comparison import ExternalOrders
from .contradictions import Contradictions
from .evidence import OrderSettled
from .gates import Gate, Gates
from .hearing import Hearing
from .journal_writer import JournalWriter
from .learning import Learning
from .news import cancelled
from .order_desk import OrderDesk
from .order_state import in_doubt
from .rounds import Round, Rounds
from .sending import Sending
from .updates import CompareBalances
from .venue_calls import VenueCalls

FORGOTTEN_AFTER = 60.0
"""Seconds for which a venue that forgets has to deny an order that it had."""


@attrs.define(kw_only=True)
class Reconciliation:
    """Made as turns of `actor`.

    A round is made every `every` seconds at least. `external` says what becomes of
    orders that nobody here has placed; `positions` compares balances after each round,
    if nothing is in doubt; `agreed` is called once, after the first.
    """

    actor: Actor
    venue: VenueCalls
    desk: OrderDesk
    node: str
    writer: JournalWriter
    gates: Gates
    certainty: Certainty
    sending: Sending
    cancels: Cancels
    contradictions: Contradictions
    learning: Learning
    positions: Ref
    every: float
    external: ExternalOrders
    hearing: Hearing
    agreed: Callable[[], object]
    rounds: Rounds = attrs.field(init=False)
    corrected: int = attrs.field(default=0, init=False)
    _has_agreed: bool = attrs.field(default=False, init=False)
    _alarmed: set[str] = attrs.field(factory=set[str], init=False)
    _next: Timer | None = attrs.field(default=None, init=False)
    _denied: dict[str, float] = attrs.field(factory=dict[str, float], init=False)
    _asked: list[Future[list[str]]] = attrs.field(
        factory=list[Future[list[str]]], init=False
    )

    def __attrs_post_init__(self) -> None:
        """Make who makes the rounds."""
        self.rounds = Rounds(
            self.actor,
            self.venue,
            self.desk,
            self.node,
            self.hearing.read,
            self.writer.write,
            self._on_round,
            self._on_failed_round,
        )

    def request(self) -> None:
        """Compare all with the venue, from this moment on."""
        self.rounds.request()

    def _on_round(self, found: Round) -> None:
        """Do what has to be done about the difference."""
        self.corrected += found.corrected
        self.contradictions.look_at(found.listed, found.asked_at)
        now = self.actor.clock.now()
        self._denied = {name: self._denied.get(name, now) for name in found.denied}
        for name, since in self._denied.items():
            self._on_denied(name, now - since, forgets=found.forgets)
        self._doubt(found.comparison.in_doubt)
        for name in found.comparison.gone:
            self._on_gone(name)
        for name in found.comparison.external:
            self._on_external(name, is_lost=name in found.comparison.lost)
        self.hearing.compared(is_last=not self.rounds.is_wanted)
        self._next_round_in(self.every)
        if is_all_known(self.desk, self.certainty):
            self.positions.tell(CompareBalances())
        self.certainty.round_over(is_last=not self.rounds.is_wanted)
        if not self._has_agreed:
            self._has_agreed = True
            self.agreed()

    def _on_failed_round(self, failures: int, error: BaseException) -> None:
        """Trust nothing if it was not the first to fail in a row."""
        if failures > 1:
            self.gates.close(Gate.RECONCILIATION, f"no round was finished: {error}")

    def ask(self) -> Future[list[str]]:
        """Return sentences about each difference that is left; none if all agree.

        They come once nothing is in doubt any more.
        """
        answer: Future[list[str]] = Future(target=self.actor.me.cell)
        self._asked.append(answer)
        self.go_on()
        return answer

    def go_on(self) -> None:
        """Compare for those who wait, if nothing is in doubt."""
        if not self.certainty:
            return
        asked, self._asked = self._asked, []
        for answer in asked:
            compared = self.rounds.request().map(self._differences)
            compared.add_done_callback(partial(_settle, answer))

    def _on_denied(self, name: str, seconds: float, *, forgets: bool) -> None:
        record = self.desk.record(name)
        if name in self.desk.contested:
            self.learning.concede(name)
        elif record is None or record.filled or not forgets:
            self._alarm_once(_denied(name))
        elif seconds >= FORGOTTEN_AFTER:
            self.learning.learn(cancelled(record, self.actor.clock.wall()))

    def _on_gone(self, name: str) -> None:
        self.learning.learn(
            OrderSettled(
                client_order_id=name,
                symbol=self.venue.symbol,
                reason="the venue lists it by name, or not at all",
                time=self.actor.clock.wall(),
            )
        )

    def _doubt(self, names: tuple[str, ...]) -> None:
        """Doubt orders that the venue does not have, unless they are on their way."""
        waits = {*self.sending.unsent, *self.sending.under_way}
        for name in names:
            record = self.desk.record(name)
            if record is not None and name not in waits:
                self.learning.learn(in_doubt(record, "the venue does not list it"))

    def _on_external(self, name: str, *, is_lost: bool) -> None:
        whose = "has our name, and the journal does not know it" if is_lost else ""
        told = f"an order that nobody here has placed is open at the venue: {name}"
        if is_lost or self.external is not ExternalOrders.ADOPT:
            self._alarm_once(f"{told} {whose}".rstrip())
        if self.external is ExternalOrders.CANCEL:
            self.desk.wants_cancel.add(name)
            self.cancels.begin(name, 0.0)

    def _next_round_in(self, seconds: float) -> None:
        if self._next is not None:
            self._next.cancel()
        self._next = self.actor.after(seconds, self.request)

    def _alarm_once(self, incident: str) -> None:
        if incident not in self._alarmed:
            self._alarmed.add(incident)
            self.actor.alarm(incident)

    def _differences(self, found: Round) -> list[str]:
        """Say, order by order, where the venue knows something else, even now."""
        return [
            *(_denied(name) for name in found.denied if not self.desk.is_over(name)),
            *(
                f"the venue has {name}, which nobody here placed"
                for name in found.comparison.external
            ),
            *(
                f"the venue lists {name}, which has ended here"
                for name in self.desk.contested
            ),
            *(
                f"{record.client_order_id}: {record.told} filled here, at the venue"
                f" {record.filled}"
                for record in self.desk.unsettled()
                if record.misses_fills
            ),
        ]


def is_all_known(desk: OrderDesk, certainty: Certainty) -> bool:
    """Say whether every order and every fill is known: balances can be compared."""
    return bool(certainty) and not any(each.misses_fills for each in desk.unsettled())


def _denied(name: str) -> str:
    return f"the venue had {name} and denies it now"


def _settle(answer: Future[list[str]], compared: Future[list[str]]) -> None:
    answer.settle(compared.result())
