"""Feeds say each message to every listener, in order, whatever crashes or is full."""

import gzip
import itertools
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from holdfast.actors.market import MarketEnded, Quote, Trade
from holdfast.actors.market_data import FULL_PAUSE, RecordedFeed, SyntheticFeed
from holdfast.actors.recording import RecordingUnreadable
from holdfast.actors.replay import ROUND_IDS, ROUND_PAUSE_NS
from holdfast.supervision import (
    Actor,
    ActorSystem,
    ChildSpec,
    EventKind,
    ExitKind,
    MailboxSpec,
    ManualClock,
    Phase,
    Ref,
    RefTo,
    StartFailed,
)

TRADES = "recv_ns,venue,symbol,trade_id,price,qty,exch_ms,buyer_is_maker"
QUOTES = "recv_ns,update_id,bid,bid_qty,ask,ask_qty"
START = 1_700_000_000_000_000_000
SECOND = 1_000_000_000
FEED = "/root/feed"


Grown = Callable[..., AbstractContextManager[ActorSystem]]
Double = Callable[..., ChildSpec]
Settle = Callable[[ActorSystem], None]
Finish = Callable[[ActorSystem], None]


def trade_frame(at: float, number: int) -> str:
    return (
        f'{START + round(at * SECOND)} {{"stream":"btcusdt@trade","data":'
        f'{{"s":"BTCUSDT","t":{number},"p":"10","q":"2","T":1500,"m":true}}}}'
    )


def trade_row(at: float, number: int) -> str:
    return f"{START + round(at * SECOND)},spot,BTCUSDT,{number},10,2,1500,1"


def quote_row(at: float, number: int) -> str:
    return f"{START + round(at * SECOND)},{number},9,1,11,1"


def written(path: Path, *lines: str) -> str:
    path.write_text("\n".join(lines))
    return str(path)


@pytest.fixture
def seconds(tmp_path: Path) -> str:
    """A recording of trades 1 to 5 at 0, 0.5, 1, 1.5 and 2 seconds."""
    lines = [trade_frame(number / 2, number + 1) for number in range(5)]
    return written(tmp_path / "seconds", *lines)


@pytest.fixture
def burst(tmp_path: Path) -> str:
    """A recording of trades 1 to 5 in one moment."""
    lines = [trade_frame(0, number + 1) for number in range(5)]
    return written(tmp_path / "burst", *lines)


def recorded(files: Sequence[str], *to: str, **args: Any) -> ChildSpec:
    return feed(RecordedFeed, *to, files=list(files), **args)


def feed(start: type[Actor], *to: str, **args: Any) -> ChildSpec:
    listeners = [RefTo(path=f"/root/{name}") for name in to or ("listener",)]
    return ChildSpec(
        id="feed", start=start, args={"to": listeners, **args}, restart="transient"
    )


def told(message: Any) -> str:
    match message:
        case Trade(id=number):
            return f"t{number}"
        case Quote(update_id=number):
            return f"q{number}"
        case MarketEnded():
            return "ended"
        case _:
            return f"?{message}"


def into(heard: list[str]) -> Callable[[Any], None]:
    return lambda message: heard.append(told(message))


def timed(heard: list[tuple[float, str]], clock: ManualClock) -> Callable[[Any], None]:
    return lambda message: heard.append((clock.now(), told(message)))


EVERYTHING = ["t1", "t2", "t3", "t4", "t5", "ended"]


def run_clock(system: ActorSystem, clock: ManualClock, settle: Settle) -> None:
    """Let time pass from one timer to the next until there is none."""
    settle(system)
    while pending := clock.pending():
        clock.advance(pending[0])
        settle(system)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([trade_frame(0, 1), trade_frame(0.5, 2)], ["t1", "t2"]),
        ([TRADES, trade_row(0, 1), trade_row(0.5, 2)], ["t1", "t2"]),
        ([QUOTES, quote_row(0, 1), quote_row(0.5, 2)], ["q1", "q2"]),
    ],
    ids=["frames", "trade rows", "quote rows"],
)
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_every_format_is_replayed_at_the_pace_of_its_receive_times(
    lines: list[str],
    expected: list[str],
    packed: bool,  # noqa: FBT001 - a parameter of the table
    tmp_path: Path,
    grown: Grown,
    double: Double,
    settle: Settle,
) -> None:
    text = "\n".join(lines).encode()
    path = tmp_path / "recording"
    path.write_bytes(gzip.compress(text) if packed else text)
    clock = ManualClock()
    heard: list[tuple[float, str]] = []

    listener = double("listener", timed(heard, clock))
    with grown(listener, recorded([str(path)]), clock=clock) as system:
        run_clock(system, clock, settle)

    assert heard == [(0.0, expected[0]), (0.5, expected[1]), (0.5, "ended")]


