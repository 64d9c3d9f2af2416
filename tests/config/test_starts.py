"""A worker's class is found, or what leads nowhere is named with the nearest name."""

from collections.abc import Callable
from pathlib import Path

import pytest

from holdfast.config import ConfigError, Configuration

Load = Callable[..., Configuration]


def text(start: str, args: str = "{}", strategy: str = "one_for_one") -> str:
    return (
        f'{{"tree": {{"type": "supervisor", "id": "root", "strategy": "{strategy}",'
        ' "children": [\n{"type": "worker", "id": "a",\n'
        f'"start": "{start}",\n"args": {args}}}]}}}}'
    )


def found(load_text: Load, text: str) -> list[tuple[str, str, str, str | None]]:
    with pytest.raises(ConfigError) as caught:
        load_text(text)
    return [
        (str(each.place), each.code, each.message, each.hint)
        for each in caught.value.problems
    ]


@pytest.mark.parametrize(
    ("start", "code", "message", "hint"),
    [
        (
            "dessk:Feed",
            "start.module",
            "there is no module dessk; searched {folder} and the installed packages.",
            "Did you mean `desk`?",
        ),
        (
            "holdfast.acters.risk:Risk",
            "start.module",
            (
                "there is no module holdfast.acters; searched {folder} and the"
                " installed packages."
            ),
            "Did you mean `holdfast.actors`?",
        ),
        (
            "desk.feeds:Feed",
            "start.module",
            (
                "there is no module desk.feeds; searched {folder} and the installed"
                " packages."
            ),
            None,
        ),
        (
            "desk:Fed",
            "start.attribute",
            "module desk has no Fed.",
            "Did you mean `Feed`?",
        ),
        (
            "desk:Plan",
            "start.class",
            "desk:Plan is not a subclass of Actor.",
            "Derive the class from holdfast.supervision.Actor.",
        ),
        (
            "desk:five",
            "start.class",
            "desk:five is not a subclass of Actor.",
            "Derive the class from holdfast.supervision.Actor.",
        ),
        (
            "broken:Feed",
            "start.import",
            'module broken fails when imported, with ValueError "no\\nluck".',
            None,
        ),
        (
            "leaving:Feed",
            "start.import",
            'module leaving fails when imported, with SystemExit "3".',
            None,
        ),
        (
            "needy:Feed",
            "start.import",
            (
                "module needy fails when imported, with ModuleNotFoundError"
                " \"No module named 'nowhere'\"."
            ),
            None,
        ),
        (
            "garbled:Feed",
            "start.import",
            (
                "module garbled fails when imported, with SyntaxError"
                ' "invalid syntax (garbled.py, line 1)".'
            ),
            None,
        ),
    ],
)
def test_a_path_that_leads_to_no_actor_is_explained(
    folder: Path, load_text: Load, start: str, code: str, message: str, hint: str | None
) -> None:
    (folder / "broken.py").write_text("raise ValueError('no\\nluck')")
    (folder / "leaving.py").write_text("raise SystemExit(3)")
    (folder / "needy.py").write_text("import nowhere")
    (folder / "garbled.py").write_text("class class")

    assert found(load_text, text(start)) == [
        ("my.json:3:10", code, message.format(folder=folder.resolve()), hint)
    ]


@pytest.mark.parametrize(
    ("start", "args", "column", "code", "message", "hint"),
    [
        (
            "Feed",
            '{"simbol": "A"}',
            10,
            "args.unknown",
            'Feed takes no argument "simbol".',
            "Did you mean `symbol`?",
        ),
        (
            "Feed",
            '{"x": 1}',
            10,
            "args.unknown",
            'Feed takes no argument "x".',
            "Known here: to, key, symbol.",
        ),
        (
            "Strategy",
            '{"pace": 1}',
            9,
            "args.missing",
            'Strategy needs the argument "depth".',
            None,
        ),
    ],
)
def test_arguments_must_fit_the_class(
    load_text: Load,
    start: str,
    args: str,
    column: int,
    code: str,
    message: str,
    hint: str | None,
) -> None:
    assert found(load_text, text(f"desk:{start}", args)) == [
        (f"my.json:4:{column}", code, message, hint)
    ]


@pytest.mark.parametrize("name", ["Feed", "Anything", "tape"])
def test_a_class_that_takes_its_arguments_is_accepted(
    load_text: Load, name: str
) -> None:
    taken = load_text(text(f"desk:{name}", '{"symbol": "ETH/USDT"}'))

    assert taken.settings.tree.children[0].id == "a"


def test_only_workers_have_a_class(load_text: Load) -> None:
    supervisor = text("nowhere:Feed").replace("worker", "supervisor")

    assert [code for _, code, _, _ in found(load_text, supervisor)] == [
        "config.unknown",
        "config.unknown",
    ]


def test_a_template_may_leave_arguments_to_start_child(load_text: Load) -> None:
    taken = load_text(text("desk:Strategy", "{}", "simple_one_for_one"))

    assert taken.warnings == ()


def test_a_module_may_import_its_neighbours(folder: Path, load_text: Load) -> None:
    (folder / "alpha.py").write_text("from desk import Feed")

    taken = load_text(text("alpha:Feed"))

    assert taken.warnings == ()


def test_what_a_class_passes_on_is_known_too(folder: Path, load_text: Load) -> None:
    (folder / "passing.py").write_text(
        "from desk import Feed\n"
        "class Mine(Feed):\n"
        "    def __init__(self, *, size, **others):\n"
        "        super().__init__(**others)\n"
    )
    args = '{"size": 1, "simbol": "A"}'

    assert found(load_text, text("passing:Mine", args)) == [
        (
            "my.json:4:21",
            "args.unknown",
            'Mine takes no argument "simbol".',
            "Did you mean `symbol`?",
        )
    ]
