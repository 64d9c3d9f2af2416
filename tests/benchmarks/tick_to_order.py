"""From a trade in the market until the order that it leads to is at the paper exchange.

A whole trading system: strategy, risk, execution with its journal, exchange. One trade
at a time, and the next once the last order is settled.
"""

import os
import tempfile
from collections.abc import Mapping
from decimal import Decimal
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

from holdfast.actors.exchange import PaperExchange
from holdfast.actors.execution import Execution
from holdfast.actors.market import Quote, Trade
from holdfast.actors.messages import PlaceOrder
from holdfast.actors.order_journal import OrderJournal
from holdfast.actors.positions import Positions
from holdfast.actors.risk import Risk
from holdfast.actors.strategy import Strategy
from holdfast.supervision import (
    ActorSystem,
    ChildSpec,
    Future,
    Ref,
    RefTo,
    SupervisorSpec,
)

from .figures import percentile
from .supervised import PATIENCE, stop

PRICE = Decimal(100)


class Eager(Strategy):
    """Buys and sells in turn, something at each trade."""

    def on_trade(self, trade: Trade) -> None:
        order = self.buy if trade.id % 2 else self.sell
        order(Decimal(1))


class TimedExchange(PaperExchange):
    """Takes down when an order comes, and lets the next trade happen once all rest."""

    def __init__(self, *, ticks: "Ticks", **rules: Any) -> None:
        super().__init__(**rules)
        self._ticks = ticks

    def on_receive(self, message: Any) -> Any:
        if type(message) is PlaceOrder:
            self._ticks.took.append(perf_counter() - self._ticks.began)
            self.when_settled(self._ticks.next)
        return super().on_receive(message)


class Ticks:
    """Says one trade after the other."""

    def __init__(self, count: int) -> None:
        self.took: list[float] = []
        self.began = 0.0
        self.over: Future[None] = Future()
        self.listeners: list[Ref] = []
        self._left = count
        self._count = 0

    def next(self) -> None:
        """Say the next trade, or that it is over."""
        if self._count == self._left:
            self.over.settle(None)
            return
        self._count += 1
        trade = _trade(self._count)
        self.began = perf_counter()
        for listener in self.listeners:
            listener.tell(trade)


def ours(share: float, n: int, *, durable: bool = False) -> float:
    """Microseconds, at a percentile; `durable`: each order is on the disk before."""
    with tempfile.TemporaryDirectory() as directory:
        return _measured(share, n, Path(directory) if durable else None)


def fsync(share: float, n: int) -> float:
    """Microseconds that the disk takes to keep what an order's entry is long."""
    took: list[float] = []
    with tempfile.NamedTemporaryFile() as file:
        for _ in range(n):
            began = perf_counter()
            file.write(b"x" * 512)
            file.flush()
            os.fsync(file.fileno())
            took.append(perf_counter() - began)
    return percentile(took, share) * 1e6


def _measured(share: float, n: int, state_dir: Path | None) -> float:
    ticks = Ticks(n)
    spec = SupervisorSpec(children=_children(ticks, durable=state_dir is not None))
    system = ActorSystem(spec, state_dir=state_dir)
    system.start().get(timeout=PATIENCE)
    paths = ("/root/exchange", "/root/risk", "/root/strategy")
    ticks.listeners = [system.ref(path) for path in paths]
    system.when_settled(ticks.next)
    system.ref("/root/exchange").tell(_quote())
    ticks.over.get(timeout=PATIENCE)
    stop(system)
    system.close()
    return percentile(ticks.took, share) * 1e6


def _children(ticks: Ticks, *, durable: bool) -> tuple[ChildSpec, ...]:
    refs = {
        name: RefTo(path=f"/root/{name}")
        for name in ("exchange", "journal", "execution", "positions", "risk")
    }

    def args(*names: str, **more: Any) -> Mapping[str, Any]:
        return {**{name: refs[name] for name in names}, **more}

    limits = {"max_order_notional": "1e9", "max_position": "1e6", "price_collar": "0.5"}
    held = {"USDT": "1e9", "BTC": "1e6"}
    return (
        ChildSpec(
            id="exchange",
            start=TimedExchange,
            args={"ticks": ticks, "reports_to": refs["execution"], "balances": held},
        ),
        ChildSpec(
            id="journal",
            start=OrderJournal,
            args={"file": "orders"},
            dispatcher="pinned" if durable else "shared",
        ),
        ChildSpec(
            id="execution",
            start=Execution,
            args=args("exchange", "journal", "positions"),
        ),
        ChildSpec(
            id="positions",
            start=Positions,
            args=args("exchange", "execution", to=refs["risk"]),
        ),
        ChildSpec(
            id="risk",
            start=Risk,
            args=args(
                "execution",
                "positions",
                to=[RefTo(path="/root/strategy")],
                max_orders=10,
                first_state="active",
                **limits,
            ),
        ),
        ChildSpec(id="strategy", start=Eager, args=args("risk", symbol="BTCUSDT")),
    )


def _quote() -> Quote:
    return Quote(
        venue="spot",
        symbol="BTCUSDT",
        update_id=1,
        bid=PRICE,
        bid_quantity=Decimal(10**6),
        ask=PRICE + 1,
        ask_quantity=Decimal(10**6),
        received_ns=1,
    )


def _trade(number: int) -> Trade:
    return Trade(
        venue="spot",
        symbol="BTCUSDT",
        id=number,
        price=PRICE,
        quantity=Decimal(1),
        time=0.0,
        received_ns=number * 1_000_000_000,
        buyer_is_maker=True,
    )


p50 = partial(ours, 0.50)
p99 = partial(ours, 0.99)
durable_p50 = partial(ours, 0.50, durable=True)
fsync_p50 = partial(fsync, 0.50)