@pytest.mark.parametrize("speed", [0.5, 1.0, 4.0])
def test_a_faster_replay_takes_less_time_between_messages(
    speed: float, seconds: str, grown: Grown, double: Double, settle: Settle
) -> None:
    clock = ManualClock()
    heard: list[tuple[float, str]] = []

    listener = double("listener", timed(heard, clock))
    with grown(listener, recorded([seconds], speed=speed), clock=clock) as system:
        run_clock(system, clock, settle)

    times = [at for at, _ in heard[:5]]
    assert times == [at / speed for at in (0, 0.5, 1.0, 1.5, 2.0)]


def test_messages_of_several_recordings_come_by_event_time(
    tmp_path: Path, grown: Grown, double: Double, settle: Settle
) -> None:
    one = written(tmp_path / "one", trade_frame(0, 1), trade_frame(2, 2))
    two = written(tmp_path / "two", QUOTES, quote_row(1, 7), quote_row(3, 8))
    clock = ManualClock()
    heard: list[tuple[float, str]] = []

    listener = double("listener", timed(heard, clock))
    with grown(listener, recorded([two, one]), clock=clock) as system:
        run_clock(system, clock, settle)

    assert heard[:4] == [(0, "t1"), (1, "q7"), (2, "t2"), (3, "q8")]


def test_a_replay_can_be_told_several_times(
    seconds: str, grown: Grown, double: Double, finish: Finish
) -> None:
    heard: list[Any] = []

    with grown(
        double("listener", heard.append), recorded([seconds], speed="max", times=3)
    ) as system:
        finish(system)

    assert [each.id for each in heard[:-1]] == [
        round_ * ROUND_IDS + number for round_ in range(3) for number in range(1, 6)
    ]
    assert heard[5].received_ns == heard[4].received_ns + ROUND_PAUSE_NS
    assert heard[-1] == MarketEnded()


class Relay(Actor):
    """Says that it has a message, and passes it on."""

    def __init__(self, say: Callable[[str], object], then: Ref | None = None) -> None:
        self._say = say
        self._then = then

    def on_receive(self, message: Any) -> None:
        self._say(f"{self.me.cell.name} {told(message)}")
        if self._then is not None:
            self._then.tell(message)


@pytest.mark.parametrize("dispatcher", ["shared", "pinned"])
def test_in_lockstep_the_next_message_waits_for_all_that_the_last_one_caused(
    dispatcher: str, seconds: str, grown: Grown, finish: Finish
) -> None:
    events: list[str] = []
    names = ["a", "b", "c"]
    chain = [
        ChildSpec(
            id=name,
            start=Relay,
            args={"say": events.append, "then": then and RefTo(path=f"/root/{then}")},
            dispatcher=dispatcher,
        )
        for name, then in zip(names, [*names[1:], None], strict=True)
    ]

    with grown(*chain, recorded([seconds], "a", speed="max")) as system:
        finish(system)

    assert events == [f"{name} {each}" for each in EVERYTHING for name in names]


@pytest.mark.parametrize(("duration", "last"), [(1.0, 3), (0.9, 2), (0, 1), (9, 5)])
def test_a_duration_ends_the_feed_in_market_time(
    duration: float,
    last: int,
    seconds: str,
    grown: Grown,
    double: Double,
    finish: Finish,
) -> None:
    heard: list[Any] = []

    with grown(
        double("listener", heard.append),
        recorded([seconds], speed="max", duration=duration),
    ) as system:
        finish(system)

    expected = [f"t{number}" for number in range(1, last + 1)]
    assert [told(each) for each in heard] == [*expected, "ended"]


def test_a_listener_without_room_is_waited_for(
    burst: str, grown: Grown, double: Double, settle: Settle
) -> None:
    clock = ManualClock()
    heard: list[tuple[float, str]] = []

    room = MailboxSpec(capacity=2)
    listener = double("listener", timed(heard, clock), mailbox=room)
    with grown(listener, recorded([burst]), clock=clock) as system:
        run_clock(system, clock, settle)

    # All share one thread: nobody is heard while the feed still speaks.
    assert heard == [
        (0, "t1"),
        (0, "t2"),
        (FULL_PAUSE, "t3"),
        (FULL_PAUSE, "t4"),
        (2 * FULL_PAUSE, "t5"),
        (2 * FULL_PAUSE, "ended"),
    ]


