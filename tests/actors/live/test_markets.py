"""Our names of markets are the venue's."""

from typing import Any

import pytest

from holdfast.actors.live.answers import Incomplete
from holdfast.actors.live.client import WrongAccount
from holdfast.actors.live.markets import Market, markets

SPOT = {"spot": True, "symbol": "BTC/USDT", "base": "BTC", "quote": "USDT"}
SWAP = {"spot": False, "symbol": "BTC/USDT:USDT", "base": "BTC", "quote": "USDT"}
BY_ID = {"BTCUSDT": [SWAP, SPOT], "BTCUSDC": [SWAP], "ETHBTC": [SPOT]}


def test_the_spot_market_of_that_name_is_found() -> None:
    assert markets(BY_ID, ["BTCUSDT"]) == {
        "BTCUSDT": Market(
            symbol="BTCUSDT", unified="BTC/USDT", base="BTC", quote="USDT"
        )
    }


@pytest.mark.parametrize("symbol", ["BTC/USDT", "btcusdt", "BTCUSDC", "BTCEUR"])
def test_a_name_that_is_not_the_venues_is_refused(symbol: str) -> None:
    with pytest.raises(WrongAccount, match=f"no spot market '{symbol}'"):
        markets(BY_ID, [symbol])


@pytest.mark.parametrize("by_id", [None, {}, [], "<html>"])
def test_a_venue_without_markets_has_not_answered(by_id: Any) -> None:
    with pytest.raises(Incomplete, match="no market"):
        markets(by_id, ["BTCUSDT"])


def test_a_market_that_lacks_something_is_no_answer() -> None:
    with pytest.raises(Incomplete, match="quote"):
        markets({"X": [{**SPOT, "quote": None}]}, ["X"])
