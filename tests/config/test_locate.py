"""JSON is read as json reads it, and every place is where the value stands."""

import json
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.config.locate import locate
from holdfast.config.place import Node, Source, plain
from holdfast.config.problem import Problem, Unusable

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]

JSON: st.SearchStrategy[Json] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inside: (
        st.lists(inside, max_size=5) | st.dictionaries(st.text(), inside, max_size=5)
    ),
    max_leaves=30,
)
LAYOUT = st.sampled_from([None, 0, 2, "\t"])


def nodes(node: Node) -> Iterator[tuple[Node, str | None]]:
    """Yield every value below, with its key if it stands in an object."""
    inside = node.value
    if isinstance(inside, dict):
        for key, item in inside.items():
            yield item, key
            yield from nodes(item)
    elif isinstance(inside, list):
        for item in inside:
            yield item, None
            yield from nodes(item)


@given(JSON, LAYOUT, st.booleans())
def test_a_value_is_what_json_reads(
    value: Json,
    indent: int | str | None,
    ascii_only: bool,  # noqa: FBT001 - drawn
) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)

    node, duplicates = locate(Source("a.json", text))

    assert plain(node, {}) == json.loads(text)
    assert duplicates == []


@given(JSON, LAYOUT)
def test_every_place_is_where_the_text_of_the_value_begins(
    value: Json, indent: int | str | None
) -> None:
    text = json.dumps(value, indent=indent)
    decoder = json.JSONDecoder()

    for node, key in nodes(locate(Source("a.json", text))[0]):
        assert decoder.raw_decode(text, node.at.offset)[0] == plain(node, {})
        if node.key_at:
            assert decoder.raw_decode(text, node.key_at.offset)[0] == key
        else:
            assert key is None


def test_lines_and_columns_count_from_one() -> None:
    root, _ = locate(Source("a.json", '{"a": 1,\n  "b": [true,\n\n null]}'))

    assert str(root.at) == "a.json:1:1"
    assert [str(node.at) for node, _ in nodes(root)] == [
        "a.json:1:7",
        "a.json:2:8",
        "a.json:2:9",
        "a.json:4:2",
    ]
    assert [str(node.key_at) for node, key in nodes(root) if key] == [
        "a.json:1:2",
        "a.json:2:3",
    ]


def test_a_key_given_twice_is_found_at_any_depth_and_the_last_value_counts() -> None:
    text = '{"a": [{"x": 1, "y": 2, "x": 3}], "a": 4, "a": 5}'

    node, duplicates = locate(Source("a.json", text))

    assert plain(node, {}) == {"a": 5}
    assert [
        (each.path, each.first.offset, each.second.offset) for each in duplicates
    ] == [(("a", 0, "x"), 8, 24), (("a",), 1, 34), (("a",), 34, 42)]


def refusal(text: str) -> Problem:
    with pytest.raises(Unusable) as caught:
        locate(Source("a.json", text))
    return caught.value.problem


@pytest.mark.parametrize(
    ("text", "place", "message", "hint"),
    [
        ('{"a": 1,}', "1:8", "a comma stands before `}`.", "Remove it."),
        ("[1, 2,\n]", "1:6", "a comma stands before `]`.", "Remove it."),
        (
            "{'a': 1}",
            "1:2",
            "expected a key in double quotes, was `'`.",
            'Write text in double quotes (").',
        ),
        (
            '{"a": \u201cb\u201d}',
            "1:7",
            "expected a value, was `\u201c`.",
            'Write text in straight double quotes (").',
        ),
        (
            '{"a": 1 // one\n}',
            "1:9",
            "expected `,` or `}`, was `/`.",
            "JSON has no comments: remove it.",
        ),
        (
            '{\n# one\n"a": 1}',
            "2:1",
            "expected a key in double quotes, was `#`.",
            "JSON has no comments: remove it.",
        ),
        (
            '{"a": [1, 2}',
            "1:12",
            "expected `,` or `]`, was `}`.",
            "The `[` at line 1, column 7 is not closed.",
        ),
        (
            '{"a": {"b": 1}\n\n',
            "1:15",
            "expected `,` or `}`, was the end of the file.",
            "The `{` at line 1, column 1 is not closed.",
        ),
        (
            '{"a": 1\n "b": 2}',
            "2:2",
            'expected `,` or `}`, was `"`.',
            "A comma is missing before it.",
        ),
        (
            '{"a" 1}',
            "1:6",
            "expected `:` after the key, was `1`.",
            None,
        ),
        (
            '{"a" = 1}',
            "1:6",
            "expected `:` after the key, was `=`.",
            "Write a colon between key and value.",
        ),
        ("[True]", "1:2", "expected a value, was `T`.", "Write true."),
        ("[NaN]", "1:2", "expected a value, was `N`.", "JSON knows no such number."),
        (
            "[-Infinity]",
            "1:3",
            "expected a digit after the minus sign, was `I`.",
            None,
        ),
        (
            '{"secret": hunter2}',
            "1:12",
            "expected a value, was `h`.",
            "Write text in double quotes.",
        ),
        (
            "[5s]",
            "1:3",
            "expected the end of the number, was `s`.",
            "Numbers have no unit and no leading zero.",
        ),
        (
            "[01]",
            "1:3",
            "expected the end of the number, was `1`.",
            "Numbers have no unit and no leading zero.",
        ),
        (
            "[+1]",
            "1:2",
            "expected a value, was `+`.",
            "Write the number without +.",
        ),
        (
            "[.5]",
            "1:2",
            "expected a value, was `.`.",
            "Write a digit before the point.",
        ),
        ("[1e999]", "1:2", "the number is too large.", None),
        ("[" + "9" * 5000 + "]", "1:2", "the number is too large.", None),
        (
            '["a\nb"]',
            "1:2",
            "text has no closing quote on its line.",
            'Add a ".',
        ),
        ('["a', "1:2", "text has no closing quote on its line.", 'Add a ".'),
        (
            '["C:\\data"]',
            "1:5",
            "expected an escape such as `\\n`, was `\\`.",
            "Write \\\\ for a backslash.",
        ),
        (
            '["a\tb"]',
            "1:4",
            "expected text without control characters, was U+0009.",
            "Write \\t for a tab.",
        ),
        ('["\\ud800"]', "1:2", "text contains one half of a surrogate pair.", None),
        (
            "[1\u00a0]",
            "1:3",
            "expected `,` or `]`, was U+00A0.",
            "Write a plain space.",
        ),
        (
            "{} {}",
            "1:4",
            "expected the end of the file, was `{`.",
            "Is there a bracket too many before?",
        ),
        ("[" * 101, "1:101", "brackets stand more than 100 deep.", None),
        ("[1, , 2]", "1:5", "expected a value, was `,`.", None),
        ('{"a": }', "1:7", "expected a value, was `}`.", None),
    ],
)
def test_what_is_no_json_is_pointed_at_and_explained(
    text: str, place: str, message: str, hint: str | None
) -> None:
    problem = refusal(text)

    assert str(problem.place) == f"a.json:{place}"
    assert (problem.message, problem.hint) == (message, hint)
    assert problem.code == "config.syntax"


@given(
    st.text(alphabet="{}[]\",:\\ \n\t0123456789-+.eEtruefalsn'/#\u00e9", max_size=60)
)
def test_a_text_is_refused_exactly_if_json_refuses_it(text: str) -> None:
    try:
        node, _ = locate(Source("a.json", text))
    except Unusable as refused:
        if refused.problem.message != "the number is too large.":
            with pytest.raises(ValueError):
                json.loads(text)
    else:
        assert plain(node, {}) == json.loads(text)
