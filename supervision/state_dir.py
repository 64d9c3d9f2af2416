"""The folder of one running system: its control socket and all its journals."""

import fcntl
import json
import os
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

import attrs

DEFAULT = Path(".holdfast")
CONTROL = "control.sock"
EVENTS = "events.sqlite"
LOCK = "lock"
RUN = "run.json"


class StateDirUnusable(Exception):
    """The folder can't be made or written."""

    exit_code: ClassVar[int] = 73


class StateDirBusy(Exception):
    """Another system runs in this folder."""

    exit_code: ClassVar[int] = 75


@attrs.frozen
class Run:
    """What was run in a state directory: which file, where, in which environment."""

    config: str | None
    directory: str
    environment: str


class StateDir:
    """A folder for its owner alone, locked for one system while it is open.

    Raises on entering:
        StateDirUnusable: it can't be made or written.
        StateDirBusy: a system runs there already.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = -1

    @property
    def control(self) -> Path:
        """Where the control socket is, as short as possible: its length is limited."""
        absolute = self.path.absolute() / CONTROL
        relative = Path(os.path.relpath(absolute))
        return min(absolute, relative, key=lambda path: len(str(path)))

    @property
    def events(self) -> Path:
        """Where the event journal is."""
        return self.path / EVENTS

    def note_run(self, run: Run) -> None:
        """Leave word of what runs here, for who has to clean up after it."""
        beside = self.path / f"{RUN}.{os.getpid()}"
        beside.touch(mode=0o600)
        beside.write_text(json.dumps(attrs.asdict(run)))
        beside.replace(self.path / RUN)

    @property
    def last_run(self) -> Run | None:
        """What runs here or did so last; None: nothing did, or it can't be read."""
        try:
            return Run(**json.loads((self.path / RUN).read_bytes()))
        except (OSError, ValueError, TypeError):
            return None

    @property
    def is_in_use(self) -> bool:
        """Whether a system runs in this folder, even if it does not answer."""
        try:
            lock = os.open(self.path / LOCK, os.O_RDONLY)
        except OSError:
            return False
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
        finally:
            os.close(lock)
        return False

    def __enter__(self) -> Self:
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            if self.path.stat().st_mode & 0o077:
                raise PermissionError(0, "others than its owner may use it: chmod 700")
            flags = os.O_RDWR | os.O_CREAT
            self._lock = os.open(self.path / LOCK, flags, 0o600)
        except OSError as error:
            raise self._unusable(error) from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(self._lock)
            raise StateDirBusy(
                f"another system runs in {self.path}: stop it first, or choose another"
                " state directory with --state DIR"
            ) from error
        except OSError as error:
            os.close(self._lock)
            raise self._unusable(error) from error
        return self

    def __exit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        os.close(self._lock)

    def _unusable(self, error: OSError) -> StateDirUnusable:
        return StateDirUnusable(
            f"the state directory {self.path} can't be used ({error.strerror}):"
            " choose another one with --state DIR"
        )
