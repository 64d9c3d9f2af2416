"""Whatever the venue does and whoever crashes: once at most, never lost, all agree."""

from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.actors.execution import Execution
from holdfast.actors.messages import (
    CancelIntent,
    Intent,
    OrderAccepted,
    OrderFilled,
    OrderStatus,
    OrderType,
    Side,
)
from holdfast.actors.order_journal import OrderJournal
from holdfast.actors.updates import (
    LedgerReport,
    OrderUpdated,
    QueryLedger,
    QueryOpenOrders,
    Reconcile,
    WorkingOrder,
)
from holdfast.supervision import (
    ActorSystem,
    ChildSpec,
    Describe,
    EventKind,
    ManualClock,
    RefTo,
)
from holdfast.supervision.faults import crash
from holdfast.tests.actors.faulty_venue import FAULTS, FaultyVenue
from holdfast.tests.actors.order_trees import updates_to
from holdfast.tests.actors.scripted_venue import Answer

ME, JOURNAL = "/root/execution", "/root/journal"
VENUE, POSITIONS = "/root/exchange", "/root/positions"
BYSTANDER = "/root/bystander"
STEP = 0.5
LONG = 75.0
"""Seconds in which everything that is in doubt is found out."""

Strike = tuple[str, int, bool]
Step = tuple[str, Any]


class Fault(Protocol):
    def __call__(self, system: ActorSystem) -> None: ...
    def disarm(self) -> None: ...


def intent(number: int, *, reduces: bool = False) -> Intent:
    return Intent(
        id=f"i{number}",
        strategy="/root/strategy",
        symbol="BTCUSDT",
        side=Side.BUY,
        type=OrderType.LIMIT,
        quantity=Decimal(3),
        price=Decimal(100),
        time=7.0,
        reduces=reduces,
    )


NUMBERS = st.integers(1, 4)
STEPS: st.SearchStrategy[Step] = st.one_of(
    st.tuples(st.just("want"), st.tuples(NUMBERS, st.sampled_from(FAULTS))),
    st.tuples(st.just("want"), st.tuples(NUMBERS, st.sampled_from(FAULTS))),
    st.tuples(st.just("cancel"), NUMBERS),
    st.tuples(st.just("trade"), st.tuples(NUMBERS, st.booleans())),
    st.tuples(st.just("pass"), st.sampled_from([0.5, 2.0, 9.0])),
    st.tuples(st.just("fail"), st.sampled_from([0.4, 3.0, 20.0])),
    st.tuples(st.just("hide fills"), st.sampled_from([1.5, 5.0])),
    st.tuples(st.just("crash"), st.sampled_from([ME, JOURNAL, VENUE, POSITIONS])),
    st.tuples(st.just("start again"), st.none()),
)
STRIKES = st.lists(
    st.tuples(st.sampled_from([ME, JOURNAL]), st.integers(1, 5), st.booleans()),
    max_size=4,
)


