"""Something that a thread waits for once: an event for a tenth of its price."""

import threading
from typing import Protocol


class Happening(Protocol):
    """What a clock can wait for: a latch, or an event of `threading`."""

    def is_set(self) -> bool:
        """Say whether it has happened."""
        ...

    def wait(self, timeout: float | None = None) -> bool:
        """Block until it has happened or `timeout` seconds passed; say which."""
        ...


class Latch:
    """Closed until it is set, for good; one lock, and no condition around it."""

    __slots__ = ("_closed",)

    def __init__(self) -> None:
        self._closed = threading.Lock()
        self._closed.acquire()

    def set(self, _: object = None) -> None:
        """Let whoever waits go on; call it once. It can be a callback of a future."""
        self._closed.release()

    def is_set(self) -> bool:
        """Say whether it has been set."""
        return not self._closed.locked()

    def wait(self, timeout: float | None = None) -> bool:
        """Block until it is set or `timeout` seconds passed; say whether it is set."""
        if not self._closed.acquire(True, -1 if timeout is None else max(0, timeout)):  # noqa: FBT003
            return False
        self._closed.release()
        return True
