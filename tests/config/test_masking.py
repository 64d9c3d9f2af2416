"""Secrets in a shown line are hidden, however broken the line is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.config.masking import looks_secret, masked


@pytest.mark.parametrize(
    "name",
    ["key", "apiKey", "api_key", "SECRET", "client-secret", "password", "tokens"],
)
def test_these_names_are_those_of_secrets(name: str) -> None:
    assert looks_secret(name)


@pytest.mark.parametrize("name", ["symbol", "keyboard", "key_id", "depth", ""])
def test_these_names_are_not(name: str) -> None:
    assert not looks_secret(name)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"key": "hunter2"}', '{"key": "*******"}'),
        ('{"key" :"hunter2", "x": 1}', '{"key" :"*******", "x": 1}'),
        ('"key":\n  "hunter2"', '"key":\n  "*******"'),
        ('"key": "hun\\"ter2"', '"key": "*********"'),
        ('"key": "hunter2', '"key": "*******'),
        ("'key': 'hunter2',}", "'key': '*******',}"),
        ("key: hunter2,", "key: *******,"),
        ('"key": hunter2}', '"key": *******}'),
        ('"keys": ["hunter2", "x"]', '"keys": ["hunter2", "x"]'),
        ('"tokens": ["hunter2",\n "x"]', '"tokens": [**********\n****]'),
        ('"tokens": ["hunter2", "x', '"tokens": [*************'),
        ('"key": {"$env": "KEY"}', '"key": {"$env": "KEY"}'),
        ('{"a": "key", "b": "x"}', '{"a": "key", "b": "x"}'),
        ('["a", "b"], "secret": "hunter2"', '["a", "b"], "secret": "*******"'),
    ],
)
def test_only_the_secret_is_hidden_and_no_column_moves(
    text: str, expected: str
) -> None:
    assert masked(text) == expected


@given(st.text(alphabet="{}[]\":,' \nkeytoken"))
def test_a_text_keeps_its_lines_and_its_length(text: str) -> None:
    lines = masked(text).split("\n")

    assert [len(line) for line in lines] == [len(line) for line in text.split("\n")]
