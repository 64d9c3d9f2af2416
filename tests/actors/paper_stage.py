"""The paper exchange on a stage, and a day of it."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from decimal import Decimal
from typing import Any

import attrs
from msgspec.structs import replace

from holdfast.actors.exchange import PaperExchange
from holdfast.actors.market import Quote, Trade
from holdfast.actors.messages import CancelOrder, OrderType, PlaceOrder, Side
from holdfast.actors.queries import VenueOrder
from holdfast.supervision import (
    ActorSystem,
    ChildSpec,
    Describe,
    Future,
    RefTo,
)
from holdfast.supervision.outcome import VenueRefused

ME = "/root/exchange"
QUOTE = Quote(
    venue="spot",
    symbol="BTCUSDT",
    update_id=1,
    bid=Decimal(100),
    bid_quantity=Decimal(5),
    ask=Decimal(101),
    ask_quantity=Decimal(5),
    received_ns=1_000_000_000,
)
TRADE = Trade(
    venue="spot",
    symbol="BTCUSDT",
    id=1,
    price=Decimal(98),
    quantity=Decimal(1),
    time=2.0,
    received_ns=2_000_000_000,
    buyer_is_maker=True,
)
RESTING = PlaceOrder(
    client_order_id="resting",
    intent_id="i",
    symbol="BTCUSDT",
    side=Side.BUY,
    type=OrderType.LIMIT,
    quantity=Decimal(1),
    price=Decimal(99),
    time=1.0,
)
TAKING = attrs.evolve(RESTING, client_order_id="taking", price=Decimal(101))
UNSOUND = attrs.evolve(RESTING, client_order_id="unsound", price=Decimal("0.001"))
CANCEL = CancelOrder(client_order_id="resting", symbol="BTCUSDT", time=1.0)
NEXT_QUOTE = replace(
    QUOTE,
    update_id=2,
    bid=Decimal(97),
    ask=Decimal(98),
    ask_quantity=Decimal(1),
    received_ns=3_000_000_000,
)
DAY = [QUOTE, RESTING, TAKING, UNSOUND, NEXT_QUOTE, CANCEL]


COMMANDS = (PlaceOrder, CancelOrder)


@attrs.define
class Stage:
    """The paper exchange, who hears its reports, and what it answered to commands."""

    grown: Callable[..., AbstractContextManager[ActorSystem]]
    double: Callable[..., ChildSpec]
    settle: Callable[[ActorSystem], None]
    ask: Callable[[ActorSystem, str, Any], Any]
    said: list[Any] = attrs.field(factory=list[Any])
    answers: list[str] = attrs.field(factory=list[str])
    letters: dict[tuple[str, str], int] = attrs.field(
        factory=dict[tuple[str, str], int]
    )

    def play(
        self, *messages: Any, ask: Any = None, arm: Any = None, **rules: Any
    ) -> Any:
        """Let the exchange hear these messages; return what it then answers.

        Commands are asked, as all commands are, and everything else is told.
        """
        balances = {"USDT": "1000", "BTC": "2"}
        args = {"reports_to": RefTo(path="/root/execution"), "balances": balances}
        children = [
            ChildSpec(
                id="exchange",
                start=PaperExchange,
                args={**args, **rules},
                in_flight="redeliver",
            ),
            self.double("execution", self.said.append),
        ]
        armed = {} if arm is None else {"arm": arm}
        with self.grown(*children, **armed) as system:
            asked: list[Future[VenueOrder]] = []
            for message in messages:
                if isinstance(message, COMMANDS):
                    asked.append(system.ref(ME).ask(message, block=False))
                else:
                    system.ref(ME).tell(message)
            self.settle(system)
            self.answers = [told(each) for each in asked]
            self.letters |= system.dead_letters.counts()
            if ask is None:
                return system.ref(ME).command(Describe()).get(timeout=20)
            return self.ask(system, ME, ask)

    @property
    def kinds(self) -> list[type[Any]]:
        """Which reports came, in order."""
        return [type(each) for each in self.said]


def told(answer: Future[VenueOrder]) -> str:
    """Tell in a word how a command was answered."""
    if not answer.done:
        return "waits"
    try:
        return str(answer.result().status)
    except VenueRefused as error:
        return f"refused: {error.code}"
    except Exception as error:  # noqa: BLE001 - the test compares it
        return type(error).__name__
