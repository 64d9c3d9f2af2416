"""A process that is killed at any moment comes back, and neither doubles nor loses."""

from pathlib import Path

import pytest

from holdfast.tests.reliability.killing import Killing, Outcome


def check(outcome: Outcome, kills: int) -> None:
    assert outcome.wrong == ()
    assert outcome.terms == kills + 1
    assert outcome.orders > kills
    assert outcome.fills > 0


@pytest.mark.timeout(180)
def test_a_process_that_is_killed_while_it_trades_comes_back(tmp_path: Path) -> None:
    check(Killing(tmp_path, seed=1).run(3), 3)


@pytest.mark.long
@pytest.mark.timeout(5400)
def test_two_hundred_kills_do_no_harm(tmp_path: Path) -> None:
    check(Killing(tmp_path, seed=2).run(200), 200)
