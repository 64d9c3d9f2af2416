"""Carries calls to an actor, in lanes, past a breaker: each is sent once or never."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import attrs

from ..events import EventKind
from ..outcome import (
    CallClass,
    CallFailed,
    NotSent,
    Outcome,
    OutcomeUnknown,
    call_class,
    outcome_of,
)
from ..runtime.actor import Actor
from ..runtime.clock import Timer
from ..runtime.future import Future
from ..runtime.reference import Ref
from .core import BreakerCore
from .fallback import LastGoods
from .judging import WENT_WELL, as_answered, establish, judged
from .lanes import LANE_OF, Call, Lane
from .rejection import BreakerRejected
from .settings import BreakerSettings
from .states import Sample

LONGEST_EVIDENCE = 160


@attrs.define
class Kept:
    """What a successor goes on with; `calls` have not ended yet."""

    core: BreakerCore
    good: LastGoods = attrs.field(factory=LastGoods)
    calls: dict[int, Call] = attrs.field(factory=dict[int, Call])
    number: int = 0
    rejected: int = 0


class Traffic(Actor):
    """The part of a circuit breaker that handles calls; see there for the arguments."""

    def __init__(  # noqa: PLR0913 - what the arguments of a breaker come to
        self,
        to: Ref,
        settings: BreakerSettings,
        *,
        depth_needed: int,
        key: str,
        fallback_to: Ref | None,
        keeps_good: bool,
        fallback_for: frozenset[CallClass],
    ) -> None:
        self._to = to
        self._settings = settings
        self._key = key
        self._fallback_to = fallback_to
        self._keeps_good = keeps_good
        self._fallback_for = fallback_for
        self._lanes = {name: Lane(name, each) for name, each in settings.lanes.items()}
        self._timer: Timer | None = None
        self._due: float | None = None
        self._core = BreakerCore(settings, depth_needed=depth_needed)
        self._kept = Kept(self._core)

    def on_start(self) -> None:
        """Go on in the state of a predecessor: a crash is no reset."""
        before: Kept | None = self.snapshot
        if before is not None:
            self._core = before.core.copy()
            self._kept = attrs.evolve(before, core=self._core, calls={})
            self._account_for(list(before.calls.values()))
        self.save_snapshot(self._kept)
        self._follow_up()

    def on_stop(self) -> None:
        """Leave no caller waiting."""
        for call in list(self._kept.calls.values()):
            call.reply.fail(_lost(call, self.path))

    # -- one call --

    def _arrived(self, message: Any, *, is_probe: bool = False) -> Call:
        kept = self._kept
        kept.number += 1
        named = getattr(message, self._key, None) if self._key else None
        call = Call(
            number=kept.number,
            name=str(named or f"{type(message).__name__} {kept.number}"),
            message=message,
            call_class=call_class(message),
            reply=Future(self.clock, target=self._to.cell),
            deadline=self.clock.now() + self._settings.timeout,
            is_probe=is_probe,
        )
        kept.calls[call.number] = call
        return call

    def _lane(self, call: Call) -> Lane:
        return self._lanes[LANE_OF[call.call_class]]

    def _take(self, call: Call, lane: Lane) -> None:
        if lane.has_slot:
            self._begin(call, lane)
        elif not self._core.admits(call.call_class):
            self._reject(call)
        elif lane.is_full:
            self._reject(call, full=lane)
        else:
            lane.waiting.append(call)
            call.timer = self.after(
                self._settings.timeout, partial(self._expire, call, lane)
            )

    def _begin(self, call: Call, lane: Lane) -> None:
        """Send it, if it still may be; from its ticket on it counts as sent."""
        now = self.clock.now()
        if call.timer is not None:
            call.timer.cancel()
        if now >= call.deadline:
            self._give_up_waiting(call, lane)
            return
        ticket = self._core.admit(call.call_class, now)
        if not ticket:
            self._reject(call)
            return
        call.ticket, call.began = ticket, now
        lane.running += 1
        self._arm()  # a trial has a limit
        try:
            left = call.deadline - now
            asked = self._to.ask(call.message, block=False, timeout=left)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the answer
            self.soon(partial(self._failed, call, error))
        else:
            self.pipe(asked, partial(self._answered, call), partial(self._failed, call))

    def _answered(self, call: Call, value: Any) -> None:
        now = self.clock.now()
        if self._keeps_good and call.call_class in self._fallback_for:
            self._kept.good.keep(call.message, value, now)
        self._core.record(call.ticket, Sample.GOOD, now - call.began, now)
        self._over(call)
        call.reply.settle(value)
        self._go_on(call, WENT_WELL.sample)

    def _failed(self, call: Call, error: BaseException) -> None:
        now, core = self.clock.now(), self._core
        judgement = judged(error, call.call_class)
        if call.is_known:
            judgement = attrs.evolve(judgement, unknown=False)
        kind = type(call.message).__name__
        why = f"{kind}: {type(error).__name__}: {error}"[:LONGEST_EVIDENCE]
        if judgement != WENT_WELL and judgement.sample is not Sample.NEUTRAL:
            core.evidence.append(why)
        core.record(call.ticket, judgement.sample, now - call.began, now)
        establish(core, judgement, call.name, why, now)
        self._over(call)
        answer = error
        if isinstance(error, Exception):
            answer = as_answered(error, call.call_class)
        self._fail(call, answer)
        self._go_on(call, judgement.sample)

    def _over(self, call: Call) -> None:
        self._lane(call).running -= 1
        self._kept.calls.pop(call.number, None)

    def _go_on(self, call: Call, sample: Sample) -> None:
        """See what follows from the end of a call, and send who waited for its slot."""
        del sample
        self._follow_up()
        lane = self._lane(call)
        while (waiting := lane.next()) is not None:
            self._begin(waiting, lane)

    # -- calls that are not sent --

    def _expire(self, call: Call, lane: Lane) -> None:
        if lane.leave(call):
            self._give_up_waiting(call, lane)

    def _give_up_waiting(self, call: Call, lane: Lane) -> None:
        waited = f"it waited {self._settings.timeout:g} s in the lane {lane.name}"
        self._fail(call, NotSent(f"not sent: {waited} of {self.path}", is_local=True))

    def _reject(self, call: Call, *, full: Lane | None = None) -> None:
        core, now = self._core, self.clock.now()
        self._kept.rejected += 1
        if call.timer is not None:
            call.timer.cancel()
        if full is None:
            why, retry_after = core.refusal(call.call_class, now)
            again = "" if retry_after is None else f", try again in {retry_after:.3g} s"
            told = f"is {why}{again}"
        else:
            retry_after, told = None, f"has no room left in its lane {full.name}"
        rejected = BreakerRejected(
            told,
            path=self.path,
            state=core.state,
            holds=core.holds,
            retry_after=retry_after,
            evidence=core.evidence,
            is_full=full is not None,
        )
        self._fail(call, rejected)

    def _fail(self, call: Call, error: BaseException) -> None:
        """Answer with the error, or with what there is instead of a read not sent."""
        self._kept.calls.pop(call.number, None)
        if not self._falls_back(call, error):
            call.reply.fail(error)

    def _falls_back(self, call: Call, error: BaseException) -> bool:
        if call.is_probe or call.call_class not in self._fallback_for:
            return False
        if outcome_of(error) is not Outcome.CLEAN:
            return False
        now = self.clock.now()
        if self._fallback_to is not None and now < call.deadline:
            try:
                left = call.deadline - now
                asked = self._fallback_to.ask(call.message, block=False, timeout=left)
            except Exception:  # noqa: BLE001 - then the first error says more
                return False
            call.reply.follow(asked)
            return True
        if not self._keeps_good or not isinstance(error, Exception):
            return False
        instead = self._kept.good.instead_of(error, call.message, now)
        return instead is not None and call.reply.settle(instead)

    # -- what follows from a change --

    def _follow_up(self) -> None:
        """Tell what has changed, reject what may no longer pass, and go on."""
        core = self._core
        changes, core.changes = core.changes, []
        for change in changes:
            self.system.events.emit(
                EventKind.BREAKER,
                self.path,
                incarnation=self.incarnation,
                reason=change.told,
            )
        if changes or not core.chance:
            core.chance = self.random("open", core.generation).uniform(-1, 1)
            for lane in self._lanes.values():
                for call in [*lane.waiting]:
                    if not core.admits(call.call_class) and lane.leave(call):
                        self._reject(call)
        self._arm()

    def _arm(self) -> None:
        due = self._core.next_due()
        if due == self._due:
            return
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._due = due
        if due is not None:
            self._timer = self.after(max(0.0, due - self.clock.now()), self._tick)

    def _tick(self) -> None:
        self._due = None
        self._core.tick(self.clock.now())
        self._follow_up()

    def _account_for(self, calls: Sequence[Call]) -> None:
        """Answer for a predecessor's calls: what was sent may have been executed."""
        lost = {
            call.name: f"{type(call.message).__name__}: the breaker crashed meanwhile"
            for call in calls
            if call.ticket and call.call_class.changes_the_venue and not call.is_known
        }
        self._core.restarted(lost, self.clock.now())
        for call in calls:
            call.reply.fail(_lost(call, self.path))


def _lost(call: Call, path: str) -> CallFailed:
    """Say what may be concluded about a call whose breaker ended meanwhile."""
    kind = type(call.message).__name__
    if call.ticket:
        return OutcomeUnknown(
            f"{path} ended while {kind} was under way: ask what became of it"
        )
    return NotSent(f"not sent: {path} ended while {kind} waited", is_local=True)
