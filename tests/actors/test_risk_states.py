"""Scopes, what lies in which, and the states that were decided for them."""

import attrs
import pytest

from holdfast.actors.evidence import RiskArmed, RiskTightened
from holdfast.actors.ladder import RiskLevel
from holdfast.actors.risk_states import SYSTEM, RiskStates, Scopes, strategy_scope

SCOPES = Scopes.of("spot", "BTCUSDT")
VENUE, SYMBOL = "venue:spot", "symbol:spot/BTCUSDT"
MINE, OTHER = strategy_scope("/root/strategy"), strategy_scope("/root/other")
FOREIGN = "symbol:spot/ETHUSDT"


def tightened(scope: str, level: str = "halted", *causes: str) -> RiskTightened:
    return RiskTightened(
        scope=scope,
        level=RiskLevel(level),
        reason=f"{level} it",
        causes=causes,
        time=5.0,
    )


def armed(scope: str) -> RiskArmed:
    return RiskArmed(scope=scope, reason="looked at it", time=9.0)


def states(*entries: RiskTightened | RiskArmed) -> RiskStates:
    found = RiskStates(SCOPES)
    for entry in entries:
        found.apply(entry)
    return found


@pytest.mark.parametrize(
    ("outer", "inside"),
    [
        (SYSTEM, {SYSTEM, VENUE, SYMBOL, FOREIGN, MINE}),
        (VENUE, {VENUE, SYMBOL, FOREIGN, MINE}),
        (SYMBOL, {SYMBOL, MINE}),
        (FOREIGN, {FOREIGN}),
        (MINE, {MINE}),
        ("venue:usdm", set[str]()),
        ("venue:spo", set[str]()),
    ],
)
def test_a_scope_contains_what_lies_within_it(outer: str, inside: set[str]) -> None:
    everything = [SYSTEM, VENUE, SYMBOL, FOREIGN, MINE]

    assert {each for each in everything if SCOPES.contains(outer, each)} == inside


@pytest.mark.parametrize(
    ("scope", "symbol", "mine", "other"),
    [
        (SYSTEM, "halted", "halted", "halted"),
        (VENUE, "halted", "halted", "halted"),
        (SYMBOL, "halted", "halted", "halted"),
        (MINE, "active", "halted", "active"),
        (FOREIGN, "active", "active", "active"),
    ],
)
def test_what_holds_for_a_scope_holds_for_all_within_it(
    scope: str, symbol: str, mine: str, other: str
) -> None:
    found = states(tightened(scope))

    assert found.for_symbol().level == symbol
    assert found.for_strategy("/root/strategy").level == mine
    assert found.for_strategy("/root/other").level == other


def test_the_strictest_scope_counts_and_says_why() -> None:
    found = states(tightened(SYSTEM, "reducing"), tightened(MINE, "halted"))

    assert found.for_symbol().why == "reducing it"
    assert found.for_strategy("/root/strategy").why == "halted it"


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("reducing", "halted", "halted"),
        ("halted", "reducing", "halted"),
        ("halted", "active", "halted"),
        ("reducing", "reducing", "reducing"),
    ],
)
def test_tightening_never_loosens(first: str, second: str, expected: str) -> None:
    found = states(tightened(SYMBOL, first, "loss"), tightened(SYMBOL, second, "doubt"))

    assert found.of(SYMBOL).level == expected
    assert found.of(SYMBOL).causes == {"loss", "doubt"}


def test_what_is_as_strict_already_keeps_its_reason_and_its_time() -> None:
    later = attrs.evolve(tightened(SYMBOL), time=6.0, reason="another")

    assert states(tightened(SYMBOL), later).of(SYMBOL).since == 5.0
    assert states(tightened(SYMBOL), later).of(SYMBOL).why == "halted it"


@pytest.mark.parametrize(
    ("scope", "left"),
    [
        (SYSTEM, set[str]()),
        (VENUE, {SYSTEM}),
        (SYMBOL, {SYSTEM, VENUE, FOREIGN}),
        (MINE, {SYSTEM, VENUE, SYMBOL, FOREIGN, OTHER}),
    ],
)
def test_arming_loosens_a_scope_and_all_within_it(scope: str, left: set[str]) -> None:
    everything = map(tightened, (SYSTEM, VENUE, SYMBOL, FOREIGN, MINE, OTHER))
    found = states(*everything, armed(scope))

    assert {each.scope for each in found.tightened()} == left


def test_it_is_new_until_something_was_decided() -> None:
    assert states().is_new
    assert not states(tightened(SYSTEM), armed(SYSTEM)).is_new


def test_what_is_halted_just_below_each_scope_is_counted() -> None:
    entries = map(tightened, (MINE, OTHER, SYMBOL, FOREIGN, "symbol:usdm/BTCUSDT"))
    found = states(*entries, tightened(VENUE, "reducing"))

    assert found.halted_within() == {SYMBOL: 2, VENUE: 2, SYSTEM: 0}
