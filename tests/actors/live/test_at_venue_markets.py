"""A market at a venue that says what makes no sense, and somebody who fails over it."""

from collections.abc import Callable
from typing import Any

import pytest

from holdfast.actors.live import MarketStream
from holdfast.supervision import ActorSystem, ChildSpec, ManualClock, Ref, RefTo
from holdfast.supervision.runtime.asked_of_all import Describe
from holdfast.testing import VenueServer
from holdfast.tests.actors.live.socket_script import Heard, wait_until


def facts_of(ref: Ref) -> dict[str, Any]:
    told: dict[str, Any] = ref.ask(Describe(), block=False).get(timeout=20)
    return told


@pytest.mark.parametrize(
    ("kind", "word"), [("quotes", "Quote"), ("depth", "DepthSnapshot")]
)
def test_a_crossed_book_is_told_to_nobody_and_read_anew(
    hears: Callable[..., Ref],
    venue: VenueServer,
    told: Any,
    clock: ManualClock,
    kind: str,
    word: str,
) -> None:
    """Row: book frozen or crossed after hours."""
    ref = hears(MarketStream, watch=[kind])
    numbers = iter(range(1000))

    def heard() -> bool:
        shift = next(numbers)
        venue.market.quote(59_000 - shift, 59_001 - shift)
        return word in told.names() and facts_of(ref)["interrupted"] == []

    wait_until(heard, clock=clock)
    venue.market.quote(61_000, 60_500)
    told.wait_for("MarketInterrupted", times=2)
    wait_until(heard, clock=clock)

    assert facts_of(ref)["bad_frames"] == 1
    assert told.names().count("MarketResumed") == 2


class Fragile(Heard):
    """Fails over the first trade, as a strategy with a mistake does."""

    def on_receive(self, message: Any) -> None:
        super().on_receive(message)
        if self._told.names().count("Trade") == 1:
            raise ZeroDivisionError("a mistake")


def test_whoever_fails_over_what_it_hears_is_noticed_and_hears_on(
    grown: Callable[..., ActorSystem],
    venue: VenueServer,
    venue_urls: dict[str, Any],
    told: Any,
    clock: ManualClock,
) -> None:
    """Row: strategy dead, process alive; a callback's exception is not discarded."""
    to: Any = RefTo(path="/root/strategy")
    where = {"exchange": "binance", "symbols": ["BTCUSDT"], "urls": venue_urls}
    stream = {"to": [to], "watch": ["trades"], **where}
    system = grown(
        ChildSpec(id="strategy", start=Fragile, args={"told": told}),
        ChildSpec(
            id="feed",
            start=MarketStream,
            args=stream,
            dispatcher="loop",
            hang_after=None,
        ),
    )
    venue.wait_for_listener("btcusdt@trade")
    for _ in range(3):
        venue.market.trade(60_000, "0.1")
    told.wait_for("Trade", times=3, clock=clock)

    ended = [each for each in system.events.since(0) if each.kind == "exited"]
    assert [each.path for each in ended] == ["/root/strategy"]
    assert "ZeroDivisionError" in ended[0].reason
