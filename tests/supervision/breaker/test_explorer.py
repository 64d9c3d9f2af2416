"""Whatever happens, in whatever order, the breaker keeps its promises.

The known mistakes of other breakers, planted one at a time, are found: so the search
looks where it has to.
"""

from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from holdfast.supervision.breaker import (
    BreakerCore,
    BreakerSettings,
    HoldKind,
    Sample,
    State,
)
from holdfast.supervision.breaker.states import Event, Hold
from holdfast.supervision.breaker.table import TABLE, Rule, Table
from holdfast.supervision.outcome import CallClass
from holdfast.tests.supervision.breaker.explorer import Step, explored
from holdfast.tests.supervision.breaker.promises import broken

FEW_FACTS = ("throttled", "unknown")


def settings(**changed: int) -> BreakerSettings:
    return BreakerSettings(
        window=1e6,
        jitter=0.0,
        consecutive=None,
        minimum_volume=2,
        needed=2,
        side_budget=0.0,
        timeout=10.0,
        permits=changed.get("permits", 1),
    )


def steps(
    core: type[BreakerCore] = BreakerCore, table: Table = TABLE, **changed: int
) -> Iterator[Step]:
    given = settings(**changed)
    return explored(
        lambda: core(given, depth_needed=2, table=table), facts=FEW_FACTS, at_once=2
    )


def test_no_promise_is_broken_wherever_the_breaker_can_get() -> None:
    seen = Counter[State]()

    def counted() -> Iterator[Step]:
        reached = set[object]()
        for step in explored(lambda: BreakerCore(settings(), depth_needed=2)):
            if step.before.key not in reached:
                reached.add(step.before.key)
                seen[step.before.core.state] += 1
            yield step

    assert list(broken(counted())) == []
    assert {*seen} == {*State}
    assert seen.total() > 1000


@pytest.mark.parametrize("permits", [1, 2])
def test_it_is_so_with_any_number_of_permits(permits: int) -> None:
    assert list(broken(steps(permits=permits))) == []


# -- the mistakes of others --


class LateSuccessCloses(BreakerCore):
    """As in circuitbreaker: what began before it opened closes it."""

    def record(self, ticket: int, sample: Sample, duration: float, now: float) -> None:
        if not self.is_current(ticket) and sample is Sample.GOOD:
            ticket = self.generation << 2 | 1
        super().record(ticket, sample, duration, now)


class TripsOnStale(BreakerCore):
    """As in resilience4j, Polly and Hystrix: samples have no generation."""

    def record(self, ticket: int, sample: Sample, duration: float, now: float) -> None:
        current = self.generation << 2 | ticket & 3
        super().record(current, sample, duration, now)


class CountsRejected(BreakerCore):
    """What was kept back counts as a failure, so it stays open by itself."""

    def admit(self, call_class: CallClass, now: float) -> int:
        ticket = super().admit(call_class, now)
        if not ticket:
            self.window.other(now, bad=True, slow=False)
        return ticket


class SecondFactWins(BreakerCore):
    """It knows one reason to be open at a time."""

    def _hold(self, hold: Hold, now: float) -> None:
        self.holds.clear()
        super()._hold(hold, now)


class ForgetsPermitsInCrash(BreakerCore):
    """A crash is a new generation, and nobody gives its permits back."""

    def restarted(self, lost: object, now: float) -> None:
        del lost, now
        self.generation += 1
        self._refresh()


class ReleasesHoldsAtTime(BreakerCore):
    """As everywhere: time alone ends being open, whatever is unresolved."""

    def tick(self, now: float) -> None:
        self.holds.pop(HoldKind.RECONCILE, None)
        super().tick(now)


def without(state: State, event: Event) -> Table:
    return {key: rules for key, rules in TABLE.items() if key != (state, event)}


def instead(state: State, event: Event, *rules: Rule) -> Table:
    return {**TABLE, (state, event): rules}


HALF = State.HALF_OPEN
MUTANTS: dict[str, tuple[Callable[[], Iterator[Step]], str]] = {
    "an ignored error keeps the permit": (
        lambda: steps(table=instead(HALF, Event.TRIAL_NEUTRAL, Rule(HALF))),
        "a permit is lost",
    ),
    "half open has no timer": (
        lambda: steps(table=without(HALF, Event.DWELL_OVER)),
        "a trial that never ends freezes it",
    ),
    "a late success closes it": (
        lambda: steps(LateSuccessCloses),
        "late good has an effect",
    ),
    "stale samples count": (lambda: steps(TripsOnStale), "late bad has an effect"),
    "a hold is lost at the second fact": (
        lambda: steps(SecondFactWins),
        "a hold is lost",
    ),
    "a rejected call is a sample": (
        lambda: steps(CountsRejected),
        "data rejected has an effect",
    ),
    "the minimum volume is ignored": (
        lambda: steps(
            table=instead(
                State.CLOSED,
                Event.BAD,
                Rule(
                    State.OPEN,
                    actions=("new_generation", "count_attempt", "hold_for_a_while"),
                ),
            )
        ),
        "opened without enough calls",
    ),
    "half open has no limit on trials": (
        lambda: steps(
            table=instead(
                HALF,
                Event.TRIAL_NEUTRAL,
                Rule(HALF, actions=("return_permit", "return_permit")),
            )
        ),
        "more trials than permits",
    ),
    "permits are lost in a crash": (
        lambda: steps(ForgetsPermitsInCrash),
        "a permit is lost",
    ),
    "it opens without a hold": (
        lambda: steps(
            table=instead(
                HALF, Event.BAD, Rule(State.OPEN, actions=("new_generation",))
            )
        ),
        "open without a hold",
    ),
    "time ends what must be reconciled": (
        lambda: steps(ReleasesHoldsAtTime),
        "a hold is lost",
    ),
    "what is reconciled does not open it again": (
        lambda: steps(
            table=instead(State.OPEN, Event.LIFTED, Rule(State.OPEN, tells=True))
        ),
        "open without a hold",
    ),
}


@pytest.mark.parametrize("mistake", MUTANTS)
def test_each_known_mistake_is_found(mistake: str) -> None:
    make, promise = MUTANTS[mistake]

    found = (each.startswith(f"{promise}: ") for each in broken(make()))

    assert any(found)
