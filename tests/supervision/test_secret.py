"""A secret is shown by nothing but `reveal`, and is found in any text."""

import copy
import json
import pickle

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.supervision.secret import Redactor, Secret

VALUE = "hunter2"


def test_only_reveal_tells_the_value() -> None:
    assert Secret(VALUE).reveal() == VALUE


def test_every_way_to_print_it_shows_stars() -> None:
    secret = Secret(VALUE)

    assert [repr(secret), str(secret), f"{secret}", f"{secret:>5}"] == [
        "***",
        "***",
        "***",
        "  ***",
    ]
    assert repr({"key": [secret]}) == "{'key': [***]}"


def test_secrets_are_equal_by_value_and_to_nothing_else() -> None:
    assert Secret(VALUE) == Secret(VALUE)
    assert hash(Secret(VALUE)) == hash(Secret(VALUE))
    assert Secret(VALUE) != Secret("other")
    assert Secret(VALUE) != VALUE


@pytest.mark.parametrize("write", [pickle.dumps, copy.copy, copy.deepcopy, json.dumps])
def test_it_is_not_written_or_copied_by_accident(write: object) -> None:
    assert callable(write)
    with pytest.raises(TypeError):
        write(Secret(VALUE))


def test_msgspec_does_not_write_it_either() -> None:
    with pytest.raises(TypeError):
        msgspec.json.encode({"key": Secret(VALUE)})


def test_it_has_no_attributes_to_list() -> None:
    with pytest.raises(TypeError):
        vars(Secret(VALUE))


PEM = "-----BEGIN-----\nabcd/efgh+\n-----END-----"


@pytest.mark.parametrize(
    ("secrets", "text", "expected"),
    [
        ([VALUE], f"key={VALUE}&again={VALUE}", "key=***&again=***"),
        ([VALUE], "nothing here", "nothing here"),
        ([], "hunter2", "hunter2"),
        # A secret that starts with another leaves no tail.
        (["abcd", "abcdef"], "abcdef abcd", "*** ***"),
        (["a.b*c"], "a.b*c aXbbc", "*** aXbbc"),
        # Too short to be a secret: the text stays readable.
        (["abc", ""], "abc abc", "abc abc"),
        (["abcd"], "abcd", "***"),
        # Spellings of JSON, of a URL, and of a Python repr.
        (['say "hi"'], json.dumps({"key": 'say "hi"'}), '{"key": "***"}'),
        (["p\u00e4sswort"], json.dumps("p\u00e4sswort"), '"***"'),
        (["p@ss/word"], "amqp://user:p%40ss%2Fword@host", "amqp://user:***@host"),
        (["back\\slash"], repr("back\\slash"), "'***'"),
        (["esc\x1bape"], repr("esc\x1bape"), "'***'"),
        (['p\u00e4ss"'], json.dumps('p\u00e4ss"', ensure_ascii=False), '"***"'),
        # A PEM file, whole or line by line.
        ([PEM], f"<{PEM}>", "<***>"),
        ([PEM], "got line abcd/efgh+", "got line ***"),
        ([PEM], json.dumps(PEM), '"***"'),
    ],
)
def test_known_secrets_are_replaced(
    secrets: list[str], text: str, expected: str
) -> None:
    assert Redactor(map(Secret, secrets)).redact(text) == expected


@given(st.lists(st.text(min_size=4), min_size=1), st.text(), st.text())
def test_no_secret_of_some_length_survives(
    values: list[str], before: str, after: str
) -> None:
    redactor = Redactor(map(Secret, values))

    for value in values:
        redacted = redactor.redact(f"{before}{value}{after}")
        assert value not in redacted.replace("***", "\0") or value in before + after


def test_a_redactor_shows_no_secret_itself() -> None:
    assert VALUE not in repr(Redactor([Secret(VALUE)]))
