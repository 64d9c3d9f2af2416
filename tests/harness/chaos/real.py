"""Runs a scenario on real sockets: the ccxt client against the venue server.

The tree is the scenario's own, but for what is modelled there: in place of the
simulated exchange and the made-up market are the live exchange and its streams. Time is
real, and everything `PACE` times as fast.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from random import Random
from typing import Any

import attrs

from holdfast.actors.books import book_trouble
from holdfast.actors.execution import Execution
from holdfast.actors.live import AccountStream, CcxtExchange, MarketStream
from holdfast.actors.market_data import SyntheticFeed
from holdfast.actors.messages import OrderStatus
from holdfast.actors.queries import VenueOrder as ListedOrder
from holdfast.config import build
from holdfast.supervision import (
    ActorSystem,
    ChildSpec,
    Randomness,
    RefTo,
    SupervisorSpec,
)
from holdfast.supervision.breaker import BreakerSettings, CircuitBreaker
from holdfast.supervision.runtime.clock import SystemClock
from holdfast.supervision.runtime.latch import Latch
from holdfast.supervision.secret import Secret
from holdfast.supervision.simulation import Report
from holdfast.testing.chaos.checkers import judged
from holdfast.testing.chaos.history import Fill, History, history_of
from holdfast.testing.chaos.run import load_configuration
from holdfast.testing.chaos.scenario import Scenario, ScenarioInvalid
from holdfast.testing.chaos.simulated_exchange import SimulatedExchange
from holdfast.testing.chaos.workload import Trader, Witness
from holdfast.testing.venue.orders import VenueOrder, VenueStatus
from holdfast.testing.venue.server import VenueServer
from holdfast.testing.venue.settings import VenueSettings

PACE = 5.0
"""How much faster than in the simulated world everything is."""

TICK = 0.1
"""Seconds between two trades of the market."""

START_WITHIN = 30.0

CONNECTED_WITHIN = 1.5
"""Seconds until both streams are there: a host is dialled once a second."""

_BREAKER_TIMES = (
    "window",
    "slow_call",
    "first_open",
    "longest_open",
    "healthy",
    "timeout",
)

_STATUS = {
    VenueStatus.NEW: OrderStatus.OPEN,
    VenueStatus.PARTIALLY_FILLED: OrderStatus.PARTIALLY_FILLED,
    VenueStatus.FILLED: OrderStatus.FILLED,
    VenueStatus.REJECTED: OrderStatus.REJECTED,
}


class RealRun:
    """A scenario, ready to be run on real sockets; each run begins anew."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        settings = load_configuration(scenario).settings
        self._spec = build(settings)
        self._total = settings.shutdown.total

    def run(self, seed: int) -> Report:
        """Run it once; the report has no trace: no two real runs are the same."""
        settings = VenueSettings(
            seed=seed,
            key=f"chaos-{os.getpid()}",  # two runs at once are two accounts
            balances=_balances(self._spec),
            order_limit=10**6,
        )
        with VenueServer(settings) as venue:
            return _RealRun(self.scenario, self._spec, venue, seed).report(self._total)


class _RealRun:
    """One run against one venue."""

    def __init__(
        self,
        scenario: Scenario,
        spec: SupervisorSpec,
        venue: VenueServer,
        seed: int,
    ) -> None:
        self._scenario = scenario
        self._venue = venue
        self._seed = seed
        self._witness = Witness()
        self._clock = SystemClock()
        self._began = self._clock.now()
        self._chance = Random(seed)
        self._price = Decimal(60_000)
        self._system = ActorSystem(
            _on_sockets(spec, venue, self._witness), randomness=Randomness(seed)
        )

    def report(self, shutdown: float) -> Report:
        """Run it to its end, and judge."""
        system, venue, scenario = self._system, self._venue, self._scenario
        self._move_market()
        system.start().get(timeout=START_WITHIN)
        venue.inject(*(_faster(fault) for fault in scenario.faults))
        self._trade_until(lambda: self._elapsed() * PACE >= scenario.heal_at)
        fired = venue.faults_fired
        venue.heal()
        within = self._elapsed() + scenario.recover_within / PACE
        self._trade_until(lambda: self._elapsed() >= within)
        violations = judged(scenario.invariants, self._history())
        state = system.events.state()
        ended = system.stop(shutdown).get(timeout=shutdown + START_WITHIN)
        letters = system.dead_letters.count()
        system.close()
        return Report(
            seed=self._seed,
            trace_hash="",
            simulated_seconds=0.0,
            wall_seconds=self._elapsed(),
            turns=0,
            events=state.seq,
            restarts=state.restarts,
            escalations=state.escalations,
            dead_letters=letters,
            failures_injected=fired,
            faults=(),
            violations=tuple(violations),
            ended=str(ended),
        )

    def _trade_until(self, over: Callable[[], bool]) -> None:
        while not over():
            self._move_market()
            self._clock.wait(Latch(), TICK)

    def _move_market(self) -> None:
        self._price += self._chance.randint(-300, 300) / Decimal(100)
        market = self._venue.market
        market.quote(self._price, self._price + Decimal("0.01"), size=5)
        market.trade(self._price, "0.001")

    def _elapsed(self) -> float:
        return self._clock.now() - self._began

    def _history(self) -> History:
        differences = book_trouble(self._system, 2 * START_WITHIN)
        orders = self._venue.orders()
        return history_of(
            self._system,
            self._witness,
            orders=map(_listed, orders),
            fills=(each for order in orders for each in _fills(order)),
            balances=self._venue.balances(),
            differences=differences,
        )


