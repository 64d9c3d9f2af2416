"""A balance that no fill explains is booked once, when it is certain that none will."""

from decimal import Decimal

import attrs
import pytest

from holdfast.actors.drift import Drift, DriftSettings

Look = tuple[str, str]

NOTHING: list[list[str]] = [[], [], [], []]


def booked(*looks: Look, last_trade_id: int = 7, **settings: object) -> list[list[str]]:
    """Tell what each look books; a look is what is expected of BTC, and held."""
    drift = Drift(DriftSettings(**settings))  # type: ignore[arg-type] # as JSON gives it
    found: list[list[str]] = []
    for expected, held in looks:
        adjustments = drift.look(
            {"BTC": Decimal(expected)},
            {"BTC": Decimal(held)},
            last_trade_id=last_trade_id,
            time=1.0,
        )
        found.append([each.id for each in adjustments])
    return found


@pytest.mark.parametrize(
    ("looks", "ids"),
    [
        ([("1", "1")] * 4, NOTHING),
        ([("1", "2")] * 3, [[], [], ["adj:BTC:1:2:7"]]),
        ([("1", "2"), ("1", "1"), ("1", "2"), ("1", "2")], NOTHING),
        (
            [("1", "2"), ("1", "3"), ("1", "3"), ("1", "3")],
            [[], [], [], ["adj:BTC:1:3:7"]],
        ),
        ([("1", "2"), ("2", "3"), ("2", "3")], NOTHING[:3]),
    ],
)
def test_several_looks_in_a_row_have_to_agree(
    looks: list[Look], ids: list[list[str]]
) -> None:
    assert booked(*looks) == ids


def test_an_adjustment_is_the_whole_difference() -> None:
    drift = Drift(DriftSettings(looks=1))

    (found,) = drift.look({"A": Decimal(3)}, {}, last_trade_id=0, time=5.0)

    assert (found.asset, found.amount, found.time) == ("A", Decimal(-3), 5.0)


@pytest.mark.parametrize(("dust", "count"), [("0.5", 0), ("0.4", 1)])
def test_dust_is_let_be(dust: str, count: int) -> None:
    found = booked(("1", "1.5"), looks=1, dust=dust)

    assert [len(each) for each in found] == [count]


def test_what_happened_in_between_begins_anew() -> None:
    drift = Drift(DriftSettings(looks=2))
    values = {"A": Decimal(1)}
    drift.look({}, values, last_trade_id=0, time=0.0)
    open_before = drift.is_open
    drift.forget()

    assert open_before
    assert drift.look({}, values, last_trade_id=0, time=0.0) == []


@pytest.mark.parametrize("fields", [{"looks": 0}, {"dust": "-1"}])
def test_settings_that_make_no_sense_are_refused(fields: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(fields))):
        attrs.evolve(DriftSettings(), **fields)  # type: ignore[arg-type] # on purpose
