"""The door that every intent has to pass, and the guard behind it.

It counts with the worst case: the position, and every order that may still fill,
those included that it let through and nobody has confirmed yet. An intent that comes
again, because somebody crashed, hears the same verdict again. What goes wrong over time
tightens the risk state, which is written down; only a person loosens it.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any, ClassVar

from ..supervision.halt_file import HaltFile
from ..supervision.runtime.actor import Actor
from ..supervision.runtime.reference import Ref
from .arming import Arming
from .binance_frames import SPOT
from .door import Door, beside_replaced, judged, of_whole, only_reduces
from .evidence import RISK_KINDS, BalanceAdjusted, Entry, RiskArmed, RiskTightened
from .flattening import Flattening
from .gates import Gate, GateClosed, GateOpened
from .guard import Guard
from .halting import Halting
from .journal_reading import read_journal
from .journal_writer import JournalWriter
from .ladder import RiskLevel
from .limits import Limits, OptionalLimits
from .machine_signs import MachineSigns
from .market import (
    DepthSnapshot,
    DepthUpdate,
    MarketEnded,
    MarketInterrupted,
    MarketResumed,
    Quote,
    Trade,
)
from .messages import CancelIntent, Intent, IntentRefused
from .operating import Operating
from .refusal_reason import RefusalReason
from .risk_memory import RiskMemory
from .risk_report import facts
from .risk_states import NEVER_ARMED, SYSTEM, Scopes, ScopeState, strategy_scope
from .risk_words import Arm, Flatten, Halt, Halted, QueryRisk
from .updates import (
    TOLD_WITHIN,
    ExposureReport,
    PositionReport,
    PositionUpdated,
    QueryExposure,
    QueryOpenOrders,
    QueryPosition,
    WorkingOrder,
)
from .venue_rules import NOTHING, Instrument
from .vital_signs import VitalSigns
from .watch_limits import WatchLimits

LOOK_EVERY = 1.0
"""Seconds between two looks at all limits and at the halt file."""


class Risk(Actor):
    """Guards one symbol at one venue; ready once it knows what is held and open.

    What happens to orders and positions is passed on to the strategies in `to`. Amounts
    are strings; the limits named here are those of `Limits`, `limits` are the others,
    and `watch` is what is watched all the time, as `WatchLimits` says. `journal` keeps
    the risk state. An account that nobody has ever armed begins in `first_state`.
    `peers` are the risk actors of other symbols: they hear what is halted and armed.
    """

    says_ready: ClassVar[bool] = True
    settings: ClassVar[Mapping[str, type[Any]]] = {
        "limits": OptionalLimits,
        "watch": WatchLimits,
    }

    def __init__(  # noqa: PLR0913 - the limits are named where they are set
        self,
        execution: Ref,
        positions: Ref,
        to: Sequence[Ref],
        *,
        max_order_notional: str,
        max_position: str,
        price_collar: str,
        max_orders: int,
        rate_window: float = 1.0,
        limits: Mapping[str, Any] | None = None,
        watch: Mapping[str, Any] | None = None,
        journal: Ref | None = None,
        first_state: str = "halted",
        peers: Sequence[Ref] = (),
        symbol: str = "BTCUSDT",
        base: str = "BTC",
        quote: str = "USDT",
        venue: str = SPOT,
    ) -> None:
        self._execution = execution
        self._positions = positions
        self._strategies = {ref.path: ref for ref in to}
        self._peers = peers
        self._journal = journal
        self._first_state = RiskLevel(first_state)
        self._market = (venue, symbol)
        self._limits = Limits(
            max_order_notional=Decimal(max_order_notional),
            max_position=Decimal(max_position),
            price_collar=Decimal(price_collar),
            max_orders=max_orders,
            rate_window=rate_window,
            **(limits or {}),
        )
        self._position = PositionReport(
            symbol=symbol, quantity=Decimal(0), average_price=None, fills=0
        )
        self._open: dict[str, WorkingOrder] = {}
        scopes = Scopes.of(venue, symbol)
        self._memory: RiskMemory = self.snapshot or RiskMemory.empty(scopes)
        self.save_snapshot(self._memory)
        self._halt_file = HaltFile(self.system.state_dir)
        self._halting = Halting(self, execution, self._on_halted)
        writer = None
        if journal is not None:
            owed = self._memory.owed
            writer = JournalWriter(self, journal, owed, self._on_journal_trouble)
            self.soon(writer.pay)  # what a predecessor may not have written
        self._guard = Guard(
            self,
            scopes,
            WatchLimits(**(watch or {})),
            self._memory.states,
            writer,
            self._on_tightened,
        )
        self._signs = self._measured(
            Instrument(symbol=symbol, base=base, quote=quote), writer
        )
        self._operating = self._operated(writer)

    def _measured(self, traded: Instrument, writer: JournalWriter | None) -> VitalSigns:
        """Make what is held against the limits that are watched."""
        machine = MachineSigns(
            self,
            (self._execution, self._positions),
            self._guard.limits.restarts_window,
            self._memory.restarts,
        )
        return VitalSigns(
            self, traded, self._guard, self._memory, writer, self._limits, machine
        )

    def _operated(self, writer: JournalWriter | None) -> Operating:
        """Make what a person steers."""
        arming = Arming(
            self, self._guard, self._signs, self._memory, self._halt_file, writer
        )
        flattening = Flattening(
            self,
            self._limits,
            self._signs,
            lambda: self._door("", tuple(self._open.values())),
            self._pass_on,
        )
        return Operating(
            self._guard,
            self._halting,
            arming,
            flattening,
            self._strategies,
            self._open.values,
            self._on_armed,
        )

    def on_start(self) -> None:
        """Read the risk state; then ask for the open orders, and for the position.

        Positions hears of a fill from execution: so no fill that an order has told
        already is missing in the position.
        """
        if self._journal is None or self._memory.is_restored:
            self._ask_orders(())
            return
        found: list[Entry] = []
        then = partial(self._ask_orders, found)
        read_journal(self, self._journal, RISK_KINDS, found.extend, then)

    def on_receive(self, message: Any) -> Any:
        """Check intents, follow the market and the orders, heed the operator."""
        match message:
            case Trade():
                if (message.venue, message.symbol) == self._market:
                    self._signs.on_trade(message)
            case Quote():
                if (message.venue, message.symbol) == self._market:
                    self._signs.on_quote(message)
            case Intent():
                self._on_intent(message)
            case PositionUpdated() if message.order.symbol == self._position.symbol:
                self._on_update(message)
            case CancelIntent():
                self._memory.pace.took_back(message.time, self._limits)
                self._execution.tell(message)
            case DepthUpdate() | DepthSnapshot() | MarketEnded():
                pass
            case MarketInterrupted() | MarketResumed():
                self._on_interruption(message)
            case _:
                return self._on_other(message)
        return None

    def facts(self) -> Mapping[str, Any]:
        """Tell the risk state, and what was refused, over all incarnations."""
        return facts(self._memory, self._guard)

    def _on_other(self, message: Any) -> Any:
        match message:
            case QueryExposure():
                return self._exposure(message.strategy)
            case GateClosed() if message.symbol == self._position.symbol:
                self._memory.gates[message.gate] = message.reason
            case GateOpened() if message.symbol == self._position.symbol:
                self._memory.gates.pop(message.gate, None)
            case GateClosed() | GateOpened():
                pass
            case BalanceAdjusted():
                self._memory.record.adjusted(message)
                self._signs.look(self._open.values())
            case RiskTightened() | RiskArmed():
                self._guard.heard(message)
            case Halt() | Flatten() | Arm() | QueryRisk():
                return self._operating.heed(message)
            case _:
                return self.unhandled(message)
        return None

    def _on_interruption(self, message: MarketInterrupted | MarketResumed) -> None:
        if (message.venue, message.symbol) != self._market:
            return
        if isinstance(message, MarketInterrupted):
            self._memory.gates[Gate.FEED] = message.reason
        else:
            self._memory.gates.pop(Gate.FEED, None)

    # -- starting --

    def _ask_orders(self, entries: Sequence[Entry]) -> None:
        self._memory.restore(entries, self._position.symbol)
        query = QueryOpenOrders(symbol=self._position.symbol)
        asked = self._execution.ask(query, block=False, timeout=TOLD_WITHIN)
        self.pipe(asked, self._ask_position)

    def _ask_position(self, orders: tuple[WorkingOrder, ...]) -> None:
        self._open |= {order.key: order for order in orders}
        query = QueryPosition(symbol=self._position.symbol)
        asked = self._positions.ask(query, block=False, timeout=TOLD_WITHIN)
        self.pipe(asked, self._rebuild)

    def _rebuild(self, position: PositionReport) -> None:
        self._position = position
        self._signs.stand_at(position)
        if self._memory.states.is_new:
            self._guard.tighten(SYSTEM, self._first_state, NEVER_ARMED)
        self._signs.begin()
        self._enforce()
        self._look()
        self.ready()

    # -- intents --

    def _on_intent(self, intent: Intent) -> None:
        self._heed_halt_file()
        verdict = self._verdict(intent)
        if isinstance(verdict, Intent):
            # If it came again, execution knows the order and says where it stands.
            checked, others = beside_replaced(verdict, self._open)
            reduces = only_reduces(checked, self._position.quantity, others)
            traded = verdict.quantity - checked.quantity
            self._pass_on(verdict.reducing() if reduces else verdict, traded)
            if self._state_of(intent.strategy).level is RiskLevel.HALTED:  # said again
                self._halting.cancel([self._open[intent.id]])
        elif (strategy := self._strategies.get(intent.strategy)) is not None:
            strategy.tell(verdict)

    def _pass_on(self, intent: Intent, traded: Decimal = NOTHING) -> None:
        self._open.setdefault(intent.id, WorkingOrder.pending(intent, traded))
        self._execution.tell(intent)

    def _verdict(self, intent: Intent) -> IntentRefused | Intent:
        memory = self._memory
        if intent.id in memory.verdicts:
            return memory.verdicts[intent.id]
        if intent.id in self._open:
            return intent  # execution knows as what it has passed
        checked, others = beside_replaced(intent, self._open)
        door = self._door(intent.strategy, others)
        verdict = of_whole(intent, judged(checked, door, self._limits))
        if intent.replaces and isinstance(verdict, Intent):
            memory.pace.took_back(intent.time, self._limits)
        memory.judged(intent, verdict, door.reference_price, self._limits)
        if isinstance(verdict, IntentRefused) and (
            verdict.reason is RefusalReason.REPEATED_EXECUTION
        ):
            scope = strategy_scope(intent.strategy)
            self._guard.tighten(scope, RiskLevel.HALTED, verdict.detail)
        return verdict

    def _door(self, strategy: str, orders: tuple[WorkingOrder, ...]) -> Door:
        state, mark = self._state_of(strategy), self._signs.mark
        return Door(
            symbol=self._position.symbol,
            base=self._signs.traded.base,
            quote=self._signs.traded.quote,
            position=self._position.quantity,
            orders=orders,
            last_price=mark.last_price,
            mid=mark.mid,
            mark=mark.price,
            step=mark.step,
            market_age=self._signs.market_age,
            pace=self._memory.pace,
            level=state.level,
            why=state.why,
            gates=self._memory.gates,
            free=self._signs.held,
        )

    def _state_of(self, strategy: str) -> ScopeState:
        return self._memory.states.for_strategy(strategy)

    def _on_update(self, update: PositionUpdated) -> None:
        if update.fills > self._position.fills:
            self._position = PositionReport(
                symbol=update.order.symbol,
                quantity=update.quantity,
                average_price=update.average_price,
                fills=update.fills,
                holdings=update.holdings,
            )
        self._signs.on_update(update, self._position)
        order = update.order
        if order.status.is_done:
            self._open.pop(order.key, None)
            self._halting.ended(order.key)
            self._operating.flattening.heard(order)
        else:
            self._open[order.key] = order
        for strategy in self._strategies.values():
            strategy.tell(update)

    def _exposure(self, strategy: str) -> ExposureReport:
        orders = tuple(o for o in self._open.values() if o.strategy == strategy)
        return ExposureReport(position=self._position, orders=orders)

    # -- the risk state --

    def _look(self) -> None:
        """Look at everything, now and once a second."""
        self.after(LOOK_EVERY, self._look)
        self._heed_halt_file()
        self._signs.machine.look(LOOK_EVERY)
        self._signs.look(self._open.values())
        self._enforce()

    def _heed_halt_file(self) -> None:
        if why := self._halt_file.reason():
            self._guard.tighten(SYSTEM, RiskLevel.HALTED, why)

    def _on_tightened(self, entry: RiskTightened) -> None:
        self._operating.overtake(
            f"{entry.scope} was tightened meanwhile: {entry.reason}"
        )
        self._tell_peers(entry)
        self._enforce()

    def _tell_peers(self, entry: RiskTightened | RiskArmed) -> None:
        if not entry.scope.startswith("strategy:"):
            for peer in self._peers:
                peer.tell(entry)

    def _enforce(self) -> None:
        closing = self._operating.flattening.key
        orders = [each for key, each in self._open.items() if key != closing]
        self._halting.enforce(self._memory.states, orders, self._position.quantity)

    def _on_halted(self, found: Halted) -> None:
        self.alarm(f"halted: the venue lists no open order ({found})")

    def _on_armed(self, entry: RiskArmed) -> None:
        self._tell_peers(entry)
        if self._memory.states.for_symbol().level is not RiskLevel.HALTED:
            self._halting.stop()
            self._operating.flattening.stop("it was armed again meanwhile")
        self._signs.look(self._open.values())

    def _on_journal_trouble(self, trouble: str) -> None:
        if trouble:
            self.alarm(f"the risk state can't be written down: {trouble}")
