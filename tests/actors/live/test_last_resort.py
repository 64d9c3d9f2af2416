"""Whoever is dead, everything is taken back at the venue, which says so itself."""

import asyncio
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from holdfast.actors.live.last_resort import LastResort
from holdfast.actors.messages import OrderType, PlaceOrder, Side
from holdfast.supervision import Ref, SystemClock
from holdfast.testing import Fault, FaultKind, VenueServer, When

Ask = Callable[[Ref, Any], Any]


@pytest.fixture
def clock() -> SystemClock:
    return SystemClock()


@pytest.fixture
def lines() -> list[str]:
    return []


@pytest.fixture
def resort(
    specified: Callable[..., Any],
    venue_urls: dict[str, Any],
    clock: SystemClock,
    lines: list[str],
) -> LastResort:
    args = specified(venue_urls).args
    return LastResort(
        args=args, clock=clock, say=lines.append, settled=0.0, deadline=2.0
    )


@pytest.fixture
def placed(
    exchange: Callable[..., Ref], venue_urls: dict[str, Any], ask: Ask
) -> Callable[..., None]:
    """Let orders rest at the venue."""
    ref = exchange(venue_urls)

    def place(*names: str) -> None:
        for name in names:
            order = PlaceOrder(
                client_order_id=name,
                intent_id=name,
                symbol="BTCUSDT",
                side=Side.BUY,
                type=OrderType.LIMIT,
                quantity=Decimal("0.01"),
                price=Decimal(59_000),
                time=1.0,
            )
            ask(ref, order)

    return place


def run(resort: LastResort, clock: SystemClock, patience: float = 20.0) -> bool:
    try:
        return asyncio.run(resort.cancel_all(patience))
    finally:
        clock.close()


def test_every_open_order_is_taken_back_and_told_of(
    resort: LastResort,
    clock: SystemClock,
    placed: Callable[..., None],
    venue: VenueServer,
    lines: list[str],
) -> None:
    placed("hf-a-1-1", "web-7")

    assert run(resort, clock)
    assert sorted(lines) == [
        f"binance BTCUSDT {name} cancelled (buy 0.01, 0 filled)"
        for name in ("hf-a-1-1", "web-7")
    ]
    assert not any(each.status.is_open for each in venue.orders())


def test_nothing_open_is_certain_only_once_nothing_can_arrive_any_more(
    resort: LastResort, clock: SystemClock, lines: list[str]
) -> None:
    resort.settled = 1.0
    began = clock.now()

    assert run(resort, clock)
    assert clock.now() - began >= 1.0
    assert lines == []


@pytest.mark.parametrize("where", ["DELETE /order", "GET /openOrders"])
def test_what_fails_is_said_once_and_tried_again(
    where: str,
    resort: LastResort,
    clock: SystemClock,
    placed: Callable[..., None],
    venue: VenueServer,
    lines: list[str],
) -> None:
    placed("hf-a-1-1")
    fault = Fault(id="bad", kind=FaultKind.STATUS, where=where, when=When(times=2))
    venue.inject(fault)

    assert run(resort, clock)
    assert venue.faults_fired["bad"] == 2
    assert [line.startswith("NOT CONFIRMED") for line in lines].count(True) == 1
    assert not any(each.status.is_open for each in venue.orders())


def test_a_venue_that_does_not_answer_leaves_it_unconfirmed(
    resort: LastResort, clock: SystemClock, lines: list[str]
) -> None:
    nowhere = dict.fromkeys(("public", "private"), "http://127.0.0.1:9/api/v3")
    resort.args = {**resort.args, "urls": nowhere}

    assert not run(resort, clock, patience=1.0)
    assert lines[0].startswith("NOT CONFIRMED binance: ")
