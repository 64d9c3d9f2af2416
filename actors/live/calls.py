"""Makes calls to a venue, within budget and deadline, and judges those that fail.

Each answer is a value or a `CallFailed`; nothing is ever sent twice from here.
"""

from collections import Counter
from collections.abc import Awaitable, Callable
from typing import TypeVar

from ...supervision.outcome import (
    CallClass,
    CallFailed,
    NotSent,
    Outcome,
    OutcomeUnknown,
)
from ...supervision.runtime.clock import Clock
from ...supervision.runtime.permit import Permit, PermitVoid
from .classifier import classify
from .rate_budget import RateBudget
from .venue_clock import VenueClock
from .venues import Venue
from .waiting import pause, within
from .wire import Wire, watched

T = TypeVar("T")


class Calls:
    """What the calls of one account have in common."""

    def __init__(
        self,
        venue: Venue,
        clock: Clock,
        venue_clock: VenueClock,
        *,
        permit: Permit,
        budget: RateBudget,
    ) -> None:
        self._venue = venue
        self._clock = clock
        self._venue_clock = venue_clock
        self._permit = permit
        self._budget = budget
        self.outcomes: Counter[Outcome] = Counter()
        self.under_way = 0

    async def make(
        self,
        call_class: CallClass,
        name: str,
        send: Callable[[], Awaitable[T]],
        *,
        deadline: float,
    ) -> T:
        """Make a call; `deadline` is in seconds, in total, waits included.

        `send` is called immediately before something leaves, and may refuse.

        Raises:
            CallFailed: there is no answer, or it was no.

        """
        self.under_way += 1
        try:
            answer = await self._made(call_class, name, send, deadline)
        except CallFailed as failure:
            self.outcomes[failure.outcome] += 1
            self._venue_clock.heed(failure)
            raise
        finally:
            self.under_way -= 1
        self.outcomes[Outcome.OK] += 1
        return answer

    async def _made(
        self,
        call_class: CallClass,
        name: str,
        send: Callable[[], Awaitable[T]],
        deadline: float,
    ) -> T:
        with watched() as wire:
            try:
                async with within(self._clock, deadline):
                    await self._afford(call_class, name)
                    self._check_permit(call_class)
                    return await send()
            except TimeoutError as late:
                raise _late(wire, name, deadline) from late
            # ccxt's parsers fail in any way they like; what it means is known here.
            except Exception as error:
                now = self._venue_clock.now()
                raise classify(error, wire, self._venue.words, now=now) from error
            finally:
                self._budget.correct(wire.headers, self._clock.now())

    async def _afford(self, call_class: CallClass, name: str) -> None:
        weight = self._venue.weights.get(name, 1.0)
        while (wait := self._wait(call_class, weight)) > 0:
            await pause(self._clock, wait)
        self._budget.spend(weight, self._clock.now())

    def _wait(self, call_class: CallClass, weight: float) -> float:
        return self._budget.wait(call_class, weight, self._clock.now())

    def _check_permit(self, call_class: CallClass) -> None:
        if not call_class.changes_the_venue:
            return
        try:
            self._permit.check(reduces=call_class is not CallClass.NEW)
        except PermitVoid as void:
            raise NotSent(str(void), is_local=True) from void


def _late(wire: Wire, name: str, deadline: float) -> CallFailed:
    if not wire.sent:
        told = f"{name} could not be sent within {deadline:g} s"
        return NotSent(told, is_local=not wire.begun)
    return OutcomeUnknown(f"no answer to {name} within {deadline:g} s")
