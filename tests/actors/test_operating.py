"""A person halts and arms what is guarded; what nobody guards is never confirmed."""

from pathlib import Path
from typing import Any

import attrs
import pytest

from holdfast.actors.messages import OrderStatus
from holdfast.actors.refusal_reason import RefusalReason
from holdfast.actors.risk_words import Arm, Armed, Halt, Halted, NotGuarded, QueryRisk
from holdfast.supervision import Future
from holdfast.tests.actors.risk_stage import (
    ME,
    ORDER,
    TRADE,
    Running,
    Stage,
    intent,
    updated,
)

MINE = f"strategy:{ME}"
GUARDED = (
    "strategy:/root/other",
    MINE,
    "symbol:spot/BTCUSDT",
    "system",
    "venue:spot",
)


@pytest.fixture(autouse=True)
def keeps_files(stage: Stage, tmp_path: Path) -> None:
    stage.state_dir = tmp_path


def halting(running: Running, scope: str) -> Future[Any]:
    """Begin to halt a scope."""
    asked = running.system.ref("/root/risk").ask(
        Halt(reason="odd", scope=scope), block=False, timeout=60
    )
    running.stage.settle(running.system)
    return asked


def test_a_halt_of_one_strategy_leaves_the_others(stage: Stage) -> None:
    with stage.running() as running:
        found = running.ask(Halt(reason="odd", scope=MINE))
        running.say(TRADE, intent("b"), intent("c", strategy="/root/other"))

        assert (found, running.level) == (Halted(), "active")
    assert stage.refused == [("b", RefusalReason.HALTED)]
    assert stage.ordered == ["c"]


def test_a_halt_of_one_strategy_is_answered_once_its_orders_are_over(
    stage: Stage,
) -> None:
    strange = attrs.evolve(ORDER, intent_id="b", strategy="/root/other")
    stage.orders = (ORDER, strange)
    with stage.running() as running:
        asked = halting(running, MINE)
        before = asked.done
        running.say(updated("0", status=OrderStatus.CANCELLED))

        assert (before, asked.get(timeout=20)) == (False, Halted())


def test_a_halt_of_one_strategy_says_in_time_what_may_still_be_open(
    stage: Stage,
) -> None:
    stage.orders = (ORDER,)
    with stage.running() as running:
        asked = halting(running, MINE)
        running.let_pass(10.0)

        assert asked.get(timeout=20) == Halted(open=("a",))


@pytest.mark.parametrize(
    "scope",
    [
        "venue:usdm",
        "symbol:spot/ETHUSDT",
        "strategy:/root/strategi",
        "strategy:",
        "sistem",
        "",
    ],
)
@pytest.mark.parametrize("kind", [Halt, Arm])
def test_what_nobody_guards_is_neither_halted_nor_armed(
    kind: Any, scope: str, stage: Stage
) -> None:
    with stage.running() as running:
        answer = running.ask(kind(reason="odd", scope=scope))

        assert answer == NotGuarded(scopes=GUARDED)
        assert running.ask(QueryRisk()).states == ()


def test_a_strategy_that_left_orders_or_a_state_is_guarded_still(stage: Stage) -> None:
    gone = "strategy:/root/gone"
    stage.orders = (attrs.evolve(ORDER, strategy="/root/gone"),)
    with stage.running() as running:
        halting(running, gone)
        running.say(
            updated("0", strategy="/root/gone", status=OrderStatus.CANCELLED),
        )
        armed = running.ask(Arm(reason="it is gone", scope=gone))
        again = running.ask(Arm(reason="it is gone", scope=gone))

        assert (armed, type(again)) == (Armed(), NotGuarded)
