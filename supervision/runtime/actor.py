"""What a component of the system is: one actor class, and what the runtime gives it."""

import functools
from collections.abc import Callable, Mapping
from random import Random
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

import pykka

from .asked_of_all import ASKED_OF_ALL, Describe
from .clock import Clock, Timer
from .dead_letters import DeadLetterReason
from .exit_reason import NORMAL, ExitReason
from .future import Future
from .incarnation import Incarnation
from .permit import Permit
from .reference import Ref
from .running import Fenced
from .signals import Continuation
from .watch import Watch

if TYPE_CHECKING:
    from ..system import ActorSystem


_HANDLED_HERE = ASKED_OF_ALL | {Continuation}


class Actor(pykka.Actor):
    """Override `on_receive`, and `on_start`, `on_stop`, `on_failure` where needed.

    Everything, `__init__` included, runs on the actor's own thread. An exception that
    leaves a hook ends this incarnation and the supervisor decides what follows; to the
    asker it is a reply as well. One whose class is in `replies_with` is only a reply.
    """

    replies_with: ClassVar[tuple[type[Exception], ...]] = ()
    """Exceptions that are answers, not failures of this actor."""

    says_ready: ClassVar[bool] = False
    """Whether the actor calls `ready` itself, some time after `on_start` returned."""

    traps_exits: ClassVar[bool] = False
    """Whether it gets a `LinkDown` when one that it is linked with ends (OTP)."""

    settings: ClassVar[Mapping[str, type[Any]]] = {}
    """Arguments that are mappings, and what reads each: all its fields have defaults.

    Their names and values are checked with the configuration, before anything starts.
    """

    def __init__(self) -> None:
        # Pykka's own __init__ makes what the place in the tree already has.
        pass

    def bind(self, life: "Incarnation") -> None:
        """Become the given incarnation; called by the runtime before `__init__`."""
        self._life = life
        self._actor_ref = life.cell.ref

    def __str__(self) -> str:
        return f"{type(self).__name__} at {self.path}"

    # -- what an actor is given --

    @property
    def me(self) -> Ref:
        """The stable reference to this actor's place."""
        return self._life.cell.ref

    @property
    def path(self) -> str:
        """Where this actor stands in the tree."""
        return self._life.cell.path

    @property
    def incarnation(self) -> int:
        """How often this place has been started, this time included."""
        return self._life.number

    @property
    def system(self) -> "ActorSystem":
        """The system this actor belongs to."""
        return self._life.cell.system

    @property
    def clock(self) -> Clock:
        """The only source of time."""
        return self._life.cell.system.clock

    @property
    def redelivered(self) -> bool:
        """Whether the message at hand was in flight when a predecessor crashed."""
        return self._life.redelivered

    def random(self, *key: str | int) -> Random:
        """Return seeded chance for this actor and key: same seed, same numbers."""
        return self.system.randomness.stream(self.path, *key)

    @property
    def snapshot(self) -> Any:
        """What a predecessor saved, or None; it does not outlive the process."""
        return self._life.cell.snapshot

    def save_snapshot(self, state: Any) -> None:
        """Leave something for the next incarnation. It is kept as it is, not copied.

        Raises:
            Fenced: this incarnation has been ended from outside.

        """
        if self._life.fenced:
            raise Fenced
        self._life.cell.snapshot = state

    @functools.cached_property
    def permit(self) -> Permit:
        """What this incarnation may do to the world outside: check it each time."""
        return Permit(self.path, self._life)

    # -- what an actor may do --

    def ready(self) -> None:
        """Say that messages may come now; needed where `says_ready` is set."""
        self._life.become_ready()

    def stop(self) -> None:
        """End this actor normally, after the message at hand."""
        life = self._life
        life.signal(lambda: life.stop(NORMAL))

    def pipe(
        self,
        future: Future[Any],
        then: Callable[[Any], None],
        failed: Callable[[BaseException], None] | None = None,
    ) -> None:
        """Have `then(result)` called as a turn of this actor, without blocking.

        If the future fails, `failed(error)` is called; without it the error crashes
        this actor. If this incarnation ends first, nothing is called.
        """
        life = self._life

        future.add_done_callback(
            lambda done: life.resume(lambda: _pass_on(done, then, failed))
        )

    def soon(self, call: Callable[[], None]) -> None:
        """Have `call` made as a turn of this incarnation; callable from any thread."""
        self._life.resume(call)

    def after(self, delay: float, call: Callable[[], None]) -> Timer:
        """Have `call` made as a turn of this incarnation in `delay` seconds."""
        life = self._life
        return self.clock.call_later(delay, lambda: life.resume(call))

    def when_settled(self, call: Callable[[], None]) -> None:
        """Have `call` made once every message in the system has been handled."""
        life = self._life
        self.system.when_settled(lambda: life.resume(call))

    def watch(self, ref: Ref) -> Watch:
        """Have `on_receive` handle one `Down` when who lives at `ref` now has ended.

        It comes at once if nobody lives there, overtakes messages, and is there before
        a successor starts. Watch again to hear of that one. Two watches are two `Down`;
        who watches itself hears nothing; all end with this incarnation (OTP: monitor).

        Raises:
            ValueError: `ref` belongs to another system.
            Fenced: this incarnation has been ended from outside.

        """
        return self.system.ties.watch(self._life, ref.cell)

    def unwatch(self, watch: Watch) -> None:
        """Handle no `Down` of this watch from now on, even if it is on its way."""
        self.system.ties.close(watch)

    def link(self, ref: Ref) -> None:
        """End together with who lives at `ref` now, unless that ends in order.

        Both ways: whichever ends otherwise, the other one crashes with a `LinkedExit`
        after the message at hand, or hears a `LinkDown` of any end if it `traps_exits`.
        Nobody there is such an end too (OTP: link; there `shutdown` is passed on, which
        would tear the order in which a tree stops). Raises as `watch`.
        """
        self.system.ties.link(self._life, ref.cell)

    def unlink(self, ref: Ref) -> None:
        """Undo `link`, and hear no more of it even if an end is on its way."""
        self.system.ties.unlink(self._life, ref.cell)

    def alarm(self, what: str) -> None:
        """Have somebody look: `what` says what happened and what to do, as an event."""
        if self._life.fenced:
            raise Fenced
        self.system.alarm(self.path, self.incarnation, what)

    def unhandled(self, message: Any, reason: str = DeadLetterReason.UNHANDLED) -> None:
        """Turn a message that this actor has no use for into a dead letter."""
        self._life.cell.dead_letter(message, reason)

    # -- what an actor may be asked --

    def facts(self) -> Mapping[str, Any]:
        """Return what an operator wants to know of this actor, by name."""
        return {}

    def on_receive(self, message: Any) -> Any:
        """Handle a message; what is returned is the reply, a future defers it."""
        self.unhandled(message)

    # -- Pykka's hooks, and the runtime's --

    def handle(self, message: Any) -> Any:
        """Take a message as Pykka does: proxy messages first, then `on_receive`."""
        kind: type[Any] = message.__class__
        if kind not in _HANDLED_HERE:
            return self.on_receive(message)
        if kind is Continuation:
            return message.call()
        return self._describe() if kind is Describe else self._handle_receive(message)

    def _describe(self) -> Any:
        """Return the facts; to look at an actor must never be what crashes it."""
        try:
            return self.facts()
        except Exception as error:  # noqa: BLE001 - whoever looks gets it
            failed: Future[Any] = Future()
            failed.fail(error)
            return failed

    def ending(self, reason: ExitReason, deadline: float | None) -> bool:
        """Say whether this incarnation may end at once; a supervisor needs longer."""
        del reason, deadline
        return True

    @classmethod
    def start(cls, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse: supervisors start actors."""
        raise TypeError(
            f"{cls.__name__} is started by a supervisor: put it into a ChildSpec,"
            f" was started with {args} {kwargs}"
        )

    @staticmethod
    def _create_actor_inbox() -> NoReturn:
        raise TypeError("the mailbox belongs to the actor's place")

    @staticmethod
    def _create_future() -> Future[Any]:
        return Future()

    def _start_actor_loop(self) -> NoReturn:
        raise TypeError("a dispatcher runs this actor")


def _pass_on(
    done: Future[Any],
    then: Callable[[Any], None],
    failed: Callable[[BaseException], None] | None,
) -> None:
    try:
        value = done.get()
    except Exception as error:
        if failed is None:
            raise
        failed(error)
    else:
        then(value)
