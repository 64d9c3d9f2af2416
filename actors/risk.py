"""The door that every intent has to pass: refuses what breaks a limit, with a reason.

It counts with the worst case: the position, and every order that may still fill,
those included that it let through and nobody has confirmed yet. An intent that comes
again, because somebody crashed, hears the same verdict again.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, ClassVar

import attrs

from ..supervision.runtime.actor import Actor
from ..supervision.runtime.reference import Ref
from .binance_frames import SPOT
from .gates import GateClosed, GateOpened
from .limits import Limits, RiskState, refusal
from .market import DepthSnapshot, DepthUpdate, MarketEnded, Quote, Trade
from .messages import CancelIntent, Intent, IntentRefused, Side
from .updates import (
    Exposure,
    PositionReport,
    PositionUpdated,
    QueryExposure,
    QueryOpenOrders,
    QueryPosition,
    WorkingOrder,
)

REMEMBERED = 10_000
"""Verdicts; an intent that comes again comes soon after the first time."""


@attrs.define(kw_only=True)
class _Memory:
    """What outlives a crash: verdicts by intent id (None: passed), and their counts."""

    order_times: deque[float]
    verdicts: dict[str, IntentRefused | None] = attrs.field(
        factory=dict[str, IntentRefused | None]
    )
    refused: int = 0


class Risk(Actor):
    """Guards one symbol; ready once it knows the position and the open orders.

    Limits are those of `Limits`, amounts as strings. What happens to orders and
    positions is passed on to the strategies in `to`.
    """

    says_ready: ClassVar[bool] = True

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
        symbol: str = "BTCUSDT",
        venue: str = SPOT,
    ) -> None:
        self._execution = execution
        self._positions = positions
        self._strategies = {ref.path: ref for ref in to}
        self._market = (venue, symbol)
        self._limits = Limits(
            max_order_notional=Decimal(max_order_notional),
            max_position=Decimal(max_position),
            price_collar=Decimal(price_collar),
            max_orders=max_orders,
            rate_window=rate_window,
        )
        self._position = PositionReport(
            symbol=symbol, quantity=Decimal(0), average_price=None, last_trade_id=0
        )
        self._open: dict[str, WorkingOrder] = {}
        self._reference_price: Decimal | None = None
        self._memory: _Memory = self.snapshot or _Memory(
            order_times=deque(maxlen=max_orders)
        )
        self.save_snapshot(self._memory)

    def on_start(self) -> None:
        """Ask for the open orders, and then for the position.

        Positions hears of a fill from execution: so no fill that an order has told
        already is missing in the position.
        """
        query = QueryOpenOrders(symbol=self._position.symbol)
        self.pipe(self._execution.ask(query, block=False), self._ask_position)

    def on_receive(self, message: Any) -> Any:
        """Check intents, follow the market and the orders."""
        match message:
            case Trade() if (message.venue, message.symbol) == self._market:
                self._reference_price = message.price
            case Intent():
                self._on_intent(message)
            case PositionUpdated():
                self._on_update(message)
            case CancelIntent():
                self._execution.tell(message)
            case QueryExposure():
                return self._exposure(message.strategy)
            case GateClosed() | GateOpened():
                pass
            case Trade() | Quote() | DepthUpdate() | DepthSnapshot() | MarketEnded():
                pass
            case _:
                return self.unhandled(message)
        return None

    def facts(self) -> Mapping[str, Any]:
        """Tell how many intents were refused, over all incarnations."""
        return {"rejects": self._memory.refused}

    def _ask_position(self, orders: tuple[WorkingOrder, ...]) -> None:
        self._open = {order.key: order for order in orders}
        query = QueryPosition(symbol=self._position.symbol)
        self.pipe(self._positions.ask(query, block=False), self._rebuild)

    def _rebuild(self, position: PositionReport) -> None:
        self._position = position
        self.ready()

    def _on_intent(self, intent: Intent) -> None:
        refused = self._verdict(intent)
        if refused is None:
            # If it came again, execution knows the order and says where it stands.
            self._open.setdefault(intent.id, WorkingOrder.pending(intent))
            self._execution.tell(intent)
        elif (strategy := self._strategies.get(intent.strategy)) is not None:
            strategy.tell(refused)

    def _verdict(self, intent: Intent) -> IntentRefused | None:
        memory = self._memory
        if intent.id in self._open:
            return None
        if intent.id in memory.verdicts:
            return memory.verdicts[intent.id]
        refused = refusal(intent, self._state(), self._limits)
        memory.verdicts[intent.id] = refused
        if len(memory.verdicts) > REMEMBERED:
            del memory.verdicts[next(iter(memory.verdicts))]
        if refused is None:
            memory.order_times.append(intent.time)
        else:
            memory.refused += 1
        return refused

    def _on_update(self, update: PositionUpdated) -> None:
        if update.last_trade_id > self._position.last_trade_id:
            self._position = PositionReport(
                symbol=update.order.symbol,
                quantity=update.quantity,
                average_price=update.average_price,
                last_trade_id=update.last_trade_id,
            )
        order = update.order
        if order.status.is_done:
            self._open.pop(order.key, None)
        else:
            self._open[order.key] = order
        for strategy in self._strategies.values():
            strategy.tell(update)

    def _state(self) -> RiskState:
        return RiskState(
            position=self._position.quantity,
            open_buys=self._still_open(Side.BUY),
            open_sells=self._still_open(Side.SELL),
            reference_price=self._reference_price,
            order_times=self._memory.order_times,
            seen_intents=self._open,
        )

    def _still_open(self, side: Side) -> Decimal:
        return sum(
            (o.quantity - o.filled for o in self._open.values() if o.side is side),
            Decimal(0),
        )

    def _exposure(self, strategy: str) -> Exposure:
        orders = tuple(o for o in self._open.values() if o.strategy == strategy)
        return Exposure(position=self._position, orders=orders)
