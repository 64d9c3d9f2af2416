"""One frame of an account stream becomes reports, in an order that makes sense."""

from decimal import Decimal
from typing import Any

import attrs
import pytest

from holdfast.actors.live.account_fold import AccountFold, Seen
from holdfast.actors.live.answers import Incomplete
from holdfast.actors.messages import (
    CancelReason,
    Liquidity,
    OrderCancelled,
    OrderFilled,
    OrderReport,
    OrderStatus,
    OrderType,
    Side,
)
from holdfast.actors.queries import VenueOrder

ORDER = VenueOrder(
    client_order_id="desk-1",
    exchange_order_id="1001",
    symbol="BTCUSDT",
    side=Side.BUY,
    type=OrderType.LIMIT,
    quantity=Decimal("0.3"),
    price=Decimal(60_000),
    filled=Decimal(0),
    status=OrderStatus.OPEN,
    time=1.0,
)
FILL = OrderFilled(
    client_order_id="",
    exchange_order_id="1001",
    symbol="BTCUSDT",
    trade_id=7,
    side=Side.BUY,
    price=Decimal(60_000),
    quantity=Decimal("0.1"),
    filled=Decimal("0.1"),
    remaining=Decimal(0),
    fee=Decimal(0),
    fee_asset="USDT",
    liquidity=Liquidity.MAKER,
    time=1.0,
)


def seen(filled: str = "0", status: OrderStatus = OrderStatus.OPEN) -> list[Seen]:
    return [Seen(attrs.evolve(ORDER, filled=Decimal(filled), status=status))]


def fill(id_: int, quantity: str) -> OrderFilled:
    return attrs.evolve(FILL, trade_id=id_, quantity=Decimal(quantity))


def names(reports: list[OrderReport]) -> list[str]:
    return [type(each).__name__ for each in reports]


def sums(reports: list[OrderReport]) -> list[tuple[str, str, str]]:
    return [
        (each.client_order_id, str(each.filled), str(each.remaining))
        for each in reports
        if isinstance(each, OrderFilled)
    ]


def test_an_order_is_accepted_once() -> None:
    fold = AccountFold()

    assert names(list(fold.frame(seen(), []))) == ["OrderAccepted"]
    assert list(fold.frame(seen(), [])) == []


def test_an_order_that_is_there_and_gone_in_one_frame_is_told_whole() -> None:
    told = list(
        AccountFold().frame(seen("0.1", OrderStatus.CANCELLED), [fill(1, "0.1")])
    )

    assert names(told) == ["OrderAccepted", "OrderFilled", "OrderCancelled"]


def test_fills_get_the_name_and_the_sums_of_their_order() -> None:
    fold = AccountFold()
    told = [
        *fold.frame(seen(), []),
        *fold.frame(seen("0.1"), [fill(1, "0.1")]),
        *fold.frame(seen("0.3"), [fill(2, "0.15"), fill(3, "0.05")]),
    ]

    assert sums(told) == [
        ("desk-1", "0.1", "0.2"),
        ("desk-1", "0.25", "0.05"),
        ("desk-1", "0.30", "0"),
    ]


def test_sums_are_right_though_a_frame_was_lost_or_comes_twice() -> None:
    """The fills of 0.1 were never told: the venue's own sum counts."""
    fold = AccountFold()
    list(fold.frame(seen(), []))
    second = (seen("0.2"), [fill(2, "0.1")])

    assert sums(list(fold.frame(*second))) == [("desk-1", "0.2", "0.1")]
    assert sums(list(fold.frame(*second))) == [("desk-1", "0.2", "0.1")]


def test_a_fill_in_a_frame_of_its_own_is_added_to_what_is_known() -> None:
    fold = AccountFold()
    list(fold.frame(seen(), []))
    told = [*fold.frame([], [fill(1, "0.1")]), *fold.frame([], [fill(2, "0.1")])]

    assert sums(told) == [("desk-1", "0.1", "0.2"), ("desk-1", "0.2", "0.1")]


def test_a_fill_of_an_order_that_nobody_told_of_can_not_be_read() -> None:
    with pytest.raises(Incomplete, match="1001, an unknown order"):
        list(AccountFold().frame([], [fill(1, "0.1")]))


@pytest.mark.parametrize(
    ("expired", "order_type", "reason"),
    [
        (False, OrderType.LIMIT, CancelReason.REQUESTED),
        (True, OrderType.LIMIT, CancelReason.VENUE),
        (True, OrderType.MARKET, CancelReason.NO_LIQUIDITY),
    ],
)
def test_an_end_is_told_with_its_reason(
    expired: Any, order_type: OrderType, reason: CancelReason
) -> None:
    order = attrs.evolve(ORDER, status=OrderStatus.CANCELLED, type=order_type)
    told = list(AccountFold().frame([Seen(order, expired=expired)], []))

    assert isinstance(told[-1], OrderCancelled)
    assert told[-1].reason is reason
    assert told[-1].remaining == Decimal("0.3")


def test_an_order_that_was_rejected_was_never_accepted() -> None:
    told = list(AccountFold().frame(seen(status=OrderStatus.REJECTED), []))

    assert names(told) == ["OrderRejected"]
