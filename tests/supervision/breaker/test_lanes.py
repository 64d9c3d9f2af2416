"""A lane lets so many calls go at once, and so many wait, in order."""

import pytest

from holdfast.supervision import Future
from holdfast.supervision.breaker import LaneReport, LaneSettings
from holdfast.supervision.breaker.lanes import LANE_OF, Call, Lane, reported
from holdfast.supervision.outcome import CallClass


def call(number: int) -> Call:
    return Call(
        number=number,
        name=str(number),
        message=number,
        call_class=CallClass.NEW,
        reply=Future(),
        deadline=1.0,
    )


@pytest.mark.parametrize(
    ("kind", "lane"),
    [
        (CallClass.NEW, "new"),
        (CallClass.REDUCE, "new"),
        (CallClass.CANCEL, "cancel"),
        (CallClass.QUERY, "query"),
        (CallClass.ACCOUNT, "query"),
        (CallClass.DATA, "data"),
    ],
)
def test_each_class_of_calls_has_its_lane(kind: CallClass, lane: str) -> None:
    assert LANE_OF[kind] == lane


def test_who_has_waited_longest_is_next_once_there_is_a_slot() -> None:
    lane = Lane("new", LaneSettings(concurrency=1, queue=3))
    first, second, third = (call(number) for number in range(3))
    lane.waiting.extend([first, second, third])
    lane.running = 1
    nobody = lane.next()
    left = (lane.leave(second), lane.leave(second))
    lane.running = 0

    assert (nobody, left) == (None, (True, False))
    assert (lane.next(), lane.next(), lane.next()) == (first, third, None)


@pytest.mark.parametrize(("waiting", "is_full"), [(1, False), (2, True)])
def test_it_is_full_when_nobody_else_may_wait(
    waiting: int,
    is_full: bool,  # noqa: FBT001 - a column of the table
) -> None:
    lane = Lane("new", LaneSettings(concurrency=1, queue=2))
    lane.waiting.extend(map(call, range(waiting)))

    assert lane.is_full is is_full
    assert reported(lane) == LaneReport("new", 0, waiting, 1, 2)
