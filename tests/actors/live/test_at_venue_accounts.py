"""An account at a venue, with execution and its stream: what breaks is mended."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from holdfast.actors.messages import Intent, OrderFilled, OrderType, Side
from holdfast.actors.queries import Ping
from holdfast.actors.updates import OrderUpdated
from holdfast.supervision import ActorSystem, ManualClock
from holdfast.supervision.runtime.asked_of_all import Describe
from holdfast.testing import Fault, VenueServer
from holdfast.tests.actors.live.socket_script import wait_until

Ask = Callable[..., Any]
GoOn = Callable[[Callable[[], bool]], None]


def fault(kind: str, where: str, **params: Any) -> Fault:
    return Fault(id=kind, kind=kind, where=where, params=params)


def intent(name: str, price: int | None = None) -> Intent:
    return Intent(
        id=name,
        strategy="/root/strategy",
        symbol="BTCUSDT",
        side=Side.BUY,
        type=OrderType.MARKET if price is None else OrderType.LIMIT,
        quantity=Decimal("0.01"),
        price=None if price is None else Decimal(price),
        time=1.0,
    )


def fills(told: Any) -> list[tuple[str, int]]:
    """Name the fills that were told, each by its intent."""
    return [
        (each.order.intent_id, each.report.trade_id)
        for each in told.messages
        if isinstance(each, OrderUpdated) and isinstance(each.report, OrderFilled)
    ]


def facts(system: ActorSystem, name: str) -> dict[str, Any]:
    ref = system.ref(f"/root/{name}")
    told: dict[str, Any] = ref.ask(Describe(), block=False).get(timeout=20)
    return told


def is_sure(system: ActorSystem) -> bool:
    """Whether nothing is in doubt, and all was compared."""
    return not facts(system, "execution")["closed_gates"]


@pytest.fixture
def go_on(account: ActorSystem, clock: ManualClock, ask: Ask) -> GoOn:
    """Let time go on until something is true; the venue's clock does not jump."""

    def going(true: Callable[[], bool]) -> None:
        def look() -> bool:
            ask(account.ref("/root/exchange"), Ping())
            return true()

        wait_until(look, clock=clock)

    return going


@pytest.fixture
def desk(account: ActorSystem, go_on: GoOn) -> ActorSystem:
    """An account whose stream is up, and that is compared."""
    go_on(lambda: facts(account, "stream")["up"] and is_sure(account))
    return account


def test_a_stream_that_says_nothing_but_pongs_is_found_out_and_made_again(
    desk: ActorSystem, venue: VenueServer, told: Any, go_on: GoOn
) -> None:
    """Row: user stream alive but silent. A list has fills that it has not told."""
    execution = desk.ref("/root/execution")
    venue.inject(fault("silent", "user"))
    execution.tell(intent("a"))
    go_on(lambda: "deaf" in facts(desk, "stream"))
    venue.heal()
    go_on(lambda: facts(desk, "stream")["up"] and is_sure(desk))
    execution.tell(intent("b"))
    go_on(lambda: len(fills(told)) == 2)

    assert [name for name, _ in fills(told)] == ["a", "b"]
    assert facts(desk, "stream") == {"dials": 2, "deaf": 1, "up": True}
