"""The door that every intent has to pass: refuses what breaks a limit, with a reason.

It counts with the worst case: the position, and every order that may still fill,
those included that it let through and nobody has confirmed yet.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, ClassVar

from ..supervision.runtime.actor import Actor
from ..supervision.runtime.future import gather
from ..supervision.runtime.reference import Ref
from .binance_frames import SPOT
from .limits import Limits, RiskState, refusal
from .messages import (
    CancelIntent,
    DepthSnapshot,
    DepthUpdate,
    Exposure,
    Intent,
    MarketEnded,
    PositionReport,
    PositionUpdated,
    QueryExposure,
    QueryOpenOrders,
    QueryPosition,
    Quote,
    Side,
    Trade,
    WorkingOrder,
)


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
        self._order_times: deque[float] = deque(maxlen=max_orders)
        self._refused: int = self.snapshot or 0

    def on_start(self) -> None:
        """Ask for the position and the open orders."""
        symbol = self._position.symbol
        position = self._positions.ask(QueryPosition(symbol=symbol), block=False)
        orders = self._execution.ask(QueryOpenOrders(symbol=symbol), block=False)
        self.pipe(gather([position, orders]), self._rebuild)

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
            case Trade() | Quote() | DepthUpdate() | DepthSnapshot() | MarketEnded():
                pass
            case _:
                return self.unhandled(message)
        return None

    def facts(self) -> Mapping[str, Any]:
        """Tell how many intents were refused, over all incarnations."""
        return {"rejects": self._refused}

    def _rebuild(self, answers: list[Any]) -> None:
        self._position = answers[0]
        orders: tuple[WorkingOrder, ...] = answers[1]
        self._open = {order.key: order for order in orders}
        self.ready()

    def _on_intent(self, intent: Intent) -> None:
        if intent.id in self._open:
            # It came again because somebody crashed; execution knows it as well.
            self._execution.tell(intent)
            return
        refused = refusal(intent, self._state(), self._limits)
        if refused is None:
            self._let_pass(intent)
            return
        self._refused += 1
        self.save_snapshot(self._refused)
        strategy = self._strategies.get(intent.strategy)
        if strategy is not None:
            strategy.tell(refused)

    def _let_pass(self, intent: Intent) -> None:
        self._order_times.append(intent.time)
        self._open[intent.id] = WorkingOrder.pending(intent)
        self._execution.tell(intent)

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
            order_times=self._order_times,
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
