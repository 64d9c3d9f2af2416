"""Who is first in a line, and how many are looked at to know it."""

import weakref

import attrs
from hypothesis import given
from hypothesis import strategies as st

from holdfast.supervision.line import TIDY_FROM, Line


@attrs.define(eq=False)
class Waiting:
    """Somebody in a line; counts how often it was asked whether it belongs there."""

    rank: int
    stays: bool = True
    asked: int = 0

    def belongs(self) -> bool:
        self.asked += 1
        return self.stays


def line_of(*everybody: Waiting) -> Line[Waiting]:
    line: Line[Waiting] = Line(Waiting.belongs)
    for each in everybody:
        line.add(each.rank, each)
    return line


def test_nobody_is_first_in_an_empty_line() -> None:
    assert line_of().first() is None
    assert line_of().take_all() == []


def test_the_lowest_rank_is_first_and_stays_so_until_it_leaves() -> None:
    c, a, b = everybody = [Waiting(3), Waiting(1), Waiting(2)]
    line = line_of(*everybody)
    seen = [line.first(), line.first()]
    a.stays = False
    seen.append(line.first())
    b.stays = c.stays = False
    seen.append(line.first())

    assert seen == [a, a, b, None]


def test_whoever_comes_back_is_in_its_old_place() -> None:
    a, b = Waiting(1, stays=False), Waiting(2)
    line = line_of(a, b)
    seen = [line.first()]
    a.stays = True
    line.add(1, a)
    seen.append(line.first())

    assert seen == [b, a]


def test_whoever_is_put_in_twice_is_in_once() -> None:
    a, b = Waiting(1), Waiting(2)
    line = line_of(b, a, b, a)

    assert line.take_all() == [a, b]


def test_taking_all_empties_the_line_and_passes_over_who_has_left() -> None:
    a, b, c = Waiting(1), Waiting(2, stays=False), Waiting(3)
    line = line_of(c, b, a)

    assert line.take_all() == [a, c]
    assert line.first() is None
    assert line.take_all() == []


def test_a_line_that_comes_and_goes_asks_nobody_more_than_a_few_times() -> None:
    everybody = [Waiting(rank) for rank in range(1000)]
    line = line_of(*everybody)
    order: list[int] = []
    while (first := line.first()) is not None:
        order.append(first.rank)
        first.stays = False

    assert order == list(range(1000))
    assert sum(each.asked for each in everybody) < 5 * len(everybody)


def test_a_line_keeps_nobody_who_has_left_for_ever() -> None:
    line = line_of(Waiting(0))

    def pass_through(rank: int) -> weakref.ref[Waiting]:
        each = Waiting(rank)
        line.add(rank, each)
        each.stays = False
        return weakref.ref(each)

    gone = [pass_through(rank) for rank in range(1, 1000)]
    first = line.first()

    assert first is not None
    assert first.rank == 0
    assert sum(each() is not None for each in gone) <= TIDY_FROM


@given(
    st.lists(st.tuples(st.sampled_from(["add", "leave", "take"]), st.integers(0, 9)))
)
def test_a_line_is_what_a_sorted_list_would_be(doings: list[tuple[str, int]]) -> None:
    everybody = [Waiting(rank, stays=False) for rank in range(10)]
    line = line_of()
    for doing, rank in doings:
        each = everybody[rank]
        if doing == "add":
            each.stays = True
            line.add(rank, each)
        elif doing == "leave":
            each.stays = False
        else:
            assert line.take_all() == [each for each in everybody if each.stays]
            for one in everybody:
                one.stays = False
        expected = next((each for each in everybody if each.stays), None)
        assert line.first() is expected
