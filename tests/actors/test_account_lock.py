"""One account has one writer, and its end gives the account free."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from holdfast.actors.account_lock import AccountBusy, AccountLock

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
