"""Profit and its baselines, losing orders in a row, rejections and doubts."""

from decimal import Decimal
from typing import Any

import attrs
import pytest

from holdfast.actors.evidence import RiskArmed, RiskBaseline
from holdfast.actors.messages import (
    Liquidity,
    OrderAccepted,
    OrderFilled,
    OrderRejected,
    OrderStatus,
    RejectionReason,
    Side,
)
from holdfast.actors.track_record import DAY, TrackRecord, profit, restored
from holdfast.actors.updates import Holdings, PositionUpdated, WorkingOrder

ME = "/root/strategy"
STEP = Decimal(5)
ORDER = WorkingOrder(
    client_order_id="hf-a",
    intent_id="a",
    strategy=ME,
    symbol="BTCUSDT",
    side=Side.SELL,
    quantity=Decimal(2),
    price=Decimal(100),
    filled=Decimal(0),
    status=OrderStatus.OPEN,
    time=0.0,
)


def holdings(realised: str, cost: str = "0", **fees: str) -> Holdings:
    return Holdings(
        cost=Decimal(cost),
        realised=Decimal(realised),
        fees={asset: Decimal(fee) for asset, fee in fees.items()},
        held={},
    )


@pytest.mark.parametrize(
    ("quantity", "what", "expected"),
    [
        ("0", holdings("0"), "0"),
        ("2", holdings("0", cost="180"), "20"),
        ("-2", holdings("0", cost="-180"), "-20"),
        ("2", holdings("5", cost="180", USDT="1"), "24"),
        ("2", holdings("5", cost="180", USDT="1", BTC="0.01"), "23"),
        ("0", holdings("5", BNB="7"), "5"),
    ],
)
def test_profit_is_measured_on_the_mark_less_fees(
    quantity: str, what: Holdings, expected: str
) -> None:
    found = profit(Decimal(quantity), what, Decimal(100), base="BTC", quote="USDT")

    assert found == Decimal(expected)


def measure(record: TrackRecord, equity: int, wall: float) -> RiskBaseline | None:
    return record.measured("BTCUSDT", Decimal(equity), wall, step=STEP)


def test_a_day_begins_with_what_profit_is_then_at_midnight_utc() -> None:
    record = TrackRecord()

    first = measure(record, 10, DAY - 1)
    same_day = measure(record, 5, DAY - 0.001)
    next_day = measure(record, 5, DAY)

    assert first == RiskBaseline(
        symbol="BTCUSDT", day=0, equity=Decimal(10), peak=Decimal(10), time=DAY - 1
    )
    assert same_day is None
    assert next_day is not None
    assert [next_day.day, next_day.equity, next_day.peak] == [
        1,
        Decimal(5),
        Decimal(10),
    ]


def test_a_higher_peak_is_written_down_once_it_is_higher_by_a_step() -> None:
    record = TrackRecord()

    written = [
        measure(record, equity, 1.0) for equity in (100, 104, 105, 103, 109, 110)
    ]

    assert [each and each.peak for each in written] == [100, None, 105, None, None, 110]
    assert record.baseline is not None
    assert record.baseline.peak == 110


def test_a_restored_baseline_is_gone_on_with() -> None:
    before = RiskBaseline(
        symbol="BTCUSDT", day=0, equity=Decimal(10), peak=Decimal(20), time=1.0
    )
    other = attrs.evolve(before, symbol="ETHUSDT")
    armed = RiskArmed(scope="system", reason="", time=0.0)
    entries = [attrs.evolve(before, peak=Decimal(1)), before, other, armed]
    record = TrackRecord(baseline=restored(entries, "BTCUSDT"))

    assert measure(record, 15, 2.0) is None
    assert record.baseline == before
    assert restored([other], "BTCUSDT") is None


def test_to_begin_anew_forgets_the_peak_and_not_the_loss_of_the_day() -> None:
    record = TrackRecord(streaks={ME: 3})
    record.outcomes.append(True)
    measure(record, 10, 1.0)

    anew = record.begin_anew(Decimal(-5), 2.0)

    assert anew is not None
    assert (anew.equity, anew.peak) == (Decimal(10), Decimal(-5))
    assert (record.streaks, len(record.outcomes)) == ({}, 0)
    assert TrackRecord().begin_anew(Decimal(1), 2.0) is None


