"""What really goes wrong with orders at venues, and what is known afterwards.

"Row" names the line of the research on faults (section 4) that a test is about.
"""

from collections.abc import Callable
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
from holdfast.actors.queries import Ping, QueryFills, QueryOrders, VenueOrder
from holdfast.supervision import ManualClock, Ref
from holdfast.supervision.outcome import (
    NotSent,
    OutcomeUnknown,
    Throttled,
    VenueRefused,
)
from holdfast.testing import Fault, VenueServer
from holdfast.tests.actors.live.socket_script import wait_until

Ask = Callable[[Ref, Any], Any]
FIND = QueryOrders(symbol="BTCUSDT", client_order_ids=("a",))
CANCEL = CancelOrder(client_order_id="a", symbol="BTCUSDT", time=1.0)
FILLS = QueryFills(symbol="BTCUSDT")


def order(**changes: Any) -> PlaceOrder:
    given: dict[str, Any] = {
        "client_order_id": "a",
        "intent_id": "desk:a",
        "symbol": "BTCUSDT",
        "side": Side.BUY,
        "type": OrderType.LIMIT,
        "quantity": Decimal("0.01"),
        "price": Decimal(59_000),
        "time": 1.0,
        **changes,
    }
    return PlaceOrder(**given)


@pytest.fixture
def ref(exchange: Callable[..., Ref], venue_urls: dict[str, Any]) -> Ref:
    """The exchange at the venue."""
    return exchange(venue_urls, deadline=4.0)


def sent(venue: VenueServer, method: str) -> int:
    return sum(each.method == method for each in venue.requests())


def fault(kind: str, where: str = "new", **params: Any) -> Fault:
    return Fault(id="f", kind=kind, where=where, params=params)


EXECUTED = [
    fault("reset", executed=True),
    fault("truncated", executed=True),
    fault("executed_no_answer"),
    fault("status", status=500, executed=True),
    fault("status", status=503, executed=True),
    fault("status", status=504, executed=True),
    fault("status", status=524, executed=True),
    fault("garbage", executed=True),
    *(fault("garbage", body=body, executed=True) for body in ("", "{", "{}", "[]")),
    *(fault("code", code=code, executed=True) for code in (-1000, -1001, -1006, -1007)),
]


@pytest.mark.parametrize("what", EXECUTED, ids=lambda each: str(each.kind))
def test_an_order_that_was_executed_without_an_answer_is_unknown_and_found(
    ref: Ref, ask: Ask, venue: VenueServer, what: Fault
) -> None:
    """Row: order placed although the client timed out; row: duplicate order."""
    venue.inject(what)
    outcome = ask(ref, order())
    found = ask(ref, FIND)

    assert isinstance(outcome, OutcomeUnknown)
    assert sent(venue, "POST") == 1
    assert [each.status for each in found.orders] == [OrderStatus.OPEN]
    assert venue.faults_fired == {"f": 1}


@pytest.mark.parametrize(
    "what",
    [
        fault("reset"),
        fault("status", status=503),
        fault("truncated", executed=False),
        fault("garbage", executed=False),
        fault("code", code=-1007),
    ],
    ids=lambda each: str(each.kind),
)
def test_an_order_that_was_not_executed_looks_the_same_and_is_absent(
    ref: Ref, ask: Ask, venue: VenueServer, what: Fault
) -> None:
    venue.inject(what)
    outcome = ask(ref, order())
    found = ask(ref, FIND)

    assert isinstance(outcome, OutcomeUnknown)
    assert found.absent == ("a",)
    assert sent(venue, "POST") == 1


