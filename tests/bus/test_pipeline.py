"""Every word that was offered is confirmed once, in whatever order confirms come."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.bus.pipeline import Pipeline


@pytest.fixture
def pipeline() -> Pipeline:
    """One with the words 11 to 14 on their way, as tags 1 to 4."""
    made = Pipeline(window=5, patience=3.0)
    for seq in (11, 12, 13, 14):
        made.offer(seq, now=float(seq))
    return made


def test_confirms_come_in_any_order(pipeline: Pipeline) -> None:
    arrived = [pipeline.confirm(tag, multiple=False) for tag in (3, 1, 4, 2)]

    assert arrived == [[13], [11], [14], [12]]
    assert (pipeline.under_way, pipeline.room) == (0, 5)


def test_one_confirm_may_be_about_all_before_it(pipeline: Pipeline) -> None:
    arrived = [
        pipeline.confirm(2, multiple=False),
        pipeline.confirm(3, multiple=True),
        pipeline.confirm(9, multiple=True),
    ]

    assert arrived == [[12], [11, 13], [14]]


def test_a_confirm_that_comes_again_or_of_nothing_says_nothing(
    pipeline: Pipeline,
) -> None:
    first = pipeline.confirm(1, multiple=False)
    again = [
        pipeline.confirm(1, multiple=False),
        pipeline.confirm(1, multiple=True),
        pipeline.confirm(99, multiple=False),
    ]

    assert (first, again) == ([11], [[], [], []])
    assert pipeline.room == 2


def test_the_oldest_that_waits_is_the_first_to_be_due(pipeline: Pipeline) -> None:
    at_first = [pipeline.overdue(now) for now in (13.9, 14.0, 14.5)]
    pipeline.confirm(1, multiple=False)
    then = [pipeline.overdue(now) for now in (14.5, 15.5)]
    pipeline.confirm(4, multiple=True)

    assert (at_first, then) == ([None, 0.0, 0.5], [None, 0.5])
    assert pipeline.overdue(1e9) is None


def test_while_the_broker_takes_nothing_none_becomes_due(pipeline: Pipeline) -> None:
    pipeline.excuse(60.0)

    assert [pipeline.overdue(now) for now in (73.9, 74.5)] == [None, 0.5]


@given(st.lists(st.none() | st.tuples(st.integers(0, 12), st.booleans()), max_size=40))
def test_none_arrives_twice_and_none_is_forgotten(
    steps: list[tuple[int, bool] | None],
) -> None:
    pipeline = Pipeline(window=5, patience=1.0)
    offered: list[int] = []
    arrived: list[int] = []
    for step in steps:
        if step is None and pipeline.room:
            offered.append(100 + len(offered))
            pipeline.offer(offered[-1], 0.0)
        elif step is not None:
            arrived += pipeline.confirm(step[0], multiple=step[1])
        assert pipeline.under_way + len(arrived) == len(offered)
        assert pipeline.under_way + pipeline.room == pipeline.window
    rest = pipeline.confirm(len(offered), multiple=True)

    assert sorted([*arrived, *rest]) == offered
    assert rest == sorted(rest)
