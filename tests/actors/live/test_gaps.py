"""Missing trades are seen, and none is told twice."""

import pytest

from holdfast.actors.live.gaps import AlreadyTold, TradeIds


def test_ids_without_holes_miss_nothing() -> None:
    ids = TradeIds(contiguous=True)

    assert [ids.follow(each) for each in (5, 6, 7)] == [None, None, None]


def test_a_hole_is_told_by_its_first_and_last_id() -> None:
    ids = TradeIds(contiguous=True)
    ids.follow(5)

    assert ids.follow(9) == (6, 8)
    assert ids.follow(10) is None


def test_where_ids_have_holes_by_nature_none_is_told() -> None:
    ids = TradeIds(contiguous=False)
    ids.follow(5)

    assert ids.follow(9) is None


@pytest.mark.parametrize("id_", [5, 4, 0])
def test_what_comes_again_or_late_is_not_told_again(id_: int) -> None:
    ids = TradeIds(contiguous=True)
    ids.follow(5)

    with pytest.raises(AlreadyTold, match=f"trade {id_} came after 5"):
        ids.follow(id_)
    assert ids.follow(6) is None
