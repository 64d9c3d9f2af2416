"""Fills are read page by page until none can be missing."""

from collections.abc import Mapping
from typing import Any

import pytest
from msgspec.structs import replace

from holdfast.actors.live.answers import Incomplete
from holdfast.actors.live.fill_pages import FillPages
from holdfast.actors.live.venues import BINANCE, COINBASE, Venue

FORWARD = replace(BINANCE, fills_page=3)
BACKWARD = replace(COINBASE, fills_page=3)


def ids(*numbers: int) -> list[Any]:
    return [{"id": str(number)} for number in numbers]


def history(params: Mapping[str, Any], count: int, page: int) -> list[Any]:
    """Answer as a venue does that has so many trades."""
    trades = range(1, count + 1)
    if "fromId" in params:
        return ids(*[each for each in trades if each >= params["fromId"]][:page])
    below = params.get("after", count + 1)
    return ids(*[each for each in reversed(trades) if each < below][:page])


@pytest.mark.parametrize("venue", [FORWARD, BACKWARD])
@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 6, 7, 11])
@pytest.mark.parametrize("after", [0, 1, 3, 5, 11, 20])
def test_all_fills_after_an_id_are_found_in_order(
    venue: Venue, count: int, after: int
) -> None:
    pages = FillPages(venue, after)
    while (params := pages.next()) is not None:
        pages.take(history(params, count, page=3))

    found = [int(each["id"]) for each in pages.trades()]
    assert found == list(range(after + 1, count + 1))


def test_a_venue_that_repeats_itself_is_no_answer() -> None:
    pages = FillPages(FORWARD, 0)
    pages.take(ids(1, 2, 3))

    with pytest.raises(Incomplete, match="the same page"):
        pages.take(ids(1, 2, 3))


@pytest.mark.parametrize("page", [None, {}, "<html>", [{"id": "a-1"}], [{}]])
def test_a_page_that_is_none_is_no_answer(page: Any) -> None:
    with pytest.raises(Incomplete):
        FillPages(FORWARD, 0).take(page)


def test_a_venue_that_overlooks_what_is_asked_for_is_no_answer() -> None:
    """It would tell its newest page, whatever was before that."""
    with pytest.raises(Incomplete, match="asked for fills after 7, was told of 6"):
        FillPages(FORWARD, 7).take(ids(6, 7, 8))
