"""A host that wants no call gets none from anybody here, until that is over."""

import pytest

from holdfast.actors.live.classifier import TooManyOrders
from holdfast.actors.live.host_limits import HostLimits, limits_of
from holdfast.actors.live.venues import Limit
from holdfast.supervision import ActorSystem, SupervisorSpec
from holdfast.supervision.outcome import CallClass, CallFailed, Throttled, VenueRefused

NEW, CANCEL, QUERY = CallClass.NEW, CallClass.CANCEL, CallClass.QUERY
BAN = Throttled("banned", retry_after=90.0, is_ban=True)
LIMITS = (Limit(capacity=100, period=10),)


@pytest.fixture
def host() -> HostLimits:
    return HostLimits("venue", LIMITS, now=0.0)


def kept_back(host: HostLimits, call_class: CallClass, now: float) -> Throttled | None:
    """Return why a call may not go, if it may not."""
    try:
        host.take(call_class, 1, now)
    except Throttled as why:
        return why
    return None


@pytest.mark.parametrize("call_class", CallClass)
def test_after_a_ban_no_call_goes_until_it_is_over(
    host: HostLimits, call_class: CallClass
) -> None:
    host.heed(BAN, 10.0)
    why = kept_back(host, call_class, 40.0)

    assert why is not None
    assert (why.retry_after, why.is_ban, why.is_refusal) == (60.0, True, True)
    assert str(why) == "not sent, as venue wants no call for 60 s: banned"
    assert kept_back(host, call_class, 100.0) is None


def test_a_call_that_was_kept_back_makes_it_no_longer(host: HostLimits) -> None:
    host.heed(BAN, 0.0)
    why = kept_back(host, NEW, 40.0)
    assert why is not None
    host.heed(why, 41.0)

    assert kept_back(host, NEW, 90.0) is None


def test_the_longer_of_two_pauses_counts(host: HostLimits) -> None:
    host.heed(BAN, 0.0)
    host.heed(Throttled("too fast", retry_after=1.0), 10.0)

    assert kept_back(host, NEW, 89.0) is not None


def test_too_many_orders_keep_back_orders_and_nothing_else(host: HostLimits) -> None:
    host.heed(TooManyOrders("10 orders per 10 SECOND", retry_after=10.0), 0.0)
    stopped = [each for each in CallClass if kept_back(host, each, 5.0)]

    assert stopped == [CallClass.NEW, CallClass.REDUCE]


def test_who_calls_too_fast_may_still_take_back_what_is_open(host: HostLimits) -> None:
    host.heed(Throttled("slow down", retry_after=10.0), 0.0)
    goes = [each for each in CallClass if not kept_back(host, each, 5.0)]

    assert goes == [CallClass.CANCEL]


def test_a_refusal_of_one_call_keeps_back_no_other(host: HostLimits) -> None:
    refused: CallFailed = VenueRefused("no", code="-2010")
    host.heed(refused, 0.0)

    assert kept_back(host, NEW, 0.0) is None


def test_what_may_go_is_spent_at_once(host: HostLimits) -> None:
    waits = [host.take(NEW, 40, 0.0) for _ in range(3)]

    assert waits == [0.0, 0.0, pytest.approx(4.0)]
    assert host.left(0.0) == pytest.approx(0.2)


def test_other_limits_leave_spent_what_was_spent(host: HostLimits) -> None:
    host.take(CANCEL, 100, 0.0)
    host.allow((Limit(capacity=200, period=10),), reserve=0.5, now=0.0)

    assert host.left(0.0) == pytest.approx(0.5)
    assert host.take(NEW, 1, 0.0) > 0
    assert host.take(QUERY, 100, 0.0) == 0.0


def test_a_host_is_the_same_for_all_of_a_system() -> None:
    one, other = (ActorSystem(SupervisorSpec()) for _ in range(2))
    first = limits_of(one, "venue", LIMITS, now=0.0)

    assert limits_of(one, "venue", LIMITS, now=0.0) is first
    assert limits_of(one, "elsewhere", LIMITS, now=0.0) is not first
    assert limits_of(other, "venue", LIMITS, now=0.0) is not first
    one.close()
    other.close()
