"""What ccxt's streams say of a market is read whole, or not at all."""

from decimal import Decimal
from typing import Any

import pytest

from holdfast.actors.live.answers import Incomplete
from holdfast.actors.live.market_answers import depth, quote, trade

TRADE = {
    "id": "7",
    "side": "sell",
    "price": "60000.1",
    "amount": "0.1",
    "timestamp": 1_700_000_000_500,
}
QUOTE = {
    "bid": "60000",
    "bidVolume": "1",
    "ask": "60001",
    "askVolume": "2",
    "info": {"u": 9},
}
ONE, TWO = Decimal(1), Decimal(2)
BOOK = {"bids": [[ONE, TWO]], "asks": [[TWO, ONE]], "nonce": 9}


@pytest.mark.parametrize(
    "changes",
    [
        {"side": None},
        {"price": None},
        {"price": "0"},
        {"price": 60000.1},
        {"amount": "-1"},
        {"timestamp": None},
    ],
)
def test_a_trade_that_lacks_something_is_none(changes: dict[str, Any]) -> None:
    with pytest.raises(Incomplete):
        trade({**TRADE, **changes}, "BTCUSDT", "spot", 1, number=7)


@pytest.mark.parametrize(("side", "is_maker"), [("sell", True), ("buy", False)])
def test_the_side_of_a_trade_is_the_aggressors(side: str, is_maker: Any) -> None:
    told = trade({**TRADE, "side": side}, "BTCUSDT", "spot", 1, number=7)

    assert told.buyer_is_maker is is_maker


@pytest.mark.parametrize(
    "changes",
    [{"bid": None}, {"askVolume": None}, {"bid": "60001"}, {"ask": "1"}, {"ask": "0"}],
)
def test_a_quote_that_can_not_be_is_none(changes: dict[str, Any]) -> None:
    with pytest.raises(Incomplete):
        quote({**QUOTE, **changes}, "BTCUSDT", "spot", 1)


def test_a_quote_without_a_number_gets_the_time() -> None:
    assert quote(QUOTE, "BTCUSDT", "spot", 5).update_id == 9
    assert quote({**QUOTE, "info": {}}, "BTCUSDT", "spot", 5).update_id == 5


@pytest.mark.parametrize(
    "changes",
    [{"bids": []}, {"asks": []}, {"asks": [[ONE, ONE]]}, {"bids": [[None, ONE]]}],
)
def test_a_book_that_can_not_be_is_none(changes: dict[str, Any]) -> None:
    with pytest.raises(Incomplete):
        depth({**BOOK, **changes}, "BTCUSDT", "spot", 1, levels=5)


def test_of_a_book_the_best_levels_are_read() -> None:
    bids = [[TWO, ONE], [ONE, ONE]]
    asks = [[Decimal(3), ONE]]
    told = depth({**BOOK, "bids": bids, "asks": asks}, "B", "spot", 1, levels=1)

    assert (told.bids, told.asks) == (((TWO, ONE),), ((Decimal(3), ONE),))
