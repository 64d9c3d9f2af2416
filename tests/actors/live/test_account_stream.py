"""What a venue says of our orders is told in order, and what breaks is noticed."""

import asyncio
import queue
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from holdfast.actors.live import AccountStream
from holdfast.actors.messages import (
    CancelReason,
    OrderAccepted,
    OrderCancelled,
    OrderFilled,
)
from holdfast.actors.queries import AccountStreamDown, AccountStreamUp
from holdfast.supervision import ActorSystem, ChildSpec, ManualClock, Ref, RefTo
from holdfast.supervision.runtime.asked_of_all import Describe
from holdfast.supervision.secret import Secret

Start = Callable[..., Ref]


@pytest.fixture
def stream(
    wire: Any, frames: Any, listener: ChildSpec, grown: Callable[..., ActorSystem]
) -> Start:
    def start(**args: Any) -> Ref:
        given = {
            "reports_to": RefTo(path="/root/listener"),
            "exchange": "binance",
            "symbols": ["BTCUSDT"],
            "api_key": Secret("key-of-tests"),
            "secret": Secret("secret-of-tests"),
            "urls": {**wire.urls, **frames.urls},
            **args,
        }
        spec = ChildSpec(
            id="stream",
            start=AccountStream,
            args=given,
            dispatcher="loop",
            hang_after=None,
        )
        return grown(listener, spec).ref("/root/stream")

    return start


def report(**changes: Any) -> dict[str, Any]:
    """Describe an event of an order, as Binance does."""
    event = {
        "e": "executionReport",
        "E": 1,
        "s": "BTCUSDT",
        "c": "desk-1",
        "C": "",
        "S": "BUY",
        "o": "LIMIT",
        "f": "GTC",
        "q": "0.30000000",
        "F": "0",
        "p": "60000.00000000",
        "P": "0.00000000",
        "x": "NEW",
        "X": "NEW",
        "r": "NONE",
        "i": 1001,
        "l": "0",
        "z": "0",
        "L": "0",
        "n": "0",
        "N": None,
        "T": 1_700_000_000_500,
        "t": -1,
        "w": True,
        "m": False,
        "Z": "0",
        "O": 1_700_000_000_400,
        "Y": "0",
        "Q": "0",
        "g": -1,
        "M": False,
        **changes,
    }
    return {"subscriptionId": 0, "event": event}


def traded(id_: int, quantity: str, filled: str, status: str) -> dict[str, Any]:
    price = {"L": "60000.10", "n": "0.00010000", "N": "BNB", "m": True}
    return report(x="TRADE", X=status, t=id_, l=quantity, z=filled, **price)


def test_what_becomes_of_an_order_is_told_in_order(
    stream: Start, frames: Any, told: Any
) -> None:
    stream()
    told.wait_for("AccountStreamUp")
    cancelled = {"c": "made-up", "C": "desk-1", "x": "CANCELED", "X": "CANCELED"}
    frames.send(
        report(),
        traded(7, "0.10000000", "0.10000000", "PARTIALLY_FILLED"),
        report(z="0.10000000", **cancelled),
    )
    told.wait_for("OrderCancelled")

    named: dict[str, Any] = {
        "client_order_id": "desk-1",
        "exchange_order_id": "1001",
        "symbol": "BTCUSDT",
        "time": 1_700_000_000.5,
    }
    down, up, accepted, filled, ended = told.messages
    assert isinstance(down, AccountStreamDown)
    assert up == AccountStreamUp(symbol="BTCUSDT", time=1_700_000_000.0)
    assert accepted == OrderAccepted(**named)
    assert isinstance(filled, OrderFilled)
    assert (filled.client_order_id, filled.trade_id) == ("desk-1", 7)
    assert (filled.price, filled.quantity) == (Decimal("60000.1"), Decimal("0.1"))
    assert (filled.filled, filled.remaining) == (Decimal("0.1"), Decimal("0.2"))
    assert (filled.fee, filled.fee_asset) == (Decimal("0.0001"), "BNB")
    assert ended == OrderCancelled(
        **named,
        filled=Decimal("0.1"),
        remaining=Decimal("0.2"),
        reason=CancelReason.REQUESTED,
    )


def test_a_burst_of_fills_loses_none_and_keeps_their_order(
    stream: Start, frames: Any, told: Any
) -> None:
    """ccxt would merge what comes in one go."""
    stream()
    told.wait_for("AccountStreamUp")
    burst = [
        traded(number, "0.00100000", f"0.{number:03}", "PARTIALLY_FILLED")
        for number in range(1, 201)
    ]
    frames.send(report(), *burst)
    told.wait_for("OrderFilled", times=200)

    fills = [each for each in told.messages if isinstance(each, OrderFilled)]
    assert [each.trade_id for each in fills] == list(range(1, 201))
    assert [each.filled for each in fills] == [
        Decimal(number) / 1000 for number in range(1, 201)
    ]