@pytest.mark.parametrize(
    ("kind", "is_executed"),
    [("timeout_after_execution", True), ("timeout_before_execution", False)],
)
def test_an_order_that_hangs_ends_at_its_deadline_and_is_looked_up(
    ref: Ref,
    ask: Ask,
    venue: VenueServer,
    clock: ManualClock,
    kind: str,
    is_executed: Any,
) -> None:
    """Row: order placed although the client timed out."""
    venue.inject(fault(kind))
    asked = ref.ask(order(), block=False, timeout=3600.0)
    venue.wait_for_fault("f")
    clock.advance(4.0)

    with pytest.raises(OutcomeUnknown):
        asked.get(timeout=20)
    ask(ref, Ping())  # our clock has jumped, the venue's has not
    found = ask(ref, FIND)
    assert bool(found.orders) is is_executed
    assert sent(venue, "POST") == 1


def test_a_cancel_passes_while_eight_orders_hang(
    ref: Ref, ask: Ask, venue: VenueServer
) -> None:
    """Row: limiter queue delays orders."""
    ask(ref, order())
    hangs = Fault(id="f", kind="timeout_before_execution", where="new", for_=3600.0)
    venue.inject(hangs)
    hung = [
        ref.ask(order(client_order_id=f"b-{number}"), block=False, timeout=3600.0)
        for number in range(8)
    ]
    venue.wait_for_fault("f", times=8)
    cancelled = ask(ref, CANCEL)

    assert cancelled.status is OrderStatus.CANCELLED
    assert not any(each.done for each in hung)


@pytest.mark.parametrize(
    ("share", "status"), [("1", OrderStatus.FILLED), ("0.5", OrderStatus.CANCELLED)]
)
def test_a_fill_that_overtakes_a_cancel_is_told(
    ref: Ref, ask: Ask, venue: VenueServer, share: str, status: OrderStatus
) -> None:
    """Row: fill races cancel; a cancel's error read as "never existed"."""
    ask(ref, order())
    venue.inject(fault("fill_races_cancel", "cancel", share=share))
    answer = ask(ref, CANCEL)

    assert isinstance(answer, VenueOrder)
    assert answer.status is status
    assert answer.filled == Decimal("0.01") * Decimal(share)


def test_an_order_that_is_not_visible_yet_is_told_as_absent_until_it_is(
    ref: Ref, ask: Ask, venue: VenueServer
) -> None:
    """Row: order not visible yet right after create. The fence decides, not we."""
    venue.inject(fault("order_invisible", seconds=3600))
    placed = ask(ref, order())
    hidden = ask(ref, FIND)
    venue.heal()
    found = ask(ref, FIND)

    assert placed.status is OrderStatus.OPEN
    assert hidden.absent == ("a",)
    assert [each.client_order_id for each in found.orders] == ["a"]


def test_a_name_that_is_open_already_is_no_refusal_of_the_order(
    ref: Ref, ask: Ask, venue: VenueServer
) -> None:
    """Row: duplicate order after timeout and retry. It exists: look it up."""
    ask(ref, order())
    again = ask(ref, order())

    assert isinstance(again, OutcomeUnknown)
    assert len(venue.orders()) == 1


@pytest.mark.parametrize(
    ("what", "retry_after", "is_ban", "is_refusal"),
    [
        (fault("throttled", retry_after=7), 7.0, False, True),
        (fault("banned", retry_after=90), 90.0, True, True),
        (fault("waf"), 300.0, False, False),
    ],
    ids=["throttled", "banned", "waf"],
)
def test_a_venue_that_wants_to_be_left_alone_is_understood(
    ref: Ref,
    ask: Ask,
    venue: VenueServer,
    what: Fault,
    retry_after: float,
    is_ban: Any,
    is_refusal: Any,
) -> None:
    """Row: reconnect storm, 429, IP ban."""
    venue.inject(what)
    outcome = ask(ref, order())

    assert isinstance(outcome, Throttled)
    assert outcome.retry_after == pytest.approx(retry_after, abs=1.0)
    assert (outcome.is_ban, outcome.is_refusal) == (is_ban, is_refusal)
    assert venue.orders() == ()


