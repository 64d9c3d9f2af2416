"""Several files make one configuration; the last word of each value counts."""

import json
from pathlib import Path

import pytest

from holdfast.config import ConfigError, ConfigMissing, Configuration, load

TREE = '{"type": "supervisor", "id": "root"}'


def written(folder: Path, **files: str) -> None:
    for name, text in files.items():
        (folder / f"{name.replace('__', '.')}.json").write_text(text)


def loaded(
    folder: Path, environment: str | None = None, **flags: str | int
) -> Configuration:
    return load(
        Path("my.json"),
        environment=environment,
        flags={name.replace("__", "."): value for name, value in flags.items()},
        environ={},
        directory=folder,
    )


def complaints(folder: Path, environment: str | None = None) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        loaded(folder, environment)
    return [f"{each.place} {each.code}" for each in caught.value.problems]


def test_later_layers_win(folder: Path) -> None:
    """Five layers say a seed; one more disappears with each step."""
    written(
        folder,
        low=f'{{"seed": 1, "web": {{"port": 1}}, "tree": {TREE}}}',
        my='{"extends": "low.json", "seed": 3}',
        my__testing='{"seed": 4}',
    )

    assert loaded(folder, "testing", seed=5).settings.seed == 5
    assert loaded(folder, "testing").settings.seed == 4
    assert loaded(folder, "development").settings.seed == 3
    # The shipped settings of an environment stand above what the file extends ...
    assert loaded(folder, "testing").settings.web.port is None
    # ... and below the file itself.
    written(folder, my=f'{{"web": {{"port": 3}}, "tree": {TREE}}}')
    assert loaded(folder, "testing").settings.web.port == 3


def test_a_file_may_extend_the_shipped_base_and_files_in_other_folders(
    folder: Path,
) -> None:
    (folder / "deep").mkdir()
    written(folder / "deep", low='{"extends": "lower.json", "seed": 1}')
    written(folder / "deep", lower='{"extends": "base", "state_dir": "x"}')
    written(folder, my='{"extends": "deep/low.json"}')

    taken = loaded(folder).settings

    assert (taken.seed, taken.state_dir, taken.tree.id) == (1, "x", "root")


@pytest.mark.parametrize(
    ("file", "asked", "expected"),
    [
        ("{}", None, "development"),
        ('{"environment": "testing"}', None, "testing"),
        ('{"extends": "low.json"}', None, "production"),
        ('{"extends": "low.json", "environment": "testing"}', None, "testing"),
        ('{"environment": "testing"}', "production", "production"),
    ],
)
def test_the_environment_is_what_is_asked_for_or_what_the_file_says(
    folder: Path, file: str, asked: str | None, expected: str
) -> None:
    written(folder, low='{"extends": "base", "environment": "production"}')
    written(folder, my=json.dumps({"extends": "base", **json.loads(file)}))

    taken = loaded(folder, asked).settings

    assert taken.environment == expected
    limits = {"development": 10_000, "testing": 1000, "production": 1_000_000}
    assert taken.journal.limit == limits[expected]


def test_an_unknown_environment_is_a_problem_of_the_flag(folder: Path) -> None:
    written(folder, my='{"extends": "base"}')

    with pytest.raises(ConfigError) as caught:
        loaded(folder, "prod")

    assert str(caught.value) == (
        '--env  error  config.choice  $.environment: expected "development", "testing"'
        ' or "production", was "prod".\n'
        '  hint: Did you mean "production"?\n'
        "1 error"
    )


def test_a_problem_of_a_merged_value_points_into_the_file_that_says_it(
    folder: Path,
) -> None:
    written(
        folder,
        low='{"tree": {"type": "supervisor", "id": "root",\n"period": "60"}}',
        my='{"extends": "low.json",\n"seed": -1}',
        my__testing='{"tree":\n\n{"intensity": -1}}',
    )

    assert complaints(folder, "testing") == [
        "low.json:2:11 config.type",
        "my.json:2:9 config.range",
        "my.testing.json:3:15 config.range",
    ]


def test_a_value_that_is_overridden_need_not_be_right(folder: Path) -> None:
    written(
        folder,
        low=f'{{"seed": "x", "tree": {TREE}}}',
        my='{"extends": "low.json", "seed": 1}',
    )

    assert loaded(folder).settings.seed == 1


def test_a_worker_in_the_file_is_changed_by_id_in_its_overlay(folder: Path) -> None:
    children = [
        {"type": "worker", "id": "a", "start": "desk:Feed", "args": {"symbol": "A"}},
        {"type": "worker", "id": "b", "start": "desk:Feed"},
    ]
    tree = {"type": "supervisor", "id": "root", "children": children}
    written(
        folder,
        my=json.dumps({"tree": tree}),
        my__testing='{"tree": {"children": [{"id": "b", "intake": true}]}}',
    )

    a, b = loaded(folder, "testing").settings.tree.children

    assert (a.id, b.id) == ("a", "b")
    assert getattr(b, "intake", None) is True
    assert getattr(a, "args", None) == {"symbol": "A"}


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"my": '{"extends": "my.json"}'}, ["my.json:1:13 config.extends"]),
        (
            {"my": '{"extends": "low.json"}', "low": '{"extends":\n"my.json"}'},
            ["low.json:2:1 config.extends"],
        ),
        ({"my": '{"extends": "absent.json"}'}, ["my.json:1:13 config.extends"]),
        ({"my": '{"extends": "a\\u0000"}'}, ["my.json:1:13 config.extends"]),
        ({"my": '{"extends": 5}'}, ["my.json:1:13 config.extends"]),
        (
            {"my": "{}", "my.development": '{"extends": "base"}'},
            ["my.development.json:1:13 config.extends"],
        ),
        # What is wrong with one file does not hide what is wrong with another.
        (
            {"my": '{"extends": "low.json"}', "low": "{,}", "my.development": "{5}"},
            ["low.json:1:2 config.syntax", "my.development.json:1:2 config.syntax"],
        ),
        (
            {"my": '{"extends": "base", "seed": 1, "seed": 2}'},
            ["my.json:1:32 config.duplicate"],
        ),
        (
            {"my": '{"extends": "base", "seed": 1, "seed": -2}'},
            ["my.json:1:32 config.duplicate", "my.json:1:40 config.range"],
        ),
    ],
)
def test_files_that_cant_be_laid_over_each_other_are_reported(
    folder: Path, files: dict[str, str], expected: list[str]
) -> None:
    written(folder, **files)

    assert complaints(folder) == expected


def test_an_overlay_that_cant_be_read_is_missing(folder: Path) -> None:
    written(folder, my='{"extends": "base"}')
    (folder / "my.development.json").mkdir()

    with pytest.raises(ConfigMissing, match=r"my\.development\.json can't be read"):
        loaded(folder)


def test_a_file_outside_the_working_directory_is_called_by_its_whole_path(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    written(elsewhere, low='{"seed": -1}')
    written(folder, my=json.dumps({"extends": str(elsewhere / "low.json")}))

    assert complaints(folder)[0] == f"{elsewhere}/low.json:1:10 config.range"
