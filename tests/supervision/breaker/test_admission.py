"""Which class of calls passes in which state."""

import pytest

from holdfast.supervision.breaker import HoldKind, State
from holdfast.supervision.breaker.admission import BY_HOLD, BY_STATE, admission
from holdfast.supervision.outcome import CallClass

MATRIX = """
               new          reduce       cancel   query    account  data
closed         YES          YES          YES      YES      YES      YES
timer          NO           LIMITED      YES      LIMITED  LIMITED  NO
until          NO           NO           RESERVE  RESERVE  NO       NO
ban            NO           NO           NO       NO       NO       NO
reconcile      NO           LIMITED      YES      YES      LIMITED  YES
operator       NO           NO           NO       NO       NO       NO
half_open      ORDER_TRIAL  ORDER_TRIAL  YES      TRIAL    TRIAL    TRIAL
forced_open    NO           LIMITED      YES      LIMITED  LIMITED  NO
disabled       YES          YES          YES      YES      YES      YES
metrics_only   YES          YES          YES      YES      YES      YES
"""
_HEAD, *ROWS = [line.split() for line in MATRIX.strip().splitlines()]


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_each_class_of_calls_is_treated_as_the_matrix_says(row: list[str]) -> None:
    name, *verdicts = row
    is_hold = name in list(HoldKind)
    state = State.OPEN if is_hold else State(name)

    decided = admission(state, [HoldKind(name)] if is_hold else [])

    assert [decided[CallClass(each)].name for each in _HEAD] == verdicts


def test_the_matrix_has_all_states_and_holds() -> None:
    assert {row[0] for row in ROWS} == {*State, *HoldKind} - {State.OPEN}
    assert (len(BY_STATE), len(BY_HOLD)) == (len(State), len(HoldKind))


def test_of_several_holds_the_strictest_decides() -> None:
    decided = admission(State.OPEN, [HoldKind.RECONCILE, HoldKind.UNTIL])

    assert [decided[each].name for each in CallClass] == [
        *["NO", "NO", "RESERVE", "RESERVE", "NO", "NO"]
    ]


def test_a_ban_stops_even_what_an_operator_lets_pass() -> None:
    decided = admission(State.FORCED_OPEN, [HoldKind.BAN])

    assert {each.name for each in decided.values()} == {"NO"}


def test_whoever_disables_it_means_it() -> None:
    decided = admission(State.DISABLED, [HoldKind.BAN])

    assert {each.name for each in decided.values()} == {"YES"}