def test_a_venue_under_maintenance_is_no_verdict_on_an_order(
    ref: Ref, ask: Ask, venue: VenueServer
) -> None:
    """Row: maintenance."""
    venue.inject(fault("maintenance", "rest"))
    outcome = ask(ref, order())
    venue.heal()

    assert isinstance(outcome, OutcomeUnknown | Throttled)
    assert isinstance(ask(ref, order()), VenueOrder)


@pytest.mark.parametrize(
    ("good_for", "comes"), [(0.002, False), (60.0, True)], ids=["expired", "in time"]
)
def test_an_order_that_is_taken_up_after_its_expiry_never_comes(
    ref: Ref,
    venue: VenueServer,
    clock: ManualClock,
    good_for: float,
    comes: Any,
) -> None:
    """Row: system declares an order dead, the venue fills it. This is the fence."""
    venue.inject(fault("half_open", "rest"))
    sent_order = order(expires_at=clock.wall() + good_for)
    asked = ref.ask(sent_order, block=False, timeout=3600.0)
    wait_until(lambda: sent(venue, "POST") == 1)
    clock.advance(4.0)
    with pytest.raises(OutcomeUnknown):
        asked.get(timeout=20)
    venue.heal()
    wait_until(lambda: venue.requests()[-1].is_performed)

    assert (len(venue.orders()) == 1) is comes


def test_a_clock_that_drifts_is_noticed_and_corrected(
    ref: Ref, ask: Ask, venue: VenueServer
) -> None:
    """Row: clock drift, -1021."""
    venue.inject(fault("clock_skew", "*", seconds=30.0))
    refused = ask(ref, order())
    ask(ref, Ping())
    placed = ask(ref, order())

    assert isinstance(refused, VenueRefused)
    assert refused.code == "-1021"
    assert isinstance(placed, VenueOrder)


def test_nothing_is_sent_to_a_venue_that_refuses_connections(
    ref: Ref, ask: Ask, venue: VenueServer
) -> None:
    venue.inject(fault("refused", "*"))
    ask(ref, Ping())  # finds out that the connection of before is gone
    outcome = ask(ref, order())
    venue.heal()

    assert isinstance(outcome, NotSent)
    assert not outcome.is_local
    assert sent(venue, "POST") == 0
    assert isinstance(ask(ref, order()), VenueOrder)


def test_a_venue_that_stands_still_leaves_an_order_unknown(
    ref: Ref, venue: VenueServer, clock: ManualClock
) -> None:
    """Row: half-open connection."""
    venue.inject(fault("half_open", "rest"))
    asked = ref.ask(order(), block=False, timeout=3600.0)
    wait_until(lambda: asked.done, clock=clock)

    with pytest.raises((OutcomeUnknown, NotSent)):
        asked.get(timeout=20)


@pytest.mark.parametrize("kind", ["external_order", "liquidation"])
def test_what_others_do_on_the_account_is_told(
    ref: Ref, ask: Ask, venue: VenueServer, kind: str
) -> None:
    """Row: the exchange closes or reduces the position by itself."""
    venue.inject(fault(kind, "*", **({"share": "0.1"} if "liq" in kind else {})))
    told = ask(ref, FILLS)

    assert len(told.fills) > 0
    assert {each.client_order_id[:4] for each in told.fills} <= {"web_", "auto"}


def test_a_partial_fill_is_told_as_one(ref: Ref, ask: Ask, venue: VenueServer) -> None:
    """Row: partial fill mistakes."""
    venue.inject(fault("partial_fill", share="0.5"))
    ask(ref, order())
    found = ask(ref, FIND).orders[0]
    told = ask(ref, FILLS)

    assert (found.status, found.filled) == (
        OrderStatus.PARTIALLY_FILLED,
        Decimal("0.005"),
    )
    assert [(each.quantity, each.client_order_id) for each in told.fills] == [
        (Decimal("0.005"), "a")
    ]