def _on_sockets(
    spec: SupervisorSpec, venue: VenueServer, witness: Witness
) -> SupervisorSpec:
    """Put the real client and its streams where the model is."""
    found: list[ChildSpec] = []
    for child in spec.children:
        if not isinstance(child, ChildSpec):
            raise ScenarioInvalid(f"{child.id} is a supervisor: real runs need workers")
        if child.start is SimulatedExchange:
            found.append(_exchange(child, venue))
        elif issubclass(child.start, SyntheticFeed):
            found += _streams(child, venue)
        else:
            found.append(_paced(child, witness))
    return attrs.evolve(spec, children=tuple(found))


def _account(venue: VenueServer) -> Mapping[str, Any]:
    keys = venue.settings
    return {
        **venue.exchange_args(),
        "api_key": Secret(keys.key),
        "secret": Secret(keys.secret),
    }


def _exchange(child: ChildSpec, venue: VenueServer) -> ChildSpec:
    deadline = float(child.args.get("deadline", 2.0)) / PACE
    args = {**_account(venue), "deadline": deadline, "read_deadline": deadline}
    return attrs.evolve(
        child, start=CcxtExchange, args=args, dispatcher="loop", concurrency=16
    )


def _streams(feed: ChildSpec, venue: VenueServer) -> list[ChildSpec]:
    public, account = venue.exchange_args(), _account(venue)
    listeners = [ref for ref in feed.args["to"] if not ref.path.endswith("/exchange")]
    reports_to = RefTo(path="/root/execution")
    return [
        ChildSpec(
            id="account",
            start=AccountStream,
            args={"reports_to": reports_to, **account},
            dispatcher="loop",
            intake=True,
        ),
        ChildSpec(
            id="feed",
            start=MarketStream,
            args={"to": listeners, **public},
            dispatcher="loop",
            intake=True,
        ),
    ]


def _paced(child: ChildSpec, witness: Witness) -> ChildSpec:
    """Let an actor be as fast as the rest."""
    args = dict(child.args)
    if child.start is Trader:
        every = float(args.get("every", 2.0)) / PACE
        args |= {"witness": witness, "every": every, "lead": CONNECTED_WITHIN}
    elif issubclass(child.start, Execution):
        args |= {
            "order_lifetime": 3.0 / PACE,
            "order_timeout": 5.0 / PACE,
            "reconcile_every": 30.0 / PACE,
            "inquiry": {"first": 0.05, "margin": 2.5 / PACE, "apart": 1.0 / PACE},
        }
    elif issubclass(child.start, CircuitBreaker):
        usual = attrs.asdict(BreakerSettings(), recurse=False)
        args |= {each: args.get(each, usual[each]) / PACE for each in _BREAKER_TIMES}
    return attrs.evolve(child, args=args)


def _faster(fault: Any) -> Any:
    for_ = None if fault.for_ is None else fault.for_ / PACE
    return attrs.evolve(
        fault, for_=for_, when=attrs.evolve(fault.when, at=fault.when.at / PACE)
    )


def _balances(spec: SupervisorSpec) -> Mapping[str, str]:
    for child in spec.children:
        if isinstance(child, ChildSpec) and child.start is SimulatedExchange:
            held: Mapping[str, str] = child.args["balances"]
            return held
    raise ScenarioInvalid("the configuration starts no SimulatedExchange")


def _listed(order: VenueOrder) -> ListedOrder:
    command = order.command
    return ListedOrder(
        client_order_id=order.client_order_id,
        exchange_order_id=str(order.id),
        symbol=command.symbol,
        side=command.side,
        type=command.type,
        quantity=command.quantity,
        price=command.price,
        filled=order.filled,
        status=_STATUS.get(order.status, OrderStatus.CANCELLED),
        time=order.updated,
    )


def _fills(order: VenueOrder) -> Iterator[Fill]:
    for each in order.executions:
        yield Fill(
            trade_id=each.id,
            client_order_id=order.client_order_id,
            side=order.command.side,
            quantity=each.quantity,
            price=each.price,
            fee=each.fee,
            fee_asset=each.fee_asset,
        )
