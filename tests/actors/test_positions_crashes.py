"""However the chain behind risk crashes, the position is what the venue's fills are."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from decimal import Decimal
from typing import Any, Protocol

from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.actors.exchange import PaperExchange
from holdfast.actors.market import Quote
from holdfast.actors.messages import Intent, OrderFilled, OrderType, Side
from holdfast.actors.positions import Positions
from holdfast.actors.queries import Fills, QueryFills
from holdfast.actors.updates import (
    PositionReport,
    PositionUpdated,
    QueryPosition,
    Reconcile,
)
from holdfast.supervision import ActorSystem, ChildSpec, RefTo
from holdfast.tests.actors.order_trees import JOURNAL, VENUE, order_path

ME = "/root/positions"
EXECUTION = "/root/execution"
LONG = 75.0


class Fault(Protocol):
    def __call__(self, system: ActorSystem) -> None: ...
    def disarm(self) -> None: ...


Grown = Callable[..., AbstractContextManager[ActorSystem]]
Double = Callable[..., ChildSpec]
PassTime = Callable[[ActorSystem, float], None]
Ask = Callable[[ActorSystem, str, Any], Any]
Strike = Callable[[list[tuple[str, int, bool]]], Fault]


def quote(number: int, bid: Decimal) -> Quote:
    return Quote(
        venue="spot",
        symbol="BTCUSDT",
        update_id=number,
        bid=bid,
        bid_quantity=Decimal("0.7"),
        ask=bid + Decimal("0.01"),
        ask_quantity=Decimal("0.3"),
        received_ns=number * 1_000_000_000,
    )


@st.composite
def days(draw: st.DrawFn) -> list[tuple[str, Any]]:
    """Draw a market, and market orders of all sizes."""
    said: list[tuple[str, Any]] = []
    for number in range(1, draw(st.integers(2, 25))):
        bid = Decimal(draw(st.integers(9_900, 10_100))) / 100
        said.append((VENUE, quote(number, bid)))
        if draw(st.booleans()):
            intent = Intent(
                id=str(number),
                strategy="/root/strategy",
                symbol="BTCUSDT",
                side=draw(st.sampled_from(Side)),
                type=OrderType.MARKET,
                quantity=Decimal(draw(st.integers(1, 120_000))) / 100_000,
                price=None,
                time=float(number),
            )
            said.append((EXECUTION, intent))
    return said


@settings(deadline=None)
@given(
    said=days(),
    faults=st.lists(
        st.tuples(
            st.sampled_from([ME, VENUE, EXECUTION, JOURNAL]),
            st.integers(1, 5),
            st.booleans(),
        ),
        max_size=8,
    ),
    strategy=st.sampled_from(["rest_for_one", "one_for_one"]),
)
def test_the_position_is_the_venue_s_whatever_crashes(
    said: list[tuple[str, Any]],
    faults: list[tuple[str, int, bool]],
    strategy: str,
    grown: Grown,
    double: Double,
    pass_time: PassTime,
    ask: Ask,
    strike: Strike,
) -> None:
    told: list[PositionUpdated] = []
    refs = {
        "exchange": RefTo(path=VENUE),
        "execution": RefTo(path=EXECUTION),
        "to": RefTo(path="/root/risk"),
    }
    positions = ChildSpec(
        id="positions", start=Positions, args=refs, in_flight="redeliver"
    )
    balances = {"USDT": "1000", "BTC": "10"}
    exchange, journal, places, execution = order_path(
        PaperExchange, positions, balances=balances
    )
    children = [exchange, journal, execution, places, double("risk", told.append)]
    armed = strike(faults)

    with grown(*children, strategy=strategy, arm=armed) as system:
        for path, message in said:
            system.ref(path).tell(message)
            if isinstance(message, Quote):
                pass_time(system, 1.0)
        pass_time(system, LONG)
        armed.disarm()
        pass_time(system, LONG)
        fills: Fills = ask(system, VENUE, QueryFills(symbol="BTCUSDT"))

        assert ask(system, ME, Reconcile()) == []
        position: PositionReport = ask(system, ME, QueryPosition(symbol="BTCUSDT"))
        assert system.dead_letters.count() == 0
    assert position.quantity == sum(
        each.side.sign * each.quantity for each in fills.fills
    )
    assert position.fills == len(fills.fills)
    ids = {each.report.trade_id for each in told if type(each.report) is OrderFilled}
    assert ids == set(range(1, len(fills.fills) + 1))