@attrs.define
class World:
    """A venue and a disk that outlive the processes that trade on them."""

    grown: Callable[..., AbstractContextManager[ActorSystem]]
    double: Callable[..., ChildSpec]
    ask: Callable[[ActorSystem, str, Any], Any]
    folder: Path
    clock: ManualClock = attrs.field(factory=ManualClock)
    venue: FaultyVenue = attrs.field(factory=FaultyVenue)
    told: list[OrderUpdated] = attrs.field(factory=list[OrderUpdated])
    alarms: list[str] = attrs.field(factory=list[str])
    answers: dict[str, Answer] = attrs.field(factory=dict[str, Answer])
    wanted: set[str] = attrs.field(factory=set[str])
    gone: set[str] = attrs.field(factory=set[str])

    def __attrs_post_init__(self) -> None:
        self.venue.now = self.clock.wall

    def process(self, strategy: str, armed: Any) -> AbstractContextManager[ActorSystem]:
        """Start the order path: what an earlier process wrote down is there."""
        self.venue.fails_until = 0.0  # while time stands still, it would for ever
        names = ("exchange", "journal", "positions")
        refs = {name: RefTo(path=f"/root/{name}") for name in names}
        return self.grown(
            self.double("bystander"),
            self.double("exchange", answer=self.venue.answer),
            ChildSpec(
                id="journal",
                start=OrderJournal,
                args={"file": "orders"},
                in_flight="redeliver",
            ),
            self.double("positions", updates_to(self.told), in_flight="redeliver"),
            ChildSpec(
                id="execution", start=Execution, args=refs, in_flight="redeliver"
            ),
            clock=self.clock,
            state_dir=self.folder,
            strategy=strategy,
            arm=armed,
        )

    def take(self, system: ActorSystem, step: Step) -> None:
        """Let one thing happen."""
        now = self.clock.wall()
        me = system.ref(ME)
        match step:
            case "want", (number, answer):
                self.wanted.add(f"i{number}")
                self.venue.next_answers.clear()
                self.venue.next_answers.append(answer)
                me.tell(intent(number, reduces=number == 1))
            case "cancel", number:
                self._cancel(system, f"i{number}")
            case "trade", (number, heard):
                self._trade(system, f"i{number}", heard=heard)
            case "pass", seconds:
                self.let_pass(system, seconds)
            case "fail", seconds:
                self.venue.fails_until = now + seconds
            case "hide fills", seconds:
                self.venue.hides_fills_until = now + seconds
            case "crash", path:
                crash(system.cell(path), "the day")
            case _:
                raise AssertionError(step)
        self.rest(system)

    def let_pass(self, system: ActorSystem, seconds: float) -> None:
        for _ in range(round(seconds / STEP)):
            self.clock.advance(STEP)
            for name in self.venue.arrive():
                order = self.venue.orders[name]
                accepted = OrderAccepted(
                    client_order_id=name,
                    exchange_order_id=order.exchange_order_id,
                    symbol=order.symbol,
                    time=8.0,
                )
                if len(self.venue.orders) % 2:  # the stream is not to be relied on
                    system.ref(ME).tell(accepted)
            self.rest(system)

    def rest(self, system: ActorSystem) -> None:
        """Wait until nothing happens any more unless time passes.

        Execution may not be ready for a message until then, so nothing has settled. All
        share one thread, and the bystander's turn comes after all that are due.
        """
        cells = [each for each in system.cells() if each.path != BYSTANDER]
        before, after = -1, 0
        while before != after:
            before = after
            self.ask(system, BYSTANDER, "whose turn is it?")
            after = sum(each.steps for each in cells)

    def end(self, system: ActorSystem) -> None:
        """Take note of what nobody had handled when a process ended: it is gone."""
        for letter in system.dead_letters.newest():
            match letter.message:
                case Intent(id=name):
                    self.wanted.discard(name)
                case CancelIntent(intent_id=name):
                    self.gone.discard(name)
                case _:
                    pass
        events = system.events.since(0)
        self.alarms += [e.reason for e in events if e.kind is EventKind.ALARM]

    def _cancel(self, system: ActorSystem, name: str) -> None:
        if name in self.wanted:
            self.gone.add(name)
        cancel = CancelIntent(
            intent_id=name, strategy="/root/strategy", symbol="BTCUSDT", time=9.0
        )
        system.ref(ME).tell(cancel)

    def _trade(self, system: ActorSystem, name: str, *, heard: bool) -> None:
        for order in self.venue.placed:
            if order.intent_id == name:
                fill = self.venue.trade(order.client_order_id)
                if fill is not None and heard:
                    system.ref(ME).tell(fill)

    def check(self, system: ActorSystem) -> None:
        """Compare what everybody knows."""
        working: tuple[WorkingOrder, ...] = self.ask(
            system, ME, QueryOpenOrders(symbol="BTCUSDT")
        )
        ledger: LedgerReport = self.ask(system, ME, QueryLedger())
        facts = system.ref(ME).command(Describe()).get()
        assert (facts["unknown_orders"], facts["closed_gates"]) == (0, {})
        assert self.ask(system, ME, Reconcile()) == []

        times = Counter(each.intent_id for each in self.venue.placed)
        assert set(times.values()) <= {1}
        assert {each.order.intent_id for each in self.told} >= self.wanted
        assert times.keys() <= {each.order.intent_id for each in self.told}
        at_venue = self.venue.orders
        last = {each.order.client_order_id: each.order for each in self.told}
        assert at_venue.keys() <= last.keys()
        for name, order in last.items():
            status = OrderStatus.REJECTED
            if name in at_venue:
                status = at_venue[name].status
            assert order.status is status
        alive = {name for name, order in at_venue.items() if not order.status.is_done}
        assert {each.client_order_id for each in working} == alive
        assert not {each.intent_id for each in working} & self.gone
        fills = {each.trade_id for each in self.venue.fills}
        reports = [each.report for each in self.told]
        told = {each.trade_id for each in reports if isinstance(each, OrderFilled)}
        assert {each.trade_id for each in ledger.fills} == fills == told


@pytest.fixture(scope="session")
def world(
    grown: Any, double: Any, ask: Any, tmp_path_factory: Any
) -> Callable[[], World]:
    def make() -> World:
        return World(grown, double, ask, tmp_path_factory.mktemp("disk"))

    return make


@settings(max_examples=60, deadline=None)
@given(
    steps=st.lists(STEPS, min_size=1, max_size=14),
    strikes=STRIKES,
    strategy=st.sampled_from(["rest_for_one", "one_for_one"]),
)
def test_each_order_is_sent_once_at_most_and_its_end_is_known_to_all(
    steps: list[Step],
    strikes: list[Strike],
    strategy: str,
    world: Callable[[], World],
    strike: Callable[[list[Strike]], Fault],
) -> None:
    here = world()
    faults = strike(strikes)
    days: list[list[Step]] = [[]]
    for step in steps:
        if step[0] == "start again":
            days.append([])
        else:
            days[-1].append(step)

    for number, day in enumerate(days, 1):
        with here.process(strategy, faults) as system:
            for step in day:
                here.take(system, step)
            if number == len(days):
                here.let_pass(system, LONG)
                faults.disarm()
                here.let_pass(system, LONG)
                here.check(system)
        here.end(system)
    assert not [each for each in here.alarms if "given up" in each]
