"""A place is shown as its line with a caret under the very character."""

import pytest

from holdfast.config.place import JsonPath, Place, Source, json_path


def excerpt(text: str, offset: int) -> list[str]:
    return Place(Source("a.json", text), offset).excerpt()


def test_the_caret_stands_under_the_character() -> None:
    assert excerpt('{\n  "a": 1\n}', 9) == ['    "a": 1', "         ^"]


def test_a_tab_takes_one_column() -> None:
    assert excerpt('{\n\t"a": 1}', 8) == ['   "a": 1}', "        ^"]


def test_a_long_line_is_cut_round_the_character() -> None:
    shown, caret = excerpt("x" * 1000 + "!" + "y" * 1000, 1000)

    assert len(shown) == 102
    assert shown[caret.index("^")] == "!"
    assert shown.count("x") > 40
    assert shown.count("y") > 40


def test_control_characters_never_reach_the_terminal() -> None:
    assert excerpt('"\x1b[31m"\r\n', 0) == ['  "?[31m"', "  ^"]


def test_the_end_of_a_file_can_be_pointed_at() -> None:
    assert excerpt("{\n", 2) == ["  ", "  ^"]


def test_a_literal_secret_is_masked() -> None:
    assert excerpt('{"secret": "hunter2"}', 11)[0] == '  {"secret": "*******"}'


def test_a_flag_is_its_own_place() -> None:
    place = Place(Source("--port", text=None))

    assert str(place) == "--port"
    assert place.excerpt() == []


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ((), "$"),
        (("tree", "children", 1, "restart"), "$.tree.children[1].restart"),
        (("args", "a key", "$ref"), '$.args["a key"]["$ref"]'),
        (("args", 'a"\n\u202e'), '$.args["a\\"\\n\\u202e"]'),
    ],
)
def test_a_path_is_written_as_json_path(path: JsonPath, expected: str) -> None:
    assert json_path(path) == expected
