"""Risk among doubles, and what it is told in its tests."""

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

import attrs
import msgspec

from holdfast.actors.market import Trade
from holdfast.actors.messages import (
    CancelIntent,
    Intent,
    IntentRefused,
    OrderAccepted,
    OrderStatus,
    OrderType,
    Side,
)
from holdfast.actors.order_journal import OrderJournal
from holdfast.actors.refusal_reason import RefusalReason
from holdfast.actors.risk import Risk
from holdfast.actors.risk_words import CancelAll, Halted
from holdfast.actors.updates import (
    Holdings,
    PositionReport,
    PositionUpdated,
    QueryOpenOrders,
    QueryPosition,
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

RISK, ME = "/root/risk", "/root/strategy"
TRADE = Trade(
    venue="spot",
    symbol="BTCUSDT",
    id=1,
    price=Decimal(100),
    quantity=Decimal(1),
    time=0.0,
    received_ns=0,
    buyer_is_maker=True,
)
INTENT = Intent(
    id="a",
    strategy=ME,
    symbol="BTCUSDT",
    side=Side.BUY,
    type=OrderType.LIMIT,
    quantity=Decimal(1),
    price=Decimal(100),
    time=0.0,
)
ORDER = WorkingOrder(
    client_order_id="hf-a",
    intent_id="a",
    strategy=ME,
    symbol="BTCUSDT",
    side=Side.BUY,
    quantity=Decimal(1),
    price=Decimal(100),
    filled=Decimal(0),
    status=OrderStatus.OPEN,
    time=0.0,
)
CANCEL = CancelIntent(intent_id="a", strategy=ME, symbol="BTCUSDT", time=0.0)


class Fault(Protocol):
    fired: int

    def __call__(self, system: ActorSystem) -> None: ...


class CrashAt(Protocol):
    def __call__(
        self, path: str, which: Callable[[Any], bool], *, after: bool
    ) -> Callable[[ActorSystem], None]: ...


Strike = Callable[[list[tuple[str, int, bool]]], Fault]


@attrs.define
class Stage:
    """Risk among doubles: it may hold 3, and order 250 worth, thrice in a second."""

    grown: Callable[..., AbstractContextManager[ActorSystem]]
    double: Callable[..., ChildSpec]
    settle: Callable[[ActorSystem], None]
    ask: Callable[[ActorSystem, str, Any], Any]
    state_dir: Path | None = None
    venue_says: list[Halted] = attrs.field(factory=list[Halted])
    more: dict[str, Any] = attrs.field(factory=lambda: {"first_state": "active"})
    position: PositionReport = attrs.field(factory=lambda: position("0", 0))
    orders: tuple[WorkingOrder, ...] = ()
    passed: list[Any] = attrs.field(factory=list[Any])
    heard: list[Any] = attrs.field(factory=list[Any])
    also_heard: list[Any] = attrs.field(factory=list[Any])
    beside: list[ChildSpec] = attrs.field(factory=list[ChildSpec])

    def play(self, *messages: Any, **armed: Any) -> int:
        """Let risk hear these messages; return how many rejects it tells of."""
        with self.grown(*self.children(), **armed) as system:
            for message in messages:
                system.ref(RISK).tell(message)
            self.settle(system)
            return self.rejects(system)

    @contextmanager
    def running(self, **fields: Any) -> Generator["Running"]:
        """Let risk run, with a journal, until the block ends."""
        clock = ManualClock()
        self.more["journal"] = RefTo(path="/root/journal")
        journal = ChildSpec(
            id="journal",
            start=OrderJournal,
            args={"file": "orders"},
            in_flight="redeliver",
        )
        ports = {"clock": clock, "state_dir": self.state_dir, **fields}
        with self.grown(journal, *self.children(), **ports) as system:
            self.settle(system)
            yield Running(self, system, clock)

    def children(self) -> list[ChildSpec]:
        args = {
            "execution": RefTo(path="/root/execution"),
            "positions": RefTo(path="/root/positions"),
            "to": [RefTo(path=ME), RefTo(path="/root/other")],
            "max_order_notional": "250",
            "max_position": "3",
            "price_collar": "0.05",
            "max_orders": 3,
            **self.more,
        }
        return [
            self.double("execution", self.passed.append, self.answer),
            self.double("positions", answer=self.answer),
            ChildSpec(id="risk", start=Risk, args=args, in_flight="redeliver"),
            self.double("strategy", self.heard.append),
            self.double("other", self.also_heard.append),
            *self.beside,
        ]

    def answer(self, message: Any) -> Any:
        if isinstance(message, QueryOpenOrders):
            return self.orders
        if isinstance(message, CancelAll):
            says = self.venue_says
            return says.pop(0) if len(says) > 1 else says[0] if says else Halted()
        return self.position if isinstance(message, QueryPosition) else None

    def rejects(self, system: ActorSystem) -> int:
        return int(system.ref(RISK).command(Describe()).get(timeout=20)["rejects"])

    @property
    def ordered(self) -> list[str]:
        return [each.id for each in self.passed if isinstance(each, Intent)]

    @property
    def refused(self) -> list[tuple[str, RefusalReason]]:
        return [
            (each.intent.id, each.reason)
            for each in self.heard
            if isinstance(each, IntentRefused)
        ]


@attrs.frozen
class Running:
    """Risk while it runs; time passes when it is told to."""

    stage: Stage
    system: ActorSystem
    clock: ManualClock

    def say(self, *messages: Any) -> None:
        for message in messages:
            self.system.ref(RISK).tell(message)
        self.stage.settle(self.system)

    def ask(self, message: Any) -> Any:
        return self.stage.ask(self.system, RISK, message)

    def let_pass(self, seconds: float) -> None:
        for _ in range(round(seconds * 4)):
            self.clock.advance(0.25)
            self.stage.settle(self.system)

    def facts(self) -> Any:
        return self.system.ref(RISK).command(Describe()).get(timeout=20)

    @property
    def level(self) -> str:
        return str(self.facts()["risk"])

    def alarms(self) -> list[str]:
        events = self.system.events.since(0)
        return [each.reason for each in events if each.kind is EventKind.ALARM]

    def passed(self, kind: type[Any]) -> list[Any]:
        """Return what execution was told or asked of a kind."""
        return [each for each in self.stage.passed if isinstance(each, kind)]


def intent(name: str = "a", **fields: Any) -> Intent:
    return attrs.evolve(INTENT, id=name, **fields)


def trade(price: str) -> Trade:
    return msgspec.structs.replace(TRADE, price=Decimal(price))


def holding(quantity: str, cost: str, realised: str = "0") -> PositionReport:
    """Describe a position with what it has cost and earned."""
    told = Holdings(cost=Decimal(cost), realised=Decimal(realised), fees={}, held={})
    return attrs.evolve(position(quantity), holdings=told)


def position(quantity: str, trade_id: int = 1) -> PositionReport:
    return PositionReport(
        symbol="BTCUSDT",
        quantity=Decimal(quantity),
        average_price=None,
        fills=trade_id,
    )


def updated(quantity: str, trade_id: int = 0, **order: Any) -> PositionUpdated:
    report = OrderAccepted(
        client_order_id="hf-a", exchange_order_id="1", symbol="BTCUSDT", time=0.0
    )
    return PositionUpdated(
        order=attrs.evolve(ORDER, **order),
        report=report,
        quantity=Decimal(quantity),
        average_price=None,
        fills=trade_id,
    )
