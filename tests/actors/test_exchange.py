"""The paper exchange answers what it is asked, and reports what happens."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from decimal import Decimal
from typing import Any

import attrs
import pytest

from holdfast.actors.market import MarketEnded
from holdfast.actors.messages import (
    CancelRejected,
    OrderAccepted,
    OrderCancelled,
    OrderFilled,
    OrderRejected,
    OrderType,
    RejectionReason,
)
from holdfast.actors.queries import (
    Balance,
    Balances,
    Fills,
    Orders,
    Ping,
    QueryBalances,
    QueryFills,
    QueryOrders,
    VenueTime,
)
from holdfast.supervision import (
    ActorSystem,
    ChildSpec,
    StartFailed,
)
from holdfast.tests.actors.paper_stage import (
    CANCEL,
    DAY,
    ME,
    QUOTE,
    RESTING,
    TAKING,
    TRADE,
    Stage,
)


@pytest.fixture
def stage(
    grown: Callable[..., AbstractContextManager[ActorSystem]],
    double: Callable[..., ChildSpec],
    settle: Callable[[ActorSystem], None],
    ask: Callable[[ActorSystem, str, Any], Any],
) -> Stage:
    return Stage(grown, double, settle, ask)


def test_all_that_happens_is_reported_in_order(stage: Stage) -> None:
    facts = stage.play(*DAY)

    assert [(type(each), each.client_order_id) for each in stage.said] == [
        (OrderAccepted, "resting"),
        (OrderAccepted, "taking"),
        (OrderFilled, "taking"),
        (OrderRejected, "unsound"),
        (OrderFilled, "resting"),
        (CancelRejected, "resting"),
    ]
    assert facts == {"orders_at_venue": 2, "fills_at_venue": 2, "open_at_venue": 0}
    assert stage.answers == ["open", "filled", "refused: tick_size", "filled"]


@pytest.mark.parametrize(
    ("messages", "answers"),
    [
        ([RESTING, CANCEL], ["open", "cancelled"]),
        ([RESTING, CANCEL, CANCEL], ["open", "cancelled", "cancelled"]),
        ([CANCEL], ["refused: unknown_order"]),
        ([attrs.evolve(TAKING, quantity=Decimal(6))], ["partially_filled"]),
        ([attrs.evolve(RESTING, price=None, type=OrderType.MARKET)], ["filled"]),
        (
            [attrs.evolve(RESTING, quantity=Decimal(90))],
            ["refused: insufficient_balance"],
        ),
    ],
)
def test_a_command_is_answered_by_the_order_as_it_then_is(
    messages: list[Any], answers: list[str], stage: Stage
) -> None:
    stage.play(QUOTE, *messages)

    assert stage.answers == answers


def test_an_order_that_has_expired_does_not_get_to_the_venue(stage: Stage) -> None:
    now = 1_700_000_000.0
    late = attrs.evolve(RESTING, client_order_id="late", expires_at=now)

    facts = stage.play(QUOTE, attrs.evolve(RESTING, expires_at=now + 0.1), late)

    assert stage.answers == ["open", "NotSent"]
    assert (facts["orders_at_venue"], stage.letters) == (1, {})


def test_its_time_can_be_asked_for(stage: Stage) -> None:
    assert stage.play(QUOTE, ask=Ping()) == VenueTime(time=1.0)


def test_the_rules_and_the_account_are_those_of_the_arguments(stage: Stage) -> None:
    rules = {"tick_size": "0.5", "taker_fee": "0.01", "minimum_notional": "101"}
    orders = [attrs.evolve(RESTING, price=Decimal("99.1")), RESTING, TAKING]

    balances = stage.play(QUOTE, *orders, ask=QueryBalances(), **rules)

    reasons = [each.reason for each in stage.said if isinstance(each, OrderRejected)]
    assert reasons == [RejectionReason.TICK_SIZE, RejectionReason.MINIMUM_NOTIONAL]
    assert balances.of("USDT").total == 1000 - 101 - Decimal("1.01")
    assert balances.of("BTC").total == 3


def test_an_account_that_makes_no_sense_keeps_the_tree_from_starting(
    stage: Stage,
) -> None:
    with pytest.raises(StartFailed, match="the account holds some of BTC and USDT"):
        stage.play(balances={"DOGE": "1"})


def test_orders_can_be_listed_or_asked_for_by_name(stage: Stage) -> None:
    everything: Orders = stage.play(*DAY, ask=QueryOrders(symbol="BTCUSDT"))
    named: Orders = stage.play(
        *DAY,
        ask=QueryOrders(symbol="BTCUSDT", client_order_ids=("taking", "unsound")),
    )

    names = [each.client_order_id for each in everything.orders]
    assert (names, everything.absent) == (["resting", "taking"], ())
    assert [each.client_order_id for each in named.orders] == ["taking"]
    assert named.absent == ("unsound",)
    assert named.time == everything.time == 3.0


@pytest.mark.parametrize(("after", "ids"), [(0, [1, 2]), (1, [2]), (2, [])])
def test_fills_can_be_asked_for_from_one_on(
    after: int, ids: list[int], stage: Stage
) -> None:
    fills: Fills = stage.play(
        *DAY, ask=QueryFills(symbol="BTCUSDT", after_trade_id=after)
    )

    assert [each.trade_id for each in fills.fills] == ids


def test_balances_tell_what_open_orders_may_need(stage: Stage) -> None:
    balances: Balances = stage.play(
        QUOTE, RESTING, ask=QueryBalances(), maker_fee="0", taker_fee="0"
    )

    usdt = Balance(asset="USDT", free=Decimal(901), reserved=Decimal(99))
    assert balances.of("USDT") == usdt


def test_what_it_does_not_understand_is_a_dead_letter(stage: Stage) -> None:
    stage.play("nonsense")

    assert stage.letters == {(ME, "unhandled"): 1}


def test_an_order_that_somebody_sends_twice_is_no_verdict_on_the_first(
    stage: Stage,
) -> None:
    stage.play(QUOTE, RESTING, RESTING)

    assert stage.kinds == [OrderAccepted, OrderRejected]
    assert stage.said[1].reason is RejectionReason.DUPLICATE
    assert stage.answers == ["open", "OutcomeUnknown"]


LATE = {"latency": 0.5}


def test_an_order_takes_its_time_to_arrive_and_is_answered_then(stage: Stage) -> None:
    stage.play(QUOTE, RESTING, **LATE)
    assert (stage.said, stage.answers) == ([], ["waits"])

    stage.play(QUOTE, RESTING, TRADE, **LATE)
    assert stage.kinds == [OrderAccepted, OrderFilled]
    assert stage.answers == ["filled"]


@pytest.mark.parametrize(
    ("messages", "answers"),
    [
        ([QUOTE, RESTING, CANCEL, MarketEnded()], ["cancelled", "cancelled"]),
        ([QUOTE, RESTING, MarketEnded(), CANCEL], ["open", "cancelled"]),
        ([QUOTE, MarketEnded(), RESTING, CANCEL], ["open", "cancelled"]),
    ],
)
def test_when_the_market_has_ended_what_is_under_way_arrives(
    messages: list[Any], answers: list[str], stage: Stage
) -> None:
    facts = stage.play(*messages, **LATE)

    assert stage.kinds == [OrderAccepted, OrderCancelled]
    assert facts["open_at_venue"] == 0
    assert stage.answers == answers


def test_a_market_that_goes_on_brings_the_time_again(stage: Stage) -> None:
    stage.play(QUOTE, MarketEnded(), TRADE, attrs.evolve(RESTING, time=2.0), **LATE)

    assert stage.said == []
