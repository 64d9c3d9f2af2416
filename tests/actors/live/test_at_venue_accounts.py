"""An account at a venue, with execution and its stream: what breaks is mended."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from holdfast.actors.live import MarketStream
from holdfast.actors.messages import Intent, OrderFilled, OrderType, Side
from holdfast.actors.queries import Ping
from holdfast.actors.updates import OrderUpdated, QueryOpenOrders, Reconcile
from holdfast.supervision import ActorSystem, EventKind, ManualClock, Ref
from holdfast.supervision.runtime.asked_of_all import Describe
from holdfast.testing import Fault, VenueServer, When
from holdfast.tests.actors.live.socket_script import wait_until

Ask = Callable[..., Any]
GoOn = Callable[[Callable[[], bool]], None]


def fault(kind: str, where: str, **params: Any) -> Fault:
    return Fault(id=kind, kind=kind, where=where, params=params)


def intent(name: str, price: int | None = None) -> Intent:
    return Intent(
        id=name,
        strategy="/root/strategy",
        symbol="BTCUSDT",
        side=Side.BUY,
        type=OrderType.MARKET if price is None else OrderType.LIMIT,
        quantity=Decimal("0.01"),
        price=None if price is None else Decimal(price),
        time=1.0,
    )


def fills(told: Any) -> list[tuple[str, int]]:
    """Name the fills that were told, each by its intent."""
    return [
        (each.order.intent_id, each.report.trade_id)
        for each in told.messages
        if isinstance(each, OrderUpdated) and isinstance(each.report, OrderFilled)
    ]


def statuses(told: Any) -> list[str]:
    """Return what orders have come to, each time that was another."""
    found: list[str] = []
    for each in told.messages:
        if isinstance(each, OrderUpdated) and each.order.status not in found[-1:]:
            found.append(str(each.order.status))
    return found


def alarms(system: ActorSystem) -> list[str]:
    events = system.events.since(0)
    return [each.reason for each in events if each.kind is EventKind.ALARM]


def says_something(venue: VenueServer) -> bool:
    """Let the market say something."""
    venue.market.trade(60_000, "0.1")
    return True


def facts_of(ref: Ref) -> dict[str, Any]:
    told: dict[str, Any] = ref.ask(Describe(), block=False).get(timeout=20)
    return told


def facts(system: ActorSystem, name: str) -> dict[str, Any]:
    return facts_of(system.ref(f"/root/{name}"))


def is_sure(system: ActorSystem) -> bool:
    """Whether nothing is in doubt, and all was compared."""
    return not facts(system, "execution")["closed_gates"]


@pytest.fixture
def go_on(account: ActorSystem, clock: ManualClock, ask: Ask) -> GoOn:
    """Let time go on until something is true; the venue's clock does not jump."""

    def going(true: Callable[[], bool]) -> None:
        def look() -> bool:
            ask(account.ref("/root/exchange"), Ping())
            return true()

        wait_until(look, clock=clock)

    return going


@pytest.fixture
def desk(account: ActorSystem, go_on: GoOn) -> ActorSystem:
    """An account whose stream is up, and that is compared."""
    go_on(lambda: facts(account, "stream")["up"] and is_sure(account))
    return account


def test_a_stream_that_says_nothing_but_pongs_is_found_out_and_made_again(
    desk: ActorSystem, venue: VenueServer, told: Any, go_on: GoOn
) -> None:
    """Row: user stream alive but silent. A list has fills that it has not told."""
    execution = desk.ref("/root/execution")
    venue.inject(fault("silent", "user"))
    execution.tell(intent("a"))
    go_on(lambda: "deaf" in facts(desk, "stream"))
    venue.heal()
    go_on(lambda: facts(desk, "stream")["up"] and is_sure(desk))
    execution.tell(intent("b"))
    go_on(lambda: len(fills(told)) == 2)

    assert [name for name, _ in fills(told)] == ["a", "b"]
    assert facts(desk, "stream") == {"dials": 2, "deaf": 1, "up": True}


def test_an_order_that_is_closed_by_the_time_somebody_looks_is_not_given_up(
    desk: ActorSystem, venue: VenueServer, told: Any, go_on: GoOn
) -> None:
    """Row: closed order missing from open orders, taken as "never placed"."""
    venue.inject(fault("executed_no_answer", "new"), fault("silent", "user"))
    desk.ref("/root/execution").tell(intent("a"))
    venue.wait_for_fault("executed_no_answer")
    go_on(lambda: len(fills(told)) == 1 and is_sure(desk))

    assert statuses(told) == ["unknown", "open", "filled"]
    assert len(venue.orders()) == 1


