"""However execution, its journal and the venue crash, an intent is at most one order.

Its end is told, whatever it was, and nothing stays unknown once some time has passed.
"""

from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from decimal import Decimal
from typing import Any, Protocol

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.actors.market import MarketEnded
from holdfast.actors.messages import (
    CancelIntent,
    Intent,
    OrderFilled,
    OrderRejected,
    OrderStatus,
    OrderType,
    RejectionReason,
    Side,
)
from holdfast.actors.queries import Orders, QueryFills, QueryOrders
from holdfast.actors.updates import OrderUpdated, QueryOpenOrders, Reconcile
from holdfast.supervision import ActorSystem, ChildSpec, Describe
from holdfast.tests.actors.order_trees import (
    JOURNAL,
    ME,
    VENUE,
    CarelessExchange,
    WatchedExchange,
    order_path,
    quote,
    updates_to,
)
from holdfast.tests.actors.scripted_venue import ScriptedVenue

RESTING = Intent(
    id="resting",
    strategy="/root/strategy",
    symbol="BTCUSDT",
    side=Side.BUY,
    type=OrderType.LIMIT,
    quantity=Decimal(1),
    price=Decimal(98),
    time=1.0,
)
INTENTS = [
    RESTING,
    attrs.evolve(RESTING, id="taking", price=Decimal(102)),
    attrs.evolve(RESTING, id="at market", type=OrderType.MARKET, price=None),
    attrs.evolve(RESTING, id="joining", side=Side.SELL, price=Decimal(103)),
    attrs.evolve(RESTING, id="rejected", quantity=Decimal("0.000001")),
]
LONG = 75.0
"""Seconds in which everything that is in doubt is found out."""


class Fault(Protocol):
    fired: int

    def __call__(self, system: ActorSystem) -> None: ...
    def disarm(self) -> None: ...


Said = list[tuple[str, Any]]
Grown = Callable[..., AbstractContextManager[ActorSystem]]
Double = Callable[..., ChildSpec]
PassTime = Callable[[ActorSystem, float], None]
Ask = Callable[[ActorSystem, str, Any], Any]
Strike = Callable[[list[tuple[str, int, bool]]], Fault]


def cancel(intent: Intent) -> CancelIntent:
    return CancelIntent(
        intent_id=intent.id, strategy=intent.strategy, symbol=intent.symbol, time=1.0
    )


@st.composite
def days(draw: st.DrawFn) -> Said:
    """Draw what is said to whom: a market, intents, each again and again, cancels.

    What is said to nobody are seconds that pass.
    """
    said: Said = [(VENUE, quote(1, Decimal(100)))]
    for number in range(2, draw(st.integers(4, 20))):
        intent = draw(st.sampled_from(INTENTS))
        said.append(
            draw(
                st.sampled_from(
                    [
                        (VENUE, quote(number, Decimal(draw(st.integers(96, 104))))),
                        (ME, attrs.evolve(intent, time=1.0)),
                        (ME, attrs.evolve(intent, time=1.0)),
                        (ME, cancel(intent)),
                        ("", draw(st.sampled_from([0.5, 8.0]))),
                    ]
                )
            )
        )
    return said


strikes = st.lists(
    st.tuples(st.sampled_from([ME, VENUE, JOURNAL]), st.integers(1, 5), st.booleans()),
    max_size=6,
)
strategies = st.sampled_from(["rest_for_one", "one_for_one"])


def say(said: Said, system: ActorSystem, pass_time: PassTime) -> None:
    for path, message in said:
        if path:
            system.ref(path).tell(message)
        else:
            pass_time(system, message)


def wanted(said: Said) -> set[str]:
    return {each.id for _, each in said if isinstance(each, Intent)}


def taken_back(said: Said) -> set[str]:
    """Return what was wanted, and not any more later."""
    known: set[str] = set()
    gone: set[str] = set()
    for _, each in said:
        if isinstance(each, Intent):
            known.add(each.id)
        elif isinstance(each, CancelIntent) and each.intent_id in known:
            gone.add(each.intent_id)
    return gone


def never_there(told: list[OrderUpdated]) -> set[str]:
    """Return the intents of which was told that they never got to the venue."""
    return {
        each.order.intent_id
        for each in told
        if isinstance(each.report, OrderRejected)
        and each.report.reason
        in {RejectionReason.NEVER_SENT, RejectionReason.NEVER_ARRIVED}
    }


