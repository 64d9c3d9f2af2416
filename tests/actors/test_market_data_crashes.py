"""A feed that crashes goes on where it was: nothing is lost, and little repeated."""

import itertools
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

import pytest

from holdfast.actors.market import MarketEnded, Trade
from holdfast.actors.market_data import RecordedFeed, SyntheticFeed
from holdfast.supervision import (
    Actor,
    ActorSystem,
    ChildSpec,
    InjectedCrash,
    ManualClock,
    RefTo,
)

SECOND = 1_000_000_000
FEED = "/root/feed"
EVERYTHING = ["t1", "t2", "t3", "t4", "t5", "ended"]


class Fault(Protocol):
    fired: int

    def __call__(self, system: ActorSystem) -> None: ...


Arm = Callable[[ActorSystem], None]
Grown = Callable[..., AbstractContextManager[ActorSystem]]
Double = Callable[..., ChildSpec]
Settle = Callable[[ActorSystem], None]
Finish = Callable[[ActorSystem], None]
Strike = Callable[[Sequence[tuple[str, int, bool]]], Fault]


class CrashAt(Protocol):
    def __call__(
        self, path: str, which: Callable[[Any], bool], *, after: bool
    ) -> Arm: ...


@pytest.fixture
def seconds(tmp_path: Path) -> str:
    """A recording of trades 1 to 5 at 0, 0.5, 1, 1.5 and 2 seconds."""
    path = tmp_path / "seconds"
    lines = [
        f'{number * SECOND // 2} {{"stream":"btcusdt@trade","data":{{"s":"BTCUSDT",'
        f'"t":{number + 1},"p":"10","q":"2","T":1500,"m":true}}}}'
        for number in range(5)
    ]
    path.write_text("\n".join(lines))
    return str(path)


def recorded(file: str, *to: str, **args: Any) -> ChildSpec:
    return feed(RecordedFeed, *to, files=[file], **args)


def feed(start: type[Actor], *to: str, **args: Any) -> ChildSpec:
    listeners = [RefTo(path=f"/root/{name}") for name in to or ("listener",)]
    return ChildSpec(
        id="feed", start=start, args={"to": listeners, **args}, restart="transient"
    )


def told(message: Any) -> str:
    return f"t{message.id}" if isinstance(message, Trade) else "ended"


def into(heard: list[str]) -> Callable[[Any], None]:
    return lambda message: heard.append(told(message))


def nth(number: int) -> Callable[[Any], bool]:
    turns = itertools.count(1)
    return lambda _: next(turns) == number


def without_repeats(heard: Sequence[str]) -> list[str]:
    """Drop what came twice in a row: anything else out of order would remain."""
    return [name for name, _ in itertools.groupby(heard)]


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("turn", range(1, 9))
def test_no_crash_between_two_turns_loses_or_repeats_a_message(
    turn: int,
    after: bool,  # noqa: FBT001 - a parameter of the table
    seconds: str,
    grown: Grown,
    double: Double,
    finish: Finish,
    crash_at: CrashAt,
) -> None:
    heard: list[str] = []

    with grown(
        double("listener", into(heard)),
        recorded(seconds, speed="max"),
        arm=crash_at(FEED, nth(turn), after=after),
    ) as system:
        finish(system)

        # Five messages, the end of the market, and the end of the feed: 7 turns.
        assert system.events.state().restarts == (turn <= 7)
        assert system.dead_letters.count() == 0
    assert without_repeats(heard) == EVERYTHING
    assert [heard.count(each) for each in EVERYTHING[:-1]] == [1] * 5


@pytest.mark.parametrize("goes_out", [False, True], ids=["instead", "after"])
@pytest.mark.parametrize("send", range(1, 13))
def test_a_crash_among_listeners_repeats_one_message_and_loses_none(
    send: int,
    goes_out: bool,  # noqa: FBT001 - a parameter of the table
    seconds: str,
    grown: Grown,
    double: Double,
    finish: Finish,
    strike: Strike,
) -> None:
    heard: dict[str, list[str]] = {"one": [], "two": []}
    fault = strike([(FEED, send, goes_out)])

    with grown(
        *(double(name, into(messages)) for name, messages in heard.items()),
        recorded(seconds, "one", "two", speed="max"),
        arm=fault,
    ) as system:
        finish(system)

    assert fault.fired == 1
    assert {name: without_repeats(each) for name, each in heard.items()} == {
        "one": EVERYTHING,
        "two": EVERYTHING,
    }
    at, second = divmod(send - 1, 2)
    repeated = {
        name: [each for each, times in itertools.groupby(messages) if list(times)[1:]]
        for name, messages in heard.items()
    }
    assert repeated == {
        "one": [EVERYTHING[at]] if second or goes_out else [],
        "two": [EVERYTHING[at]] if second and goes_out else [],
    }


