"""What is held is closed while everything is halted, if somebody wants that."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import attrs
import pytest

from holdfast.actors.messages import Intent, OrderStatus, Side, TimeInForce
from holdfast.actors.risk_words import (
    Arm,
    CancelAll,
    Flatten,
    Flattened,
    Halt,
    Halted,
    NotGuarded,
)
from holdfast.actors.updates import PositionUpdated
from holdfast.supervision import Future
from holdfast.tests.actors.risk_stage import (
    ME,
    ORDER,
    RISK,
    TRADE,
    Running,
    Stage,
    holding,
    intent,
    position,
    trade,
    updated,
)

HALT = Halt(reason="the market is mad")


@pytest.fixture(autouse=True)
def holds_two(stage: Stage, tmp_path: Path) -> None:
    stage.state_dir = tmp_path
    stage.position = position("2")


def flattening(running: Running) -> Future[Any]:
    """Begin to close what is held."""
    asked = running.system.ref(RISK).ask(Flatten(), block=False, timeout=99)
    running.stage.settle(running.system)
    return asked


def ended(running: Running, held: str, **order: Any) -> PositionUpdated:
    """Tell that the newest order is over, and what is held then."""
    newest = running.passed(Intent)[-1]
    number = len(running.passed(Intent)) + 1
    fields = {"side": newest.side, "strategy": "", "status": OrderStatus.FILLED}
    return updated(held, number, intent_id=newest.id, **{**fields, **order})


def told(found: Any) -> tuple[list[str], str, str]:
    assert isinstance(found, Flattened)
    return [str(o.status) for o in found.ended], str(found.left), found.trouble


@pytest.mark.parametrize(
    ("held", "side", "price"), [("2", Side.SELL, "95"), ("-2", Side.BUY, "105")]
)
def test_what_is_held_is_closed_by_an_order_that_reduces_and_does_not_rest(
    held: str, side: Side, price: str, stage: Stage
) -> None:
    stage.position = position(held)
    stage.more["limits"] = {"protect_market": False}
    with stage.running() as running:
        running.say(TRADE, trade("100.5"), TRADE)
        running.ask(HALT)
        asked = flattening(running)
        (order,) = running.passed(Intent)
        before = asked.done
        running.say(ended(running, "0"))
        running.let_pass(1.0)

        assert (order.side, order.quantity, order.price) == (
            side,
            Decimal(2),
            Decimal(price),
        )
        assert (order.reduces, order.time_in_force) == (True, TimeInForce.IOC)
        assert (before, told(asked.get(timeout=20))) == (False, (["filled"], "0", ""))
        assert running.level == "halted"


def test_a_large_position_is_closed_slice_by_slice(stage: Stage) -> None:
    stage.more["limits"] = {"lot_size": "0.1", "max_order_quantity": "0.75"}
    with stage.running() as running:
        running.say(TRADE)
        running.ask(HALT)
        asked = flattening(running)
        for held in ("1.3", "0.6", "0"):
            running.say(ended(running, held))
            running.let_pass(0.5)

        sizes = [str(each.quantity) for each in running.passed(Intent)]
        assert sizes == ["0.7", "0.7", "0.6"]
        assert told(asked.get(timeout=20)) == (["filled"] * 3, "0", "")


def test_what_fees_have_taken_is_not_sold_and_less_than_a_lot_is_left(
    stage: Stage,
) -> None:
    stage.more["limits"] = {"lot_size": "0.1"}
    held = holding("2", cost="200")
    assert held.holdings is not None
    less = attrs.evolve(held.holdings, held={"BTC": Decimal("1.98")})
    rest = attrs.evolve(held.holdings, held={"BTC": Decimal("0.08")})
    stage.position = attrs.evolve(held, holdings=less)
    with stage.running() as running:
        running.say(TRADE)
        running.ask(HALT)
        asked = flattening(running)
        running.say(attrs.evolve(ended(running, "0.1"), holdings=rest))
        running.let_pass(1.0)

        assert [str(each.quantity) for each in running.passed(Intent)] == ["1.9"]
        assert told(asked.get(timeout=20)) == (["filled"], "0.1", "")


def test_what_traded_nothing_is_tried_again_a_few_times(stage: Stage) -> None:
    with stage.running() as running:
        running.say(TRADE)
        running.ask(HALT)
        asked = flattening(running)
        for _ in range(5):
            running.say(ended(running, "2", status=OrderStatus.CANCELLED))
            running.let_pass(0.5)

        assert len(running.passed(Intent)) == 5
        assert told(asked.get(timeout=20)) == (
            ["cancelled"] * 5,
            "2",
            "5 orders traded nothing, the last was cancelled",
        )


def test_an_order_of_which_nobody_knows_is_not_followed_by_another(
    stage: Stage,
) -> None:
    with stage.running() as running:
        running.say(TRADE)
        running.ask(HALT)
        asked = flattening(running)
        running.say(ended(running, "2", status=OrderStatus.UNKNOWN))
        running.let_pass(31.0)

        assert len(running.passed(Intent)) == 1
        assert told(asked.get(timeout=20)) == (
            [],
            "2",
            "it is not closed after 30 s",
        )


@pytest.mark.parametrize(
    ("said", "trouble"),
    [
        ([TRADE], "it is not halted"),
        ([HALT], "nobody knows what it is worth now"),
        (
            [TRADE, HALT],
            "no order can close what is left: see `limits` (lot_size)",
        ),
    ],
)
def test_what_can_not_be_closed_is_said_at_once(
    said: list[Any], trouble: str, stage: Stage
) -> None:
    stage.position = position("200")  # worth more than one order may be
    with stage.running() as running:
        running.say(*said)
        running.let_pass(1.0)

        assert told(running.ask(Flatten())) == ([], "200", trouble)
        assert running.passed(Intent) == []


def test_nothing_is_closed_before_every_order_is_taken_back(stage: Stage) -> None:
    stage.venue_says = [Halted(open=("hf-a",))]
    with stage.running() as running:
        running.say(TRADE, HALT)

        assert told(running.ask(Flatten()))[2] == "not every order is taken back yet"


def test_what_is_flat_is_closed(stage: Stage) -> None:
    stage.position = position("0")
    with stage.running() as running:
        running.ask(HALT)

        assert told(running.ask(Flatten())) == ([], "0", "")


@pytest.mark.parametrize("scope", ["venue:usdm", "strategy:/root/nobody"])
def test_what_nobody_guards_is_not_closed(scope: str, stage: Stage) -> None:
    with stage.running() as running:
        running.ask(HALT)

        assert isinstance(running.ask(Flatten(scope=scope)), NotGuarded)


def test_a_strategys_part_of_a_position_is_not_closed(stage: Stage) -> None:
    with stage.running() as running:
        running.say(TRADE)
        running.ask(HALT)
        found = running.ask(Flatten(scope=f"strategy:{ME}"))

        assert told(found)[2] == "a strategy's part of a position can't be closed alone"


def test_strategies_order_nothing_meanwhile_and_the_order_is_not_taken_back(
    stage: Stage,
) -> None:
    with stage.running() as running:
        running.say(TRADE)
        running.ask(HALT)
        flattening(running)
        before = len(running.passed(CancelAll))
        running.say(intent("a", side=Side.SELL))
        running.let_pass(5.0)

        assert len(running.passed(Intent)) == 1
        assert len(running.passed(CancelAll)) == before


def test_whoever_arms_ends_it(stage: Stage) -> None:
    with stage.running() as running:
        running.say(TRADE)
        running.ask(HALT)
        asked = flattening(running)
        running.ask(Arm(reason="I keep it"))
        running.say(ended(running, "2", status=OrderStatus.CANCELLED))
        running.let_pass(5.0)

        assert told(asked.get(timeout=20))[2] == "it was armed again meanwhile"
        assert len(running.passed(Intent)) == 1


def test_two_who_ask_hear_of_the_same_orders(stage: Stage) -> None:
    with stage.running() as running:
        running.say(TRADE)
        running.ask(HALT)
        both = [flattening(running), flattening(running)]
        running.say(ended(running, "0"))
        running.let_pass(1.0)

        assert len(running.passed(Intent)) == 1
        first, second = (each.get(timeout=20) for each in both)
        assert first == second
        assert attrs.evolve(ORDER, intent_id=first.ended[0].intent_id).key
