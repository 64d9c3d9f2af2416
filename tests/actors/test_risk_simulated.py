"""In a simulated world with crashes a loss halts trading, and nothing stays open."""

import os
from pathlib import Path
from typing import Any

import attrs
import pytest

from holdfast.actors.books import book_trouble
from holdfast.actors.risk_words import QueryRisk, RiskReport
from holdfast.config import build, load
from holdfast.supervision import UNLIMITED, ActorSystem, Describe, SupervisorSpec
from holdfast.supervision.simulation.runner import Simulation

WATCH: dict[str, Any] = {"max_daily_loss": "0.05", "persists": 5.0}


def shipped(watch: dict[str, Any]) -> SupervisorSpec:
    """Return the shipped tree, never giving up, with what risk watches."""
    loaded = load(None, environment="testing", environ=os.environ, directory=Path())
    tree = build(loaded.settings)

    def watched(child: Any) -> Any:
        if child.id != "risk":
            return child
        return attrs.evolve(child, args={**child.args, "watch": watch})

    children = tuple(map(watched, tree.children))
    return attrs.evolve(tree, children=children, intensity=UNLIMITED)


@attrs.define
class Judge:
    """Looks at the end of a run at how it stands."""

    report: RiskReport | None = None
    open_at_venue: int = -1

    def __call__(self, system: ActorSystem) -> list[str]:
        def ask(path: str, message: Any) -> Any:
            return system.ref(path).ask(message, block=False).get(timeout=20)

        self.report = ask("/root/risk", QueryRisk())
        facts = system.ref("/root/exchange").command(Describe()).get(timeout=20)
        self.open_at_venue = facts["open_at_venue"]
        return book_trouble(system)


def run(seed: int, watch: dict[str, Any]) -> tuple[Judge, tuple[str, ...]]:
    judge = Judge()
    simulation = Simulation(spec=shipped(watch), duration=120.0, judge=judge)
    return judge, tuple(simulation.run(seed).violations)


@pytest.mark.parametrize("seed", range(1, 6))
def test_a_loss_halts_trading_whatever_crashes(seed: int) -> None:
    judge, violations = run(seed, WATCH)

    assert violations == ()
    assert judge.report is not None
    assert judge.report.level == "halted"
    assert "daily_loss" in judge.report.why
    assert judge.open_at_venue == 0


def test_without_a_limit_it_goes_on() -> None:
    judge, violations = run(1, {})

    assert violations == ()
    assert judge.report is not None
    assert judge.report.level == "active"
