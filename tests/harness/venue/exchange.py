"""The exchange behind the protocols: a matching engine, and a record of what it did."""

from collections import deque
from collections.abc import Callable
from decimal import Decimal

import attrs

from holdfast.actors.market import MarketMessage
from holdfast.actors.matching import MatchingEngine
from holdfast.actors.messages import (
    CancelOrder,
    CancelReason,
    OrderAccepted,
    OrderCancelled,
    OrderFilled,
    OrderRejected,
    OrderReport,
    PlaceOrder,
)
from holdfast.actors.order_book import OrderBook
from holdfast.actors.queries import Balances
from holdfast.testing.venue.clock import VenueClock
from holdfast.testing.venue.orders import (
    Execution,
    OrderEvent,
    VenueOrder,
    VenueStatus,
)
from holdfast.testing.venue.settings import VenueSettings

REMEMBERED = 10_000
"""Changes of the balances that can still be told."""

Listener = Callable[[OrderEvent], None]


class Exchange:
    """One account's orders at one symbol; its times are the venue's clock.

    Listeners hear of every event of an order, in order, before the call that caused it
    returns.
    """

    def __init__(self, settings: VenueSettings, clock: VenueClock) -> None:
        self.rules = settings.rules()
        self._clock = clock
        self._engine = MatchingEngine(self.rules, settings.held(), reuses_ids=True)
        self._orders: dict[int, VenueOrder] = {}
        self._newest: dict[str, int] = {}
        self._listeners: list[Listener] = []
        at_first = 0.0, self._engine.balances()
        self._past: deque[tuple[float, Balances]] = deque([at_first], maxlen=REMEMBERED)

    @property
    def book(self) -> OrderBook:
        """What the engine trades against."""
        return self._engine.book

    def subscribe(self, listener: Listener) -> None:
        """Tell the listener of every event from now on."""
        self._listeners.append(listener)

    def on_market(self, message: MarketMessage) -> None:
        """Let the market move."""
        self._record(self._engine.on_market(message))

    def place(self, command: PlaceOrder) -> VenueOrder | OrderRejected:
        """Take an order, or say why not."""
        reports = self._engine.place(command)
        match reports[0]:
            case OrderRejected() as rejected:
                return rejected
            case OrderAccepted(exchange_order_id=number):
                self._take(int(number), command)
            case other:
                raise TypeError(f"the engine first said {other}")
        self._record(reports[1:])
        return self._orders[int(number)]

    def would_refuse(self, command: PlaceOrder) -> OrderRejected | None:
        """Say why this order would not be taken now, and leave it at that."""
        return self._engine.refusal(command)

    def cancel(self, order_id: int) -> VenueOrder | None:
        """Take back what is open of an order; None: nothing is."""
        order = self._orders[order_id]
        if not order.status.is_open:
            return None
        command = CancelOrder(
            client_order_id=order.client_order_id,
            symbol=order.command.symbol,
            time=0.0,
        )
        self._record(self._engine.cancel(command))
        return self._orders[order_id]

    def hit(self, order_id: int, quantity: Decimal) -> None:
        """Let a stranger trade with an order that rests, if it does."""
        order = self._orders[order_id]
        if order.status.is_open and quantity > 0:
            self._record(self._engine.hit(order.client_order_id, quantity))

    def end(self, order_id: int, status: VenueStatus) -> None:
        """Let the venue itself end an order, if it is open."""
        order = self._orders[order_id]
        if order.status.is_open:
            reports = self._engine.withdraw(order.client_order_id)
            self._record(reports, by_venue=status)

    def hide(self, order_id: int, seconds: float) -> None:
        """Deny for some time that there is such an order."""
        until = self._clock.elapsed() + seconds
        order = self._orders[order_id]
        self._orders[order_id] = attrs.evolve(order, visible_from=until)

    def reveal(self) -> None:
        """Deny no order any more."""
        for number, order in self._orders.items():
            self._orders[number] = attrs.evolve(order, visible_from=0.0)

    def all_orders(self) -> tuple[VenueOrder, ...]:
        """List every order that was ever taken, oldest first, hidden or not."""
        return tuple(self._orders.values())

    def listed(self) -> tuple[VenueOrder, ...]:
        """List what the venue admits to have, oldest first."""
        now = self._clock.elapsed()
        return tuple(each for each in self._orders.values() if each.visible_from <= now)

    def find(self, order_id: int | None, client_order_id: str) -> VenueOrder | None:
        """Look up an order by the venue's id, else the newest with the client's."""
        if order_id is None:
            order_id = self._newest.get(client_order_id)
        return None if order_id is None else self._orders.get(order_id)

    def executions(self) -> tuple[tuple[VenueOrder, Execution], ...]:
        """List all trades of the account, oldest first, each with its order."""
        trades = [
            (order, execution)
            for order in self._orders.values()
            for execution in order.executions
        ]
        return tuple(sorted(trades, key=lambda each: each[1].id))

    def balances(self, lag: float = 0.0) -> Balances:
        """Tell what the account holds, or held so many seconds ago."""
        if not lag:
            return self._past[-1][1]
        then = self._clock.elapsed() - lag
        known = [held for at, held in self._past if at <= then]
        return known[-1] if known else self._past[0][1]

    def _take(self, order_id: int, command: PlaceOrder) -> None:
        now = self._clock.wall()
        order = VenueOrder(id=order_id, command=command, created=now, updated=now)
        self._newest[command.client_order_id] = order_id
        self._tell(order)

    def _record(
        self,
        reports: list[OrderReport],
        by_venue: VenueStatus = VenueStatus.EXPIRED,
    ) -> None:
        for report in reports:
            now = self._clock.wall()
            match report:
                case OrderFilled(exchange_order_id=number):
                    execution = Execution.of(report, now)
                    order = self._orders[int(number)].traded(execution)
                    self._tell(order, execution)
                case OrderCancelled(exchange_order_id=number, reason=reason):
                    asked = reason is CancelReason.REQUESTED
                    status = VenueStatus.CANCELED if asked else by_venue
                    self._tell(self._orders[int(number)].ended(status, now))
                case _:
                    raise TypeError(f"the engine said {report}")

    def _tell(self, order: VenueOrder, execution: Execution | None = None) -> None:
        self._orders[order.id] = order
        balances = self._engine.balances()
        self._past.append((self._clock.elapsed(), balances))
        event = OrderEvent(order=order, execution=execution, balances=balances)
        for listener in self._listeners:
            listener(event)
