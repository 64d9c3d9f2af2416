"""One writer for a venue account: no other process of this user may trade on it.

The state directory keeps two systems apart that share it; two that don't would still
give each other's orders away. So whoever trades locks the account itself, in a place
that all processes of a user share and that nobody cleans up.
"""

import fcntl
import hashlib
import os
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import ClassVar

import attrs

ATTEMPTS = 10
"""How often a file is locked that somebody replaces meanwhile."""


class AccountBusy(Exception):
    """Another process trades on this account, or could."""

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
        place = (directory or lock_directory(os.environ)).resolve()
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        digest = hashlib.blake2b(f"{venue}\n{key}".encode(), digest_size=12).hexdigest()
        path = place / f"{venue}-{digest}.lock"
        self._is_held = True
        with _lock:
            shared = _held.get(path)
            if shared is None or not _is_file(shared.file, path):
                shared = _held[path] = _Shared(path, _locked(path, venue))
            shared.holders += 1
            self._shared = shared

    def check(self) -> None:
        """Return if the lock still keeps others out.

        Raises:
            AccountBusy: its file is gone, so another process may have locked a new one.

        """
        if not _is_file(self._shared.file, self._shared.path):
            raise AccountBusy(
                f"the lock file {self._shared.path} was removed or replaced: another"
                " process may trade on this account by now"
            )

    def release(self) -> None:
        """Let others trade on the account, once all here have let go of it."""
        with _lock:
            if not self._is_held:
                return
            self._is_held = False
            self._shared.holders -= 1
            if self._shared.holders:
                return
            os.close(self._shared.file)
            if _held.get(self._shared.path) is self._shared:
                del _held[self._shared.path]


@attrs.define(eq=False)
class _Shared:
    """A locked file, and by how many in this process it is held."""

    path: Path
    file: int
    holders: int = 0


_held: dict[Path, _Shared] = {}
_lock = threading.Lock()


def lock_directory(environ: Mapping[str, str]) -> Path:
    """Return where the locks of this user are: its state directory (XDG).

    A user without a home of its own has `/run/user`. The directory for temporary files
    is no place for them: what is old there is removed, and a service may have its own.

    Raises:
        OSError: there is no place where this user may write.

    """
    places = list(_places(environ))
    for place in places:
        try:
            place.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(place, os.W_OK):
            return place
    told = " nor ".join(map(str, places))
    raise OSError(f"account locks can be kept neither in {told}: set XDG_STATE_HOME")


def _places(environ: Mapping[str, str]) -> Iterator[Path]:
    state, home = environ.get("XDG_STATE_HOME", ""), environ.get("HOME", "")
    if Path(state).is_absolute():
        yield Path(state) / "holdfast"
        return
    if Path(home).is_absolute():
        yield Path(home) / ".local" / "state" / "holdfast"
    yield Path("/run/user") / str(os.getuid()) / "holdfast"


def _is_file(file: int, path: Path) -> bool:
    """Say whether a path still leads to the file that is open."""
    try:
        return os.path.samestat(os.fstat(file), path.stat())
    except OSError:
        return False


def _locked(path: Path, venue: str) -> int:
    """Return the descriptor of a file that is locked, and that others find."""
    for _ in range(ATTEMPTS):
        file = _lock_of(path, venue)
        if _is_file(file, path):
            os.ftruncate(file, 0)
            os.write(file, str(os.getpid()).encode())
            return file
        os.close(file)  # replaced between the opening and the locking
    raise AccountBusy(f"somebody replaces the lock file {path} all the time")


def _lock_of(path: Path, venue: str) -> int:
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
    return file
