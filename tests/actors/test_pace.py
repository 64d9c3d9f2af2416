"""What comes too often is refused, each limit at its boundary, in event time."""

from collections import deque
from decimal import Decimal
from typing import Any

import attrs
import pytest

from holdfast.actors.limits import Limits
from holdfast.actors.messages import Intent, OrderType, Side
from holdfast.actors.pace import Pace, too_often, wanted_too_often

ME = "/root/strategy"
INTENT = Intent(
    id="a",
    strategy=ME,
    symbol="BTCUSDT",
    side=Side.BUY,
    type=OrderType.LIMIT,
    quantity=Decimal(1),
    price=Decimal(100),
    time=50.0,
)
LIMITS = Limits(
    max_order_notional=Decimal(1000),
    max_position=Decimal(10),
    price_collar=Decimal("0.05"),
    max_orders=3,
    rate_window=2.0,
)


def limited(**limits: Any) -> Limits:
    return attrs.evolve(LIMITS, **limits)


def paced(limits: Limits, *times: float, cancels: int = 0, **more: Any) -> Pace:
    pace = Pace()
    for number, time in enumerate(times):
        before = attrs.evolve(INTENT, time=time, quantity=Decimal(number + 2))
        before = attrs.evolve(before, **more)
        pace.wanted(before, limits)
        pace.passed(before, limits)
    for _ in range(cancels):
        pace.took_back(50.0, limits)
    return pace


def reason(pace: Pace, limits: Limits, **changes: Any) -> str | None:
    intent = attrs.evolve(INTENT, **changes)
    found = wanted_too_often(intent, pace, limits) or too_often(intent, pace, limits)
    return found[0] if found else None


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ((), None),
        ((49.0, 50.0), None),
        ((48.5, 49.0, 50.0), "order_rate"),
        ((48.0, 49.0, 50.0), None),
        ((48.1, 49.0, 49.9), "order_rate"),
    ],
)
def test_only_so_many_orders_fit_into_the_window(
    times: tuple[float, ...], expected: str | None
) -> None:
    assert reason(paced(LIMITS, *times), LIMITS) == expected


@pytest.mark.parametrize(
    ("times", "strategy", "expected"),
    [
        ((49.5,), ME, None),
        ((49.0, 49.5), ME, "order_rate"),
        ((48.0, 49.5), ME, None),
        ((49.0, 49.5), "/root/other", None),
    ],
)
def test_only_so_many_orders_of_one_strategy_fit_into_the_window(
    times: tuple[float, ...], strategy: str, expected: str | None
) -> None:
    limits = limited(max_strategy_orders=2)

    assert reason(paced(limits, *times, strategy=strategy), limits) == expected


@pytest.mark.parametrize(
    ("orders", "cancels", "expected"),
    [(4, 2, None), (4, 3, "cancel_ratio"), (3, 3, None)],
)
def test_who_takes_back_too_much_may_order_nothing_new(
    orders: int, cancels: int, expected: str | None
) -> None:
    limits = limited(max_orders=99, max_cancel_ratio="0.5", ratio_from=4)
    pace = paced(limits, *(49.0 for _ in range(orders)), cancels=cancels)

    assert reason(pace, limits) == expected


def test_cancels_of_long_ago_do_not_count() -> None:
    limits = limited(max_orders=99, max_cancel_ratio="0.5", ratio_from=1)
    pace = paced(limits, 49.0, cancels=5)

    assert reason(pace, limits) == "cancel_ratio"
    pace.passed(attrs.evolve(INTENT, time=111.0), limits)
    assert reason(pace, limits, time=111.0) is None


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "duplicate_order"),
        ({"time": 50.999}, "duplicate_order"),
        ({"time": 51.0}, None),
        ({"strategy": "/root/other"}, None),
        ({"side": Side.SELL}, None),
        ({"quantity": Decimal(2)}, None),
        ({"quantity": Decimal("1.0")}, "duplicate_order"),
        ({"price": Decimal(101)}, None),
    ],
)
def test_the_very_same_is_not_ordered_again_at_once(
    changes: dict[str, Any], expected: str | None
) -> None:
    limits = limited(duplicate_window=1.0)
    pace = paced(limits, 50.0, quantity=Decimal(1))

    assert reason(pace, limits, id="b", **changes) == expected


@pytest.mark.parametrize(
    ("times", "strategy", "expected"),
    [
        ((10.0, 20.0), ME, None),
        ((10.0, 20.0, 30.0), ME, "repeated_execution"),
        ((-10.0, 20.0, 30.0), ME, None),
        ((10.0, 20.0, 30.0), "/root/other", None),
    ],
)
def test_a_strategy_may_want_only_so_much_in_a_while(
    times: tuple[float, ...], strategy: str, expected: str | None
) -> None:
    limits = limited(max_intents=3)

    assert reason(paced(limits, *times, strategy=strategy), limits) == expected


def test_what_was_refused_counts_as_wanted() -> None:
    limits = limited(max_intents=2)
    pace = Pace()
    for _ in range(2):
        pace.wanted(INTENT, limits)

    assert reason(pace, limits) == "repeated_execution"
    pace.intents.clear()
    assert reason(pace, limits) is None


def test_nothing_is_remembered_that_no_limit_needs() -> None:
    pace = paced(LIMITS, 1.0, 49.0, cancels=3)

    assert list(pace.orders) == [49.0]
    assert [pace.cancels, pace.intents, pace.by_strategy, pace.ordered] == [
        deque(),
        {},
        {},
        {},
    ]
