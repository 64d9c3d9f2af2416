"""One folder for one system, closed to everybody else."""

import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from holdfast.supervision.state_dir import (
    DEFAULT,
    Run,
    StateDir,
    StateDirBusy,
    StateDirUnusable,
)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_it_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    with StateDir(tmp_path / "deep" / "state") as state_dir:
        assert mode(state_dir.path) == 0o700
        assert [mode(each) for each in state_dir.path.iterdir()] == [0o600]


def test_a_second_system_is_refused_with_the_way_out(tmp_path: Path) -> None:
    with StateDir(tmp_path), pytest.raises(StateDirBusy) as refused:
        StateDir(tmp_path).__enter__()

    assert str(refused.value) == (
        f"another system runs in {tmp_path}: stop it first, or choose another state"
        " directory with --state DIR"
    )
    assert refused.value.exit_code == 75


def test_it_is_free_again_when_the_first_has_left(tmp_path: Path) -> None:
    for _ in range(2):
        with StateDir(tmp_path) as state_dir:
            assert state_dir.is_in_use
        assert not state_dir.is_in_use


def test_it_is_free_again_when_the_first_has_failed(tmp_path: Path) -> None:
    with pytest.raises(KeyError), StateDir(tmp_path):
        raise KeyError

    with StateDir(tmp_path) as state_dir:
        assert state_dir.is_in_use


def test_to_look_whether_it_is_in_use_makes_and_keeps_nothing(tmp_path: Path) -> None:
    state_dir = StateDir(tmp_path / "none")

    assert not state_dir.is_in_use
    assert not state_dir.path.exists()
    with state_dir:
        assert [state_dir.is_in_use, state_dir.is_in_use] == [True, True]


def test_what_runs_there_is_known_afterwards(tmp_path: Path) -> None:
    run = Run("my.json", "/home/me", "production")
    with StateDir(tmp_path) as state_dir:
        before = state_dir.last_run
        state_dir.note_run(Run(None, "/", "testing"))
        state_dir.note_run(run)

    assert (before, StateDir(tmp_path).last_run) == (None, run)
    assert mode(tmp_path / "run.json") == 0o600


@pytest.mark.parametrize("text", ["", "[]", '{"config": 1}'])
def test_a_note_that_can_not_be_read_is_none(text: str, tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text(text)

    assert StateDir(tmp_path).last_run is None


def a_file(path: Path) -> None:
    path.write_text("in the way")


def a_lock_that_is_none(path: Path) -> None:
    path.mkdir(mode=0o700)
    (path / "lock").mkdir()


def a_folder_open_to_others(path: Path) -> None:
    path.mkdir()
    path.chmod(0o755)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (a_file, "File exists"),
        (a_lock_that_is_none, "Is a directory"),
        (a_folder_open_to_others, "others than its owner may use it: chmod 700"),
    ],
)
def test_a_folder_that_cannot_be_had_is_a_sentence(
    tmp_path: Path, make: Callable[[Path], None], reason: str
) -> None:
    make(tmp_path / "state")

    with pytest.raises(StateDirUnusable, match=reason) as refused:
        StateDir(tmp_path / "state").__enter__()

    assert refused.value.exit_code == 73
    assert "choose another one with --state DIR" in str(refused.value)


def test_the_socket_has_the_shorter_of_its_two_names() -> None:
    here = StateDir(DEFAULT).control
    root = StateDir(Path("/run")).control

    assert here == Path(".holdfast/control.sock")
    assert root == Path("/run/control.sock")


def test_the_journal_lies_beside_it(tmp_path: Path) -> None:
    assert StateDir(tmp_path).events == tmp_path / "events.sqlite"
