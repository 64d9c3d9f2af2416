"""The breaker itself, without threads or a clock: what passes, and what counts.

Closed it costs less than a microsecond a call, so `admit` and `record` do by hand what
the table of transitions does elsewhere.
"""

from ..outcome import CallClass
from .admission import DEPTH, Verdict
from .machine import Machine
from .states import Event, Sample, State

_YES, _NO, _LIMITED = Verdict.YES, Verdict.NO, Verdict.LIMITED
_ORDER_TRIAL, _TRIAL = Verdict.ORDER_TRIAL, Verdict.TRIAL
_GOOD, _BAD = Sample.GOOD, Sample.BAD


class BreakerCore(Machine):
    """A machine that calls ask for a ticket, and tell their end with it.

    A ticket is 0 where a call is rejected. Otherwise it holds the generation and, in
    its last two bits, how much a trial would prove; 0 there: it is no trial.
    """

    __slots__ = ()

    def admit(self, call_class: CallClass, now: float) -> int:
        """Return a ticket for a call that is sent now, or 0: it must not be."""
        verdict = self._row[call_class]
        if verdict is _YES:
            return self._ticket
        if verdict is _NO:
            return 0
        return self._admit_some(verdict, call_class, now)

    def admits(self, call_class: CallClass) -> bool:
        """Say whether such a call could pass as things stand; nothing is taken."""
        verdict = self._row[call_class]
        if verdict is _TRIAL:
            return self.permits > 0
        if verdict is _ORDER_TRIAL:
            return self.permits > 0 and self.height >= self.depth_needed
        return verdict is not _NO

    def is_current(self, ticket: int) -> bool:
        """Say whether the end of a call with this ticket still counts."""
        return ticket >> 2 == self.generation

    def record(self, ticket: int, sample: Sample, duration: float, now: float) -> None:
        """Take note of the end of a call: each ticket once, whatever became of it."""
        if ticket >> 2 != self.generation:
            self.late += 1
            return
        if self._counts:
            if sample is _GOOD and duration <= self._slow_call:
                self.window.good(now)
                if self.warned:
                    self._calm_down(now)
            elif sample:
                slow = duration > self._slow_call
                self.window.other(now, bad=sample is _BAD, slow=slow)
                self._happened(Event.BAD, now)
        elif self.state is State.HALF_OPEN:
            self._end_trial(ticket & 3, sample, duration, now)

    def refusal(self, call_class: CallClass, now: float) -> tuple[str, float | None]:
        """Say why such a call is rejected, and in how many seconds it may be tried.

        None instead of seconds: that does not depend on time alone.
        """
        state, holds = self.state, self.holds.values()
        if state is State.HALF_OPEN:
            what = "reads must show first that it answers"
            if call_class is not CallClass.CANCEL and self.permits == 0:
                what = "a trial is under way"
            return f"half open: {what}", None
        told = "; ".join(hold.told(now) for hold in holds)
        if state is State.FORCED_OPEN:
            told = "; ".join(filter(None, ("an operator forced it open", told)))
        ends = [hold.until for hold in holds]
        ends += [self.forced_until] if state is State.FORCED_OPEN else []
        timed = [each for each in ends if each is not None]
        retry_after = max(0.0, max(timed) - now) if timed else None
        return f"open: {told}", retry_after if len(timed) == len(ends) else None

    # -- inside --

    def _admit_some(self, verdict: Verdict, call_class: CallClass, now: float) -> int:
        if verdict is _LIMITED:
            return self._ticket if self._takes_side_budget(now) else 0
        if verdict < _TRIAL:
            return self._ticket
        if self.permits == 0:
            return 0
        if verdict is _ORDER_TRIAL and self.height < self.depth_needed:
            return 0
        self.permits -= 1
        if self.dwell_until is None:
            self.dwell_until = now + self.settings.dwell_limit
        return self._ticket | DEPTH[call_class]

    def _takes_side_budget(self, now: float) -> bool:
        """Let a call pass that is less harmful than most, one each so often."""
        rate = self.settings.side_budget
        if not rate or now < self.side_at:
            return False
        self.side_at = now + 1 / rate
        return True

    def _end_trial(
        self, depth: int, sample: Sample, duration: float, now: float
    ) -> None:
        """Judge a result in half open; where it was no trial, only if it is bad."""
        self.depth = depth
        if sample is _BAD or (sample is _GOOD and duration > self._slow_call):
            self._happened(Event.BAD, now)
        elif depth:
            good = sample is _GOOD
            told = f"{self.successes + 1} good trials" if good else ""
            self._happened(Event.TRIAL_GOOD if good else Event.TRIAL_NEUTRAL, now, told)

    def _calm_down(self, now: float) -> None:
        """Be ready to warn once more, when what there was to warn of is over."""
        volume, bad, slow = self.window.counts(now)
        limits = self.settings
        self.warned = volume >= limits.minimum_volume and (
            bad >= limits.failure_rate * volume or slow >= limits.slow_rate * volume
        )
