"""One account has one writer, and its end gives the account free."""

import fcntl
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from holdfast.actors.account_lock import AccountBusy, AccountLock, lock_directory

HOLD = """
import sys
from pathlib import Path
from holdfast.actors.account_lock import AccountLock
lock = AccountLock("binance", "key", directory=Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


def tried_elsewhere(directory: Path) -> str:
    """Lock it in another process, and return what goes wrong."""
    tried = subprocess.run(
        [sys.executable, "-c", HOLD, str(directory)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    return tried.stderr


def test_two_lives_in_one_process_do_not_keep_each_other_out(tmp_path: Path) -> None:
    first = AccountLock("binance", "key", directory=tmp_path)

    AccountLock("binance", "key", directory=tmp_path).release()
    while_one_is_left = tried_elsewhere(tmp_path)
    first.release()
    first.release()

    assert "AccountBusy" in while_one_is_left
    assert tried_elsewhere(tmp_path) == ""


def test_other_keys_and_other_venues_are_other_accounts(tmp_path: Path) -> None:
    locks = [
        AccountLock(venue, key, directory=tmp_path)
        for venue in ("binance", "kraken")
        for key in ("one", "other")
    ]

    for lock in locks:
        lock.release()


def test_the_key_is_not_written_down(tmp_path: Path) -> None:
    AccountLock("binance", "a-secret-key", directory=tmp_path).release()

    (file,) = tmp_path.iterdir()
    assert "secret" not in file.name + file.read_text()
    assert file.stat().st_mode & 0o077 == 0


def test_another_process_keeps_the_account_until_it_is_killed(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(AccountBusy, match=rf"another process \({other.pid}\)"):
            AccountLock("binance", "key", directory=tmp_path)
        other.send_signal(signal.SIGKILL)
        other.wait()

    AccountLock("binance", "key", directory=tmp_path).release()


def test_a_lock_whose_file_was_removed_is_lost(tmp_path: Path) -> None:
    lock = AccountLock("binance", "key", directory=tmp_path)
    lock.check()
    (file,) = tmp_path.iterdir()
    file.unlink()

    with pytest.raises(AccountBusy, match="was removed or replaced"):
        lock.check()
    lock.release()


def test_a_lock_whose_file_was_replaced_is_lost(tmp_path: Path) -> None:
    lock = AccountLock("binance", "key", directory=tmp_path)
    (file,) = tmp_path.iterdir()
    file.unlink()
    assert tried_elsewhere(tmp_path) == ""

    with pytest.raises(AccountBusy):
        lock.check()
    lock.release()


def test_who_begins_anew_after_a_loss_has_a_lock_that_others_find(
    tmp_path: Path,
) -> None:
    lost = AccountLock("binance", "key", directory=tmp_path)
    (file,) = tmp_path.iterdir()
    file.unlink()
    anew = AccountLock("binance", "key", directory=tmp_path)
    lost.release()
    while_it_is_held = tried_elsewhere(tmp_path)
    anew.check()
    anew.release()

    assert "AccountBusy" in while_it_is_held
    assert tried_elsewhere(tmp_path) == ""


def test_a_file_that_is_removed_while_it_is_locked_is_locked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lockf, locked = fcntl.lockf, list[int]()

    def remove_first(file: int, how: int) -> None:
        if not locked:
            next(tmp_path.iterdir()).unlink()
        locked.append(file)
        lockf(file, how)

    monkeypatch.setattr(fcntl, "lockf", remove_first)
    lock = AccountLock("binance", "key", directory=tmp_path)

    assert len(locked) == 2
    lock.check()
    assert "AccountBusy" in tried_elsewhere(tmp_path)
    lock.release()


@pytest.mark.parametrize(
    ("environ", "place"),
    [
        ({"XDG_STATE_HOME": "{tmp}/state", "HOME": "{tmp}/home"}, "state/holdfast"),
        ({"HOME": "{tmp}/home"}, "home/.local/state/holdfast"),
        (
            {"XDG_STATE_HOME": "relative", "HOME": "{tmp}/home"},
            "home/.local/state/holdfast",
        ),
    ],
)
def test_locks_are_where_nobody_cleans_up(
    tmp_path: Path, environ: dict[str, str], place: str
) -> None:
    given = {name: value.format(tmp=tmp_path) for name, value in environ.items()}

    assert lock_directory(given) == tmp_path / place
    assert (tmp_path / place).stat().st_mode & 0o077 == 0


def test_without_a_place_for_locks_nobody_trades(tmp_path: Path) -> None:
    taken = tmp_path / "file"
    taken.write_text("no directory")

    with pytest.raises(OSError, match="set XDG_STATE_HOME"):
        lock_directory({"XDG_STATE_HOME": str(taken)})
