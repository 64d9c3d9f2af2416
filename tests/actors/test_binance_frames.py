"""Each kind of line, as recorded from the venue, and what is wrong with others."""

from decimal import Decimal

import pytest

from holdfast.actors.binance_frames import (
    UnknownStream,
    decode_frame,
    decode_quote_row,
    decode_trade_row,
)
from holdfast.actors.market import DepthSnapshot, DepthUpdate, Quote, Trade

SPOT_TRADE = (
    b'9 {"stream":"btcusdt@trade","data":{"e":"trade","E":1723161255343,"s":"BTCUSDT",'
    b'"t":3735683259,"p":"61837.63000000","q":"0.02000000","T":1723161255342,"m":true,'
    b'"M":true}}'
)
SPOT_QUOTE = (
    b'9 {"stream":"btcusdt@bookTicker","data":{"u":50093239212,"s":"BTCUSDT",'
    b'"b":"61837.63","B":"3.78826","a":"61837.64","A":"1.54698"}}'
)
SPOT_DEPTH = (
    b'9 {"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":1723161255208,'
    b'"s":"BTCUSDT","U":50093239189,"u":50093239202,"b":[["61737.63","0.00000000"]],'
    b'"a":[]}}'
)


def test_a_spot_trade() -> None:
    assert decode_frame(SPOT_TRADE, "") == Trade(
        venue="spot",
        symbol="BTCUSDT",
        id=3735683259,
        price=Decimal("61837.63000000"),
        quantity=Decimal("0.02000000"),
        time=1723161255.342,
        received_ns=9,
        buyer_is_maker=True,
    )


def test_a_futures_trade_is_told_by_the_field_that_only_futures_have() -> None:
    line = SPOT_TRADE.replace(b'"M":true', b'"X":"MARKET"')

    trade = decode_frame(line, "")

    assert isinstance(trade, Trade)
    assert trade.venue == "usdm"


def test_a_spot_quote() -> None:
    assert decode_frame(SPOT_QUOTE, "") == Quote(
        venue="spot",
        symbol="BTCUSDT",
        update_id=50093239212,
        bid=Decimal("61837.63"),
        bid_quantity=Decimal("3.78826"),
        ask=Decimal("61837.64"),
        ask_quantity=Decimal("1.54698"),
        received_ns=9,
    )


def test_a_futures_quote_is_told_by_the_field_that_only_futures_have() -> None:
    line = SPOT_QUOTE.replace(b'"data":{', b'"data":{"e":"bookTicker",')

    quote = decode_frame(line, "")

    assert isinstance(quote, Quote)
    assert quote.venue == "usdm"


def test_a_spot_depth_update() -> None:
    assert decode_frame(SPOT_DEPTH, "") == DepthUpdate(
        venue="spot",
        symbol="BTCUSDT",
        first_update_id=50093239189,
        last_update_id=50093239202,
        previous_update_id=None,
        bids=((Decimal("61737.63"), Decimal(0)),),
        asks=(),
        received_ns=9,
    )


def test_a_futures_depth_update_names_the_one_before() -> None:
    line = SPOT_DEPTH.replace(b'"b":', b'"pu":50093239188,"b":')

    update = decode_frame(line, "")

    assert isinstance(update, DepthUpdate)
    assert (update.venue, update.previous_update_id) == ("usdm", 50093239188)


@pytest.mark.parametrize(("only", "venue"), [(b"", "spot"), (b'"E":5,', "usdm")])
def test_a_snapshot_takes_the_symbol_it_is_given(only: bytes, venue: str) -> None:
    line = b"9 {%b" % only + b'"lastUpdateId":7,"bids":[["9","1"]],"asks":[]}'

    assert decode_frame(line, "BTCUSDT") == DepthSnapshot(
        venue=venue,
        symbol="BTCUSDT",
        last_update_id=7,
        bids=((Decimal(9), Decimal(1)),),
        asks=(),
        received_ns=9,
    )


def test_the_price_of_an_empty_side_means_nothing() -> None:
    line = SPOT_QUOTE.replace(b'"61837.63"', b'"0"').replace(b'"3.78826"', b'"0"')

    quote = decode_frame(line, "")

    assert isinstance(quote, Quote)
    assert quote.bid == quote.bid_quantity == 0


