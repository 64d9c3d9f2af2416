"""The upper layer wins value by value, and each value keeps its place."""

import json

import pytest

from holdfast.config.locate import locate
from holdfast.config.merge import from_flags, merge
from holdfast.config.place import Node, Source, plain


def node(name: str, text: str) -> Node:
    return locate(Source(name, text))[0]


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        ('{"a": 1, "b": 2}', '{"b": 3, "c": 4}', '{"a": 1, "b": 3, "c": 4}'),
        ('{"a": {"x": 1, "y": 2}}', '{"a": {"y": 3}}', '{"a": {"x": 1, "y": 3}}'),
        ('{"a": {"x": 1}}', '{"a": null}', '{"a": null}'),
        ('{"a": 1}', '{"a": {"x": 1}}', '{"a": {"x": 1}}'),
        ("[1, 2]", "[3]", "[3]"),
        ('[{"id": "a"}]', "[]", "[]"),
        ('[{"id": "a"}, {"x": 1}]', '[{"id": "b"}]', '[{"id": "b"}]'),
        (
            '[{"id": "a", "x": 1}, {"id": "b"}]',
            '[{"id": "c"}, {"id": "a", "y": 2}]',
            '[{"id": "a", "x": 1, "y": 2}, {"id": "b"}, {"id": "c"}]',
        ),
        # An id that a file gives twice is not hidden by merging: it is an error.
        (
            '[{"id": "a", "x": 1}]',
            '[{"id": "a", "y": 1}, {"id": "a", "y": 2}]',
            '[{"id": "a", "x": 1, "y": 1}, {"id": "a", "y": 2}]',
        ),
        (
            '[{"id": "a", "x": 1}, {"id": "a", "x": 2}]',
            '[{"id": "a", "y": 1}]',
            '[{"id": "a", "x": 1, "y": 1}, {"id": "a", "x": 2}]',
        ),
        # Arguments belong to the class that takes them.
        (
            '{"start": "a:A", "args": {"x": 1}, "intake": true}',
            '{"start": "b:B", "args": {"y": 1}}',
            '{"start": "b:B", "args": {"y": 1}, "intake": true}',
        ),
        (
            '{"start": "a:A", "args": {"x": 1}}',
            '{"start": "a:A", "args": {"y": 1}}',
            '{"start": "a:A", "args": {"x": 1, "y": 1}}',
        ),
        # A marker stands for a value, so it is replaced whole.
        ('{"k": {"$env": "A"}}', '{"k": {"$file": "b"}}', '{"k": {"$file": "b"}}'),
        ('{"k": {"x": 1}}', '{"k": {"$env": "A"}}', '{"k": {"$env": "A"}}'),
        ('{"k": {"$env": "A"}}', '{"k": {"x": 1}}', '{"k": {"x": 1}}'),
    ],
)
def test_what_the_upper_layer_says_wins(low: str, high: str, expected: str) -> None:
    together = merge(node("low.json", low), node("high.json", high))

    assert plain(together, {}) == json.loads(expected)


def test_each_value_keeps_the_place_it_came_from() -> None:
    low = node("low.json", '{"a": 1,\n "tree": [{"id": "x", "b": 2}, {"id": "y"}]}')
    high = node("high.json", '{\n"tree": [{"id": "y", "b": 3}]}')

    together = merge(low, high)

    tree = together.get("tree")
    assert tree
    assert isinstance(tree.value, list)
    x, y = tree.value
    places = [together.get("a"), x.get("b"), y.get("id"), y.get("b")]
    assert [str(each.at) for each in places if each] == [
        "low.json:1:7",
        "low.json:2:28",
        "high.json:2:17",
        "high.json:2:27",
    ]


def test_a_flag_sets_one_value_and_is_its_place() -> None:
    file = node("low.json", '{"web": {"port": 80, "x": 1}}')

    together = merge(file, from_flags({"web.port": 90, "environment": "testing"}))

    assert plain(together, {}) == {
        "web": {"port": 90, "x": 1},
        "environment": "testing",
    }
    web, environment = together.get("web"), together.get("environment")
    assert web
    assert environment
    assert str(web.at) == "low.json:1:9"
    assert str(environment.at) == "--env"
    assert [str(port.at) for port in [web.get("port")] if port] == ["--port"]
