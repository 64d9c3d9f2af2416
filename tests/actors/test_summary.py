"""The facts of all actors add up to one summary; unknown is not none."""

from decimal import Decimal

import pytest

from holdfast.actors.summary import plain, summarise

NOTHING_KNOWN: dict[str, object] = {
    "ticks": None,
    "orders": None,
    "fills": None,
    "rejects": None,
    "open_orders": None,
    "realised_profit": None,
    "fees": None,
    "positions": {},
}


def test_what_nobody_told_is_unknown() -> None:
    assert summarise([]) == NOTHING_KNOWN
    assert summarise([{"sent": 3}]) == NOTHING_KNOWN


def test_counts_are_added_and_zero_is_an_answer() -> None:
    summary = summarise([{"ticks": 3, "fills": 0}, {"ticks": 4}, {}])

    assert (summary["ticks"], summary["fills"], summary["orders"]) == (7, 0, None)


def test_amounts_are_added_exactly() -> None:
    summary = summarise(
        [{"realised_profit": "0.1", "fees": "1.50"}, {"realised_profit": "0.2"}]
    )

    assert summary["realised_profit"] == "0.3"
    assert summary["fees"] == "1.5"


def test_positions_of_several_symbols_stand_side_by_side() -> None:
    one = {"positions": {"BTCUSDT": "0.5"}}
    two = {"positions": {"ETHUSDT": "-2"}}

    assert summarise([one, two])["positions"] == {"BTCUSDT": "0.5", "ETHUSDT": "-2"}


def test_what_the_venue_rejected_counts_with_what_risk_refused() -> None:
    assert summarise([{"rejects": 2}, {"rejected_by_venue": 3}])["rejects"] == 5


def test_without_risk_nobody_knows_what_was_refused() -> None:
    assert summarise([{"rejected_by_venue": 3}])["rejects"] is None


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("1E+3", "1000"),
        ("0.00100", "0.001"),
        ("1E-8", "0.00000001"),
        ("-2.50", "-2.5"),
        ("0.000", "0"),
        ("123456789.987654321", "123456789.987654321"),
    ],
)
def test_an_amount_is_written_without_exponent_and_idle_zeros(
    amount: str, text: str
) -> None:
    assert plain(Decimal(amount)) == text
