"""The order path as a tree, from execution to a venue, for tests that crash it."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from holdfast.actors.exchange import PaperExchange
from holdfast.actors.execution import Execution
from holdfast.actors.market import Quote
from holdfast.actors.messages import OrderAccepted, PlaceOrder
from holdfast.actors.order_journal import OrderJournal
from holdfast.actors.updates import OrderUpdated
from holdfast.supervision import Actor, ChildSpec, Ref, RefTo
from holdfast.tests.actors.scripted_venue import ScriptedVenue

ME = "/root/execution"
VENUE = "/root/exchange"
JOURNAL = "/root/journal"
POSITIONS = "/root/positions"


class WatchedExchange(PaperExchange):
    """The paper exchange; says which orders reach it."""

    def __init__(self, *, placed: Callable[[str], object], **rules: Any) -> None:
        super().__init__(**rules)
        self._placed = placed

    def on_receive(self, message: Any) -> Any:
        if isinstance(message, PlaceOrder):
            self._placed(message.intent_id)
        return super().on_receive(message)


class CarelessExchange(Actor):
    """A venue that takes every order, also one whose name it has seen before."""

    def __init__(self, reports_to: Ref, venue: ScriptedVenue) -> None:
        self._reports_to = reports_to
        self._venue = venue

    def on_receive(self, message: Any) -> Any:
        answer = self._venue.answer(message)
        if isinstance(message, PlaceOrder):
            self._reports_to.tell(
                OrderAccepted(
                    client_order_id=message.client_order_id,
                    exchange_order_id=answer.exchange_order_id,
                    symbol=message.symbol,
                    time=message.time,
                )
            )
        return answer


def updates_to(told: list[OrderUpdated]) -> Callable[[Any], None]:
    """Return what hears, in the place of positions, what became of orders."""

    def hear(message: Any) -> None:
        if isinstance(message, OrderUpdated):
            told.append(message)

    return hear


def order_path(
    exchange: type[Actor], positions: ChildSpec, **args: Any
) -> list[ChildSpec]:
    """Specify a venue with these arguments, the journal, positions, and execution."""
    refs = {
        name: RefTo(path=f"/root/{name}")
        for name in ("exchange", "journal", "positions")
    }
    return [
        ChildSpec(
            id="exchange",
            start=exchange,
            args={"reports_to": RefTo(path=ME), **args},
            in_flight="redeliver",
        ),
        ChildSpec(id="journal", start=OrderJournal, in_flight="redeliver"),
        positions,
        ChildSpec(id="execution", start=Execution, args=refs, in_flight="redeliver"),
    ]


def quote(number: int, bid: Decimal) -> Quote:
    """Say that the best bid is this, at so many seconds."""
    return Quote(
        venue="spot",
        symbol="BTCUSDT",
        update_id=number,
        bid=bid,
        bid_quantity=Decimal(5),
        ask=bid + 1,
        ask_quantity=Decimal(5),
        received_ns=number * 1_000_000_000,
    )
