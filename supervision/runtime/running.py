"""Which incarnation the current thread is working for, if any."""

import threading
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from .future import Future


class Waiter(Protocol):
    """An actor's incarnation, as a future sees it."""

    def before_blocking(self, future: "Future[Any]") -> None:
        """Refuse, by raising, to block this incarnation's thread on the future.

        Where it does not raise, the thread counts as waiting until `after_blocking`.
        """
        ...

    def after_blocking(self) -> None:
        """Take note that the thread goes on."""
        ...


class _Running(threading.local):
    life: Waiter | None = None


running = _Running()
