"""The shipped tree with somebody who watches it, and what all its parts say."""

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any, Protocol

import attrs

from holdfast.actors.exchange import PaperExchange
from holdfast.actors.market import Trade
from holdfast.actors.market_data import RecordedFeed, Speed
from holdfast.actors.messages import IntentRefused, OrderFilled, PlaceOrder
from holdfast.actors.queries import Fills, Orders, QueryFills, QueryOrders
from holdfast.actors.strategy import Strategy
from holdfast.actors.updates import (
    ExposureReport,
    PositionReport,
    QueryExposure,
    QueryOpenOrders,
    QueryPosition,
    Reconcile,
    WorkingOrder,
)
from holdfast.config import build, load
from holdfast.supervision import (
    ActorSystem,
    ChildSpec,
    CrashPlan,
    Describe,
    EventKind,
    SupervisionEvent,
)
from holdfast.supervision.runtime.exit_reason import ExitKind

EXCHANGE, POSITIONS, EXECUTION = "/root/exchange", "/root/positions", "/root/execution"
RISK, STRATEGY, JOURNAL = "/root/risk", "/root/strategy", "/root/journal"
BREAKER = "/root/breaker"
PATHS = [EXCHANGE, BREAKER, JOURNAL, EXECUTION, POSITIONS, RISK, STRATEGY, "/root/feed"]
LONG = 75.0
"""Seconds in which everything that is in doubt is found out."""

QUICK = {
    "order_lifetime": 0.5,
    "order_timeout": 2.0,
    "inquiry": {"margin": 0.2, "apart": 0.1},
}
"""So that the next orders need not wait long for one that was lost."""


class Faults(Protocol):
    fired: int

    def disarm(self) -> None: ...


Recording = tuple[str, list[int]]
Arm = Callable[[ActorSystem], Faults]
Grown = Callable[..., AbstractContextManager[ActorSystem]]
Ask = Callable[[ActorSystem, str, Any], Any]
Finish = Callable[..., None]
PassTime = Callable[..., None]


class Strikes(Protocol):
    struck: list[tuple[str, int]]

    def __call__(self, system: ActorSystem) -> Faults: ...


Strike = Callable[[Sequence[tuple[str, int, bool]]], Strikes]


class Busy(Strategy):
    """Wants something at most trades: little, too much, nothing that makes sense."""

    def __init__(
        self, *, hear: Callable[[Any, bool], object], replaces: bool, **place: Any
    ) -> None:
        super().__init__(**place)
        self._hear = hear
        self._replaces = replaces

    def on_trade(self, trade: Trade) -> None:
        self._hear(trade, self.redelivered)
        if self.open_orders and trade.id % 5 == 0:
            self.cancel(next(iter(self.open_orders)))
        if self._replaces and self.open_orders and trade.id % 8 == 0:
            old = next(reversed(self.open_orders))
            self.replace(old, Decimal("0.003"), price=trade.price)
        elif trade.id % 3 == 0 and self.position <= 0:
            self.buy(Decimal("0.001"))
        elif trade.id % 3 == 0:
            self.sell(Decimal("0.001"))
        elif trade.id % 4 == 0:
            self.buy(Decimal("0.002"), price=trade.price)
            self.sell(Decimal("0.002"), price=trade.price + 1)
        elif trade.id % 7 == 0:
            self.buy(Decimal("0.5"))
            self.buy(Decimal("0.00001"))

    def on_fill(self, fill: OrderFilled) -> None:
        self._hear(fill, self.redelivered)

    def on_refused(self, refused: IntentRefused) -> None:
        self._hear(refused, self.redelivered)


class WatchedExchange(PaperExchange):
    """Says which orders reach it."""

    def __init__(self, *, placed: Callable[[str], object], **rules: Any) -> None:
        super().__init__(**rules)
        self._placed = placed

    def on_receive(self, message: Any) -> Any:
        if isinstance(message, PlaceOrder):
            self._placed(message.intent_id)
        return super().on_receive(message)


def frames() -> list[str]:
    """Make up a lively market: about as many trades as quotes, in half a minute."""
    chance = Random(1)
    lines: list[str] = []
    time, price = 1_700_000_000_000_000_000, 6_000_000
    for number in range(1, 401):
        time += chance.randint(1, 150) * 1_000_000
        price += chance.randint(-300, 300)
        bid, ask = f"{price / 100:.2f}", f"{(price + 1) / 100:.2f}"
        size = f"{chance.randint(1, 400) / 1000}"
        if chance.random() < 0.5:
            kind = "bookTicker"
            told = f'"u":{number},"b":"{bid}","B":"{size}","a":"{ask}","A":"{size}"'
        else:
            kind = "trade"
            told = f'"t":{number},"p":"{bid}","q":"{size}","T":0,"m":true'
        stream = f'"stream":"btcusdt@{kind}"'
        lines.append(f'{time} {{{stream},"data":{{"s":"BTCUSDT",{told}}}}}')
    return lines


def shipped(
    file: str,
    dispatcher: str = "shared",
    speed: Speed = "max",
    **changes: dict[str, Any],
) -> list[ChildSpec]:
    """Read the shipped tree, fed by a recording; `changes` are fields by child."""
    settings = load(None, environ={}, directory=Path.cwd()).settings
    replay = {"files": [file], "speed": speed}
    changes["feed"] = {"start": RecordedFeed, "args": replay}
    children: list[ChildSpec] = []
    for child in build(settings).children:
        assert isinstance(child, ChildSpec)
        fields: dict[str, Any] = {"args": {}, **changes.get(child.id, {})}
        fields["args"] = {**child.args, **fields["args"]}
        children.append(attrs.evolve(child, dispatcher=dispatcher, **fields))
    return children


