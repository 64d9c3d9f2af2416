"""What a venue says of the market is told exactly, and what is missing is noticed."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from holdfast.actors.live import MarketStream
from holdfast.actors.market import (
    DepthSnapshot,
    MarketInterrupted,
    MarketResumed,
    Quote,
    Trade,
)
from holdfast.supervision import ActorSystem, ChildSpec, ManualClock, Ref, RefTo
from holdfast.supervision.runtime.asked_of_all import Describe
from holdfast.supervision.system import StartFailed
from holdfast.tests.actors.live.socket_script import wait_until

Start = Callable[..., Ref]
NOW = 1_700_000_000.0


@pytest.fixture
def stream(
    wire: Any, frames: Any, listener: ChildSpec, grown: Callable[..., ActorSystem]
) -> Start:
    def start(*watch: str, **args: Any) -> Ref:
        given = {
            "to": [RefTo(path="/root/listener")],
            "exchange": "binance",
            "symbols": ["BTCUSDT"],
            "urls": {**wire.urls, **frames.urls},
            "watch": watch,
            **args,
        }
        spec = ChildSpec(
            id="stream",
            start=MarketStream,
            args=given,
            dispatcher="loop",
            hang_after=None,
        )
        return grown(listener, spec).ref("/root/stream")

    return start


def trade(id_: int, **changes: Any) -> dict[str, Any]:
    return {
        "e": "trade",
        "E": 1,
        "s": "BTCUSDT",
        "t": id_,
        "p": "60000.01000000",
        "q": "1234567890.12345678",
        "T": 1_700_000_000_500,
        "m": True,
        "M": True,
        **changes,
    }


def quote(id_: int, bid: str = "60000.00", ask: str = "60000.01") -> dict[str, Any]:
    return {"u": id_, "s": "BTCUSDT", "b": bid, "B": "1.5", "a": ask, "A": "0.25"}


def diff(first: int, last: int, **changes: Any) -> dict[str, Any]:
    return {
        "e": "depthUpdate",
        "E": 1_700_000_000_000,
        "s": "BTCUSDT",
        "U": first,
        "u": last,
        "b": [["60000.00", "3"]],
        "a": [],
        **changes,
    }


def book(last: int) -> str:
    return (
        f'{{"lastUpdateId":{last},"bids":[["60000.00","1"],["59999.99","2"]],'
        '"asks":[["60000.01","1"],["60000.02","2"]]}'
    )


def facts_of(ref: Ref) -> dict[str, Any]:
    facts: dict[str, Any] = ref.ask(Describe(), block=False).get(timeout=20)
    return facts


def test_trades_are_told_exactly_and_one_by_one(
    stream: Start, frames: Any, told: Any
) -> None:
    """A float would have lost the last digits of this quantity."""
    stream("trades")
    frames.wait_for("btcusdt@trade")
    frames.send(*(trade(number) for number in range(5, 205)))
    told.wait_for("Trade", times=200)

    interrupted, resumed, first, *_ = told.messages
    assert interrupted == MarketInterrupted(
        venue="spot", symbol="BTCUSDT", reason="not connected yet", time=NOW
    )
    assert resumed == MarketResumed(venue="spot", symbol="BTCUSDT", time=NOW)
    assert first == Trade(
        venue="spot",
        symbol="BTCUSDT",
        id=5,
        price=Decimal("60000.01"),
        quantity=Decimal("1234567890.12345678"),
        time=NOW + 0.5,
        received_ns=int(NOW) * 10**9,
        buyer_is_maker=True,
    )
    ids = [each.id for each in told.messages if isinstance(each, Trade)]
    assert ids == list(range(5, 205))


def test_a_quote_is_told_exactly(stream: Start, frames: Any, told: Any) -> None:
    stream("quotes")
    frames.wait_for("btcusdt@bookTicker")
    frames.send(quote(77))
    told.wait_for("Quote")

    assert told.messages[-1] == Quote(
        venue="spot",
        symbol="BTCUSDT",
        update_id=77,
        bid=Decimal(60_000),
        bid_quantity=Decimal("1.5"),
        ask=Decimal("60000.01"),
        ask_quantity=Decimal("0.25"),
        received_ns=int(NOW) * 10**9,
    )


def test_the_best_levels_of_the_book_are_told(
    stream: Start, frames: Any, wire: Any, told: Any, reply: Any
) -> None:
    wire.answers["GET /depth"] = reply(200, book(100))
    stream("depth", levels=2)
    frames.wait_for("btcusdt@depth")
    told.wait_for("DepthSnapshot")
    frames.send(diff(101, 102, b=[["60000.005", "0.1"]]))
    told.wait_for("DepthSnapshot", times=2)

    last = told.messages[-1]
    assert isinstance(last, DepthSnapshot)
    assert last.last_update_id == 102
    assert last.bids == (
        (Decimal("60000.005"), Decimal("0.1")),
        (Decimal(60_000), Decimal(1)),
    )
    assert last.asks == (
        (Decimal("60000.01"), Decimal(1)),
        (Decimal("60000.02"), Decimal(2)),
    )


def test_a_gap_in_the_book_is_told_and_a_new_book_fetched(
    stream: Start, frames: Any, wire: Any, told: Any, reply: Any
) -> None:
    wire.answers["GET /depth"] = reply(200, book(100))
    ref = stream("depth")
    told.wait_for("DepthSnapshot")
    wire.answers["GET /depth"] = reply(200, book(300))
    frames.send(diff(101, 102), diff(200, 201))
    told.wait_for("MarketResumed", times=2)

    assert told.names()[-3:] == ["MarketInterrupted", "MarketResumed", "DepthSnapshot"]
    assert told.messages[-3].reason == "updates of the book are missing"
    assert told.messages[-1].last_update_id == 300
    assert facts_of(ref)["depth_gaps"] == 1


def test_missing_trades_are_told(stream: Start, frames: Any, told: Any) -> None:
    ref = stream("trades")
    frames.wait_for("btcusdt@trade")
    frames.send(trade(1), trade(2), trade(2), trade(5))
    told.wait_for("MarketResumed", times=2)

    assert told.names()[-3:] == ["MarketInterrupted", "MarketResumed", "Trade"]
    assert told.messages[-3].reason == "trades 3 to 4 are missing"
    assert facts_of(ref)["trade_gaps"] == 1
    assert facts_of(ref)["told_twice"] == 1


def test_trades_that_were_missed_while_not_connected_are_told_as_missing(
    stream: Start, frames: Any, told: Any, clock: ManualClock
) -> None:
    ref = stream("trades")
    frames.wait_for("btcusdt@trade")
    frames.send(trade(1))
    told.wait_for("Trade")
    frames.drop()
    told.wait_for("MarketInterrupted", times=2)
    frames.wait_until(lambda: len(frames.heard) == 2, clock=clock)
    frames.send(trade(9))
    told.wait_for("Trade", times=2)

    assert facts_of(ref)["trade_gaps"] == 1


def test_a_venue_that_numbers_trades_anew_with_an_older_clock_is_heard_after_a_silence(
    stream: Start, frames: Any, told: Any, clock: ManualClock
) -> None:
    ref = stream("trades", trades_stale_after=30.0)
    frames.wait_for("btcusdt@trade")
    frames.send(trade(900))
    told.wait_for("Trade")
    earlier = 1_700_000_000_000
    frames.send(*(trade(number, T=earlier + number) for number in (1, 2, 3)))
    frames.wait_until(lambda: facts_of(ref).get("told_twice") == 3)
    told.wait_for("MarketInterrupted", times=2, clock=clock)
    frames.wait_until(lambda: len(frames.heard) == 2, clock=clock)
    frames.send(*(trade(number, T=earlier + number) for number in (4, 5, 6)))
    told.wait_for("Trade", times=2)

    assert told.messages[-1].id == 901
    assert facts_of(ref)["numbered_anew"] == 1


@pytest.mark.parametrize(
    "frame",
    [
        "{",
        "no json",
        [1, 2],
        trade(1, p="many"),
        trade(1, p="0"),
        trade(1, t="a-1"),
        trade(1, T=None),
        trade(1, m=None),
    ],
)
def test_one_bad_frame_ends_the_session_and_a_new_one_begins(
    stream: Start, frames: Any, told: Any, clock: ManualClock, frame: Any
) -> None:
    ref = stream("trades")
    frames.wait_for("btcusdt@trade")
    frames.send(frame)
    frames.wait_until(lambda: "bad_frames" in facts_of(ref))
    frames.wait_until(lambda: len(frames.heard) == 2, clock=clock)
    frames.send(trade(1))
    told.wait_for("Trade")

    assert facts_of(ref) == {"dials": 2, "bad_frames": 1, "interrupted": []}


@pytest.mark.parametrize(
    "frame", [quote(1, bid="60000.01"), quote(1, bid="60000.02"), quote(1, ask="-1")]
)
def test_a_crossed_quote_ends_the_session(
    stream: Start, frames: Any, told: Any, frame: Any
) -> None:
    ref = stream("quotes")
    frames.wait_for("bookTicker")
    frames.send(frame)
    frames.wait_until(lambda: facts_of(ref).get("bad_frames") == 1)

    assert "Quote" not in told.names()


def test_a_stream_that_falls_silent_on_an_open_connection_is_made_again(
    stream: Start, frames: Any, told: Any, clock: ManualClock
) -> None:
    ref = stream("quotes", stale_after=30.0)
    frames.wait_for("bookTicker")
    frames.send(quote(1))
    told.wait_for("Quote")
    told.wait_for("MarketInterrupted", times=2, clock=clock)

    assert "Silent: no quotes of BTCUSDT for" in told.messages[-1].reason
    frames.wait_until(lambda: len(frames.heard) == 2, clock=clock)
    frames.send(quote(2))
    told.wait_for("MarketResumed", times=2)
    assert facts_of(ref)["silent"] == 1


def test_a_subscription_that_is_not_confirmed_is_noticed_by_its_silence(
    stream: Start, frames: Any, told: Any, clock: ManualClock, wire: Any, reply: Any
) -> None:
    wire.answers["GET /depth"] = reply(200, book(100))
    frames.confirms = False
    ref = stream("depth", stale_after=30.0)
    frames.wait_for("btcusdt@depth")
    frames.confirms = True
    told.wait_for("DepthSnapshot", clock=clock)

    assert facts_of(ref)["silent"] == 1


def test_a_venue_that_closes_at_once_is_dialled_ever_more_seldom(
    stream: Start, frames: Any, clock: ManualClock
) -> None:
    """Bare ccxt dials hundreds of times per second here."""
    frames.closes_at_once = True
    ref = stream("trades")
    frames.wait_until(lambda: frames.opened == 1)
    began = clock.now()
    frames.wait_until(lambda: frames.opened == 6, clock=clock)

    assert clock.now() - began >= 5.0
    assert facts_of(ref)["dials"] == 6


@pytest.mark.parametrize("status", [429, 418])
def test_a_venue_that_refuses_more_connections_is_left_alone_as_long_as_it_says(
    stream: Start, frames: Any, status: int
) -> None:
    """Row: reconnect storm, 429, IP ban. The supervisor waits what the venue says."""
    frames.refuses_with = status
    ref = stream("trades")
    events = ref.cell.system.events
    wait_until(lambda: any(each.kind == "exited" for each in events.since(0)))

    ended = next(each for each in events.since(0) if each.kind == "exited")
    assert ended.reason.startswith("crashed: Throttled")
    waits: Any = ref.cell.system.clock
    wait_until(lambda: any(76 < each < 78 for each in waits.pending()))


def test_several_markets_share_one_subscription(
    stream: Start, frames: Any, wire: Any, told: Any, reply: Any
) -> None:
    markets = MARKETS_OF_TWO
    wire.answers["GET /exchangeInfo"] = reply(200, markets)
    stream("trades", symbols=["BTCUSDT", "ETHUSDT"])
    frames.wait_for("SUBSCRIBE")
    frames.send(trade(1), trade(1, s="ETHUSDT"))
    told.wait_for("Trade", times=2)

    assert [each["params"] for each in frames.heard] == [
        ["btcusdt@trade", "ethusdt@trade"]
    ]
    symbols = [each.symbol for each in told.messages if isinstance(each, Trade)]
    assert symbols == ["BTCUSDT", "ETHUSDT"]


def test_an_exchange_that_does_not_tell_that_is_refused(stream: Start) -> None:
    with pytest.raises(
        StartFailed, match="bitstamp has no watchBidsAsks or watchTickers"
    ):
        stream("trades", "quotes", exchange="bitstamp")


def one_market(asset: str) -> str:
    return (
        f'{{"symbol":"{asset}USDT","status":"TRADING","baseAsset":"{asset}",'
        '"quoteAsset":"USDT","orderTypes":["LIMIT"],"isSpotTradingAllowed":true,'
        '"permissions":["SPOT"],"filters":[]}'
    )


MARKETS_OF_TWO = f'{{"symbols":[{one_market("BTC")},{one_market("ETH")}]}}'
