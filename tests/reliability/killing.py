"""Kills a trading process while its orders flow, again and again, and closes the books.

The venue lives in this process and outlives them all. What counts in the end is what it
has against what the order journal on disk says: nothing twice, nothing lost.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any, TypeGuard

import attrs

from holdfast.actors.evidence import Baseline, Entry
from holdfast.actors.ledger import Ledger, differences
from holdfast.actors.messages import OrderFilled, PlaceOrder
from holdfast.actors.order_desk import OrderDesk
from holdfast.actors.order_names import term_of
from holdfast.actors.order_store import OrdersOnDisk
from holdfast.actors.venue_rules import Instrument
from holdfast.testing import VenueServer, VenueSettings
from holdfast.testing.venue.orders import VenueOrder, VenueStatus

STRATEGY = '''
"""Wants something at each trade: what takes, what rests, what is taken back."""

from decimal import Decimal

from holdfast.actors import Strategy


class Eager(Strategy):
    """Buys and sells in turn."""

    def on_trade(self, trade):
        """Want something."""
        if len(self.open_orders) > 5:
            self.cancel(next(iter(self.open_orders)))
        order = self.buy if self.position <= 0 else self.sell
        far = trade.price * (Decimal("0.99") if self.position <= 0 else Decimal("1.01"))
        limit = far.quantize(Decimal("0.01")) if trade.id % 3 == 0 else None
        order(Decimal("0.001"), price=limit)
'''

LIVE = Path(__file__).parent.parent.parent / "examples" / "live_binance.json"
KEYS = {"VENUE_KEY": "k", "VENUE_SECRET": "s"}

STOPPED_WITHIN = 40.0


@attrs.frozen(kw_only=True)
class Outcome:
    """What so many kills came to: sentences about what is wrong, none if nothing is."""

    kills: int
    orders: int
    fills: int
    terms: int
    summary: dict[str, Any]
    wrong: tuple[str, ...]


class Killing:
    """A venue with a lively market, and a process that trades there and is killed."""

    def __init__(self, directory: Path, seed: int) -> None:
        self._directory = directory
        self._chance = Random(seed)
        self._venue = VenueServer(VenueSettings(seed=seed, order_limit=10**6))
        self._over = threading.Event()

    def run(self, kills: int) -> Outcome:
        """Kill it so often; then let it stop by itself, and compare."""
        with self._venue as venue, self._market():
            self._write(venue)
            for _ in range(kills):
                self._live_and_die(venue)
            summary = self._live_and_stop(venue)
        return self._judged(kills, summary)

    @contextmanager
    def _market(self) -> Generator[None]:
        mover = threading.Thread(target=self._move, name="market")
        self._trade(Decimal(60_000))
        mover.start()
        try:
            yield
        finally:
            self._over.set()
            mover.join()

    def _move(self) -> None:
        price, chance = Decimal(60_000), Random(1)
        while not self._over.wait(0.05):
            price += chance.randint(-300, 300) / Decimal(100)
            self._trade(price)

    def _trade(self, price: Decimal) -> None:
        self._venue.market.quote(price, price + Decimal("0.01"), size=1)
        self._venue.market.trade(price, "0.001")

    def _live_and_die(self, venue: VenueServer) -> None:
        """Let it place some orders, and kill it at no moment in particular."""
        with self._started() as process:
            wanted = len(venue.orders()) + self._chance.randint(1, 12)
            while len(venue.orders()) < wanted and process.poll() is None:
                self._over.wait(0.01)
            self._over.wait(self._chance.random() / 10)
            process.send_signal(signal.SIGKILL)
            code = process.wait()
        if code != -signal.SIGKILL:
            raise AssertionError(f"it ended by itself with {code}: {self._told()}")

    def _live_and_stop(self, venue: VenueServer) -> dict[str, Any]:
        with self._started() as process:
            wanted = len(venue.orders()) + 5
            while len(venue.orders()) < wanted and process.poll() is None:
                self._over.wait(0.01)
            process.send_signal(signal.SIGINT)
            out, _ = process.communicate(timeout=STOPPED_WITHIN)
        summary: dict[str, Any] = json.loads(out)
        return summary

    @contextmanager
    def _started(self) -> Generator["subprocess.Popen[str]"]:
        command = [sys.executable, "-m", "holdfast", "run", "live.json", "--json"]
        with (
            (self._directory / "told").open("w") as told,
            subprocess.Popen(
                command,
                cwd=self._directory,
                env={
                    **os.environ,
                    **KEYS,
                    "PYTHONPATH": str(self._directory),
                    "XDG_STATE_HOME": str(self._directory / "state"),
                },
                stdout=subprocess.PIPE,
                stderr=told,
                text=True,
            ) as process,
        ):
            try:
                yield process
            finally:
                process.kill()

    def _told(self) -> str:
        return (self._directory / "told").read_text()[-2000:]

    def _write(self, venue: VenueServer) -> None:
        (self._directory / "eager.py").write_text(STRATEGY)
        shutil.copy(LIVE, self._directory)
        content = json.dumps(configuration(venue), indent=2)
        (self._directory / "live.json").write_text(content)

    def _judged(self, kills: int, summary: dict[str, Any]) -> Outcome:
        store = OrdersOnDisk(self._directory / ".holdfast" / "orders.sqlite")
        entries = [entry for _, entry in store.read()]
        names = [each.client_order_id for each in entries if _is_order(each)]
        terms = len({term_of(name) for name in names})
        store.close()
        venue = self._venue
        orders = venue.orders()
        wrong = [*_compared(entries, orders), *_unbalanced(entries, venue)]
        if summary["reconciled"] is not True:
            wrong.append(f"not reconciled: {summary['differences']}")
        return Outcome(
            kills=kills,
            orders=len(orders),
            fills=len(venue.executions()),
            terms=terms,
            summary=summary,
            wrong=tuple(wrong),
        )


def configuration(venue: VenueServer) -> dict[str, Any]:
    """Return what makes of the live example one for this venue, and for haste."""
    there = {**venue.exchange_args(), "sandbox": False}
    args: dict[str, dict[str, Any]] = {
        "exchange": {**there, "deadline": 1.0, "read_deadline": 1.0},
        "breaker": {"timeout": 1.5, "first_open": 0.5},
        "execution": {
            "order_lifetime": 1.0,
            "order_timeout": 2.0,
            "reconcile_every": 5.0,
            "inquiry": {"first": 0.05, "margin": 0.5, "apart": 0.2},
        },
        "risk": {
            "max_position": "1",
            "price_collar": "0.1",
            "max_orders": 1000,
            "first_state": "active",
            "watch": {"max_daily_loss": "1000000"},
        },
        "account": there,
        "feed": there,
    }
    children = [{"id": name, "args": given} for name, given in args.items()]
    strategy = {
        "id": "strategy",
        "start": "eager:Eager",
        "args": {"risk": {"$ref": "/root/risk"}, "symbol": "BTCUSDT"},
    }
    return {
        "extends": LIVE.name,
        "environment": "testing",
        "tree": {"children": [*children, strategy]},
    }


def _compared(entries: list[Entry], orders: tuple[VenueOrder, ...]) -> Iterator[str]:
    """Say where the venue has another order than the journal."""
    desk = OrderDesk()
    desk.replay(entries)
    names = [order.client_order_id for order in orders]
    yield from _doubled(entries, names)
    for order in orders:
        yield from _different(desk, order)
    for record in desk.unsettled():
        if record.client_order_id not in names:
            yield f"{record.client_order_id} is {record.status} here, nowhere there"


def _is_order(entry: Entry) -> TypeGuard[PlaceOrder]:
    return isinstance(entry, PlaceOrder)


def _doubled(entries: list[Entry], names: list[str]) -> Iterator[str]:
    """Say which name or intent is more than one order."""
    for name in sorted({each for each in names if names.count(each) > 1}):
        yield f"{name} is at the venue more than once"
    intents: dict[str, set[str]] = {}
    for entry in entries:
        if isinstance(entry, PlaceOrder):
            intents.setdefault(entry.intent_id, set()).add(entry.client_order_id)
    for intent, several in intents.items():
        if len(several.intersection(names)) > 1:
            yield f"{intent} is more than one order at the venue: {sorted(several)}"


def _different(desk: OrderDesk, order: VenueOrder) -> Iterator[str]:
    """Say what the journal tells differently of an order of the venue."""
    name, status = order.client_order_id, order.status
    record = desk.record(name)
    if record is None or desk.placed(name) is None:
        yield f"{name} is at the venue and not in the journal"
        return
    if record.status.is_done is status.is_open or status is VenueStatus.REJECTED:
        yield f"{name}: {record.status} here, {status} there"
    if record.told != order.filled:
        yield f"{name}: {record.told} filled here, {order.filled} there"


def _unbalanced(entries: list[Entry], venue: VenueServer) -> list[str]:
    """Say where the account holds something else than the journal's fills make."""
    ledger = Ledger(each for each in entries if isinstance(each, OrderFilled))
    (baseline,) = (each for each in entries if isinstance(each, Baseline))
    settings = venue.settings
    instrument = Instrument(
        symbol=settings.symbol, base=settings.base, quote=settings.quote
    )
    return differences(
        ledger, venue.balances(), initial=baseline.balances, instruments=[instrument]
    )