def busy(
    witness: "Witness",
    file: str,
    *,
    dispatcher: str = "shared",
    latency: float = 0.0,
    speed: Speed = "max",
    replaces: bool = False,
) -> list[ChildSpec]:
    """Specify the shipped tree with a busy strategy, and somebody who watches it.

    What `replaces` orders does so when the old one has ended, so when threads let it.
    """
    rules = {"latency": latency, "balances": {"USDT": "10000", "BTC": "1"}}
    return shipped(
        file,
        dispatcher,
        speed,
        execution={"args": QUICK},
        breaker={"args": {"first_open": 0.2, "longest_open": 0.5}},
        exchange={
            "start": WatchedExchange,
            "args": {"placed": witness.placed.append, **rules},
        },
        strategy={"start": Busy, "args": {"hear": witness.hear, "replaces": replaces}},
    )


@attrs.define(kw_only=True)
class Run:
    """What each actor says, in the end, of the same things."""

    ticks: int
    rejects: int
    crashes: int
    restarts: int
    venue: Orders
    fills: tuple[OrderFilled, ...]
    working: tuple[WorkingOrder, ...]
    exposure: ExposureReport
    wished: dict[str, WorkingOrder]
    positions: set[Decimal]
    differences: list[str]
    dead_letters: dict[tuple[str, str], int]
    events: list[SupervisionEvent] = attrs.field(repr=False)


def no_crash(system: ActorSystem) -> Faults:
    return CrashPlan(system, PATHS, 0, random=Random(1))


def outcome(system: ActorSystem, ask: Ask, fired: int) -> Run:
    fills: Fills = ask(system, EXCHANGE, QueryFills(symbol="BTCUSDT"))
    position: PositionReport = ask(system, POSITIONS, QueryPosition(symbol="BTCUSDT"))
    exposure: ExposureReport = ask(system, RISK, QueryExposure(strategy=STRATEGY))
    life = system.cell(STRATEGY).life
    assert life is not None
    strategy = life.actor
    assert isinstance(strategy, Strategy)
    return Run(
        ticks=strategy.facts()["ticks"],
        rejects=system.ref(RISK).command(Describe()).get(timeout=20)["rejects"],
        crashes=fired,
        restarts=system.events.state().restarts,
        venue=ask(system, EXCHANGE, QueryOrders(symbol="BTCUSDT")),
        fills=fills.fills,
        working=ask(system, EXECUTION, QueryOpenOrders(symbol="BTCUSDT")),
        exposure=exposure,
        wished=strategy.open_orders,
        positions={
            position.quantity,
            exposure.position.quantity,
            strategy.position,
            sum((each.side.sign * each.quantity for each in fills.fills), Decimal(0)),
        },
        differences=[
            *ask(system, POSITIONS, Reconcile()),
            *ask(system, EXECUTION, Reconcile()),
        ],
        dead_letters=system.dead_letters.counts(),
        events=system.events.since(0),
    )


def fell_along(run: Run, struck: list[tuple[str, int]]) -> set[tuple[str, int]]:
    """Return who fell, unstruck, because it asked somebody at its start who fell.

    Nobody falls unstruck who is up.
    """
    ready = {
        (each.path, each.incarnation)
        for each in run.events
        if each.kind is EventKind.READY
    }
    fallen = {
        (each.path, each.incarnation)
        for each in run.events
        if each.exit_kind in (ExitKind.CRASHED, ExitKind.START_FAILED)
    }
    along = fallen.difference(struck)
    assert not along & ready
    return along


def check(run: Run, trades: int) -> None:
    """Nothing was lost, nothing is pending, and all agree to the last digit."""
    assert run.ticks == trades
    assert run.differences == []
    assert run.dead_letters == {}
    assert len(run.positions) == 1
    pending = {
        (each.client_order_id, each.filled, each.status)
        for each in run.venue.orders
        if not each.status.is_done
    }
    for known in (run.working, run.exposure.orders, run.wished.values()):
        assert {(o.client_order_id, o.filled, o.status) for o in known} == pending


@attrs.define
class Witness:
    """What a busy strategy hears, and which orders of it reach the venue."""

    heard: list[tuple[Any, bool]] = attrs.field(factory=list[tuple[Any, bool]])
    placed: list[str] = attrs.field(factory=list[str])

    def hear(self, message: Any, again: bool) -> None:  # noqa: FBT001 - as it comes
        self.heard.append((message, again))

    def check(self, run: Run, trades: Sequence[int]) -> None:
        """Each trade and fill was heard, as new only once; no order was sent twice."""
        check(run, len(trades))
        assert self.ids(Trade, "id") == list(trades)
        assert self.ids(OrderFilled, "trade_id") == [f.trade_id for f in run.fills]
        refused = {
            each.intent.id for each, _ in self.heard if isinstance(each, IntentRefused)
        }
        assert len(refused) == run.rejects
        assert not refused & set(self.placed)
        assert len(set(self.placed)) == len(self.placed)

    def ids(self, kind: type[Any], name: str) -> list[int]:
        """Return the ids heard; one that is new twice comes twice."""
        told = [
            (getattr(each, name), again)
            for each, again in self.heard
            if isinstance(each, kind)
        ]
        news = Counter(number for number, again in told if not again)
        return sorted((news | Counter({number for number, _ in told})).elements())
