"""Breakers that a test turns by hand, and what they tell."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from holdfast.supervision.breaker import BreakerCore, BreakerSettings, Sample
from holdfast.supervision.outcome import CallClass
from holdfast.supervision.simulation import World
from holdfast.tests.supervision.breaker.desk import Desk, Grow

Core = Callable[..., BreakerCore]


@pytest.fixture
def core() -> Core:
    """Make a core without jitter; `depth` must be proved before an order is tried."""

    def made(*, depth: int = 1, **settings: Any) -> BreakerCore:
        fields: dict[str, Any] = {"jitter": 0.0, **settings}
        return BreakerCore(BreakerSettings(**fields), depth_needed=depth)

    return made


@pytest.fixture
def call() -> Callable[..., bool]:
    """Let one call begin and end; False if it was rejected."""

    def called(
        core: BreakerCore,
        sample: Sample = Sample.GOOD,
        *,
        kind: CallClass = CallClass.DATA,
        took: float = 0.0,
        at: float = 0.0,
    ) -> bool:
        ticket = core.admit(kind, at)
        if ticket:
            core.record(ticket, sample, took, at)
        return bool(ticket)

    return called


@pytest.fixture
def desk() -> Iterator[Grow]:
    """Start a venue and a breaker before it in a simulated world."""
    with World(seed=1) as world:
        yield partial(Desk, world)
