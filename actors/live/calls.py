"""Makes calls to a venue, within budget and deadline, and judges those that fail.

Each answer is a value or a `CallFailed`; nothing is ever sent twice from here.
"""

from collections import Counter
from collections.abc import Awaitable, Callable
from functools import partial
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
from .host_limits import HostLimits
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
        limits: HostLimits,
    ) -> None:
        self._venue = venue
        self._clock = clock
        self._venue_clock = venue_clock
        self._permit = permit
        self._limits = limits
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

        `send` is called once the call is within budget, and may refuse. Whether it is
        allowed is looked at then, and again when its first byte is about to leave.

        Raises:
            CallFailed: there is no answer, or it was no.

        """
        self.under_way += 1
        try:
            answer = await self._made(call_class, name, send, deadline)
        except CallFailed as failure:
            self.outcomes[failure.outcome] += 1
            self._limits.heed(failure, self._clock.now())
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
        check = partial(self._check, call_class)
        with watched(check) as wire:
            try:
                async with within(self._clock, deadline):
                    await self._afford(call_class, name)
                    check()
                    return await send()
            except TimeoutError as late:
                raise _late(wire, name, deadline) from late
            except CallFailed:
                raise  # never from itself: whoever looks for its cause would not end
            # ccxt's parsers fail in any way they like; what it means is known here.
            except Exception as error:
                now = self._venue_clock.now()
                raise classify(error, wire, self._venue.words, now=now) from error
            finally:
                self._limits.correct(wire.headers, self._clock.now())

    async def _afford(self, call_class: CallClass, name: str) -> None:
        weight = self._venue.weights.get(name, 1.0)
        while (wait := self._take(call_class, weight)) > 0:
            await pause(self._clock, wait)

    def _take(self, call_class: CallClass, weight: float) -> float:
        return self._limits.take(call_class, weight, self._clock.now())

    def _check(self, call_class: CallClass) -> None:
        self._limits.check(call_class, self._clock.now())
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
