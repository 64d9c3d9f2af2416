"""A report says what is wrong, in reading order, and counts it."""

from pathlib import Path

import pytest

from holdfast.config.place import Place, Source
from holdfast.config.problem import (
    ConfigError,
    ConfigMissing,
    Problem,
    did_you_mean,
    nearest,
    report,
)

SOURCE = Source("a.json", '{"a": 1,\n "b": 2}')
ERROR = Problem(
    code="config.unknown",
    place=Place(SOURCE, 10),
    steps=("b",),
    message='there is no setting "b" here.',
    hint="Did you mean `a`?",
)
WARNING = Problem(
    code="secret.literal",
    place=Place(SOURCE, 6),
    steps=("a",),
    message="this looks like a secret.",
    severity="warning",
)


def test_a_problem_shows_place_path_line_and_hint() -> None:
    assert str(ERROR).splitlines() == [
        'a.json:2:2  error  config.unknown  $.b: there is no setting "b" here.',
        '   "b": 2}',
        "   ^",
        "  hint: Did you mean `a`?",
    ]


def test_an_error_lists_its_problems_in_reading_order() -> None:
    error = ConfigError([ERROR, WARNING])

    assert error.problems == (WARNING, ERROR)
    assert str(error) == f"{WARNING}\n{ERROR}\n1 error, 1 warning"


@pytest.mark.parametrize(
    ("problems", "last"),
    [
        ([ERROR, ERROR], "2 errors"),
        ([ERROR], "1 error"),
        ([WARNING, WARNING], "2 warnings"),
        ([], "0 errors"),
    ],
)
def test_the_last_line_counts(problems: list[Problem], last: str) -> None:
    assert report(problems).splitlines()[-1] == last


def test_a_missing_file_is_named_with_the_reason() -> None:
    missing = ConfigMissing(Path("a.json"), "No such file or directory")

    assert str(missing) == (
        "the configuration a.json can't be read: No such file or directory;"
        " check the path and its permissions"
    )
    assert missing.exit_code == 66


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("permanant", "permanent"),
        ("PERMANENT", "permanent"),
        ("perm", "permanent"),
        ("temp", "temporary"),
        ("zzz", None),
        ("", None),
    ],
)
def test_the_nearest_word_is_found(word: str, expected: str | None) -> None:
    assert nearest(word, ["permanent", "transient", "temporary"]) == expected


def test_without_a_near_word_all_are_listed() -> None:
    assert did_you_mean("zzz", ["port"]) == "Known here: port."
    assert did_you_mean("prot", ["port"]) == "Did you mean `port`?"
    assert did_you_mean("zzz", []) is None
