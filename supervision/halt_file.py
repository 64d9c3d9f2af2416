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
        self._closes = False

    def reason(self) -> str:
        """Return why trading is halted; empty: it is not.

        What can't be looked at or read counts as halted.
        """
        if self.path is None:
            return ""
        try:
            found = os.stat(self.path)  # noqa: PTH116 - at each order: half the time
        except FileNotFoundError:
            self._seen, self._closes = None, False
            return ""
        except OSError as error:
            return f"the halt file {self.path} can't be looked at ({error})"
        seen = (found.st_ino, found.st_mtime_ns, found.st_size)
        if seen != self._seen:
            self._reason, self._closes = _read(self.path)
            self._seen = seen
        return self._reason

    def lets_close(self) -> bool:
        """Return whether positions may be closed all the same: somebody wants that."""
        return bool(self.reason()) and self._closes

    def let_close(self, *, time: float) -> None:
        """Let positions be closed while trading is halted, if it is; raises as `write`.

        `time` in wall seconds.
        """
        if reason := self.reason():
            self.write(reason, time=time, closes=True)

    def seen(self) -> Seen | None:
        """Return what tells this halt from any other; None: there is none."""
        return self._seen if self.reason() else None

    def write(self, reason: str, *, time: float, closes: bool = False) -> None:
        """Halt trading; it is on the disk when this returns. `time` in wall seconds.

        On a full disk it has no reason in it, and halts all the same. With `closes`
        positions may be closed.

        Raises:
            OSError: it can't be made.

        """
        assert self.path is not None  # noqa: S101 - whoever writes has a directory
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        beside = self.path.with_name(f"{HALT}.{os.getpid()}")
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with contextlib.suppress(OSError):
            told = {"reason": reason, "time": time, "closes": closes}
            os.write(descriptor, json.dumps(told).encode())
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


def _read(path: Path) -> tuple[str, bool]:
    """Return the reason, and whether positions may be closed."""
    try:
        told = json.loads(path.read_bytes())
        reason = str(told["reason"]) or "no reason was given"
        return reason, told.get("closes") is True
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return f"the halt file {path} is there, and can't be read", False


def _sync(folder: Path) -> None:
    """Have the folder itself on the disk: else a new name may be gone after a crash."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
