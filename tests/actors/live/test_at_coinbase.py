"""An exchange at a venue that speaks Coinbase Exchange's protocol, all real."""

import base64
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest

from holdfast.actors.messages import (
    CancelOrder,
    OrderStatus,
    OrderType,
    PlaceOrder,
    Side,
)
from holdfast.actors.queries import VenueOrder
from holdfast.supervision import Ref, SystemClock
from holdfast.supervision.outcome import OutcomeUnknown, VenueRefused
from holdfast.supervision.secret import Secret
from holdfast.testing import Fault, VenueServer
from holdfast.testing.venue.coinbase.speech import COINBASE

Ask = Callable[[Ref, Any], Any]
NAME = "5f6e1b9c-2f0b-4c9f-8c65-0123456789ab"
CANCEL = CancelOrder(client_order_id=NAME, symbol="BTC-USD", time=1.0)
ORDER = PlaceOrder(
    client_order_id=NAME,
    intent_id="desk:a",
    symbol="BTC-USD",
    side=Side.BUY,
    type=OrderType.LIMIT,
    quantity=Decimal("0.01"),
    price=Decimal(59_000),
    time=1.0,
)


@pytest.fixture
def clock() -> SystemClock:
    return SystemClock()


@pytest.fixture
def venue() -> Iterator[VenueServer]:
    with VenueServer(speech=COINBASE) as server:
        server.market.quote(60_000, 60_001, size=1)
        server.market.trade(60_000, "0.1")
        yield server


@pytest.fixture
def ref(exchange: Callable[..., Ref], venue: VenueServer) -> Ref:
    """The exchange at the venue."""
    args, keys = venue.exchange_args(), venue.settings
    return exchange(
        args.pop("urls"),
        **args,
        api_key=Secret(keys.key),
        secret=Secret(base64.b64encode(keys.secret.encode()).decode()),
        password=Secret(keys.passphrase),
    )


def test_a_cancel_that_is_answered_with_a_bare_id_tells_how_it_ended(
    ref: Ref, ask: Ask
) -> None:
    placed = ask(ref, ORDER)
    cancelled = ask(ref, CANCEL)

    assert isinstance(placed, VenueOrder)
    assert isinstance(cancelled, VenueOrder)
    assert cancelled.status is OrderStatus.CANCELLED


def test_a_cancel_of_what_is_done_tells_how_it_ended(
    ref: Ref, ask: Ask, venue: VenueServer
) -> None:
    placed = ask(ref, ORDER)
    venue.hit(int(placed.exchange_order_id[-12:]), Decimal("0.01"))
    cancelled = ask(ref, CANCEL)

    assert cancelled.status is OrderStatus.FILLED


def test_a_cancel_of_what_never_was_is_refused(ref: Ref, ask: Ask) -> None:
    refused = ask(ref, CANCEL)

    assert isinstance(refused, VenueRefused)
    assert refused.code == "unknown_order"


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "code", "params": {"code": -2013}},
        {"kind": "code", "params": {"code": -2015}},
        {"kind": "throttled"},
        {"kind": "status"},
        {"kind": "garbage"},
    ],
    ids=["unknown order", "key refused", "throttled", "status", "garbage"],
)
def test_a_cancel_that_was_taken_is_never_told_as_refused(
    ref: Ref, ask: Ask, venue: VenueServer, fault: Any
) -> None:
    """The order is gone, only how it ended can't be told."""
    ask(ref, ORDER)
    venue.inject(Fault(id="f", where="query", **fault))
    outcome = ask(ref, CANCEL)

    assert venue.faults_fired == {"f": 1}
    assert isinstance(outcome, OutcomeUnknown)
    assert not any(each.status.is_open for each in venue.orders())
