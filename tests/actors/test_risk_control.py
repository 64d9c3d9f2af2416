"""An operator reaches all who guard and trade, and hears of what nobody guards."""

import asyncio
from pathlib import Path
from typing import Any

import attrs
import pytest

from holdfast.actors.risk_control import RiskControl
from holdfast.supervision.halt_file import HaltFile
from holdfast.tests.actors.risk_stage import Running, Stage, position

NOBODY = (
    "nobody here guards 'strategy:/root/strategi': there are strategy:/root/other,"
    " strategy:/root/strategy, symbol:spot/BTCUSDT, system, venue:spot"
)


@pytest.fixture(autouse=True)
def keeps_files(stage: Stage, tmp_path: Path) -> None:
    stage.state_dir = tmp_path


def halt(running: Running, scope: str) -> dict[str, Any]:
    return asyncio.run(RiskControl(running.system).halt("odd", scope))


def arm(running: Running, scope: str) -> dict[str, Any]:
    return asyncio.run(RiskControl(running.system).arm("looked at it", scope))


def test_a_halt_of_what_nobody_guards_is_not_confirmed(stage: Stage) -> None:
    with stage.running() as running:
        told = halt(running, "strategy:/root/strategi")

        assert told == {
            "confirmed": False,
            "ended": [],
            "open": [],
            "trouble": [NOBODY],
        }
        assert running.level == "active"


def test_what_nobody_guards_is_not_armed(stage: Stage) -> None:
    with stage.running() as running:
        told = arm(running, "strategy:/root/strategi")

        assert told == {"armed": False, "refused": [NOBODY]}


def test_who_guards_nothing_of_the_kind_does_not_keep_others_from_it(
    stage: Stage,
) -> None:
    other = stage.children()[2]
    args = {**other.args, "symbol": "ETHUSDT", "base": "ETH"}
    stage.beside = [attrs.evolve(other, id="other-risk", args=args)]
    with stage.running() as running:
        halted = halt(running, "symbol:spot/ETHUSDT")
        armed = arm(running, "symbol:spot/ETHUSDT")

        assert (halted["confirmed"], armed["armed"]) == (True, True)


def flatten(running: Running, scope: str) -> dict[str, Any]:
    return asyncio.run(RiskControl(running.system).flatten(scope))


def test_what_is_not_closed_says_what_is_held(stage: Stage, tmp_path: Path) -> None:
    stage.position = position("2")
    with stage.running() as running:
        told = flatten(running, "system")
        halt(running, "system")
        still = flatten(running, "system")
        file = HaltFile(tmp_path)

        assert told == {
            "confirmed": False,
            "ended": [],
            "open": [],
            "held": {"BTCUSDT": "2"},
            "trouble": ["2 of BTCUSDT are held: it is not halted"],
        }
        assert still["trouble"] == [
            "2 of BTCUSDT are held: nobody knows what it is worth now"
        ]
        assert (file.reason(), file.lets_close()) == ("odd", True)


def test_what_nobody_guards_is_not_closed(stage: Stage) -> None:
    with stage.running() as running:
        told = flatten(running, "strategy:/root/strategi")

        assert (told["confirmed"], told["trouble"]) == (False, [NOBODY])


def test_what_is_flat_is_closed(stage: Stage) -> None:
    with stage.running() as running:
        halt(running, "system")

        assert flatten(running, "system")["confirmed"] is True


def test_where_nobody_guards_anything_nothing_is_confirmed(stage: Stage) -> None:
    with stage.grown(stage.double("strategy")) as system:
        control = RiskControl(system)
        halted = asyncio.run(control.halt("odd", "venue:spot"))
        armed = asyncio.run(control.arm("why not", "system"))

    nobody = ["there is nobody here who guards anything"]
    assert (halted["confirmed"], halted["trouble"]) == (False, nobody)
    assert armed == {"armed": False, "refused": nobody}
