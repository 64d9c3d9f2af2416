"""Dead letters are kept with their reason, found by it, and forgotten on demand."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing
from pathlib import Path
from typing import Any

import attrs
import pytest

from holdfast.bus.dead_letter_store import (
    DeadLetter,
    DeadLetterStore,
    DeadLettersUnusable,
    Filter,
)

FullDisk = Callable[..., AbstractContextManager[None]]


def letter(number: int, **fields: Any) -> DeadLetter:
    made = DeadLetter(
        id=f"a-{number}",
        consumer="risk",
        topic="orders.BTCUSDT.filled",
        type="Filled",
        source="a",
        reason="failed",
        detail="ValueError: no",
        attempts=5,
        time=100.0 + number,
        number=number,
    )
    return attrs.evolve(made, **fields)


LETTERS = [
    letter(1),
    letter(2, consumer="books"),
    letter(3, topic="risk.halt", type="Halt", reason="expired"),
    letter(4, source="b", reason="unreadable", type=""),
]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DeadLetterStore]:
    with closing(DeadLetterStore(tmp_path / "letters")) as opened:
        for each in LETTERS:
            opened.add(each, each.id.encode())
        yield opened


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        (Filter(), [1, 2, 3, 4]),
        (Filter(numbers=[2, 4, 9]), [2, 4]),
        (Filter(consumer="books"), [2]),
        (Filter(topic="BTCUSDT"), [1, 2, 4]),
        (Filter(type="Halt"), [3]),
        (Filter(reason="unreadable"), [4]),
        (Filter(source="a", consumer="risk"), [1, 3]),
        (Filter(older_than=102.0), [1]),
        (Filter(newer_than=103.0), [3, 4]),
        (Filter(newer_than=102.0, older_than=104.0), [2, 3]),
        (Filter(topic="' OR 1 --"), []),
    ],
)
def test_they_are_found_by_what_they_are(
    wanted: Filter, numbers: list[int], store: DeadLetterStore
) -> None:
    expected = [each for each in LETTERS if each.number in numbers]

    assert store.find(wanted) == expected
    assert store.remove(wanted) == len(numbers)
    assert store.find(Filter()) == [each for each in LETTERS if each not in expected]


def test_they_are_there_with_what_was_said_after_a_restart(tmp_path: Path) -> None:
    for each in LETTERS[:2]:
        with closing(DeadLetterStore(tmp_path / "letters")) as store:
            store.add(each, each.id.encode())
    with closing(DeadLetterStore(tmp_path / "letters")) as store:
        found = [(each, store.data(each.number)) for each in store.find(Filter())]
        nothing = store.data(99)

    assert found == [(LETTERS[0], b"a-1"), (LETTERS[1], b"a-2")]
    assert nothing is None


def test_one_that_dies_again_is_one_letter_under_a_new_number(
    store: DeadLetterStore,
) -> None:
    again = attrs.evolve(LETTERS[0], attempts=10, time=200.0)
    store.add(again, b"again")

    found = store.find(Filter(consumer="risk", type="Filled"))
    assert found == [attrs.evolve(again, number=5)]
    assert store.count() == {"books": 1, "risk": 3}


def test_the_oldest_come_first_and_not_all_at_once(store: DeadLetterStore) -> None:
    assert store.find(Filter(), limit=2) == LETTERS[:2]


def test_what_is_no_store_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "letters"
    path.write_text("something else" * 100)

    with pytest.raises(DeadLettersUnusable, match="file is not a database"):
        DeadLetterStore(path)
    assert path.read_text() == "something else" * 100


def test_on_a_full_disk_it_says_so_and_has_what_it_had(
    tmp_path: Path, store: DeadLetterStore, full_disk: FullDisk
) -> None:
    with full_disk(tmp_path), pytest.raises(DeadLettersUnusable, match="disk"):
        store.add(letter(9), b"x" * 10_000_000)

    assert store.find(Filter()) == LETTERS


def test_a_file_that_lost_its_table_is_an_error_in_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "letters"
    with closing(DeadLetterStore(path)) as store:
        with closing(sqlite3.connect(path)) as other, other:
            other.execute("DROP TABLE dead_letters")
        with pytest.raises(DeadLettersUnusable, match="no such table"):
            store.find(Filter())
