"""One account has one writer, and its end gives the account free."""

import os
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


def test_a_second_writer_is_refused_and_told_who_has_it(tmp_path: Path) -> None:
    lock = AccountLock("binance", "key", directory=tmp_path)

    with pytest.raises(AccountBusy, match=rf"another process \({os.getpid()}\)"):
        AccountLock("binance", "key", directory=tmp_path)
    lock.release()


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


def test_a_process_that_is_killed_gives_the_account_free(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(AccountBusy, match=str(other.pid)):
            AccountLock("binance", "key", directory=tmp_path)
        other.send_signal(signal.SIGKILL)
        other.wait()

    AccountLock("binance", "key", directory=tmp_path).release()