def update(report: Any, realised: str, trade_id: int, **order: Any) -> PositionUpdated:
    return PositionUpdated(
        order=attrs.evolve(ORDER, **order),
        report=report,
        quantity=Decimal(0),
        average_price=None,
        fills=trade_id,
        holdings=holdings(realised),
    )


def fill(fee: str = "0", asset: str = "USDT") -> OrderFilled:
    return OrderFilled(
        client_order_id="hf-a",
        exchange_order_id="1",
        symbol="BTCUSDT",
        trade_id=1,
        side=Side.SELL,
        price=Decimal(100),
        quantity=Decimal(1),
        filled=Decimal(1),
        remaining=Decimal(0),
        fee=Decimal(fee),
        fee_asset=asset,
        liquidity=Liquidity.TAKER,
        time=0.0,
    )


def streak(*updates: PositionUpdated) -> int:
    record = TrackRecord()
    for each in updates:
        record.heard(each, quote="USDT", window=10)
    return record.streaks.get(ME, 0)


DONE = {"status": OrderStatus.FILLED}


@pytest.mark.parametrize(
    ("updates", "expected"),
    [
        ([update(fill(), "-1", 1, **DONE)], 1),
        ([update(fill(), "1", 1, **DONE)], 0),
        ([update(fill("2"), "1", 1, **DONE)], 1),
        ([update(fill("2", "BNB"), "1", 1, **DONE)], 0),
        ([update(fill(), "0", 1, **DONE)], 0),
        ([update(fill(), "-1", 1)], 0),
        ([update(fill(), "-1", 1), update(fill(), "-2", 2, **DONE)], 1),
        ([update(fill(), "-1", 1), update(fill(), "1", 2, **DONE)], 0),
        ([update(fill(), "-1", 1, **DONE), update(fill(), "-1", 1, **DONE)], 1),
        (
            [
                update(fill(), "-1", 1, **DONE),
                update(fill(), "-2", 2, intent_id="b", **DONE),
            ],
            2,
        ),
        (
            [
                update(fill(), "-1", 1, **DONE),
                update(fill(), "5", 2, intent_id="b", **DONE),
            ],
            0,
        ),
    ],
)
def test_losing_orders_in_a_row_are_counted_order_by_order(
    updates: list[PositionUpdated], expected: int
) -> None:
    assert streak(*updates) == expected


def test_what_was_earned_before_is_nobodys() -> None:
    record = TrackRecord()
    record.stand_at(7, Decimal(-50))

    record.heard(update(fill(), "-49", 8, **DONE), quote="USDT", window=10)

    assert record.streaks == {}


def test_what_a_strangers_order_loses_is_no_strategys() -> None:
    record = TrackRecord()
    lost = update(fill(), "-1", 1, strategy="", intent_id="", **DONE)

    record.heard(lost, quote="USDT", window=10)

    assert record.streaks == {}


def rejected(reason: RejectionReason) -> OrderRejected:
    return OrderRejected(
        client_order_id="hf-a", symbol="BTCUSDT", reason=reason, detail="", time=0.0
    )


ACCEPTED = OrderAccepted(
    client_order_id="hf-a", exchange_order_id="1", symbol="BTCUSDT", time=0.0
)


def test_only_what_the_venue_has_judged_counts_as_rejected_or_taken() -> None:
    record = TrackRecord()
    for report in (ACCEPTED, *map(rejected, RejectionReason)):
        record.heard(update(report, "0", 0), quote="USDT", window=99)

    not_judged = 3  # said before, never sent, never arrived
    assert sum(record.outcomes) == len(RejectionReason) - not_judged
    assert len(record.outcomes) == 1 + len(RejectionReason) - not_judged


def test_only_the_last_orders_are_judged() -> None:
    record = TrackRecord()
    for report in (rejected(RejectionReason.VENUE), ACCEPTED, ACCEPTED):
        record.heard(update(report, "0", 0), quote="USDT", window=2)

    assert list(record.outcomes) == [False, False]


def test_doubt_is_as_old_as_the_first_time_it_was_seen() -> None:
    record = TrackRecord()
    unknown = attrs.evolve(ORDER, status=OrderStatus.UNKNOWN)
    other = attrs.evolve(unknown, intent_id="b")

    assert record.in_doubt([unknown, ORDER], 1.0) == (0.0,)
    assert record.in_doubt([unknown, other], 4.0) == (3.0, 0.0)
    assert record.in_doubt([ORDER], 5.0) == ()
    assert record.in_doubt([unknown], 6.0) == (0.0,)
