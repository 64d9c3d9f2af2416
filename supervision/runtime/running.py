"""Which incarnation the current thread is working for, if any."""

import threading
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from .future import Future


class Fenced(BaseException):
    """Ends what an incarnation still does that has been ended from outside.

    It is raised where a zombie tries to reach somebody, and no `except Exception` on
    the way keeps the zombie going. Nobody catches it but the runtime.
    """

    def __init__(self) -> None:
        super().__init__("this incarnation has been ended from outside")


class Waiter(Protocol):
    """An actor's incarnation, as a future and a reference see it."""

    fenced: bool

    def before_blocking(self, future: "Future[Any]") -> None:
        """Refuse, by raising, to block this incarnation's thread on the future.

        Where it does not raise, it counts as waiting until `after_waiting`.
        """
        ...

    def before_awaiting(self, future: "Future[Any]") -> None:
        """Refuse, by raising, to await a future that depends on this incarnation."""
        ...

    def after_waiting(self) -> None:
        """Take note that it goes on."""
        ...


class _Running(threading.local):
    life: Waiter | None = None


running = _Running()


def refuse_if_fenced() -> None:
    """Raise `Fenced` if the current thread works for a fenced incarnation."""
    life = running.life
    if life is not None and life.fenced:
        raise Fenced
