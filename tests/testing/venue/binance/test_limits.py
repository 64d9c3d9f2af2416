"""Weights and orders are counted, and who does not stop is shut out."""

from collections.abc import Callable
from typing import Any

import ccxt  # type: ignore[import-untyped]
import pytest

from holdfast.supervision.runtime.clock import ManualClock
from holdfast.testing import VenueSettings
from holdfast.testing.venue.binance.limits import Limits
from holdfast.testing.venue.binance.refusal import Refused
from holdfast.testing.venue.clock import VenueClock


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(wall=600.0)


@pytest.fixture
def limits(clock: ManualClock) -> Limits:
    settings = VenueSettings(weight_limit=10, order_limit=2, ban=100.0)
    return Limits(settings, VenueClock(clock))


def answer(call: Callable[[], None]) -> tuple[int, str] | None:
    """Say the status, and for how long to stay away."""
    try:
        call()
    except Refused as refused:
        return refused.status, refused.headers["Retry-After"]
    return None


def test_calls_are_refused_until_the_minute_is_over(
    limits: Limits, clock: ManualClock
) -> None:
    clock.advance(20)

    assert [answer(lambda: limits.charge(5)) for _ in range(3)] == [
        None,
        None,
        (429, "40"),
    ]
    clock.advance(40)
    assert answer(lambda: limits.charge(5)) is None


def test_who_goes_on_is_banned(limits: Limits, clock: ManualClock) -> None:
    limits.charge(10)

    assert [answer(lambda: limits.charge(1)) for _ in range(7)] == [
        *[(429, "60")] * 5,
        (418, "100"),
        (418, "100"),
    ]
    clock.advance(99)
    assert answer(lambda: limits.charge(1)) == (418, "1")
    clock.advance(1)
    assert answer(lambda: limits.charge(1)) is None


def test_orders_have_a_limit_of_their_own(limits: Limits, clock: ManualClock) -> None:
    clock.advance(4)

    assert [answer(limits.charge_order) for _ in range(3)] == [None, None, (429, "6")]
    clock.advance(6)
    assert answer(limits.charge_order) is None


def test_a_client_sees_what_it_has_used_up_and_that_it_is_too_much(
    open_venue: Any,
) -> None:
    venue = open_venue(weight_limit=41)
    api: Any = ccxt.binance(venue.ccxt_config())
    api.load_markets()
    api.fetch_balance()

    assert api.last_response_headers["X-Mbx-Used-Weight-1m"] == "40"
    with pytest.raises(ccxt.DDoSProtection, match="429"):
        api.fetch_balance()
    assert int(api.last_response_headers["Retry-After"]) > 0
