"""Execution with its journal on a disk, and a venue that does what it is told."""

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import attrs

from holdfast.actors.evidence import Entry
from holdfast.actors.execution import Execution
from holdfast.actors.messages import (
    CancelIntent,
    Intent,
    OrderType,
    Side,
)
from holdfast.actors.order_journal import OrderJournal
from holdfast.actors.order_store import OrdersOnDisk
from holdfast.actors.updates import OrderUpdated, QueryOpenOrders
from holdfast.supervision import (
    ActorSystem,
    ChildSpec,
    Describe,
    EventKind,
    ManualClock,
    RefTo,
)
from holdfast.supervision.outcome import (
    OutcomeUnknown,
)
from holdfast.tests.actors.order_trees import updates_to
from holdfast.tests.actors.scripted_venue import (
    Answer,
    ScriptedVenue,
)

ME = "/root/execution"
INTENT = Intent(
    id="a",
    strategy="/root/strategy",
    symbol="BTCUSDT",
    side=Side.BUY,
    type=OrderType.LIMIT,
    quantity=Decimal(3),
    price=Decimal(100),
    time=7.0,
)
OTHER = attrs.evolve(INTENT, id="b")
CANCEL = CancelIntent(
    intent_id="a", strategy="/root/strategy", symbol="BTCUSDT", time=9.0
)
FIRST = "hf-a-1-1"
UNKNOWN = OutcomeUnknown("timeout")

Double = Callable[..., ChildSpec]
Settle = Callable[[ActorSystem], None]
Ask = Callable[[ActorSystem, str, Any], Any]


@attrs.define
class Stage:
    """Execution with its journal, and a venue that is still there when it restarts."""

    system: ActorSystem
    clock: ManualClock
    folder: Path
    venue: ScriptedVenue
    told: list[OrderUpdated]
    gates: list[Any]
    known: list[Any]
    settle: Settle
    ask: Ask
    calls: list[tuple[float, Any]]

    def say(self, *messages: Any) -> None:
        for message in messages:
            self.system.ref(ME).tell(message)
            self.settle(self.system)

    def let_pass(self, seconds: float) -> None:
        for _ in range(round(seconds * 10)):
            self.clock.advance(0.1)
            self.settle(self.system)

    def facts(self) -> Any:
        return self.system.ref(ME).command(Describe()).get(timeout=20)

    def statuses(self) -> list[str]:
        orders = self.ask(self.system, ME, QueryOpenOrders(symbol="BTCUSDT"))
        return [str(order.status) for order in orders]

    def reports(self) -> list[Any]:
        return [type(each.report) for each in self.told]

    def times(self, kind: type[Any]) -> list[float]:
        """Return when the venue was asked for something of this kind."""
        return [when for when, message in self.calls if isinstance(message, kind)]

    def journaled(self) -> list[Entry]:
        with closing(OrdersOnDisk(self.folder / "orders")) as store:
            return [entry for _, entry in store.read()]

    def alarms(self) -> list[str]:
        events = self.system.events.since(0)
        return [each.reason for each in events if each.kind is EventKind.ALARM]


Play = Callable[..., AbstractContextManager[Stage]]


def staged(grown: Any, double: Double, settle: Settle, ask: Ask, folder: Path) -> Play:
    """Return what runs execution, again and again on the same disk and venue."""
    venue = ScriptedVenue()

    @contextmanager
    def playing(*answers: Answer, arm: Any = None, **args: Any) -> Generator[Stage]:
        venue.next_answers.extend(answers)
        told: list[OrderUpdated] = []
        gates: list[Any] = []
        known: list[Any] = []
        clock = ManualClock(wall=0.0)
        calls: list[tuple[float, Any]] = []

        def answer(message: Any) -> Any:
            calls.append((round(clock.now(), 1), message))
            return venue.answer(message)

        refs = {
            name: RefTo(path=f"/root/{name}")
            for name in ("exchange", "journal", "positions")
        }
        refs["gates_to"] = RefTo(path="/root/risk")
        refs["breaker"] = RefTo(path="/root/breaker")
        children = [
            double("exchange", answer=answer),
            ChildSpec(id="journal", start=OrderJournal, args={"file": "orders"}),
            double("positions", updates_to(told)),
            double("risk", gates.append),
            double("breaker", known.append),
            ChildSpec(
                id="execution",
                start=Execution,
                args={**refs, **args},
                in_flight="redeliver",
            ),
        ]
        fields = {} if arm is None else {"arm": arm}
        with ExitStack() as stack:
            grow = grown(*children, clock=clock, state_dir=folder, **fields)
            system = stack.enter_context(grow)
            settle(system)
            yield Stage(
                system, clock, folder, venue, told, gates, known, settle, ask, calls
            )

    return playing
