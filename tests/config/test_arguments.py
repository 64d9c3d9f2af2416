"""References and secrets stand in the arguments; what can't be had is reported."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from holdfast.config import ConfigError, Configuration, Supervisor, Worker
from holdfast.supervision.secret import Secret
from holdfast.supervision.specs import RefTo

Load = Callable[..., Configuration]
Complaints = Callable[..., list[str]]


def text(args: str) -> str:
    """Return a tree: /root/a has the arguments, /root/pool starts on demand."""
    return (
        '{"tree": {"type": "supervisor", "id": "root", "children": [\n'
        '{"type": "worker", "id": "a", "start": "desk:Anything", "args":\n'
        + args
        + '},\n{"type": "supervisor", "id": "pool", "strategy": "simple_one_for_one",'
        ' "children": [{"type": "worker", "id": "b", "start": "desk:Anything"}]}]}}'
    )


def args_of(configuration: Configuration) -> dict[str, object]:
    worker = configuration.settings.tree.children[0]
    assert isinstance(worker, Worker)
    return worker.args


def test_markers_become_references_and_secrets_at_any_depth(
    folder: Path, load_text: Load
) -> None:
    pem = folder / "pem"
    pem.write_text("line one\nline two\n")
    pem.chmod(0o600)

    taken = load_text(
        text(
            '{"to": [{"$ref": "/root/a"}, {"x": {"$ref": "/root/pool"}}],'
            ' "login": {"key": {"$env": "KEY"}, "pem": {"$file": "pem"}}, "n": 1}'
        ),
        KEY="hunter2",
    )

    assert args_of(taken) == {
        "to": [RefTo(path="/root/a"), {"x": RefTo(path="/root/pool")}],
        "login": {"key": Secret("hunter2"), "pem": Secret("line one\nline two")},
        "n": 1,
    }
    assert taken.redactor.redact("hunter2, line two.") == "***, ***."


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        ('{"to": {"$ref": "/root/c"}}', "3:17 args.reference .args.to"),
        ('{"to": {"$ref": "/root/pool/b"}}', "3:17 args.reference .args.to"),
        ('{"to": {"$ref": "/root/pool/b7/c"}}', "3:17 args.reference .args.to"),
        ('{"to": {"$ref": "root/a"}}', "3:17 args.reference .args.to"),
        ('{"to": {"$ref": ""}}', "3:17 args.reference .args.to"),
        ('{"to": {"$reff": "/root/a"}}', "3:8 args.marker .args.to"),
        ('{"to": {"$ref": "/root/a", "x": 1}}', "3:8 args.marker .args.to"),
        ('{"to": {"x": 1, "$ref": "/root/a"}}', "3:8 args.marker .args.to"),
        ('{"to": {"$ref": ["/root/a"]}}', "3:8 args.marker .args.to"),
        ('{"to": [1, {"$": 1}]}', "3:12 args.marker .args.to[1]"),
        ('{"$env": "KEY"}', '3:2 args.marker .args["$env"]'),
        ('{"x": {"$env": "KEYS"}}', "3:16 secret.env .args.x"),
        ('{"x": {"$env": "EMPTY"}}', "3:16 secret.env .args.x"),
        ('{"x": {"$env": "SHORT"}}', "3:16 secret.short .args.x"),
        ('{"x": {"$file": "absent"}}', "3:17 secret.file .args.x"),
        ('{"x": {"$file": "a\\u0000"}}', "3:17 secret.file .args.x"),
        ('{"x": {"$file": "."}}', "3:17 secret.file .args.x"),
        ('{"api_key": "hunter2"}', "3:13 secret.literal .args.api_key"),
        ('{"a": {"Password": "hunter2"}}', "3:20 secret.literal .args.a.Password"),
        ('{"tokens": ["hunter2"]}', "3:13 secret.literal .args.tokens[0]"),
    ],
)
def test_what_cant_be_had_is_reported_where_it_is_asked_for(
    complaints: Complaints, args: str, expected: str
) -> None:
    place, code, path = expected.split(" ", 2)

    (found,) = complaints(text(args), KEY="hunter2", EMPTY="", SHORT="abc")

    marker = [key for key in ("$ref", "$env", "$file") if f'"{key}"' in args]
    end = f'["{marker[0]}"]' if code.split(".")[1] in ENDS else ""
    assert found == f"my.json:{place} {code} $.tree.children[0]{path}{end}"


ENDS = ("reference", "env", "short", "file")


@pytest.mark.parametrize("harmless", ['"keyboard": "x"', '"key": ""', '"key": 5'])
def test_what_is_no_literal_secret_raises_no_warning(
    complaints: Complaints, harmless: str
) -> None:
    assert complaints(text(f"{{{harmless}}}")) == []


def test_a_literal_secret_is_shown_by_nothing(load_text: Load) -> None:
    args = '{"secret": "hunter2", "tokens": ["hunter2"], "$x": 1}'

    with pytest.raises(ConfigError) as caught:
        load_text(text(args))

    assert len(caught.value.problems) == 3
    assert "hunter2" not in f"{caught.value} {caught.value!r} {caught.value.problems}"


def test_a_mistyped_name_gets_the_nearest_as_a_hint(load_text: Load) -> None:
    args = '{"a": {"$ref": "/root/pol"}, "b": {"$env": "KEYY"}, "c": {"$fil": "x"}}'

    with pytest.raises(ConfigError) as caught:
        load_text(text(args), KEY="hunter2")

    assert [(each.message, each.hint) for each in caught.value.problems] == [
        ('there is no "/root/pol" in the tree.', 'Did you mean "/root/pool"?'),
        (
            'the environment variable "KEYY" is not set.',
            'Did you mean "KEY"?',
        ),
        (
            (
                'a value with a `$` is {"$ref": "path"}, {"$env": "NAME"} or'
                ' {"$file": "path"}, and nothing else.'
            ),
            'Did you mean "$file"?',
        ),
    ]


def test_settings_with_secrets_show_none(load_text: Load) -> None:
    taken = load_text(text('{"x": {"$env": "KEY"}}'), KEY="hunter2")

    assert "hunter2" not in f"{taken} {taken!r} {taken.settings!r}"
    assert isinstance(taken.settings.tree, Supervisor)
    with pytest.raises(TypeError):
        json.dumps(args_of(taken))
