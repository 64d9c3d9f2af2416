"""The halt file: whoever writes it into the state directory halts trading there.

It needs nothing that runs. Whoever trades looks at it at each order, which costs one
`stat`, and it survives every restart; it goes when somebody arms the system.
"""

import contextlib
import json
import os
from pathlib import Path

HALT = "halt"

Seen = tuple[int, int, int]


class HaltFile:
    """Looks at the halt file of a state directory; without one nothing is halted."""

    def __init__(self, directory: Path | None) -> None:
        self.path = None if directory is None else directory / HALT
        self._seen: Seen | None = None
        self._reason = ""

    def reason(self) -> str:
        """Return why trading is halted; empty: it is not.

        What can't be looked at or read counts as halted.
        """
        if self.path is None:
            return ""
        try:
            found = os.stat(self.path)  # noqa: PTH116 - at each order: half the time
        except FileNotFoundError:
            self._seen = None
            return ""
        except OSError as error:
            return f"the halt file {self.path} can't be looked at ({error})"
        seen = (found.st_ino, found.st_mtime_ns, found.st_size)
        if seen != self._seen:
            self._reason = _read(self.path)
            self._seen = seen
        return self._reason

    def seen(self) -> Seen | None:
        """Return what tells this halt from any other; None: there is none."""
        return self._seen if self.reason() else None

    def write(self, reason: str, *, time: float) -> None:
        """Halt trading; it is on the disk when this returns. `time` in wall seconds.

        On a full disk it has no reason in it, and halts all the same.

        Raises:
            OSError: it can't be made.

        """
        assert self.path is not None  # noqa: S101 - whoever writes has a directory
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        beside = self.path.with_name(f"{HALT}.{os.getpid()}")
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with contextlib.suppress(OSError):
            os.write(descriptor, json.dumps({"reason": reason, "time": time}).encode())
            os.fsync(descriptor)
        os.close(descriptor)
        beside.replace(self.path)
        _sync(self.path.parent)

    def remove(self) -> None:
        """Take it away; not there is fine.

        Raises:
            OSError: it can't be taken away.

        """
        if self.path is None:
            return
        with contextlib.suppress(FileNotFoundError):
            self.path.unlink()
            _sync(self.path.parent)


def _read(path: Path) -> str:
    try:
        told = json.loads(path.read_bytes())
        return str(told["reason"]) or "no reason was given"
    except (OSError, ValueError, KeyError, TypeError):
        return f"the halt file {path} is there, and can't be read"


def _sync(folder: Path) -> None:
    """Have the folder itself on the disk: else a new name may be gone after a crash."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