def test_a_stream_that_is_not_read_is_named() -> None:
    with pytest.raises(UnknownStream, match="was aggTrade"):
        decode_frame(SPOT_TRADE.replace(b"@trade", b"@aggTrade"), "")


DEEP = b'9 {"stream":"btcusdt@trade","data":' + b"[" * 100_000


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"9",
        b"9 ",
        b"9 nothing",
        b"9 []",
        b"9 {}",
        b"9 {\xff}",
        b"9 " + SPOT_TRADE,
        SPOT_TRADE[1:],
        b"-" + SPOT_TRADE,
        b"9" * 20 + SPOT_TRADE,
        SPOT_TRADE[:-1],
        SPOT_TRADE + b"}",
        SPOT_TRADE.replace(b'"p":', b'"price":'),
        SPOT_TRADE.replace(b'"61837.63000000"', b'"NaN"'),
        SPOT_TRADE.replace(b'"61837.63000000"', b'"Infinity"'),
        SPOT_TRADE.replace(b'"61837.63000000"', b'"1e99999"'),
        SPOT_TRADE.replace(b'"61837.63000000"', b'"-1"'),
        SPOT_TRADE.replace(b'"61837.63000000"', b"true"),
        SPOT_TRADE.replace(b'"0.02000000"', b'"0"'),
        SPOT_TRADE.replace(b"3735683259", b"-1"),
        SPOT_TRADE.replace(b"3735683259", b"9" * 30),
        SPOT_TRADE.replace(b"3735683259", b'"3735683259"'),
        SPOT_TRADE.replace(b'"m":true', b'"m":1'),
        SPOT_QUOTE.replace(b'"3.78826"', b'"-1"'),
        SPOT_QUOTE.replace(b'"61837.64"', b'"NaN"'),
        SPOT_DEPTH.replace(b'"0.00000000"', b'"NaN"'),
        SPOT_DEPTH.replace(b'"0.00000000"', b'"-1"'),
        SPOT_DEPTH.replace(b'"61737.63"', b'"0"'),
        SPOT_DEPTH.replace(b',"0.00000000"', b""),
        b'9 {"lastUpdateId":7,"bids":[]}',
        b'9 {"lastUpdateId":7,"bids":[["0","1"]],"asks":[]}',
        DEEP,
    ],
    ids=lambda line: line[:60].decode(errors="replace") or "empty",
)
def test_what_is_no_frame_is_an_error(line: bytes) -> None:
    with pytest.raises((ValueError, RecursionError)):
        decode_frame(line, "BTCUSDT")


def test_a_snapshot_of_no_symbol_is_an_error() -> None:
    with pytest.raises(ValueError, match="which symbol"):
        decode_frame(b'9 {"lastUpdateId":7,"bids":[],"asks":[]}', "")


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (b"3,spot,BTCUSDT,5,10,2,1500", "8 fields, was 7"),
        (b"3,spot,BTCUSDT,5,ten,2,1500,1", "are numbers, was 'ten'"),
        (b"3,spot,BTCUSDT,5,NaN,2,1500,1", "was NaN"),
        (b"3,spot,BTCUSDT,5,10,0,1500,1", "was 0"),
        (b"x,spot,BTCUSDT,5,10,2,1500,1", "whole numbers below 2"),
        (b"3,spot,BTCUSDT,-5,10,2,1500,1", "whole numbers below 2"),
        (b"3,spot,BTCUSDT,5,10,2,1500,yes", "must be 0 or 1, was 'yes'"),
        (b"\xff,spot,BTCUSDT,5,10,2,1500,1", "can't decode"),
    ],
)
def test_what_is_no_row_of_trades_is_an_error(row: bytes, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        decode_trade_row(row)


@pytest.mark.parametrize(
    "row", [b"3,8,9.5,1,10.5", b"3,8,9.5,1,-10.5,2", b"3,8,,1,2,3"]
)
def test_what_is_no_row_of_quotes_is_an_error(row: bytes) -> None:
    with pytest.raises(ValueError, match="was "):
        decode_quote_row(row, venue="spot", symbol="BTCUSDT")
