"""Whether a call may leave is looked at when its first byte is about to, not before."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from holdfast.actors.live.calls import Calls
from holdfast.actors.live.client import Account, rest_client
from holdfast.actors.live.host_limits import HostLimits
from holdfast.actors.live.venue_clock import VenueClock
from holdfast.actors.live.venues import BINANCE
from holdfast.supervision import ManualClock
from holdfast.supervision.outcome import CallClass, CallFailed, NotSent, Throttled
from holdfast.supervision.runtime.permit import Permit

NEW, CANCEL = CallClass.NEW, CallClass.CANCEL


class Alive:
    """Who holds the permit."""

    ended = False


@pytest.fixture
def permit() -> Permit:
    return Permit("/root/exchange", Alive())


@pytest.fixture
def host(clock: ManualClock) -> HostLimits:
    return HostLimits("venue", BINANCE.limits, now=clock.now())


@pytest.fixture
def called(
    wire: Any, clock: ManualClock, permit: Permit, host: HostLimits
) -> Callable[..., CallFailed | None]:
    """Make a call during which something happens before it leaves; tell its failure."""

    def call(call_class: CallClass, happens: Callable[[], object]) -> CallFailed | None:
        return asyncio.run(make(call_class, happens))

    async def make(
        call_class: CallClass, happens: Callable[[], object]
    ) -> CallFailed | None:
        venue_clock = VenueClock(clock, BINANCE.words)
        calls = Calls(BINANCE, clock, venue_clock, permit=permit, limits=host)
        account = Account(exchange="binance", urls=wire.urls)
        client = rest_client(account, venue_clock.now, timeout=20.0)

        async def send() -> Any:
            happens()
            return await client.fetch_time()

        try:
            await calls.make(call_class, "order", send, deadline=20.0)
        except CallFailed as failure:
            return failure
        finally:
            await client.close()
        return None

    return call


def test_a_call_with_a_permit_leaves(
    wire: Any, called: Callable[..., CallFailed | None]
) -> None:
    assert called(NEW, lambda: None) is None
    assert len(wire.requests) == 1


@pytest.mark.parametrize("call_class", [NEW, CANCEL])
def test_no_call_leaves_whose_permit_is_voided_while_it_connects(
    wire: Any,
    permit: Permit,
    called: Callable[..., CallFailed | None],
    call_class: CallClass,
) -> None:
    failure = called(call_class, lambda: permit.revoke("the lease is lost"))

    assert isinstance(failure, NotSent)
    assert failure.is_local
    assert "the lease is lost" in str(failure)
    assert wire.requests == []


def test_a_question_needs_no_permit(
    wire: Any, permit: Permit, called: Callable[..., CallFailed | None]
) -> None:
    assert called(CallClass.QUERY, lambda: permit.revoke("hung")) is None
    assert len(wire.requests) == 1


def test_no_call_leaves_to_a_host_that_bans_us_while_it_connects(
    wire: Any,
    host: HostLimits,
    clock: ManualClock,
    called: Callable[..., CallFailed | None],
) -> None:
    ban = Throttled("banned", retry_after=90.0, is_ban=True)
    failure = called(CANCEL, lambda: host.heed(ban, clock.now()))

    assert isinstance(failure, Throttled)
    assert failure.is_refusal
    assert wire.requests == []


def test_a_failure_is_not_its_own_cause(
    called: Callable[..., CallFailed | None],
) -> None:
    def fail() -> None:
        raise NotSent("has expired")

    failure = called(NEW, fail)

    assert str(failure) == "has expired"
    assert failure is not None
    assert failure.__cause__ is None
