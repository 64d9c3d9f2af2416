"""What really goes wrong with streams at venues is noticed, counted and mended."""

import itertools
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from holdfast.actors.live import AccountStream, MarketStream
from holdfast.actors.messages import OrderFilled, OrderType, PlaceOrder, Side
from holdfast.actors.queries import FillsNotTold, Ping, QueryFills
from holdfast.supervision import ManualClock, Ref
from holdfast.supervision.runtime.asked_of_all import Describe
from holdfast.testing import Fault, VenueServer
from holdfast.tests.actors.live.socket_script import wait_until

Ask = Callable[[Ref, Any], Any]


def fault(kind: str, where: str, **params: Any) -> Fault:
    return Fault(id="f", kind=kind, where=where, params=params)


def facts_of(ref: Ref) -> dict[str, Any]:
    facts: dict[str, Any] = ref.ask(Describe(), block=False).get(timeout=20)
    return facts


def at_market(name: str, quantity: str = "0.01") -> PlaceOrder:
    return PlaceOrder(
        client_order_id=name,
        intent_id=f"desk:{name}",
        symbol="BTCUSDT",
        side=Side.BUY,
        type=OrderType.MARKET,
        quantity=Decimal(quantity),
        price=None,
        time=1.0,
    )


def fills(told: Any) -> list[tuple[str, int, Decimal]]:
    return [
        (each.client_order_id, each.trade_id, each.filled)
        for each in told.messages
        if isinstance(each, OrderFilled)
    ]


@pytest.fixture
def account(hears: Callable[..., Ref], told: Any) -> Ref:
    ref = hears(AccountStream, stale_after=30.0)
    told.wait_for("AccountStreamUp")
    return ref


@pytest.fixture
def ref(account: Ref, exchange: Callable[..., Ref], venue_urls: dict[str, Any]) -> Ref:
    """The exchange at the venue, beside the stream."""
    assert account.is_alive()
    return exchange(venue_urls)


def test_fills_that_a_disconnect_has_swallowed_are_there_when_asked_for(
    account: Ref, ref: Ref, ask: Ask, venue: VenueServer, told: Any, clock: ManualClock
) -> None:
    """Row: fill events lost over a disconnect, never recovered."""
    venue.inject(fault("disconnect", "user"))
    told.wait_for("AccountStreamDown", times=2)
    ask(ref, at_market("a"))
    told.wait_for("AccountStreamUp", times=2, clock=clock)
    ask(ref, Ping())  # our clock has jumped, the venue's has not
    asked = ask(ref, QueryFills(symbol="BTCUSDT"))
    ask(ref, at_market("b"))
    told.wait_for("OrderFilled")

    assert [each.client_order_id for each in asked.fills] == ["a"]
    assert [name for name, _, _ in fills(told)] == ["b"]
    assert facts_of(account)["lost"] == 1


def test_a_user_stream_that_says_nothing_but_pongs_is_seen_by_who_compares(
    account: Ref, ref: Ref, ask: Ask, venue: VenueServer, told: Any
) -> None:
    """Row: user stream alive but silent. Only asking the exchange shows it."""
    venue.inject(fault("silent", "user"))
    ask(ref, at_market("a"))
    asked = ask(ref, QueryFills(symbol="BTCUSDT"))

    assert [each.client_order_id for each in asked.fills] == ["a"]
    assert fills(told) == []
    assert facts_of(account)["up"] is True


def test_a_user_stream_that_the_venue_ends_on_an_open_connection_is_made_again(
    account: Ref, ref: Ref, ask: Ask, venue: VenueServer, told: Any, clock: ManualClock
) -> None:
    """Row: user stream alive but silent. Binance says `eventStreamTerminated`."""
    venue.inject(fault("terminated", "user"))
    told.wait_for("AccountStreamDown", times=2)
    told.wait_for("AccountStreamUp", times=2, clock=clock)
    ask(ref, Ping())  # our clock has jumped, the venue's has not
    ask(ref, at_market("a"))
    told.wait_for("OrderFilled")

    assert "binance: eventStreamTerminated" in told.messages[2].reason
    assert facts_of(account) == {"dials": 2, "terminated": 1, "up": True}


