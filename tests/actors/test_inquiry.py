"""When to ask for an order in doubt, and when silence is proof."""

from itertools import pairwise
from typing import Any

import pytest

from holdfast.actors.inquiry import Inquiry, InquirySettings

SETTINGS = InquirySettings()


def inquiry(**changes: Any) -> Inquiry:
    """Begin at 10; a request lives 3 seconds, so a denial counts from 15.5 on."""
    return Inquiry(InquirySettings(**changes), began_at=10.0, lifetime=3.0)


def test_it_asks_at_once_and_then_ever_more_seldom_but_not_after_the_fence() -> None:
    doubt = inquiry()
    now, asked = 10.0, list[float]()
    while now < 40:
        now += doubt.wait(now)
        asked.append(round(now, 1))
        doubt.asked()

    assert asked[:7] == [10.0, 10.2, 10.6, 11.4, 13.0, 15.5, 20.5]
    assert {round(b - a, 1) for a, b in pairwise(asked[5:])} == {5}


def test_after_a_first_denial_that_counts_it_asks_again_as_soon_as_one_can() -> None:
    doubt = inquiry()
    for _ in range(6):
        doubt.asked()

    assert not doubt.denied(15.5)
    assert doubt.wait(15.7) == pytest.approx(0.8)


@pytest.mark.parametrize(
    ("asked_at", "proofs"),
    [
        ([10.0, 12.0, 15.4], [False, False, False]),
        ([15.5], [False]),
        ([15.5, 16.4], [False, False]),
        ([15.5, 16.5], [False, True]),
        ([15.4, 16.5], [False, False]),
        ([15.4, 16.5, 17.5], [False, False, True]),
        ([15.5, 15.6, 15.7, 16.5], [False, False, False, True]),
    ],
)
def test_two_denials_prove_it_after_the_request_must_have_expired(
    asked_at: list[float], proofs: list[bool]
) -> None:
    doubt = inquiry()

    assert [doubt.denied(each) for each in asked_at] == proofs


def test_what_counts_as_proof_can_be_chosen() -> None:
    assert inquiry(margin=0.0, denials=1).denied(13.0)
    assert not inquiry(margin=0.0, denials=1).denied(12.9)


def test_that_it_takes_too_long_is_said_once() -> None:
    doubt = inquiry()

    assert [doubt.is_overdue(at) for at in (39.9, 40.0, 41.0)] == [False, True, False]


@pytest.mark.parametrize(
    "senseless",
    [{"first": 0}, {"longest": -1}, {"margin": -1}, {"denials": 0}, {"apart": -1}],
)
def test_settings_that_make_no_sense_are_refused(senseless: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(senseless))):
        inquiry(**senseless)