@pytest.mark.parametrize("times", [1, 3])
def test_many_crashes_in_a_row_lose_nothing_over_many_rounds(
    times: int, seconds: str, grown: Grown, double: Double, finish: Finish
) -> None:
    heard: list[str] = []
    turns = itertools.count(1)

    def arm(system: ActorSystem) -> None:
        def intercept(handler: Callable[[Any], Any]) -> Callable[[Any], Any]:
            def handle(message: Any) -> Any:
                handler(message)
                if next(turns) <= 5 * times:
                    raise InjectedCrash("the test")

            return handle

        system.cell(FEED).intercept = intercept

    with grown(
        double("listener", into(heard)),
        recorded(seconds, speed="max", times=times),
        arm=arm,
    ) as system:
        finish(system)

        assert system.cell(FEED).incarnation == 1 + 5 * times
    assert len(set(heard)) == len(heard) == 5 * times + 1


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("turn", [1, 2, 3, 4])
def test_the_duration_counts_from_the_first_message_of_all(
    turn: int,
    after: bool,  # noqa: FBT001 - a parameter of the table
    seconds: str,
    grown: Grown,
    double: Double,
    finish: Finish,
    crash_at: CrashAt,
) -> None:
    heard: list[str] = []

    with grown(
        double("listener", into(heard)),
        recorded(seconds, speed="max", duration=1.0),
        arm=crash_at(FEED, nth(turn), after=after),
    ) as system:
        finish(system)

        assert system.cell(FEED).incarnation == 2
    assert without_repeats(heard) == ["t1", "t2", "t3", "ended"]


def test_after_a_crash_the_pace_goes_on_from_the_message_that_was_next(
    seconds: str, grown: Grown, double: Double, settle: Settle, crash_at: CrashAt
) -> None:
    clock = ManualClock()
    heard: list[tuple[float, str]] = []

    def hear(message: Any) -> None:
        heard.append((clock.now(), told(message)))

    def second(_: Any) -> bool:
        return clock.now() == 0.5

    with grown(
        double("listener", hear),
        recorded(seconds),
        clock=clock,
        arm=crash_at(FEED, second, after=True),
    ) as system:
        settle(system)
        while pending := clock.pending():
            clock.advance(pending[0])
            settle(system)

    assert heard == [
        (0.0, "t1"),
        (0.5, "t2"),
        (0.5, "t3"),  # the next incarnation says at once what it finds first
        (1.0, "t4"),
        (1.5, "t5"),
        (1.5, "ended"),
    ]


def made_up(
    grown: Grown, double: Double, finish: Finish, **fields: Any
) -> tuple[list[Any], int]:
    """Listen to a market of two seconds; tell also how often its feed was started."""
    heard: list[Any] = []
    with grown(
        double("listener", heard.append),
        feed(SyntheticFeed, speed="max", duration=2.0),
        **fields,
    ) as system:
        finish(system)
        return heard, system.cell(FEED).incarnation


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("turn", [1, 2, 3, 4, 17, 40])
def test_a_made_up_market_goes_on_without_a_gap(
    turn: int,
    after: bool,  # noqa: FBT001 - a parameter of the table
    grown: Grown,
    double: Double,
    finish: Finish,
    crash_at: CrashAt,
) -> None:
    whole, _ = made_up(grown, double, finish)
    arm = crash_at(FEED, nth(turn), after=after)

    crashed, incarnations = made_up(grown, double, finish, arm=arm)

    assert incarnations == 2
    assert whole[-1] == MarketEnded()
    assert list(dict.fromkeys(crashed)) == whole
    assert len(crashed) <= len(whole) + 1
