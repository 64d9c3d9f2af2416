"""Makes rounds of reconciliation: reads the venue's lists, and learns from them.

Orders are read before and after the fills: if they differ, something happened meanwhile
and all is read again. A read that failed ends the round: what was told until then is
known, and nothing is concluded.

An account that is looked at for the first time begins with the balances that it has:
of its history only the newest trade id is read. No order of ours can be older than the
journal, and what strangers have traded before is in the balances.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import attrs

from ..supervision.runtime.actor import Actor
from ..supervision.runtime.future import Future
from ..supervision.waits import grown
from .comparison import Comparison, agree, compare
from .evidence import Baseline
from .order_desk import OrderDesk
from .order_state import Evidence
from .queries import Balances, Fills, Orders, VenueOrder
from .questions import Questions
from .venue_calls import VenueCalls

READ_AGAIN = 3
"""Times that lists are read, as long as something happens in between."""

FIRST_WAIT = 0.5
LONGEST_WAIT = 15.0
"""Seconds from a failed round to the next, doubling."""


@attrs.frozen
class Round:
    """What a round of reconciliation has found.

    `corrected`: pieces of evidence that were news; `denied` are orders that should be
    open and of which the venue knows nothing, `forgets` whether it forgets what ended
    without a fill. `listed` is what it listed when it was asked at `asked_at`, by our
    clock.
    """

    comparison: Comparison
    corrected: int
    denied: tuple[str, ...]
    listed: tuple[VenueOrder, ...]
    asked_at: float
    forgets: bool = False


@attrs.define
class Rounds:
    """One round at a time, made as turns of `actor`.

    `learn` gets the evidence and says whether it was news; `begin` writes down the
    baseline of an account that is looked at for the first time, and what is listed;
    `finished` gets each round, `failed` how many have failed in a row, and why.
    """

    actor: Actor
    venue: VenueCalls
    desk: OrderDesk
    node: str
    learn: Callable[[Evidence], bool]
    begin: Callable[..., Future[None]]
    finished: Callable[[Round], object]
    failed: Callable[[int, BaseException], object]
    _is_running: bool = attrs.field(default=False, init=False)
    is_wanted: bool = attrs.field(default=False, init=False)
    _waiting: list[Future[Round]] = attrs.field(factory=list[Future[Round]], init=False)
    _due: list[Future[Round]] = attrs.field(factory=list[Future[Round]], init=False)
    _failures: int = attrs.field(default=0, init=False)
    _reads: int = attrs.field(default=0, init=False)
    _corrected: int = attrs.field(default=0, init=False)
    _questions: Questions = attrs.field(init=False)
    _asked_at: float = attrs.field(default=0.0, init=False)

    def __attrs_post_init__(self) -> None:
        """Make who asks."""
        self._questions = Questions(self.actor, self.venue, self._take)

    def request(self) -> Future[Round]:
        """Make a round that begins after this moment; return what it will find."""
        result: Future[Round] = Future(target=self.actor.me.cell)
        self._waiting.append(result)
        self.is_wanted = True
        self._begin_if_wanted()
        return result

    def _begin_if_wanted(self) -> None:
        if self.is_wanted and not self._is_running:
            self._is_running, self.is_wanted = True, False
            self._due += self._waiting
            self._waiting.clear()
            self._reads = 0
            self._read()

    def _read(self) -> None:
        self._reads += 1
        self._then(self.venue.orders(), self._read_fills)

    def _read_fills(self, before: Orders) -> None:
        if self.desk.baseline is None:
            newest = partial(self._read_orders_again, before)
            self._then(self.venue.fills(None), newest)
        else:
            after = self.desk.ask_fills_after
            again = partial(self._read_orders_again, before, None)
            self._questions.fills(after, again, self._fail)

    def _read_orders_again(self, before: Orders, newest: Fills | None) -> None:
        self._asked_at = self.actor.clock.now()
        compare_reads = partial(self._compare_reads, before, newest)
        self._then(self.venue.orders(), compare_reads)

    def _compare_reads(
        self, before: Orders, newest: Fills | None, after: Orders
    ) -> None:
        if not agree(before, after) and self._reads < READ_AGAIN:
            self._read()
        elif newest is not None:
            last = max((fill.trade_id for fill in newest.fills), default=0)
            begin = partial(self._begin_books, last, after)
            self._then(self.venue.balances(), begin)
        else:
            self._learn(after)

    def _begin_books(self, last: int, orders: Orders, balances: Balances) -> None:
        """Begin with what the account holds, if no fill came while that was read."""

        def read_again(newer: Fills) -> None:
            if newer.fills:
                self._read()
                return
            now = Baseline(
                symbol=self.venue.symbol,
                balances=balances,
                last_trade_id=last,
                traded={
                    each.client_order_id: each.filled
                    for each in orders.orders
                    if each.filled
                },
            )
            # It goes to the disk at once: nobody can tell later what was there now.
            written = self.begin(now, *orders.orders)
            self._then(written, partial(self._begun, now, orders))

        self._then(self.venue.fills(last), read_again)

    def _begun(self, now: Baseline, orders: Orders, _: None) -> None:
        self.desk.begin_after(now)
        self._learn(orders)

    def _learn(self, orders: Orders) -> None:
        for order in orders.orders:
            self._take(order)
        found = Round(
            compare(self.desk, orders, node=self.node),
            0,
            (),
            orders.orders,
            self._asked_at,
        )
        names = found.comparison.ask_for
        self._questions.orders(names, partial(self._finish, found), self._fail)

    def _take(self, evidence: Evidence) -> None:
        self._corrected += self.learn(evidence)

    def _finish(self, found: Round, asked: Orders) -> None:
        found = attrs.evolve(
            found,
            corrected=self._corrected,
            denied=asked.absent,
            forgets=asked.forgets,
        )
        self._corrected = 0
        self._failures = 0
        self._is_running = False
        due, self._due = self._due, []
        self.finished(found)
        for result in due:
            result.settle(found)
        self._begin_if_wanted()

    def _fail(self, error: BaseException) -> None:
        """Conclude nothing, and try again later."""
        self._failures += 1
        self._is_running, self.is_wanted = False, True
        self._waiting = self._due + self._waiting
        self._due = []
        self.failed(self._failures, error)
        wait = grown(FIRST_WAIT, LONGEST_WAIT, self._failures - 1)
        self.actor.after(wait, self._begin_if_wanted)

    def _then(self, asked: Future[Any], then: Callable[[Any], None]) -> None:
        self.actor.pipe(asked, then, self._fail)
