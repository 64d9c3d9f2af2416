"""The simulated venue is like the real one: each fault means the same on both.

On one side the live exchange asks the venue server through the ccxt client, on the
other the simulated exchange meets the same fault. What may be concluded has to be the
same, and so has what the venue did.
"""

import threading
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest

from holdfast.actors.live import CcxtExchange
from holdfast.actors.market import Quote
from holdfast.actors.messages import CancelOrder, OrderType, PlaceOrder, Side
from holdfast.actors.queries import (
    Orders,
    Ping,
    QueryBalances,
    QueryFills,
    QueryOrders,
    VenueOrder,
)
from holdfast.supervision import (
    Actor,
    ActorSystem,
    ChildSpec,
    Randomness,
    RefTo,
    SupervisorSpec,
    SystemClock,
)
from holdfast.supervision.outcome import outcome_of
from holdfast.supervision.secret import Secret
from holdfast.testing import VenueServer, VenueSettings
from holdfast.testing.chaos.simulated_exchange import SimulatedExchange
from holdfast.testing.venue.faults.fault import Fault
from holdfast.testing.venue.faults.injector import Injector

PATIENCE = 20.0
DEADLINE = 0.5

Ask = Callable[[Any], Any]
Back = tuple[Ask, Callable[[Fault], None], Callable[[], list[str]]]

FAULTS: list[dict[str, Any]] = [
    {"kind": "status", "params": {"status": 500}},
    {"kind": "status", "params": {"status": 502, "executed": True}},
    {"kind": "status", "params": {"status": 503, "executed": True}},
    {"kind": "status", "params": {"status": 504}},
    {"kind": "status", "params": {"status": 524, "executed": True}},
    {"kind": "waf"},
    {"kind": "throttled"},
    {"kind": "banned"},
    {"kind": "timeout_before_execution"},
    {"kind": "timeout_after_execution"},
    {"kind": "executed_no_answer"},
    {"kind": "reset"},
    {"kind": "reset", "params": {"executed": True}},
    {"kind": "truncated"},
    {"kind": "garbage"},
    {"kind": "garbage", "params": {"body": "{}"}},
    {"kind": "garbage", "params": {"body": "[]", "executed": False}},
    {"kind": "code", "params": {"code": -1000, "executed": True}},
    {"kind": "code", "params": {"code": -1001}},
    {"kind": "code", "params": {"code": -1003}},
    {"kind": "code", "params": {"code": -1006, "executed": True}},
    {"kind": "code", "params": {"code": -1007, "executed": True}},
    {"kind": "code", "params": {"code": -1008}},
    {"kind": "code", "params": {"code": -1015}},
    {"kind": "code", "params": {"code": -1021}},
    {"kind": "code", "params": {"code": -2010}},
    {"kind": "code", "params": {"code": -2015}},
    {"kind": "trickle", "params": {"seconds": 5.0}},
    {"kind": "late_execution", "params": {"seconds": 60.0}},
    {"kind": "maintenance"},
]

ORDER = PlaceOrder(
    client_order_id="c1",
    intent_id="i1",
    symbol="BTCUSDT",
    side=Side.BUY,
    type=OrderType.LIMIT,
    quantity=Decimal("0.1"),
    price=Decimal(99),
    time=0.0,
)


class Listener(Actor):
    """Hears reports, and needs none."""

    def on_receive(self, message: Any) -> None:
        del message


def ended(ask: Ask, message: Any) -> str:
    """Say how a call ended, in the word that callers conclude from."""
    try:
        answer = ask(message)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is judged
        return str(outcome_of(error))
    return type(answer).__name__


@pytest.fixture
def running() -> Iterator[Callable[[ChildSpec], ActorSystem]]:
    """Start a system with one exchange."""
    systems: list[ActorSystem] = []

    def run(exchange: ChildSpec) -> ActorSystem:
        listener = ChildSpec(id="listener", start=Listener)
        system = ActorSystem(SupervisorSpec(children=(exchange, listener)))
        systems.append(system)
        system.start().get(timeout=PATIENCE)
        return system

    yield run
    for system in systems:
        system.stop(5.0).get(timeout=PATIENCE)
        system.close()


