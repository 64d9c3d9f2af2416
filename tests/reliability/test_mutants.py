"""Mistakes that are planted in the law are found, within a few random trees."""

from collections.abc import Callable
from typing import Any

import pytest

from holdfast.supervision.budget import Budget
from holdfast.supervision.children import Child, Children
from holdfast.supervision.restart import RestartWindow
from holdfast.supervision.runtime.cell import Cell
from holdfast.supervision.runtime.exit_reason import ExitReason
from holdfast.supervision.runtime.future import Future
from holdfast.supervision.runtime.incarnation import Incarnation
from holdfast.supervision.runtime.mailbox import Mailbox
from holdfast.tests.reliability.simulations import RandomTrees

SEEDS = range(1, 201)

real_exited = Cell.exited


def forgets_its_messages(mailbox: Mailbox) -> None:
    mailbox.items.clear()


def never_fills(window: RestartWindow, now: float) -> bool:
    del window, now
    return True


def bears_everything(budget: Budget, now: float) -> float:
    del budget, now
    return 0.0


def is_reported_twice(cell: Cell, life: Incarnation, reason: ExitReason) -> None:
    real_exited(cell, life, reason)
    real_exited(cell, life, reason)


def starts_in_any_order(children: Children) -> list[Child]:
    return [child for child in children if child.may_start()]


def has_no_deadline(future: Future[Any]) -> None:
    del future


@pytest.mark.parametrize(
    ("kind", "name", "mutant", "told"),
    [
        (Mailbox, "restarted", forgets_its_messages, "I2"),
        (Children, "to_start", starts_in_any_order, "I3"),
        (RestartWindow, "add", never_fills, "I4"),
        (Budget, "take", bears_everything, "I4"),
        (Future, "_arm", has_no_deadline, "I6"),
        (Cell, "exited", is_reported_twice, "one report"),
    ],
)
def test_a_planted_mistake_is_found_within_two_hundred_seeds(
    kind: type[Any],
    name: str,
    mutant: Callable[..., Any],
    told: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(kind, name, mutant)

    reports = map(RandomTrees().run, SEEDS)

    found = (sentence for report in reports for sentence in report.violations)
    assert any(sentence.startswith(told) for sentence in found)
