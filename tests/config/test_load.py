"""A configuration is taken as a whole, or everything wrong with it is reported."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from holdfast.config import (
    ConfigError,
    ConfigMissing,
    Configuration,
    Problem,
    build,
    load,
)
from holdfast.config.locate import locate
from holdfast.config.place import Node, Source

EXAMPLE = """{
  "$schema": "holdfast.schema.json", "environment": "testing",
  "seed": null, "state_dir": ".holdfast", "journal": {"limit": 100000},
  "web": {"port": 8080}, "shutdown": {"total": 30.0, "drain": 10.0},
  "tree": {
    "type": "supervisor", "id": "root", "strategy": "rest_for_one",
    "intensity": 3, "period": 60, "auto_shutdown": "never", "restart": "permanent",
    "shutdown": "infinity", "significant": false,
    "backoff": {"minimum": 0.2, "maximum": 30, "factor": 2, "jitter": 0.2,
                "stable_for": 60},
    "children": [
      {"type": "worker", "id": "feed", "start": "desk:Feed",
       "args": {"to": [{"$ref": "/root/strategy"}], "key": {"$env": "KEY"}},
       "restart": "permanent", "shutdown": 5, "start_timeout": 10,
       "dispatcher": "shared", "in_flight": "redeliver", "backoff": null,
       "mailbox": {"capacity": 1000, "overflow": "conflate", "key": "symbol",
                   "on_restart": "purge"},
       "significant": false, "intake": true},
      {"type": "worker", "id": "strategy", "start": "desk:Strategy",
       "args": {"depth": 5}}
    ]
  }
}
"""

WRONG = """{
  "environment": "testing",
  "webb": {"port": 80},
  "tree": {"type": "supervisor", "id": "root", "children": [
    {"type": "worker", "id": "a", "start": "desk:Feed", "restart": "allways",
     "shutdown": "5", "args": {"api_key": "hunter2"}}
  ]}
}
"""

REPORT = """\
my.json:3:3  error  config.unknown  $.webb: there is no setting "webb" here.
    "webb": {"port": 80},
    ^
  hint: Did you mean `web`?
my.json:5:68  error  config.choice  $.tree.children[0].restart: expected "permanent",\
 "transient" or "temporary", was "allways".
      {"type": "worker", "id": "a", "start": "desk:Feed", "restart": "allways",
                                                                     ^
my.json:6:18  error  config.choice  $.tree.children[0].shutdown: expected a number >=\
 0, "brutal" or "infinity", was "5".
       "shutdown": "5", "args": {"api_key": "*******"}}
                   ^
  hint: Write 5 without quotes.
my.json:6:32  error  args.unknown  $.tree.children[0].args.api_key: Feed takes no\
 argument "api_key".
       "shutdown": "5", "args": {"api_key": "*******"}}
                                 ^
  hint: Did you mean `key`?
my.json:6:43  warning  secret.literal  $.tree.children[0].args.api_key: this looks like\
 a secret, and files are copied and shown.
       "shutdown": "5", "args": {"api_key": "*******"}}
                                            ^
  hint: Write {"$env": "NAME"} or {"$file": "path"} instead.
