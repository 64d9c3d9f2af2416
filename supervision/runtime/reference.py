"""The address of an actor: it stays valid over every restart."""

from typing import TYPE_CHECKING, Any, Literal, overload

import pykka

from .future import Future
from .mailbox import Envelope
from .running import Fenced, refuse_if_fenced, running

if TYPE_CHECKING:
    from .actor import Actor
    from .cell import Cell

DEFAULT_ASK_TIMEOUT = 5.0


class Ref(pykka.ActorRef["Actor"]):
    """A Pykka reference to a place in the tree instead of to one incarnation.

    An unmodified `pykka.ActorProxy` works on it, but it inspects a living actor when it
    is made: make it while the actor runs, then keep it.
    """

    __slots__ = ("_cell",)

    def __init__(self, cell: "Cell") -> None:
        # Pykka's own __init__ would bind this reference to one living actor.
        self._cell = cell

    @property
    def actor_class(self) -> "type[Actor]":  # type: ignore[override] # never set
        """The class of the actor, whichever incarnation is alive."""
        return self._cell.actor_class

    @property
    def actor_urn(self) -> str:  # type: ignore[override] # never set
        """The same as `path`: Pykka's name for what is unique about an actor."""
        return self._cell.path

    @property
    def path(self) -> str:
        """Where the actor stands in the tree, as `/root/exchange/binance`."""
        return self._cell.path

    @property
    def cell(self) -> "Cell":
        """The place itself; for supervisors and tests."""
        return self._cell

    def __repr__(self) -> str:
        return f"<Ref {self._cell.path}>"

    def __str__(self) -> str:
        return self._cell.path

    def is_alive(self) -> bool:
        """Say whether messages are accepted: true while a restart is under way."""
        return not self._cell.mailbox.closed

    def tell(self, message: Any) -> None:
        """Send a message; to a stopped actor it becomes a dead letter.

        Raises:
            MailboxFull: there is no room and the mailbox's policy is `fail`.
            Fenced: the sender is an incarnation that has been ended from outside.

        """
        sender = running.life
        cell = self._cell
        if sender is not None and sender.fenced:
            raise Fenced
        cell.mailbox.put(message)
        life = cell.life
        if life is not None and life.idle:
            life.schedule()

    @overload
    def ask(
        self,
        message: Any,
        *,
        block: Literal[False],
        timeout: float | None = None,
    ) -> Future[Any]: ...
    @overload
    def ask(
        self,
        message: Any,
        *,
        block: Literal[True],
        timeout: float | None = None,
    ) -> Any: ...
    @overload
    def ask(
        self, message: Any, *, block: bool = True, timeout: float | None = None
    ) -> Any | Future[Any]: ...
    # Pyright refuses even a literal copy of Pykka's own overloads here.
    def ask(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, message: Any, *, block: bool = True, timeout: float | None = None
    ) -> Any | Future[Any]:
        """Send a message and get the reply, or a future of it.

        Every ask ends within `timeout` seconds (default 5, never infinite).

        Raises:
            AskTimeout: no reply in time; see its `executed`.
            ActorCrashed: the actor ended while it handled the message.
            AskCycle: the answer depends on the asker; nothing was sent.
            RuntimeError: the asker may not block, see `Actor.pipe`; nothing was sent.
            pykka.ActorDeadError: the actor is stopped for good.
            MailboxFull, Fenced: as for `tell`.

        """
        future = self._future(timeout)
        life = running.life
        if life is not None and life.fenced:
            raise Fenced
        if life is None or not block:
            self._cell.put(Envelope(message, future))
            return future.get() if block else future
        life.before_blocking(future)  # refuse before anything is sent
        try:
            self._cell.put(Envelope(message, future))
            return future.get()
        finally:
            life.after_waiting()

    def command(self, message: Any, *, timeout: float | None = None) -> Future[Any]:
        """Ask a supervisor something, overtaking all ordinary messages.

        Raises:
            Fenced: as for `tell`.

        """
        refuse_if_fenced()
        future = self._future(timeout)
        self._cell.put_urgent(Envelope(message, future))
        return future

    @overload
    def stop(self, *, block: Literal[True], timeout: float | None = None) -> bool: ...
    @overload
    def stop(
        self, *, block: Literal[False], timeout: float | None = None
    ) -> Future[bool]: ...
    @overload
    def stop(
        self, *, block: bool = True, timeout: float | None = None
    ) -> bool | Future[bool]: ...
    def stop(
        self, *, block: bool = True, timeout: float | None = None
    ) -> bool | Future[bool]:
        """Refuse: whoever supervises an actor stops it."""
        raise TypeError(
            f"{self.path} is supervised: stop it with TerminateChild, or from inside"
            f" with self.stop(); was stop(block={block}, timeout={timeout})"
        )

    def _future(self, timeout: float | None) -> Future[Any]:
        limit = DEFAULT_ASK_TIMEOUT if timeout is None else timeout
        return Future(self._cell.system.clock, target=self._cell, timeout=limit)

    def _actor_weakref(self) -> "Actor | None":  # type: ignore[override] # duck-typed
        life = self._cell.life
        return None if life is None else life.actor