@pytest.fixture
def real(running: Callable[[ChildSpec], ActorSystem]) -> Iterator[Back]:
    settings = VenueSettings(balances={"BTC": "1", "USDT": "1000"})
    with VenueServer(settings) as venue:
        venue.market.quote(100, 101, size=5)
        exchange = ChildSpec(
            id="exchange",
            start=CcxtExchange,
            args={
                **venue.exchange_args(),
                "api_key": Secret(settings.key),
                "secret": Secret(settings.secret),
                "deadline": DEADLINE,
                "read_deadline": DEADLINE,
            },
            dispatcher="loop",
            concurrency=8,
        )
        ref = running(exchange).ref("/root/exchange")
        yield (
            lambda message: ref.ask(message, timeout=PATIENCE),
            venue.inject,
            lambda: [each.client_order_id for each in venue.orders()],
        )


@pytest.fixture
def simulated(running: Callable[[ChildSpec], ActorSystem]) -> Back:
    clock = SystemClock()
    injector = Injector(Randomness(1), clock.now)
    exchange = ChildSpec(
        id="exchange",
        start=SimulatedExchange,
        args={
            "reports_to": RefTo(path="/root/listener"),
            "balances": {"BTC": "1", "USDT": "1000"},
            "injector": injector,
            "deadline": DEADLINE,
        },
    )
    system = running(exchange)
    ref = system.ref("/root/exchange")
    ref.tell(
        Quote(
            venue="spot",
            symbol="BTCUSDT",
            update_id=1,
            bid=Decimal(100),
            bid_quantity=Decimal(5),
            ask=Decimal(101),
            ask_quantity=Decimal(5),
            received_ns=1,
        )
    )

    def orders() -> list[str]:
        injector.heal()
        asked = ref.ask(QueryOrders(symbol="BTCUSDT"), block=False)
        found: Orders = asked.get(timeout=PATIENCE)
        return [each.client_order_id for each in found.orders]

    return lambda message: ref.ask(message, timeout=PATIENCE), injector.arm, orders


def named(told: dict[str, Any]) -> str:
    params = "-".join(str(each) for each in told.get("params", {}).values())
    return f"{told['kind']} {params}".strip()


@pytest.mark.parametrize("told", FAULTS, ids=named)
def test_a_fault_means_the_same_for_an_order_on_both_sides(
    told: dict[str, Any], real: Back, simulated: Back
) -> None:
    found: list[tuple[str, list[str]]] = []
    for ask, arm, orders in (real, simulated):
        arm(Fault.from_json({"id": "f", "where": "POST /order", **told}))
        how = ended(ask, ORDER)
        found.append((how, [] if told["kind"] in ("throttled", "banned") else orders()))

    assert found[0] == found[1]
    assert found[0][0] != VenueOrder.__name__


READS = [
    QueryOrders(symbol="BTCUSDT"),
    QueryOrders(symbol="BTCUSDT", client_order_ids=("c1",)),
    QueryFills(symbol="BTCUSDT"),
    QueryBalances(),
    Ping(),
]


@pytest.mark.parametrize(
    "told",
    [
        {"kind": "status", "params": {"status": 503}},
        {"kind": "garbage"},
        {"kind": "truncated"},
        {"kind": "timeout_before_execution"},
        {"kind": "reset"},
    ],
    ids=named,
)
@pytest.mark.parametrize("message", READS, ids=lambda each: type(each).__name__)
def test_a_read_that_met_a_fault_is_answered_by_neither_side(
    told: dict[str, Any], message: Any, real: Back, simulated: Back
) -> None:
    found: list[str] = []
    for ask, arm, _ in (real, simulated):
        arm(Fault.from_json({"id": "f", "where": "rest", **told}))
        found.append(ended(ask, message))

    assert found == ["unknown", "unknown"]


@pytest.mark.parametrize(
    "message",
    [*READS, ORDER, CancelOrder(client_order_id="c1", symbol="BTCUSDT", time=0.0)],
    ids=lambda each: type(each).__name__,
)
def test_without_faults_both_sides_answer_alike(
    message: Any, real: Back, simulated: Back
) -> None:
    found = [ended(ask, message) for ask, _, _ in (real, simulated)]

    assert found[0] == found[1]


def test_no_thread_is_left() -> None:
    assert [each.name for each in threading.enumerate() if each.name == "venue"] == []
