"""The paper account holds two assets and never owes."""

from decimal import Decimal

import pytest

from holdfast.actors.paper_account import PaperAccount
from holdfast.actors.queries import Balance
from holdfast.actors.resting_orders import RestingOrders
from holdfast.actors.venue_rules import Instrument, VenueRules

RULES = VenueRules(
    instrument=Instrument(symbol="BTCUSDT", base="BTC", quote="USDT"),
    tick_size=Decimal(1),
    lot_size=Decimal(1),
)


def test_what_is_not_named_is_zero() -> None:
    account = PaperAccount(RULES, RestingOrders(), {"USDT": Decimal(5)})

    assert account.balances() == (
        Balance(asset="BTC", free=Decimal(0), reserved=Decimal(0)),
        Balance(asset="USDT", free=Decimal(5), reserved=Decimal(0)),
    )


@pytest.mark.parametrize(
    ("amount", "asset"),
    [("1", "EUR"), ("-1", "USDT"), ("NaN", "BTC"), ("Infinity", "BTC")],
)
def test_an_account_that_makes_no_sense_is_refused(amount: str, asset: str) -> None:
    with pytest.raises(ValueError, match=f"was {amount} {asset}"):
        PaperAccount(RULES, RestingOrders(), {asset: Decimal(amount)})
