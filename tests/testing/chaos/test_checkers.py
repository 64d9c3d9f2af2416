"""A checker says what is wrong with a history, and nothing about a sound one."""

from decimal import Decimal
from typing import Any

import attrs
import pytest

from holdfast.actors.messages import (
    Intent,
    Liquidity,
    OrderAccepted,
    OrderFilled,
    OrderRejected,
    OrderStatus,
    OrderType,
    RejectionReason,
    Side,
)
from holdfast.actors.queries import VenueOrder
from holdfast.actors.updates import Holdings, PositionUpdated, WorkingOrder
from holdfast.testing.chaos.checkers import CHECKERS
from holdfast.testing.chaos.history import Fill, History

ORDER = VenueOrder(
    client_order_id="n1",
    exchange_order_id="1",
    symbol="BTCUSDT",
    side=Side.BUY,
    type=OrderType.LIMIT,
    quantity=Decimal(1),
    price=Decimal(100),
    filled=Decimal(1),
    status=OrderStatus.FILLED,
    time=1.0,
)
FILL = OrderFilled(
    client_order_id="n1",
    exchange_order_id="1",
    symbol="BTCUSDT",
    trade_id=1,
    side=Side.BUY,
    price=Decimal(100),
    quantity=Decimal(1),
    filled=Decimal(1),
    remaining=Decimal(0),
    fee=Decimal(0),
    fee_asset="USDT",
    liquidity=Liquidity.TAKER,
    time=1.0,
)
ACCEPTED = OrderAccepted(
    client_order_id="n1", exchange_order_id="1", symbol="BTCUSDT", time=1.0
)
REJECTED = OrderRejected(
    client_order_id="n1",
    symbol="BTCUSDT",
    reason=RejectionReason.NEVER_ARRIVED,
    detail="",
    time=1.0,
)


def holds(**held: int) -> Holdings:
    return Holdings(
        cost=Decimal(0),
        realised=Decimal(0),
        fees={},
        held={asset: Decimal(amount) for asset, amount in held.items()},
    )


def told(
    status: OrderStatus, report: Any, position: int, holdings: Holdings | None = None
) -> PositionUpdated:
    wanted = Intent(
        id="i1",
        strategy="/root/strategy",
        symbol="BTCUSDT",
        side=Side.BUY,
        type=OrderType.LIMIT,
        quantity=Decimal(1),
        price=Decimal(100),
        time=1.0,
    )
    return PositionUpdated(
        order=attrs.evolve(WorkingOrder.pending(wanted), status=status),
        report=report,
        quantity=Decimal(position),
        average_price=None,
        fills=position,
        holdings=holdings,
    )


SOUND = History(
    intents=("i1",),
    told=(
        told(OrderStatus.OPEN, ACCEPTED, 0),
        told(OrderStatus.FILLED, FILL, 1, holds(BTC=1, USDT=900)),
    ),
    refused=frozenset(),
    names={"i1": ("n1",)},
    orders=(ORDER,),
    fills=(Fill.told(FILL),),
    balances={"BTC": Decimal(1), "USDT": Decimal(900)},
    differences=(),
    unknown=0,
)


@pytest.mark.parametrize("name", CHECKERS)
def test_a_sound_history_is_sound(name: str) -> None:
    assert CHECKERS[name](SOUND) == []


THIS = "1 of n1: buy 1 at 100, fee 0 USDT"
DEARER = attrs.evolve(FILL, price=Decimal(101))
SECOND = attrs.evolve(ORDER, client_order_id="n2", exchange_order_id="2")


@pytest.mark.parametrize(
    ("name", "changes", "sentences"),
    [
        (
            "no_duplicate_orders",
            {"names": {"i1": ("n1", "n2")}, "orders": (ORDER, SECOND)},
            ["i1 is 2 orders at the venue: n1, n2"],
        ),
        (
            "no_duplicate_orders",
            {"orders": (ORDER, ORDER)},
            ["i1 is 2 orders at the venue: n1"],
        ),
        (
            "no_strange_orders",
            {"orders": (ORDER, SECOND)},
            ["the venue has n2, which stands for no intent"],
        ),
        ("no_lost_intents", {"told": ()}, ["nobody heard what became of i1"]),
        ("no_lost_intents", {"told": (), "refused": frozenset({"i1"})}, []),
        (
            "no_lost_intents",
            {"told": (told(OrderStatus.REJECTED, REJECTED, 0),)},
            ["i1 was told to be rejected, at the venue: filled"],
        ),
        (
            "no_lost_intents",
            {"told": (told(OrderStatus.REJECTED, REJECTED, 0),), "orders": ()},
            [],
        ),
        (
            "no_lost_intents",
            {"told": SOUND.told[:1]},
            ["i1 was told to be open, at the venue: filled"],
        ),
        (
            "no_lost_intents",
            {"orders": ()},
            ["i1 was told to be filled, at the venue: not there"],
        ),
        (
            "fills_are_told_once",
            {"told": SOUND.told[:1]},
            [f"told to nobody: {THIS}"],
        ),
        (
            "fills_are_told_once",
            {"told": (*SOUND.told, SOUND.told[-1])},
            [f"told, but not so: {THIS}"],
        ),
        (
            "fills_are_told_once",
            {"told": (told(OrderStatus.FILLED, DEARER, 1),)},
            [f"told to nobody: {THIS}", f"told, but not so: {Fill.told(DEARER)}"],
        ),
        (
            "fills_are_told_once",
            {"fills": (Fill.told(FILL), Fill.told(FILL))},
            [f"told to nobody: {THIS}"],
        ),
        (
            "position_is_its_fills",
            {"told": (told(OrderStatus.FILLED, FILL, 2),)},
            ["the position is 2, its fills add up to 1"],
        ),
        (
            "holdings_are_the_venues",
            {"balances": {"BTC": Decimal(1), "USDT": Decimal(899), "BNB": Decimal(2)}},
            [
                "BNB: 0 is told, the venue has 2",
                "USDT: 900 is told, the venue has 899",
            ],
        ),
        ("nothing_is_unknown", {"unknown": 2}, ["2 orders are still in doubt"]),
        ("books_agree", {"differences": ("BTC: too much",)}, ["BTC: too much"]),
    ],
)
def test_what_is_wrong_is_said(
    name: str, changes: dict[str, Any], sentences: list[str]
) -> None:
    found = CHECKERS[name](attrs.evolve(SOUND, **changes))

    assert found == sentences