def test_who_has_room_hears_again_what_another_listener_had_no_room_for(
    burst: str, grown: Grown, double: Double, settle: Settle
) -> None:
    clock = ManualClock()
    heard: list[str] = []
    full: list[str] = []

    with grown(
        double("roomy", into(heard)),
        double("full", into(full), mailbox=MailboxSpec(capacity=1)),
        recorded([burst], "roomy", "full"),
        clock=clock,
    ) as system:
        run_clock(system, clock, settle)

        assert system.dead_letters.count() == 0
    assert full == EVERYTHING
    repeats = [name for name, _ in itertools.groupby(heard)]
    assert repeats == EVERYTHING
    assert len(heard) > len(EVERYTHING)


def test_bad_frames_become_dead_letters_and_the_replay_goes_on(
    tmp_path: Path, grown: Grown, double: Double, finish: Finish
) -> None:
    path = written(
        tmp_path / "file", trade_frame(0, 1), "nonsense", trade_frame(1, 2), "{"
    )
    heard: list[str] = []

    with grown(
        double("listener", into(heard)),
        recorded([path], speed="max"),
    ) as system:
        finish(system)
        letters = system.dead_letters.newest()

    assert heard == ["t1", "t2", "ended"]
    assert [(each.path, each.message.line, each.reason) for each in letters] == [
        (FEED, 2, "bad frame"),
        (FEED, 4, "bad frame"),
    ]


def test_without_its_recording_the_tree_does_not_start(
    tmp_path: Path, grown: Grown, double: Double
) -> None:
    absent = str(tmp_path / "absent")

    with (
        pytest.raises(
            StartFailed, match=f"there is no recording at {absent}"
        ) as failed,
        grown(double("listener"), recorded([absent])),
    ):
        pass

    assert failed.value.reason.kind is ExitKind.START_FAILED
    assert isinstance(failed.value.reason.error, RecordingUnreadable)
    assert failed.value.reason.error.exit_code == 66


@pytest.mark.parametrize("speed", [0, -1.0, float("nan")])
def test_a_speed_that_makes_no_sense_is_refused(
    speed: float, seconds: str, grown: Grown, double: Double
) -> None:
    with (
        pytest.raises(StartFailed, match="speed must be 'max' or a number above 0"),
        grown(double("listener"), recorded([seconds], speed=speed)),
    ):
        pass


def test_at_the_end_the_feed_stops_and_is_left_stopped(
    seconds: str, grown: Grown, double: Double, finish: Finish
) -> None:
    with grown(double("listener"), recorded([seconds], speed="max")) as system:
        finish(system)

        exits = [
            event.reason
            for event in system.events.since(0)
            if event.path == FEED and event.kind is EventKind.EXITED
        ]
        assert exits == ["normal"]
        assert system.events.state().nodes[FEED].phase is Phase.STOPPED


def synthetic(
    grown: Grown, finish: Finish, double: Double, **fields: Any
) -> list[Trade | Quote]:
    heard: list[Any] = []
    chosen: dict[str, Any] = {"speed": "max", "duration": 2.0}
    with grown(
        double("listener", heard.append), feed(SyntheticFeed, **chosen), **fields
    ) as system:
        finish(system)
    assert heard[-1] == MarketEnded()
    return [each for each in heard if each != MarketEnded()]


def test_the_same_seed_makes_up_the_same_market(
    grown: Grown, finish: Finish, double: Double
) -> None:
    one = synthetic(grown, finish, double, seed=5)

    assert one == synthetic(grown, finish, double, seed=5)
    assert one != synthetic(grown, finish, double, seed=6)


def test_a_made_up_market_lasts_as_long_as_is_wanted(
    grown: Grown, finish: Finish, double: Double
) -> None:
    market = synthetic(grown, finish, double)

    span = (market[-1].received_ns - market[0].received_ns) / 1e9
    assert 1.5 < span <= 2.0
    assert isinstance(market[0], Quote)
    assert market[0].bid == pytest.approx(Decimal(60_000), abs=10)
