"""Asks a venue in small questions, one after the other, and learns from each answer.

However much there is to ask for, a slow venue can answer each question in time; and
what it has told is known, even if it does not answer the next one.
"""

from collections.abc import Callable, Sequence

import attrs

from ..supervision.runtime.actor import Actor
from .order_state import Evidence
from .queries import Fills, Orders
from .venue_calls import VenueCalls

AT_ONCE = 5
"""Orders that are asked for in one question."""

Failed = Callable[[BaseException], None]


@attrs.frozen
class Questions:
    """Made as turns of `actor`; `learn` gets the evidence as it comes."""

    actor: Actor
    venue: VenueCalls
    learn: Callable[[Evidence], object]

    def orders(
        self, names: Sequence[str], then: Callable[[Orders], None], failed: Failed
    ) -> None:
        """Ask for orders by client order id; `then` gets all the answers as one."""
        nothing = Orders(symbol=self.venue.symbol, orders=(), absent=(), time=0.0)
        self._ask_more(tuple(names), nothing, then, failed)

    def _ask_more(
        self,
        names: tuple[str, ...],
        told: Orders,
        then: Callable[[Orders], None],
        failed: Failed,
    ) -> None:
        if not names:
            then(told)
            return

        def answered(answer: Orders) -> None:
            for order in answer.orders:
                self.learn(order)
            so_far = attrs.evolve(
                answer,
                orders=(*told.orders, *answer.orders),
                absent=(*told.absent, *answer.absent),
            )
            self._ask_more(names[AT_ONCE:], so_far, then, failed)

        self.actor.pipe(self.venue.orders(*names[:AT_ONCE]), answered, failed)

    def fills(
        self, after_trade_id: int, then: Callable[[], None], failed: Failed
    ) -> None:
        """Ask for all fills after a trade id, in order; `then` follows the last."""

        def answered(answer: Fills) -> None:
            for fill in answer.fills:
                self.learn(fill)
            if answer.is_all:
                then()
            else:
                self.fills(answer.fills[-1].trade_id, then, failed)

        self.actor.pipe(self.venue.fills(after_trade_id), answered, failed)
