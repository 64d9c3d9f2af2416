"""Several positions on one account: each asset is judged by one, of all their fills."""

from decimal import Decimal

import pytest

from holdfast.actors.shared_account import SharedAccount, added
from holdfast.actors.updates import Changes

ONE, OTHER = "/root/btc", "/root/eth"
CHANGES = {
    OTHER: Changes(
        amounts={"ETH": Decimal(2), "USDT": Decimal(-20)}, assets=("ETH", "USDT")
    ),
    ONE: Changes(
        amounts={"BTC": Decimal(1), "USDT": Decimal(-100)}, assets=("BTC", "USDT")
    ),
}


@pytest.mark.parametrize(
    ("asset", "judge"),
    [("BTC", ONE), ("ETH", OTHER), ("USDT", ONE), ("BNB", ONE)],
)
def test_each_asset_is_judged_by_the_first_who_trades_it(
    asset: str, judge: str
) -> None:
    for me in (ONE, OTHER):
        account = SharedAccount(me, CHANGES)

        assert account.judge(asset) == judge
        assert account.is_mine(asset) is (judge == me)


def test_what_the_others_have_changed_counts() -> None:
    account = SharedAccount(ONE, CHANGES)

    assert account.by_others() == {"ETH": Decimal(2), "USDT": Decimal(-20)}
    assert SharedAccount(ONE, {ONE: CHANGES[ONE]}).by_others() == {}


def test_amounts_are_added_asset_by_asset() -> None:
    assert added({"A": Decimal(1)}, {"A": Decimal(2), "B": Decimal(3)}) == {
        "A": Decimal(3),
        "B": Decimal(3),
    }