def test_a_fill_that_both_the_stream_and_a_list_tell_counts_once(
    desk: ActorSystem, venue: VenueServer, told: Any, go_on: GoOn, ask: Ask
) -> None:
    """Row: fills double counted by reconciliation racing the stream."""
    execution = desk.ref("/root/execution")
    trade = When(nth=2)  # the report after the one that the order is there
    where = "executionReport"
    venue.inject(Fault(id="f", kind="reordered_frame", where=where, when=trade))
    execution.tell(intent("a", 60_001))
    go_on(lambda: len(fills(told)) == 1)
    venue.heal()  # which lets it come at last
    execution.tell(intent("b", 60_001))
    go_on(lambda: len(fills(told)) == 2)
    compared = ask(execution, Reconcile())

    assert [name for name, _ in fills(told)] == ["a", "b"]
    assert (compared, facts(desk, "execution")["fills"]) == ([], 2)
    assert venue.faults_fired == {"f": 1}


def test_an_order_whose_answer_is_lost_in_a_trouble_that_lasts_is_not_forgotten(
    desk: ActorSystem, venue: VenueServer, told: Any, go_on: GoOn, ask: Ask
) -> None:
    """Row: orders forgotten during network trouble, filled later."""
    execution = desk.ref("/root/execution")
    venue.inject(fault("reset", "new", executed=True))
    execution.tell(intent("a", 59_000))
    venue.wait_for_fault("reset")
    venue.inject(fault("refused", "*"))
    go_on(lambda: not is_sure(desk) and not facts(desk, "stream")["up"])
    (meanwhile,) = ask(execution, QueryOpenOrders(symbol="BTCUSDT"))
    venue.hit(venue.orders()[0].id, Decimal("0.01"))
    venue.heal()
    go_on(lambda: len(fills(told)) == 1 and is_sure(desk))

    assert meanwhile.intent_id == "a"
    assert (statuses(told)[-1], len(venue.orders())) == ("filled", 1)


def test_an_order_that_the_venue_has_forgotten_counts_and_somebody_is_told(
    desk: ActorSystem, venue: VenueServer, told: Any, go_on: GoOn, ask: Ask
) -> None:
    """Row: orders forgotten, filled later: here it is the venue that forgets."""
    execution = desk.ref("/root/execution")
    execution.tell(intent("a", 59_000))
    go_on(lambda: statuses(told) == ["open"])
    (order,) = venue.orders()
    venue.run(lambda: venue.core.exchange.hide(order.id, 3600.0))
    compared = ask(execution, Reconcile())
    (meanwhile,) = ask(execution, QueryOpenOrders(symbol="BTCUSDT"))
    venue.heal()
    venue.hit(order.id, Decimal("0.01"))
    go_on(lambda: len(fills(told)) == 1)

    denied = f"the venue had {order.client_order_id} and denies it now"
    assert compared == [denied]
    assert denied in alarms(desk)
    assert (meanwhile.intent_id, statuses(told)[-1]) == ("a", "filled")


def test_an_order_that_worked_before_the_start_still_counts(
    venue: VenueServer, account: ActorSystem, told: Any, go_on: GoOn, ask: Ask
) -> None:
    """Row: the start drops a working order, which is filled later."""
    venue.inject(fault("external_order", "*", price="59000", quantity="0.01"))
    (order,) = venue.orders()
    go_on(lambda: facts(account, "stream")["up"] and is_sure(account))
    found = ask(account.ref("/root/execution"), QueryOpenOrders(symbol="BTCUSDT"))
    venue.hit(order.id, Decimal("0.01"))
    go_on(lambda: len(fills(told)) == 1)

    assert [each.client_order_id for each in found] == [order.client_order_id]
    assert statuses(told)[-1] == "filled"


def test_what_happens_while_the_venue_cuts_all_streams_as_it_does_daily_is_not_lost(
    desk: ActorSystem,
    venue: VenueServer,
    told: Any,
    go_on: GoOn,
    hears: Callable[..., Ref],
) -> None:
    """Row: 24 h forced disconnect."""
    market = hears(MarketStream, watch=["trades"])
    desk.ref("/root/execution").tell(intent("a", 59_000))
    go_on(lambda: says_something(venue) and facts_of(market)["interrupted"] == [])
    (order,) = venue.orders()

    def cut() -> None:
        venue.hub.cut("stream")
        venue.core.exchange.hit(order.id, Decimal("0.01"))
        venue.script.trade(Decimal(60_000), Decimal("0.1"), buyer_is_maker=True)

    venue.run(cut)
    go_on(lambda: facts(desk, "stream").get("lost") == 1 and is_sure(desk))
    go_on(lambda: says_something(venue) and facts_of(market)["interrupted"] == [])

    assert fills(told) == [("a", 1)]
    assert facts(desk, "stream") == {"dials": 2, "lost": 1, "up": True}
    assert facts_of(market)["trade_gaps"] == 1
