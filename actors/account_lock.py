"""One writer for a venue account: no other process of this user may trade on it.

The state directory keeps two systems apart that share it; two that don't would still
give each other's orders away. So whoever trades locks the account itself.
"""

import fcntl
import hashlib
import os
import tempfile
import threading
from pathlib import Path
from typing import ClassVar


class AccountBusy(Exception):
    """Another process trades on this account."""

    exit_code: ClassVar[int] = 75


class AccountLock:
    """Held from its making until `release`, or the end of the process.

    It is a lock of the process (POSIX), which the kernel lets go of however that ends,
    and which two lives of one actor do not take from each other. It would also go with
    the first descriptor of the file that is closed here: so all in a process share one.
    The file is named after a digest: nothing in it tells the key.
    """

    def __init__(self, venue: str, key: str, *, directory: Path | None = None) -> None:
        """Lock the account that this key opens at this venue.

        Raises:
            AccountBusy: somebody else has it.
            OSError: the lock file can't be made.

        """
        place = directory or _directory()
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        digest = hashlib.blake2b(f"{venue}\n{key}".encode(), digest_size=12).hexdigest()
        self._path = place / f"{venue}-{digest}.lock"
        self._is_held = True
        with _lock:
            held = _held.get(self._path)
            file, count = held or (_locked(self._path, venue), 0)
            _held[self._path] = file, count + 1

    def release(self) -> None:
        """Let others trade on the account, once all here have let go of it."""
        with _lock:
            if not self._is_held:
                return
            self._is_held = False
            file, count = _held.pop(self._path)
            if count > 1:
                _held[self._path] = file, count - 1
            else:
                os.close(file)


_held: dict[Path, tuple[int, int]] = {}
"""The descriptors of this process, and how many hold each."""

_lock = threading.Lock()


def _locked(path: Path, venue: str) -> int:
    """Return the descriptor of a file that is locked."""
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        holder = os.read(file, 20).decode(errors="replace").strip()
        os.close(file)
        raise AccountBusy(
            f"another process ({holder or 'unknown'}) trades on this account of"
            f" {venue}: stop it first; two would take each other's orders back"
        ) from None
    os.ftruncate(file, 0)
    os.write(file, str(os.getpid()).encode())
    return file


def _directory() -> Path:
    return Path(tempfile.gettempdir()) / f"holdfast-{os.getuid()}"
