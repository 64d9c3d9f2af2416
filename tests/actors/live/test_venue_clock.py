"""The venue's time is ours, corrected by what was measured."""

import pytest

from holdfast.actors.live.venue_clock import VenueClock
from holdfast.actors.live.venues import BINANCE
from holdfast.supervision import ManualClock
from holdfast.supervision.outcome import VenueRefused


@pytest.fixture
def venue_clock() -> VenueClock:
    return VenueClock(ManualClock(wall=1000.0), BINANCE.words)


def test_before_it_is_measured_it_is_ours(venue_clock: VenueClock) -> None:
    assert venue_clock.now() == 1000.0


def test_an_answer_tells_of_the_middle_of_the_question(
    venue_clock: VenueClock,
) -> None:
    venue_clock.measured(1000.0, 1010.5, 1001.0)

    assert venue_clock.skew == 10.0
    assert venue_clock.now() == 1010.0
    assert venue_clock.there(999.0) == 1009.0


@pytest.mark.parametrize(("code", "times"), [("-1021", 1), ("-2010", 0)])
def test_a_refusal_of_our_time_has_it_measured(
    venue_clock: VenueClock, code: str, times: int
) -> None:
    asked: list[None] = []
    venue_clock.when_stale(lambda: asked.append(None))
    venue_clock.heed(VenueRefused("no", code=code))

    assert len(asked) == times