def test_an_order_of_another_symbol_is_none_of_ours(
    stream: Start, frames: Any, told: Any
) -> None:
    stream()
    told.wait_for("AccountStreamUp")
    frames.send(report(s="ETHUSDT"), report())
    told.wait_for("OrderAccepted")

    assert told.names() == ["AccountStreamDown", "AccountStreamUp", "OrderAccepted"]


@pytest.mark.parametrize(
    "frame",
    [
        "{",
        '"text"',
        "no json",
        [1, 2],
        report(q="many"),
        report(i=None),
        traded(1, "0.1", "0.1", "SOMETHING"),
        traded(1, "-0.1", "0.1", "FILLED"),
    ],
)
def test_one_bad_frame_ends_the_session_and_a_new_one_begins(
    stream: Start, frames: Any, told: Any, clock: ManualClock, frame: Any
) -> None:
    ref = stream()
    told.wait_for("AccountStreamUp")
    frames.send(frame)
    told.wait_for("AccountStreamDown", times=2)
    told.wait_for("AccountStreamUp", times=2, clock=clock)
    frames.send(report())
    told.wait_for("OrderAccepted")

    assert facts_of(ref)["bad_frames"] == 1
    assert facts_of(ref)["dials"] == 2


def test_a_dropped_connection_is_told_and_made_again(
    stream: Start, frames: Any, told: Any, clock: ManualClock
) -> None:
    ref = stream()
    told.wait_for("AccountStreamUp")
    frames.drop()
    told.wait_for("AccountStreamDown", times=2)
    told.wait_for("AccountStreamUp", times=2, clock=clock)

    assert facts_of(ref) == {"dials": 2, "lost": 1, "up": True}


def test_a_connection_that_stands_but_is_silent_is_made_again(
    stream: Start, told: Any, clock: ManualClock
) -> None:
    ref = stream(stale_after=30.0)
    told.wait_for("AccountStreamUp")
    told.wait_for("AccountStreamDown", times=2, clock=clock)

    down = told.messages[-1]
    assert isinstance(down, AccountStreamDown)
    assert "Silent: no frame for" in down.reason
    assert facts_of(ref)["silent"] == 1


def test_a_subscription_that_is_not_confirmed_is_made_again(
    stream: Start, frames: Any, told: Any, clock: ManualClock
) -> None:
    frames.confirms = False
    ref = stream(deadline=10.0)
    frames.wait_for("userDataStream")
    frames.confirms = True
    told.wait_for("AccountStreamUp", clock=clock)

    assert facts_of(ref)["unacknowledged"] == 1
    assert told.names() == ["AccountStreamDown", "AccountStreamUp"]


def test_a_watcher_that_somebody_cancels_does_not_end_silently(
    stream: Start, told: Any, clock: ManualClock
) -> None:
    """Closing a client of ccxt cancels whoever waits for it."""
    ref = stream()
    told.wait_for("AccountStreamUp")
    life: Any = ref.cell.life
    actor = life.actor
    loop = actor._task.get_loop()
    loop.call_soon_threadsafe(cancel_watchers, loop)
    told.wait_for("AccountStreamDown", times=2)
    told.wait_for("AccountStreamUp", times=2, clock=clock)

    assert facts_of(ref)["cancelled"] == 1


def cancel_watchers(loop: Any) -> None:
    for task in asyncio.all_tasks(loop):
        if "_again" in str(task.get_coro()):
            task.cancel()


def test_a_key_that_the_venue_refuses_ends_the_actor_for_good(
    stream: Start, frames: Any, told: Any
) -> None:
    refusal = {"code": -2015, "msg": "Invalid API-key, IP, or permissions."}
    frames.refusal = {"status": 401, "error": refusal}
    ref = stream()
    frames.wait_for("userDataStream")
    ended = exit_of(ref)

    assert ended.reason.startswith("crashed: binance does not accept the key")
    assert ended.decision == "leave_stopped"
    assert told.names() == ["AccountStreamDown"]


def exit_of(ref: Ref) -> Any:
    """Wait until the actor ends, and return the event that says so."""
    came: queue.Queue[Any] = queue.Queue()
    system = ref.cell.system
    system.events.subscribe(came.put)
    told = [*system.events.since(0)]
    while True:
        for event in told:
            if event.path == ref.path and event.kind == "exited":
                return event
        told = [came.get(timeout=20)]


def facts_of(ref: Ref) -> dict[str, Any]:
    facts: dict[str, Any] = ref.ask(Describe(), block=False).get(timeout=20)
    return facts