4 errors, 1 warning"""

Load = Callable[..., Configuration]
Complaints = Callable[..., list[str]]


def test_the_example_is_taken_with_all_it_says(load_text: Load) -> None:
    taken = load_text(EXAMPLE, KEY="hunter2")

    assert taken.warnings == ()
    assert taken.settings.web.port == 8080
    assert taken.settings.tree.strategy == "rest_for_one"
    assert [child.id for child in taken.settings.tree.children] == ["feed", "strategy"]
    assert taken.redactor.redact("key=hunter2") == "key=***"


def test_everything_wrong_is_reported_at_once(load_text: Load) -> None:
    with pytest.raises(ConfigError) as caught:
        load_text(WRONG)

    assert str(caught.value) == REPORT
    assert caught.value.exit_code == 78
    assert "hunter2" not in repr(caught.value.problems)


@pytest.mark.parametrize(
    ("raw", "place", "code", "message"),
    [
        (b"", "1:1", "config.empty", "the file is empty."),
        (b" \n\xef\xbb\xbf", "2:1", "config.syntax", "expected a value, was U+FEFF."),
        (b"\xef\xbb\xbf\n", "1:1", "config.empty", "the file is empty."),
        (
            b'{"seed":\n "\xff"}',
            "2:3",
            "config.encoding",
            "the file is not UTF-8, at byte 0xff.",
        ),
        ('{"seed": 1}'.encode("utf-16"), "1:1", "config.encoding", None),
        (b" [1]", "1:2", "config.type", "expected an object, was a list."),
        (b'"x"', "1:1", "config.type", 'expected an object, was "x".'),
    ],
)
def test_a_file_that_is_no_json_object_is_one_clear_problem(
    folder: Path, raw: bytes, place: str, code: str, message: str | None
) -> None:
    (folder / "my.json").write_bytes(raw)

    with pytest.raises(ConfigError) as caught:
        load(Path("my.json"), environ={}, directory=folder)

    (problem,) = caught.value.problems
    assert (str(problem.place), problem.code) == (f"my.json:{place}", code)
    assert message in (problem.message, None)


@pytest.mark.parametrize("name", ["absent.json", ".", "a\0b", "x" * 300])
def test_a_file_that_cant_be_read_is_missing(folder: Path, name: str) -> None:
    with pytest.raises(ConfigMissing, match="can't be read") as caught:
        load(Path(name), environ={}, directory=folder)

    assert caught.value.exit_code == 66


def test_without_a_file_the_shipped_configuration_is_taken(folder: Path) -> None:
    taken = load(None, environment="testing", environ={}, directory=folder)

    assert taken.settings.web.port is None
    assert taken.settings.tree.id == "root"


def test_a_secret_in_the_exception_of_a_module_is_not_reported(
    folder: Path, load_text: Load
) -> None:
    (folder / "leak.py").write_text("import os\nraise ValueError('key hunter2\\nx')")
    text = EXAMPLE.replace("desk:Strategy", "leak:Strategy")

    with pytest.raises(ConfigError) as caught:
        load_text(text, KEY="hunter2")

    assert [each.message for each in caught.value.problems] == [
        'module leak fails when imported, with ValueError "key ***\\nx".'
    ]


SNIPPETS = st.sampled_from(
    [
        *'{}[]",:\\0\x00\ud800',
        *("null", "true", "-1", "1e400", '"x"', '{"$ref": "/root"}', '{"$env": "X"}'),
        *('"simple_one_for_one"', '"conflate"', '"desk:Plan"', '"root"', '"worker"'),
    ]
)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """Return the example with some of its characters replaced."""
    text = EXAMPLE
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        length = draw(st.integers(0, 12))
        text = (
            text[:start] + draw(SNIPPETS | st.text(max_size=3)) + text[start + length :]
        )
    return text.encode(errors="surrogatepass")


@given(damaged() | st.binary(max_size=50))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_give_settings_that_can_be_built_or_a_report(
    folder: Path, raw: bytes
) -> None:
    (folder / "my.json").write_bytes(raw)

    problems: tuple[Problem, ...] = ()
    try:
        taken = load(Path("my.json"), environ={"KEY": "hunter2"}, directory=folder)
        build(taken.settings)
    except ConfigError as error:
        problems = error.problems

    for each in problems:
        assert each.message.endswith(".")
        assert each.message.isprintable()
        assert "hunter2" not in str(each)


@st.composite
def misfitting(draw: st.DrawFn) -> str:
    """Return the example with one value replaced by another, the JSON unbroken."""
    strange = ["null", "true", "0", "-1", "1e308", '""', '"5"', '"a\\n"', "[]", "{}"]
    root, _ = locate(Source("my.json", EXAMPLE))
    at = draw(st.sampled_from([node.at.offset for node in below(root)]))
    _, end = json.JSONDecoder().raw_decode(EXAMPLE, at)
    return EXAMPLE[:at] + draw(st.sampled_from(strange)) + EXAMPLE[end:]


def below(node: Node) -> Iterator[Node]:
    """Yield every value in an object or list."""
    match node.value:
        case dict() as members:
            inside = [*members.values()]
        case list() as items:
            inside = items
        case _:
            inside = []
    for each in inside:
        yield each
        yield from below(each)


@given(misfitting())
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_the_walk_lets_pass_msgspec_and_the_specs_take(
    folder: Path, text: str
) -> None:
    (folder / "my.json").write_text(text)

    try:
        taken = load(Path("my.json"), environ={"KEY": "hunter2"}, directory=folder)
    except ConfigError:
        return

    assert build(taken.settings).id == taken.settings.tree.id