def test_a_user_stream_that_is_found_to_be_deaf_is_made_again(
    account: Ref, ref: Ref, ask: Ask, venue: VenueServer, told: Any, clock: ManualClock
) -> None:
    """Row: user stream alive but silent."""
    venue.inject(fault("silent", "user"))
    ask(ref, at_market("a"))
    venue.heal()
    account.tell(FillsNotTold(symbol="BTCUSDT", trade_ids=(1,)))
    told.wait_for("AccountStreamUp", times=2, clock=clock)

    assert told.messages[1].stream == account
    assert "fills (1,) were not told" in told.messages[2].reason
    assert facts_of(account) == {"dials": 2, "deaf": 1, "up": True}


def test_a_report_that_comes_twice_has_the_same_name_and_sums(
    ref: Ref, ask: Ask, venue: VenueServer, told: Any
) -> None:
    """Row: fills double counted. Whoever counts knows a fill by its trade id."""
    venue.inject(
        Fault(
            id="f",
            kind="duplicated_frame",
            where="executionReport",
            for_=3600.0,
        )
    )
    ask(ref, at_market("a"))
    told.wait_for("OrderFilled", times=2)

    first, second = fills(told)
    assert first == second
    assert told.names().count("OrderAccepted") == 1


def test_reports_that_come_out_of_order_are_all_told(
    ref: Ref, ask: Ask, venue: VenueServer, told: Any
) -> None:
    venue.inject(fault("reordered_frame", "executionReport"))
    ask(ref, at_market("a"))
    told.wait_for("OrderFilled")

    assert fills(told)[0][0] == "a"


@pytest.mark.parametrize(
    ("kind", "where"), [("bad_frame", "user"), ("bad_frame", "executionReport")]
)
def test_one_bad_frame_does_not_deafen_the_account(
    account: Ref,
    ref: Ref,
    ask: Ask,
    venue: VenueServer,
    told: Any,
    clock: ManualClock,
    kind: str,
    where: str,
) -> None:
    """Row: receive loop killed by one frame."""
    venue.inject(fault(kind, where))
    ask(ref, at_market("a"))
    told.wait_for("AccountStreamDown", times=2)
    told.wait_for("AccountStreamUp", times=2, clock=clock)
    ask(ref, Ping())  # our clock has jumped, the venue's has not
    ask(ref, at_market("b"))
    told.wait_for("OrderFilled")

    assert "b" in [name for name, _, _ in fills(told)]
    assert facts_of(account)["bad_frames"] == 1


def test_what_others_do_on_the_account_is_heard(
    account: Ref, venue: VenueServer, told: Any
) -> None:
    """Row: the exchange closes or reduces the position by itself."""
    venue.inject(fault("liquidation", "*", share="0.01"))
    told.wait_for("OrderFilled")

    assert fills(told)[0][0].startswith("autoclose-")
    assert facts_of(account)["up"] is True


def test_a_subscription_whose_confirmation_is_lost_is_made_again(
    hears: Callable[..., Ref], venue: VenueServer, told: Any, clock: ManualClock
) -> None:
    """Row: lost subscribe acknowledgement."""
    venue.inject(fault("lost_ack", "user"))
    ref = hears(AccountStream)
    venue.wait_for_fault("f")
    told.wait_for("AccountStreamUp", clock=clock)

    assert facts_of(ref)["unacknowledged"] == 1


def named(message: Any) -> str:
    return type(message).__name__


STREAMS = {"trades": "trade", "quotes": "bookTicker", "depth": "depth"}


def say(venue: VenueServer, number: int) -> None:
    """Let the market say something on each stream."""
    venue.market.trade(60_000, "0.1")
    venue.market.quote(60_000 - number, 60_001 + number)


def go_on(venue: VenueServer, clock: ManualClock, true: Callable[[], bool]) -> None:
    """Let the market and time go on until something is true."""
    numbers = itertools.count(2)

    def look() -> bool:
        say(venue, next(numbers))
        return true()

    wait_until(look, clock=clock)


@pytest.fixture
def market(hears: Callable[..., Ref], told: Any) -> Callable[..., Ref]:
    def start(venue: VenueServer, kind: str, **args: Any) -> Ref:
        ref = hears(MarketStream, watch=[kind], **args)
        name = STREAMS[kind]
        venue.wait_for_listener(
            f"btcusdt@{name}@100ms" if kind == "depth" else f"btcusdt@{name}"
        )
        if kind == "depth":
            told.wait_for("DepthSnapshot")
        return ref

    return start


WORDS = {"trades": "Trade", "quotes": "Quote", "depth": "DepthSnapshot"}


