"""A paced feed is woken when its market moves, and not besides."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from holdfast.actors.market import MarketEnded
from holdfast.actors.market_data import SyntheticFeed
from holdfast.supervision import ActorSystem, ChildSpec, ManualClock, RefTo

Grown = Callable[..., AbstractContextManager[ActorSystem]]
Double = Callable[..., ChildSpec]
Settle = Callable[[ActorSystem], None]


def test_a_feed_is_woken_once_for_each_moment_of_its_market(
    grown: Grown, settle: Settle, double: Double
) -> None:
    heard: list[Any] = []
    args = {"to": [RefTo(path="/root/listener")], "duration": 10.0}
    feed = ChildSpec(id="feed", start=SyntheticFeed, args=args, restart="transient")
    clock = ManualClock()
    clock.advance(0.1)  # from where on sums of seconds are rounded
    wakes = 0
    with grown(double("listener", heard.append), feed, clock=clock) as system:
        settle(system)
        while (pending := clock.pending()) and wakes < 1000:
            clock.advance(pending[0])
            settle(system)
            wakes += 1

    assert heard.pop() == MarketEnded()
    moments = {message.received_ns for message in heard}
    assert wakes == len(moments) - 1  # the first is said at once
