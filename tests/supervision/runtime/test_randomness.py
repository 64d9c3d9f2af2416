"""One seed, and every stream of chance follows from it."""

from hypothesis import given
from hypothesis import strategies as st

from holdfast.supervision import Randomness

keys = st.lists(st.one_of(st.integers(), st.text(max_size=5)), max_size=3)


@given(seed=st.integers(), key=keys)
def test_the_same_seed_and_key_give_the_same_numbers(
    seed: int, key: list[str | int]
) -> None:
    first = Randomness(seed).stream(*key)
    second = Randomness(seed).stream(*key)

    assert [first.random() for _ in range(5)] == [second.random() for _ in range(5)]


def test_other_seeds_and_other_keys_give_other_numbers() -> None:
    streams = [
        Randomness(1).stream("a"),
        Randomness(2).stream("a"),
        Randomness(1).stream("b"),
        Randomness(1).stream("a", 1),
        Randomness(1).stream(),
    ]

    assert len({stream.random() for stream in streams}) == len(streams)


def test_drawing_more_from_one_stream_shifts_no_other() -> None:
    quiet, busy = Randomness(1), Randomness(1)
    for _ in range(100):
        busy.stream("a").random()

    assert quiet.stream("b").random() == busy.stream("b").random()


def test_a_seed_is_made_up_and_kept_where_none_is_given() -> None:
    first, second = Randomness(), Randomness()

    assert first.seed != second.seed
    assert Randomness(first.seed).stream("a").random() == first.stream("a").random()
