"""However the chain behind risk crashes, the position is what the venue's fills are."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from decimal import Decimal
from typing import Any, Protocol

from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.actors.exchange import PaperExchange
from holdfast.actors.execution import Execution
from holdfast.actors.market import Quote
from holdfast.actors.messages import (
    Fills,
    Intent,
    OrderFilled,
    OrderType,
    QueryFills,
    Side,
)
from holdfast.actors.positions import Positions
from holdfast.actors.updates import (
    PositionReport,
    PositionUpdated,
    QueryPosition,
    Reconcile,
)
from holdfast.supervision import ActorSystem, ChildSpec, RefTo

ME = "/root/positions"
VENUE = "/root/exchange"


class Fault(Protocol):
    def __call__(self, system: ActorSystem) -> None: ...
    def disarm(self) -> None: ...


Grown = Callable[..., AbstractContextManager[ActorSystem]]
Double = Callable[..., ChildSpec]
Settle = Callable[[ActorSystem], None]
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
            said.append(("/root/execution", intent))
    return said


@settings(deadline=None)
@given(
    said=days(),
    faults=st.lists(
        st.tuples(
            st.sampled_from([ME, VENUE, "/root/execution"]),
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
    settle: Settle,
    ask: Ask,
    strike: Strike,
) -> None:
    told: list[PositionUpdated] = []
    exchange, positions = RefTo(path=VENUE), RefTo(path=ME)
    places: list[tuple[type[Any], str, dict[str, Any]]] = [
        (
            PaperExchange,
            "exchange",
            {
                "reports_to": RefTo(path="/root/execution"),
                "balances": {"USDT": "1000", "BTC": "10"},
            },
        ),
        (
            Positions,
            "positions",
            {"exchange": exchange, "to": RefTo(path="/root/risk")},
        ),
        (Execution, "execution", {"exchange": exchange, "positions": positions}),
    ]
    children = [
        ChildSpec(id=name, start=start, args=args, in_flight="redeliver")
        for start, name, args in places
    ]
    armed = strike(faults)

    with grown(
        *children, double("risk", told.append), strategy=strategy, arm=armed
    ) as system:
        for path, message in said:
            system.ref(path).tell(message)
        settle(system)
        armed.disarm()
        fills: Fills = ask(system, VENUE, QueryFills(symbol="BTCUSDT"))

        assert ask(system, ME, Reconcile()) == []
        position: PositionReport = ask(system, ME, QueryPosition(symbol="BTCUSDT"))
        assert system.dead_letters.count() == 0
    assert position.quantity == sum(
        each.side.sign * each.quantity for each in fills.fills
    )
    assert position.last_trade_id == len(fills.fills)
    ids = {each.report.trade_id for each in told if type(each.report) is OrderFilled}
    assert ids == set(range(1, len(fills.fills) + 1))
