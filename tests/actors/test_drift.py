"""A balance that no fill explains is booked once, when it is certain that none will."""

from decimal import Decimal
from typing import Any

import pytest

from holdfast.actors.drift import Difference, Drift, DriftSettings

Look = tuple[str, str]

NOTHING: list[list[str]] = [[], [], [], []]


def booked(*looks: Look, apart: float = 5.0, **settings: Any) -> list[list[str]]:
    """Tell what each look books; a look is what is expected of BTC, and held."""
    drift = Drift(DriftSettings(**settings))
    found: list[list[str]] = []
    number = 0
    for count, (expected, held) in enumerate(looks):
        differing = Difference("BTC", Decimal(expected), Decimal(held))
        settled = drift.look([differing], count * apart)
        number += len(settled)
        found.append(
            [e.booked(number=number, last_trade_id=7, time=1.0).id for e in settled]
        )
    return found


@pytest.mark.parametrize(
    ("looks", "ids"),
    [
        ([("1", "1")] * 4, NOTHING),
        ([("1", "2")] * 2, [[], ["adj:BTC:1:2:7:1"]]),
        ([("1.0", "2"), ("1", "2.00")], [[], ["adj:BTC:1:2:7:1"]]),
        ([("1", "2"), ("1", "1"), ("1", "2"), ("1", "1")], NOTHING),
        (
            [("1", "2"), ("1", "3"), ("1", "3"), ("3", "3")],
            [[], [], ["adj:BTC:1:3:7:1"], []],
        ),
        ([("1", "2"), ("2", "3"), ("3", "4")], NOTHING[:3]),
    ],
)
def test_several_looks_in_a_row_have_to_agree(
    looks: list[Look], ids: list[list[str]]
) -> None:
    assert booked(*looks) == ids


def test_the_same_difference_can_be_booked_again() -> None:
    """Somebody deposits the same amount after the first was taken out again."""
    assert booked(*[("1", "2")] * 4) == [
        [],
        ["adj:BTC:1:2:7:1"],
        [],
        ["adj:BTC:1:2:7:2"],
    ]


@pytest.mark.parametrize(
    ("apart", "counts"), [(4.9, [0, 0, 1, 0]), (5.0, [0, 1, 0, 1]), (1.0, [0, 0, 0, 0])]
)
def test_looks_have_time_between_them(apart: float, counts: list[int]) -> None:
    found = booked(*[("1", "2")] * 4, apart=apart)

    assert [len(each) for each in found] == counts


def test_an_adjustment_is_the_whole_difference() -> None:
    lost = Difference("A", Decimal(3), Decimal(0))

    found = lost.booked(number=1, last_trade_id=0, time=5.0)

    assert (found.asset, found.amount, found.time) == ("A", Decimal(-3), 5.0)


@pytest.mark.parametrize(("dust", "count"), [("0.5", 0), ("0.4", 1)])
def test_dust_is_let_be(dust: str, count: int) -> None:
    found = booked(*[("1", "1.5")] * 2, dust=dust)

    assert [len(each) for each in found] == [0, count]


def test_what_happened_in_between_begins_anew() -> None:
    drift = Drift(DriftSettings())
    found = [Difference("A", Decimal(0), Decimal(1))]
    drift.look(found, 0.0)
    drift.forget()

    assert drift.look(found, 10.0) == []
    assert drift.look(found, 20.0) == found


@pytest.mark.parametrize(
    "fields",
    [{"looks": 1}, {"dust": "-1"}, {"apart": 0.0}, {"policy": "hope"}],
)
def test_settings_that_make_no_sense_are_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"looks|dust|apart|hope"):
        DriftSettings(**fields)
