"""Which fault strikes which call, without any venue."""

from typing import Any

import pytest

from holdfast.supervision.runtime.clock import ManualClock
from holdfast.supervision.runtime.randomness import Randomness
from holdfast.testing import Fault, FaultKind, When
from holdfast.testing.venue.faults.injector import Injector, Occasion


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def injector(clock: ManualClock) -> Injector:
    return Injector(Randomness(7), clock.now)


def fault(fault_id: str = "f", kind: str = "status", **more: Any) -> Fault:
    return Fault(id=fault_id, kind=kind, **more)


def struck(injector: Injector, name: str = "new", **more: Any) -> list[str]:
    occasion = Occasion(names=frozenset({"rest", name}), **more)
    return [each.id for each in injector.strike(FaultKind, occasion)]


@pytest.mark.parametrize(
    ("when", "strikes"),
    [
        (When(), [1]),
        (When(nth=3), [3]),
        (When(nth=2, times=2), [2, 3]),
        (When(times=3), [1, 2, 3]),
        (When(times=0), []),
    ],
)
def test_calls_are_counted(injector: Injector, when: When, strikes: list[int]) -> None:
    injector.arm(fault(when=when))

    assert [call for call in range(1, 6) if struck(injector)] == strikes
    assert injector.fired == {"f": len(strikes)}


def test_only_what_matches_is_struck_and_counted(injector: Injector) -> None:
    injector.arm(fault(where="cancel", when=When(nth=2)))

    assert [struck(injector, name) for name in ("cancel", "new", "cancel")] == [
        [],
        [],
        ["f"],
    ]


def test_a_window_opens_and_closes(injector: Injector, clock: ManualClock) -> None:
    injector.arm(fault(when=When(at=10.0), for_=5.0))
    seen: list[list[str]] = []
    for _ in range(4):
        seen.append(struck(injector))
        clock.advance(5.0)

    assert seen == [[], [], ["f"], []]


def test_one_fault_answers_and_others_may_do_something_else(
    injector: Injector,
) -> None:
    injector.arm(fault("first"))
    injector.arm(fault("second"))
    injector.arm(fault("hidden", "order_invisible"))

    assert struck(injector) == ["first", "hidden"]
    assert struck(injector) == ["second"]


def test_chance_is_the_same_for_the_same_seed_and_apart_from_other_faults() -> None:
    def strikes(seed: int, *others: Fault) -> list[bool]:
        made = Injector(Randomness(seed), lambda: 0.0)
        for each in (*others, fault(when=When(probability=0.5))):
            made.arm(each)
        return ["f" in struck(made) for _ in range(64)]

    other = fault("g", "order_invisible", when=When(probability=0.5))
    assert strikes(1) == strikes(1) == strikes(1, other)
    assert strikes(1) != strikes(2)
    assert 16 < sum(strikes(1)) < 48


def test_what_is_healed_strikes_no_more_and_stays_counted(injector: Injector) -> None:
    injector.arm(fault("once"))
    injector.arm(fault("never", when=When(nth=9)))
    struck(injector)
    injector.heal()

    assert struck(injector) == []
    assert injector.armed() == []
    assert injector.fired == {"once": 1, "never": 0}


def test_an_id_counts_one_fault_only(injector: Injector) -> None:
    injector.arm(fault())

    with pytest.raises(ValueError, match="there was a fault f before"):
        injector.arm(fault())


def test_what_begins_at_a_time_is_not_begun_by_a_call(injector: Injector) -> None:
    injector.arm(fault("by itself", "refused", when=When(at=5.0)))
    injector.arm(fault("by a call", "refused", when=When(nth=1)))

    assert struck(injector) == ["by a call"]