@settings(deadline=None)
@given(said=days(), faults=strikes, strategy=strategies)
def test_a_venue_that_takes_an_order_twice_is_told_it_at_most_once(
    said: Said,
    faults: list[tuple[str, int, bool]],
    strategy: str,
    grown: Grown,
    double: Double,
    pass_time: PassTime,
    strike: Strike,
) -> None:
    venue = ScriptedVenue()
    told: list[OrderUpdated] = []
    children = order_path(
        CarelessExchange, double("positions", updates_to(told)), venue=venue
    )

    with grown(*children, strategy=strategy, arm=(armed := strike(faults))) as system:
        say(said, system, pass_time)
        pass_time(system, LONG)
        struck = armed.fired
        armed.disarm()
        pass_time(system, LONG)

        assert system.ref(ME).command(Describe()).get()["unknown_orders"] == 0
        assert system.dead_letters.count() == 0
    placed = Counter(each.intent_id for each in venue.placed)
    assert set(placed.values()) <= {1}
    assert placed.keys() | never_there(told) == wanted(said)
    assert not placed.keys() & never_there(told)
    assert struck or placed.keys() >= wanted(said) - taken_back(said)
    assert {each.order.intent_id for each in told} == wanted(said)
    still_open = {
        each.intent_id
        for each in venue.placed
        if not venue.orders[each.client_order_id].status.is_done
    }
    assert still_open == placed.keys() - taken_back(said)


@settings(deadline=None)
@given(
    said=days(),
    faults=strikes,
    strategy=strategies,
    latency=st.sampled_from([0.0, 1.5]),
)
def test_what_became_of_every_intent_is_told_and_agrees_with_the_venue(
    said: Said,
    faults: list[tuple[str, int, bool]],
    strategy: str,
    latency: float,
    grown: Grown,
    double: Double,
    pass_time: PassTime,
    ask: Ask,
    strike: Strike,
) -> None:
    placed: list[str] = []
    told: list[OrderUpdated] = []
    children = order_path(
        WatchedExchange,
        double("positions", updates_to(told)),
        placed=placed.append,
        balances={"USDT": "100000", "BTC": "100"},
        latency=latency,
    )

    with grown(*children, strategy=strategy, arm=(armed := strike(faults))) as system:
        say([*said, (VENUE, MarketEnded())], system, pass_time)
        pass_time(system, LONG)
        struck = armed.fired
        armed.disarm()
        pass_time(system, LONG)
        venue: Orders = ask(system, VENUE, QueryOrders(symbol="BTCUSDT"))
        fills = ask(system, VENUE, QueryFills(symbol="BTCUSDT")).fills
        still_open = ask(system, ME, QueryOpenOrders(symbol="BTCUSDT"))

        assert ask(system, ME, Reconcile()) == []
        assert system.dead_letters.count() == 0
    at_venue = {each.client_order_id: each.status for each in venue.orders}
    last = {each.order.client_order_id: each.order.status for each in told}
    names = {each.order.intent_id: each.order.client_order_id for each in told}
    assert names.keys() == wanted(said)
    assert len(last) == len(names)
    assert last == {name: at_venue.get(name, OrderStatus.REJECTED) for name in last}
    assert at_venue.keys() <= last.keys()
    assert {each.client_order_id for each in still_open} == {
        name for name, status in at_venue.items() if not status.is_done
    }
    reports = [each.report for each in told]
    assert {each.trade_id for each in reports if isinstance(each, OrderFilled)} == {
        each.trade_id for each in fills
    }
    assert set(Counter(placed).values()) <= {1}
    assert set(placed) | never_there(told) == wanted(said)
    if not struck and not latency:  # else it may take so long that others wait
        assert set(placed) >= wanted(said) - taken_back(said)
    assert not {each.intent_id for each in still_open} & taken_back(said)


@pytest.mark.parametrize("goes_out", [False, True], ids=["instead", "after"])
@pytest.mark.parametrize("path", [ME, VENUE])
@pytest.mark.parametrize("send", range(1, 13))
def test_a_crash_at_any_send_of_a_start_leaves_it_startable(
    path: str,
    send: int,
    goes_out: bool,  # noqa: FBT001 - a parameter of the table
    grown: Grown,
    double: Double,
    pass_time: PassTime,
    ask: Ask,
    strike: Strike,
) -> None:
    """The second start reads the journal and asks for what was under way."""
    venue = ScriptedVenue()
    told: list[OrderUpdated] = []
    children = order_path(
        CarelessExchange, double("positions", updates_to(told)), venue=venue
    )
    first = (ME, 2, True)  # written down; the successor starts into the second strike

    with grown(*children, arm=strike([first, (path, send, goes_out)])) as system:
        say([(ME, RESTING), ("", 40.0), (ME, cancel(RESTING))], system, pass_time)
        pass_time(system, LONG)

        assert ask(system, ME, QueryOpenOrders(symbol="BTCUSDT")) == ()
    assert len(venue.placed) <= 1
    assert told[-1].order.status.is_done
