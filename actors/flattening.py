"""Closes a position while everything else is halted: nobody does that unasked.

Its orders only reduce, do not rest, and go the ordinary way: written down, sent once,
asked for if nobody knows what became of them. There is one at a time, and the next one
is as large as what is still held then.
"""

from collections.abc import Callable
from decimal import Decimal, localcontext
from functools import partial

import attrs

from ..supervision.runtime.actor import Actor
from ..supervision.runtime.clock import Timer
from ..supervision.runtime.future import Future
from .door import Door, protected
from .ladder import RiskLevel
from .limits import Limits
from .messages import Intent, OrderType, Side
from .risk_words import Flattened
from .updates import WorkingOrder
from .venue_rules import EXACT, NOTHING
from .vital_signs import VitalSigns

AGAIN_IN = 0.5
"""Seconds from the end of an order to the next one."""

GIVE_UP_AFTER = 5
"""Orders in a row that have traded nothing."""

FLATTEN_WITHIN = 30.0
"""Seconds after which it is over, however much is held."""


@attrs.define
class Flattening:
    """Closes what is held, as turns of `actor`.

    `door` says what is true now, `order` has an intent ordered. `key` is what its order
    is known by that is under way; empty: none is.
    """

    actor: Actor
    limits: Limits
    signs: VitalSigns
    door: Callable[[], Door]
    order: Callable[[Intent], object]
    key: str = attrs.field(default="", init=False)
    _is_running: bool = attrs.field(default=False, init=False)
    _number: int = attrs.field(default=0, init=False)
    _in_vain: int = attrs.field(default=0, init=False)
    _held: Decimal = attrs.field(default=NOTHING, init=False)
    _ended: tuple[WorkingOrder, ...] = attrs.field(default=(), init=False)
    _deadline: Timer | None = attrs.field(default=None, init=False)
    _waiting: list[Future[Flattened]] = attrs.field(
        factory=list[Future[Flattened]], init=False
    )

    def begin(self) -> Future[Flattened]:
        """Close what is held; return what has come of it, once it is over."""
        answer: Future[Flattened] = Future(target=self.actor.me.cell)
        self._waiting.append(answer)
        if not self._is_running:
            self._is_running, self._ended, self._in_vain = True, (), 0
            late = partial(self.stop, f"it is not closed after {FLATTEN_WITHIN:g} s")
            self._deadline = self.actor.after(FLATTEN_WITHIN, late)
            self._go_on()
        return answer

    def stop(self, why: str) -> None:
        """Order no more; what is under way is not waited for."""
        if not self._is_running:
            return
        self._is_running = False
        if self._deadline is not None:
            self._deadline.cancel()
        door = self.door()
        found = Flattened(
            symbol=door.symbol, ended=self._ended, left=door.position, trouble=why
        )
        waiting, self._waiting = self._waiting, []
        for answer in waiting:
            answer.settle(found)

    def heard(self, order: WorkingOrder) -> None:
        """Hear what became of an order; the position counts it already."""
        if order.key != self.key or not order.status.is_done:
            return
        self.key = ""
        self._ended += (order,)
        has_moved = self.door().position != self._held
        self._in_vain = 0 if has_moved else self._in_vain + 1
        self.actor.after(AGAIN_IN, self._go_on)

    def _go_on(self) -> None:
        if not self._is_running or self.key:
            return
        door = self.door()
        trouble = self._trouble(door)
        quantity = NOTHING if trouble else self._slice(door)
        if trouble or not quantity:
            self.stop(trouble)
            return
        self._held = door.position
        intent = self._intent(door, quantity)
        self.key = intent.id
        self.order(intent)

    def _trouble(self, door: Door) -> str:
        """Say why no more is ordered; also if nothing is left."""
        if not door.position or self._is_dust(door):
            return ""
        if self._in_vain >= GIVE_UP_AFTER:
            last = self._ended[-1].status
            return f"{self._in_vain} orders traded nothing, the last was {last}"
        found = (
            (door.level is not RiskLevel.HALTED, "it is not halted"),
            (bool(door.orders), "there are open orders that may change it"),
            (door.reference_price is None, "nobody knows what it is worth now"),
            (
                not self._slice(door),
                "no order can close what is left: see `limits` (lot_size)",
            ),
        )
        return next((told for is_so, told in found if is_so), "")

    def _is_dust(self, door: Door) -> bool:
        """Say whether what is left is less than a lot: fees took the rest of one."""
        lot = self.limits.lot_size
        return lot is not None and _owned(door) < lot

    def _slice(self, door: Door) -> Decimal:
        """Return how much one order may close: all, or a multiple of the lot size."""
        limits, reference = self.limits, door.reference_price
        if reference is None:
            return NOTHING
        part, lot = _owned(door), limits.lot_size
        if limits.max_order_quantity is not None:
            part = min(part, limits.max_order_quantity)
        with localcontext(EXACT):
            worst = reference * (1 + limits.price_collar)
            is_too_much = part * worst > limits.max_order_notional
        if is_too_much:
            part = NOTHING if lot is None else limits.max_order_notional / worst
        return part if lot is None else part // lot * lot

    def _intent(self, door: Door, quantity: Decimal) -> Intent:
        self._number += 1
        moment = round(self.actor.clock.wall() * 1000)
        wish = Intent(
            id=f"{self.actor.path}:flatten{moment}:{self._number}",
            strategy="",
            symbol=door.symbol,
            side=Side.SELL if door.position > 0 else Side.BUY,
            type=OrderType.MARKET,
            quantity=quantity,
            price=None,
            time=self.signs.event_time,
            reduces=True,
        )
        return protected(wish, door, attrs.evolve(self.limits, protect_market=True))


def _owned(door: Door) -> Decimal:
    """Return how much of a position the account can close: it may have paid fees."""
    whole = abs(door.position)
    if door.position < 0 or door.free is None or door.base not in door.free:
        return whole
    return max(NOTHING, min(whole, door.free[door.base]))
