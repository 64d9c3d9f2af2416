"""A crash of the paper exchange changes nothing at the venue, and loses no report."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Protocol

import pytest

from holdfast.actors.market import Quote
from holdfast.actors.messages import (
    CancelOrder,
    OrderAccepted,
    OrderFilled,
    OrderStatus,
    PlaceOrder,
)
from holdfast.actors.queries import Orders, QueryOrders
from holdfast.supervision import (
    ActorSystem,
    ChildSpec,
)
from holdfast.supervision.outcome import OutcomeUnknown
from holdfast.tests.actors.paper_stage import (
    CANCEL,
    COMMANDS,
    DAY,
    ME,
    NEXT_QUOTE,
    QUOTE,
    RESTING,
    TAKING,
    TRADE,
    UNSOUND,
    Stage,
)


class Fault(Protocol):
    fired: int

    def __call__(self, system: ActorSystem) -> None: ...


class CrashAt(Protocol):
    def __call__(
        self, path: str, which: Callable[[Any], bool], *, after: bool
    ) -> Callable[[ActorSystem], None]: ...


Strike = Callable[[list[tuple[str, int, bool]]], Fault]


@pytest.fixture
def stage(
    grown: Callable[..., AbstractContextManager[ActorSystem]],
    double: Callable[..., ChildSpec],
    settle: Callable[[ActorSystem], None],
    ask: Callable[[ActorSystem, str, Any], Any],
) -> Stage:
    return Stage(grown, double, settle, ask)


def picks(message: Any) -> Callable[[Any], bool]:
    return lambda each: each is message


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("message", [QUOTE, NEXT_QUOTE])
def test_a_crash_over_the_market_changes_nothing_at_the_venue(
    message: Quote,
    after: bool,  # noqa: FBT001 - a parameter of the table
    stage: Stage,
    crash_at: CrashAt,
) -> None:
    listing = QueryOrders(symbol="BTCUSDT")
    undisturbed: Orders = stage.play(*DAY, ask=listing)
    answers, reports = stage.answers, stage.said.copy()
    stage.said.clear()

    crashed: Orders = stage.play(
        *DAY, ask=listing, arm=crash_at(ME, picks(message), after=after)
    )

    assert crashed == undisturbed
    assert (stage.said, stage.answers, stage.letters) == (reports, answers, {})


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("command", [RESTING, TAKING, UNSOUND, CANCEL])
def test_a_command_over_which_it_crashed_was_carried_out_once_or_not_at_all(
    command: PlaceOrder | CancelOrder,
    after: bool,  # noqa: FBT001 - a parameter of the table
    stage: Stage,
    crash_at: CrashAt,
) -> None:
    listing = QueryOrders(symbol="BTCUSDT")
    day = DAY if after else [each for each in DAY if each is not command]
    expected: Orders = stage.play(*day, ask=listing)
    reports = stage.said.copy()
    stage.said.clear()

    crashed: Orders = stage.play(
        *DAY, ask=listing, arm=crash_at(ME, picks(command), after=after)
    )

    assert crashed == expected
    assert (stage.said, stage.letters) == (reports, {})
    commands = [each for each in DAY if isinstance(each, COMMANDS)]
    assert stage.answers[commands.index(command)] == "InjectedCrash"


@pytest.mark.parametrize("goes_out", [False, True], ids=["instead", "after"])
@pytest.mark.parametrize("send", range(1, 7))
def test_no_report_is_lost_in_a_crash_between_two_of_them(
    send: int,
    goes_out: bool,  # noqa: FBT001 - a parameter of the table
    stage: Stage,
    strike: Strike,
) -> None:
    stage.play(*DAY)
    reports = stage.said.copy()
    stage.said.clear()
    fault = strike([(ME, send, goes_out)])

    stage.play(*DAY, arm=fault)

    assert fault.fired == 1
    assert [each for each in stage.said if each in reports] == stage.said
    assert list(dict.fromkeys(stage.said)) == reports


LATE = {"latency": 0.5}


NAMED = QueryOrders(symbol="BTCUSDT", client_order_ids=("resting",))


@pytest.mark.parametrize("crashes", [False, True])
def test_nobody_is_told_that_an_order_on_its_way_is_absent(
    crashes: bool,  # noqa: FBT001 - a parameter of the table
    stage: Stage,
    crash_at: CrashAt,
) -> None:
    arm = crash_at(ME, picks(RESTING), after=True) if crashes else None

    with pytest.raises(OutcomeUnknown, match="on its way"):
        stage.play(QUOTE, RESTING, ask=NAMED, arm=arm, **LATE)
    everything = stage.play(QUOTE, RESTING, ask=QueryOrders(symbol="BTCUSDT"), **LATE)

    assert everything.orders == ()


def test_an_order_under_way_at_a_crash_arrives_once(
    stage: Stage, crash_at: CrashAt
) -> None:
    arm = crash_at(ME, picks(RESTING), after=True)

    orders: Orders = stage.play(QUOTE, RESTING, TRADE, ask=NAMED, arm=arm, **LATE)

    assert [each.status for each in orders.orders] == [OrderStatus.FILLED]
    assert stage.kinds == [OrderAccepted, OrderFilled]


def test_whoever_waits_at_a_crash_hears_it_from_the_successor(
    stage: Stage, crash_at: CrashAt
) -> None:
    arm = crash_at(ME, picks(TRADE), after=False)

    stage.play(QUOTE, RESTING, TRADE, arm=arm, **LATE)

    assert stage.answers == ["filled"]