@pytest.mark.parametrize("kind", ["trades", "quotes", "depth"])
def test_a_market_stream_that_falls_silent_is_made_again(
    market: Any, venue: VenueServer, told: Any, clock: ManualClock, kind: str
) -> None:
    """Rows: market stream silent, socket open; book frozen after hours."""
    ref = market(venue, kind, stale_after=30.0, trades_stale_after=30.0)
    say(venue, 1)
    told.wait_for("MarketResumed")
    venue.inject(fault("silent", "market"))
    told.wait_for("MarketInterrupted", times=2, clock=clock)
    venue.heal()
    go_on(venue, clock, lambda: told.names().count("MarketResumed") == 2)

    assert facts_of(ref)["silent"] == 1


@pytest.mark.parametrize("kind", ["trades", "quotes", "depth"])
def test_one_bad_frame_does_not_deafen_the_market(
    market: Any, venue: VenueServer, told: Any, clock: ManualClock, kind: str
) -> None:
    """Row: receive loop killed by one frame."""
    ref = market(venue, kind)
    venue.inject(fault("bad_frame", STREAMS[kind]))
    say(venue, 1)
    venue.wait_for_fault("f")
    heard = told.names().count(WORDS[kind])
    go_on(venue, clock, lambda: told.names().count(WORDS[kind]) > heard + 1)

    assert facts_of(ref)["bad_frames"] == 1


def test_a_trade_that_is_lost_is_told_as_missing(
    market: Any, venue: VenueServer, told: Any
) -> None:
    ref = market(venue, "trades")
    say(venue, 1)
    told.wait_for("Trade")
    venue.inject(fault("lost_frame", "trade"))
    say(venue, 2)
    say(venue, 3)
    told.wait_for("Trade", times=2)

    assert facts_of(ref)["trade_gaps"] == 1


def test_a_trade_that_comes_twice_is_told_once(
    market: Any, venue: VenueServer, told: Any
) -> None:
    ref = market(venue, "trades")
    venue.inject(fault("duplicated_frame", "trade"))
    say(venue, 1)
    say(venue, 2)
    told.wait_for("Trade", times=2)

    ids = [each.id for each in told.messages if type(each).__name__ == "Trade"]
    assert ids == sorted(set(ids))
    assert facts_of(ref)["told_twice"] == 1


@pytest.mark.parametrize("kinds", [["trades"], ["trades", "quotes"]])
def test_a_market_that_a_venue_numbers_anew_is_heard_with_rising_ids(
    hears: Callable[..., Ref],
    venue: VenueServer,
    told: Any,
    clock: ManualClock,
    kinds: list[str],
) -> None:
    """Row: market stream silent, socket open. Whoever hears it takes old for new."""
    ref = hears(MarketStream, watch=kinds)
    heard = [WORDS[kind] for kind in kinds]
    go_on(venue, clock, lambda: all(told.names().count(each) > 4 for each in heard))
    venue.market.number_anew()
    venue.inject(fault("disconnect", "market"))
    told.wait_for("MarketInterrupted", times=2)
    go_on(venue, clock, lambda: "numbered_anew" in facts_of(ref))
    go_on(venue, clock, lambda: facts_of(ref)["interrupted"] == [])

    trades = [each.id for each in told.messages if named(each) == "Trade"]
    quotes = [each.update_id for each in told.messages if named(each) == "Quote"]
    assert trades == sorted(set(trades))
    assert quotes == sorted(set(quotes))
    assert facts_of(ref)["numbered_anew"] == 1


def test_a_hole_in_the_depth_has_the_book_fetched_again(
    market: Any, venue: VenueServer, told: Any
) -> None:
    """Row: book frozen or crossed."""
    ref = market(venue, "depth")
    venue.inject(fault("lost_frame", "depth"))
    say(venue, 1)
    say(venue, 2)
    told.wait_for("MarketResumed", times=2)

    assert told.messages[-1].bids[0][0] == Decimal(59_998)
    assert facts_of(ref)["depth_gaps"] == 1


def test_a_venue_that_closes_at_once_is_not_stormed(
    hears: Callable[..., Ref], venue: VenueServer, told: Any, clock: ManualClock
) -> None:
    """Row: reconnect storm, 429, IP ban."""
    venue.inject(
        Fault(
            id="f",
            kind="accept_then_close",
            where="market",
            for_=3600.0,
        )
    )
    began = clock.now()
    ref = hears(MarketStream, watch=["trades"])
    told.wait_for("MarketInterrupted")
    wait_until(lambda: venue.faults_fired["f"] >= 6, clock=clock)

    assert facts_of(ref)["dials"] >= 6
    assert clock.now() - began >= 5.0
