"""Each value is held against its type, and every misfit is found where it stands."""

from collections.abc import Callable

import pytest

from holdfast.config import ConfigError, Configuration

Load = Callable[..., Configuration]

TOP = '{{"tree": {{"type": "supervisor", "id": "root"}},\n{}}}'
ROOT = '{{"tree":\n{{"type": "supervisor", "id": "root", {}}}}}'
WORKER = (
    '{{"tree": {{"type": "supervisor", "id": "root", "children": [\n'
    '{{"type": "worker", "id": "a", "start": "desk:Anything", {}}}]}}}}'
)
CHILD = '{{"tree": {{"type": "supervisor", "id": "root", "children": [\n{}]}}}}'


def found(load_text: Load, text: str) -> list[tuple[str, str, str, str, str | None]]:
    with pytest.raises(ConfigError) as caught:
        load_text(text)
    return [
        (str(each.place), each.code, each.path, each.message, each.hint)
        for each in caught.value.problems
    ]


@pytest.mark.parametrize(
    ("frame", "said", "column", "code", "path", "message", "hint"),
    [
        (
            TOP,
            '"sede": 1',
            1,
            "config.unknown",
            "$.sede",
            'there is no setting "sede" here.',
            "Did you mean `seed`?",
        ),
        (
            TOP,
            '"web": {"prot": 1, "port": 2}',
            9,
            "config.unknown",
            "$.web.prot",
            'there is no setting "prot" here.',
            "Did you mean `port`?",
        ),
        (
            TOP,
            '"web": {"a key": 1}',
            9,
            "config.unknown",
            '$.web["a key"]',
            'there is no setting "a key" here.',
            "Known here: port.",
        ),
        (
            TOP,
            '"web": 8080',
            8,
            "config.type",
            "$.web",
            "expected an object, was 8080.",
            None,
        ),
        (
            TOP,
            '"web": {"port": 70000}',
            17,
            "config.range",
            "$.web.port",
            "expected a whole number >= 0 and <= 65535 or null, was 70000.",
            None,
        ),
        (
            TOP,
            '"web": {"port": 80.5}',
            17,
            "config.type",
            "$.web.port",
            "expected a whole number >= 0 and <= 65535 or null, was 80.5.",
            None,
        ),
        (
            TOP,
            '"web": {"port": true}',
            17,
            "config.type",
            "$.web.port",
            "expected a whole number >= 0 and <= 65535 or null, was true.",
            None,
        ),
        (
            TOP,
            '"web": {"port": "null"}',
            17,
            "config.type",
            "$.web.port",
            'expected a whole number >= 0 and <= 65535 or null, was "null".',
            "Write null without quotes.",
        ),
        (
            TOP,
            '"shutdown": {"total": "250ms"}',
            23,
            "config.type",
            "$.shutdown.total",
            'expected a number > 0, was "250ms".',
            "Write 0.25 without quotes: durations are numbers of seconds.",
        ),
        (
            TOP,
            '"shutdown": {"total": 0}',
            23,
            "config.range",
            "$.shutdown.total",
            "expected a number > 0, was 0.",
            None,
        ),
        (
            TOP,
            '"environment": "prod"',
            16,
            "config.choice",
            "$.environment",
            'expected "development", "testing" or "production", was "prod".',
            'Did you mean "production"?',
        ),
        (
            TOP,
            '"state_dir": {"$env": "STATE"}',
            14,
            "config.type",
            "$.state_dir",
            "expected the path of a folder, was an object.",
            "$ref, $env or $file is understood inside `args` only.",
        ),
        (
            TOP,
            '"state_dir": ""',
            14,
            "config.form",
            "$.state_dir",
            'expected the path of a folder, was "".',
            None,
        ),
        (
            ROOT,
            '"intensity": null',
            51,
            "config.type",
            "$.tree.intensity",
            "expected a whole number >= 0 and <= 10000, was null.",
            None,
        ),
        (
            ROOT,
            '"backoff": {"jitter": 1}',
            60,
            "config.range",
            "$.tree.backoff.jitter",
            "expected a number >= 0 and < 1, was 1.",
            None,
        ),
        (
            ROOT,
            '"children": {}',
            50,
            "config.type",
            "$.tree.children",
            "expected a list, was an object.",
            None,
        ),
        (
            CHILD,
            '"feed"',
            1,
            "config.type",
            "$.tree.children[0]",
            'expected an object, was "feed".',
            None,
        ),
        (
            CHILD,
            '{"id": "a", "start": "desk:Anything"}',
            1,
            "config.missing",
            "$.tree.children[0]",
            'the setting "type" is missing.',
            "Known here: worker, supervisor.",
        ),
        (
            CHILD,
            '{"type": "Wroker", "id": "a"}',
            10,
            "tree.type",
            "$.tree.children[0].type",
            'expected "worker" or "supervisor", was "Wroker".',
            "Did you mean `worker`?",
        ),
        (
            CHILD,
            '{"type": "worker", "start": "desk:Anything"}',
            1,
            "config.missing",
            "$.tree.children[0]",
            'the setting "id" is missing.',
            None,
        ),
        (
            CHILD,
            '{"type": "supervisor", "id": "a/b"}',
            30,
            "config.form",
            "$.tree.children[0].id",
            'expected a name of letters, digits, `_`, `.` and `-`, was "a/b".',
            None,
        ),
        (
            CHILD,
            '{"type": "supervisor", "id": "a\\n"}',
            30,
            "config.form",
            "$.tree.children[0].id",
            'expected a name of letters, digits, `_`, `.` and `-`, was "a\\n".',
            None,
        ),
        (
            CHILD,
            '{"type": "worker", "id": "a", "start": "desk.Feed"}',
            40,
            "config.form",
            "$.tree.children[0].start",
            'expected a class as "module:Class", was "desk.Feed".',
            None,
        ),
        (
            WORKER,
            '"intake": "true"',
            67,
            "config.type",
            "$.tree.children[0].intake",
            'expected true or false, was "true".',
            "Write true without quotes.",
        ),
        (
            WORKER,
            '"dispatcher": "pined"',
            71,
            "config.choice",
            "$.tree.children[0].dispatcher",
            'expected "loop", "pinned" or "shared", was "pined".',
            'Did you mean "pinned"?',
        ),
        (
            WORKER,
            '"shutdown": "brutal_kill"',
            69,
            "config.choice",
            "$.tree.children[0].shutdown",
            'expected a number >= 0, "brutal" or "infinity", was "brutal_kill".',
            'Did you mean "brutal"?',
        ),
        (
            WORKER,
            '"mailbox": {"capacity": "5"}',
            81,
            "config.type",
            "$.tree.children[0].mailbox.capacity",
            'expected a whole number > 0, was "5".',
            "Write 5 without quotes.",
        ),
        (
            WORKER,
            '"args": []',
            65,
            "config.type",
            "$.tree.children[0].args",
            "expected an object, was a list.",
            None,
        ),
    ],
)
def test_a_misfit_is_found_where_it_stands(
    load_text: Load,
    frame: str,
    said: str,
    column: int,
    code: str,
    path: str,
    message: str,
    hint: str | None,
) -> None:
    assert found(load_text, frame.format(said)) == [
        (f"my.json:2:{column}", code, path, message, hint)
    ]


def test_the_root_is_a_supervisor(load_text: Load) -> None:
    text = '{"tree": {"type": "worker", "id": "a", "start": "desk:Anything"}}'

    assert found(load_text, text) == [
        (
            "my.json:1:19",
            "tree.type",
            "$.tree.type",
            'expected "supervisor", was "worker".',
            "Known here: supervisor.",
        )
    ]


def test_a_configuration_needs_a_tree(load_text: Load) -> None:
    assert found(load_text, "{}") == [
        ("my.json:1:1", "config.missing", "$", 'the setting "tree" is missing.', None)
    ]


def test_an_overlong_value_is_cut_and_never_breaks_the_line(load_text: Load) -> None:
    text = TOP.format('"environment": "' + "x\\u001b\\n" * 30 + '"')

    ((_, _, _, message, _),) = found(load_text, text)

    assert message.isprintable()
    assert len(message) < 300
