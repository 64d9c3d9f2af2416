"""The ladder of risk states, explored whole: it never leads back."""

import itertools

import pytest

from holdfast.actors.ladder import RiskLevel, climbed, strictest

A, R, H = RiskLevel.ACTIVE, RiskLevel.REDUCING, RiskLevel.HALTED
JUST_NOW, LONG = 0.0, 10.0
NOTHING: dict[str, float] = {}


@pytest.mark.parametrize(
    ("level", "causes", "breaches", "expected"),
    [
        (A, (), NOTHING, A),
        (A, (), {"loss": JUST_NOW}, R),
        (A, (), {"loss": 9.999}, R),
        (A, (), {"loss": LONG}, H),
        (A, (), {"loss": JUST_NOW, "doubt": JUST_NOW}, H),
        (A, ("loss",), {"loss": JUST_NOW}, R),
        (R, ("loss",), NOTHING, R),
        (R, ("loss",), {"loss": 9.999}, R),
        (R, ("loss",), {"loss": LONG}, H),
        (R, ("loss",), {"doubt": JUST_NOW}, H),
        (R, ("loss",), {"loss": JUST_NOW, "doubt": JUST_NOW}, H),
        (R, ("loss", "doubt"), {"doubt": JUST_NOW}, R),
        (R, (), {"loss": JUST_NOW}, H),
        (H, (), NOTHING, H),
        (H, ("loss",), {"loss": LONG, "doubt": LONG}, H),
    ],
)
def test_a_breach_leads_up_the_ladder(
    level: RiskLevel,
    causes: tuple[str, ...],
    breaches: dict[str, float],
    expected: RiskLevel,
) -> None:
    assert climbed(level, causes, breaches, persists=LONG) is expected


def test_no_state_and_no_breach_lead_back() -> None:
    limits = ("loss", "doubt", "silence")
    sets = [
        names
        for size in range(len(limits) + 1)
        for names in itertools.combinations(limits, size)
    ]
    explored = 0
    for level, causes, names in itertools.product(RiskLevel, sets, sets):
        for lasts in itertools.product((JUST_NOW, LONG), repeat=len(names)):
            breaches: dict[str, float] = dict(zip(names, lasts, strict=True))
            after = climbed(level, causes, breaches, persists=LONG)
            explored += 1
            assert after.strictness >= level.strictness
            assert (after is level) or breaches
            assert after is not A or not breaches

    assert explored == 3 * 8 * 27


def test_the_strictest_of_none_is_active() -> None:
    assert strictest() is A
    assert strictest(A, H, R) is H
    assert strictest(R, A) is R
