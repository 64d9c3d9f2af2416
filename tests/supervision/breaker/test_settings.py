"""Settings that make no sense are refused in one sentence."""

from typing import Any

import pytest

from holdfast.supervision.breaker import BreakerSettings, LaneSettings


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"window": 0}, "window must be a number of seconds above 0, was 0"),
        ({"window": "30"}, "window must be a number of seconds above 0, was '30'"),
        ({"timeout": True}, "timeout must be a number of seconds above 0, was True"),
        (
            {"first_open": float("nan")},
            "first_open must be a number of seconds above 0, was nan",
        ),
        ({"dwell": -1.0}, "dwell must be a number of seconds above 0, was -1.0"),
        ({"needed": 0}, "needed must be a whole number of at least 1, was 0"),
        ({"permits": 1.5}, "permits must be a whole number of at least 1, was 1.5"),
        ({"consecutive": 0}, "consecutive must be a whole number of at least 1, was 0"),
        ({"buckets": 2000}, "buckets must be at most 1000, was 2000"),
        (
            {"failure_rate": 50},
            "failure_rate must be a share above 0 and at most 1, was 50",
        ),
        ({"jitter": 1}, "jitter must be a share of at least 0 and below 1, was 1"),
        ({"side_budget": -1}, "side_budget must be a number of at least 0, was -1"),
        (
            {"first_open": 60.0, "longest_open": 5.0},
            "longest_open (5 s) must be at least first_open (60 s)",
        ),
        (
            {"minimum_volume": 1000},
            (
                "minimum_volume (1000) is never reached when every call hangs: then"
                " only 75 end within a window of 30 s; lower it or `timeout`, or widen"
                " the window"
            ),
        ),
        (
            {"lanes": {"orders": {}}},
            "there is no lane 'orders': there are new, cancel, query, data",
        ),
        (
            {"lanes": {"new": 4}},
            (
                'lane \'new\' must be {"concurrency": 4, "queue": 16} or a part of'
                " that, was 4"
            ),
        ),
        (
            {"lanes": {"new": {"workers": 4}}},
            (
                'lane \'new\' must be {"concurrency": 4, "queue": 16} or a part of'
                " that, was {'workers': 4}"
            ),
        ),
        (
            {"lanes": {"new": {"concurrency": 0}}},
            "lane 'new': concurrency must be a whole number of at least 1, was 0",
        ),
        (
            {"lanes": {"data": {"queue": -1}}},
            "lane 'data': queue must be a whole number of at least 0, was -1",
        ),
        ({"lanes": [4]}, "lanes must be an object with a part for each lane, was [4]"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_sentence(
    given: dict[str, Any], told: str
) -> None:
    with pytest.raises(ValueError) as caught:
        BreakerSettings(**given)

    assert str(caught.value) == told


def test_what_is_left_out_of_a_lane_is_as_by_default() -> None:
    lanes = BreakerSettings(lanes={"new": {"queue": 1}}).lanes

    assert lanes["new"] == LaneSettings(concurrency=4, queue=1)
    assert lanes["cancel"] == LaneSettings(concurrency=2, queue=64)


@pytest.mark.parametrize(("dwell", "limit"), [(None, 6.0), (1.0, 1.0)])
def test_a_trial_may_take_twice_as_long_as_a_call(
    dwell: float | None, limit: float
) -> None:
    assert BreakerSettings(timeout=3.0, dwell=dwell).dwell_limit == limit
