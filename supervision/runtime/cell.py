"""One place in the tree: its address, its mailbox, and whoever lives there now."""

from collections import deque
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

import pykka
from msgspec import Struct

from .coroutine_incarnation import CoroutineIncarnation
from .dead_letters import DeadLetterReason
from .exit_reason import ActorCrashed, ExitKind, ExitReason
from .incarnation import Incarnation
from .mailbox import Envelope, Mailbox, MailboxSpec
from .reference import Ref
from .signals import Signal

if TYPE_CHECKING:
    from ..system import ActorSystem
    from .actor import Actor

Handler = Callable[[Any], Any]

_MANY = 2**40
"""More steps than one incarnation takes."""

ORPHANED = ExitReason(ExitKind.KILLED, "its supervisor had ended")


class CellSpec(Protocol):
    """What a cell has to know of a child specification."""

    @property
    def dispatcher(self) -> str: ...  # noqa: D102
    @property
    def mailbox(self) -> MailboxSpec: ...  # noqa: D102
    @property
    def redelivers(self) -> bool: ...  # noqa: D102
    @property
    def hang_after(self) -> float | None: ...  # noqa: D102
    @property
    def concurrency(self) -> int: ...  # noqa: D102
    @property
    def about(self) -> str: ...  # noqa: D102


class Exited(Struct, frozen=True):
    """Said to a supervisor, once for each incarnation: it is over, cleaned up."""

    cell: "Cell"
    incarnation: int
    reason: ExitReason


class BecameReady(Struct, frozen=True):
    """Said to a supervisor: this incarnation takes messages now."""

    cell: "Cell"
    incarnation: int


class Cell:
    """A stable place for the incarnations of one actor.

    Only its supervisor starts, stops and closes it. `expected` is the supervisor's
    word for whether an incarnation should be there; `snapshot` is what an actor leaves
    for its successor; `intercept` is where injected faults get between a mailbox and
    its actor.
    """

    __slots__ = (
        "actor_class",
        "children",
        "expected",
        "incarnation",
        "intercept",
        "life",
        "mailbox",
        "make",
        "name",
        "parent",
        "path",
        "ref",
        "snapshot",
        "spec",
        "system",
        "urgent",
    )

    def __init__(  # noqa: PLR0913 - a place is described by these
        self,
        system: "ActorSystem",
        parent: "Cell | None",
        name: str,
        *,
        spec: CellSpec,
        actor_class: "type[Actor]",
        make: Callable[[], Mapping[str, Any]],
    ) -> None:
        self.system = system
        self.parent = parent
        above = "" if parent is None or parent.path == "/" else parent.path
        self.path: str = name if name == "/" else f"{above}/{name}"
        self.name = name
        self.spec = spec
        self.actor_class = actor_class
        self.make = make
        self.children: dict[str, Cell] = {}
        self.mailbox = Mailbox(spec.mailbox, self)
        self.urgent: deque[Signal | Envelope] = deque()
        self.life: Incarnation | None = None
        self.incarnation = 0
        self.expected = False
        self.snapshot: Any = None
        self.intercept: Callable[[Handler], Handler] = _as_it_is
        self.ref: Ref = Ref(self)

    # -- for senders --

    def put(self, item: Any) -> None:
        """Queue a user message.

        Raises:
            MailboxFull: there is no room and the policy is `fail`.

        """
        self.mailbox.put(item)
        self._wake()

    def put_urgent(self, item: Signal | Envelope) -> None:
        """Queue what overtakes user messages: stops, reports, commands."""
        self.urgent.append(item)
        if self.mailbox.closed:
            self._drop_urgent()
        self._wake()

    # -- for the supervisor --

    def start(self) -> None:
        """Begin a new incarnation; what becomes of it is reported to the parent."""
        if self.life is not None:
            self.life.kill(ORPHANED)
        self.incarnation += 1
        if self.incarnation > 1:
            self.mailbox.restarted()
        self.mailbox.open()
        dispatcher = self.system.dispatcher(self.spec.dispatcher)
        kind = CoroutineIncarnation if dispatcher.runs_coroutines else Incarnation
        life = kind(self, self.incarnation, dispatcher)
        try:
            life.submit = dispatcher.attach(life)
        except (RuntimeError, OSError) as error:
            life.kill(ExitReason.of(ExitKind.SPAWN_ERROR, error))
        else:
            # Senders see it only now: what they schedule before would be lost.
            self.life = life
            life.schedule()

    def stop(self, reason: ExitReason, deadline: float | None = None) -> None:
        """Tell the incarnation, if there is one, to end."""
        life = self.life
        if life is not None:
            life.judged = False  # whoever stops it has a deadline for that
            life.signal(lambda: life.stop(reason, deadline))

    def kill(self, reason: ExitReason) -> None:
        """End the incarnation and all below it at once, without clean-up."""
        life = self.life
        if life is not None:
            life.kill(reason)
        else:
            self.kill_below(reason)

    def kill_below(self, reason: ExitReason) -> None:
        """End all incarnations below this place: no child outlives its supervisor."""
        for child in reversed(list(self.children.values())):
            child.kill(reason)

    def kill_orphans(self) -> None:
        """End what a supervisor has started after it was ended from outside."""
        if self.life is None:
            self.kill_below(ORPHANED)

    def close(self, reason: str = DeadLetterReason.STOPPED) -> None:
        """Turn all that waits here and below, and all that comes, to dead letters."""
        for child in list(self.children.values()):
            child.close(reason)
        self.expected = False
        self.mailbox.close(reason)
        self._drop_urgent()
        self.snapshot = None

    @property
    def ready(self) -> bool:
        """Whether an incarnation lives here and takes user messages."""
        life = self.life
        return life is not None and life.accepting

    @property
    def quiet(self) -> bool:
        """Whether nothing happens here unless somebody sends something, or time passes.

        Who waits for a time before it starts or is ready is quiet, and so is its mail.
        """
        life = self.life
        if life is None:
            return True
        waiting = life.accepting and self.mailbox.items
        return bool(life.idle) and not (life.is_at_work or waiting or self.urgent)

    @property
    def unready(self) -> bool:
        """Whether somebody is to start or become ready here, or mail waits for one."""
        life = self.life
        if life is None:
            return self.expected or bool(self.mailbox.items)
        return not life.accepting

    @property
    def steps(self) -> int:
        """A number that changes whenever something is done here."""
        life = self.life
        return self.incarnation * _MANY + (0 if life is None else life.steps)

    @property
    def is_untouched(self) -> bool:
        """Whether no faults get between the mailbox and the actor."""
        return self.intercept is _as_it_is

    # -- for the incarnation --

    def construct(self, life: Incarnation) -> "Actor":
        """Make the actor; it is bound to its place before `__init__` runs."""
        actor = self.actor_class.__new__(self.actor_class)
        actor.bind(life)
        actor.__init__(**self.make())  # type: ignore[misc] # two steps, on purpose
        return actor

    def became_ready(self, life: Incarnation) -> None:
        """Pass the good news on to the supervisor."""
        if self.parent is not None:
            ready = BecameReady(self, life.number)
            self.parent.put_urgent(Envelope(ready))
        else:
            self.system.root_ready()

    def exited(self, life: Incarnation, reason: ExitReason) -> None:
        """Pass the one report on to the supervisor, and to whoever is tied to it."""
        if self.life is life:
            self.life = None
        end_linked = self.system.ties.ended(life, reason)
        if self.children:
            self._take_note_of_reports()
        if self.parent is not None:
            exited = Exited(self, life.number, reason)
            self.parent.put_urgent(Envelope(exited))
        else:
            self.system.root_exited(reason)
        for end in end_linked:
            end()

    def in_flight(self, item: Any, life: Incarnation, reason: ExitReason) -> None:
        """Decide about a message whose actor ended while handling it."""
        envelope = item if type(item) is Envelope else Envelope(item)
        if _is_report(envelope):
            return  # its supervisor was at it, and goes down
        if envelope.reply_to is not None:
            crashed = ActorCrashed(self.path, life.number, str(reason))
            envelope.reply_to.fail(crashed)
        elif self.spec.redelivers and not envelope.redelivered:
            again = Envelope(envelope.message, redelivered=True)
            self.put_back(again)
        else:
            self.dead_letter(envelope.message, DeadLetterReason.IN_FLIGHT)

    def put_back(self, item: Any) -> None:
        """Queue in front of all others what was taken but not handled."""
        if _is_report(item):
            self.urgent.appendleft(item)
            if self.mailbox.closed:
                self._drop_urgent()
        else:
            self.mailbox.put_back(item)
        self._wake()

    def dead_letter(self, message: Any, reason: str) -> None:
        """Record a message that nobody will handle."""
        self.system.dead_letters.add(self.path, message, reason)

    def discard(self, item: Any, reason: str) -> None:
        """Turn an item of the mailbox into a dead letter; whoever asked is told."""
        message = item
        if type(item) is Envelope:
            message = item.message
            if item.reply_to is not None:
                item.reply_to.fail(pykka.ActorDeadError(f"{self.path}: {reason}"))
        self.dead_letter(message, reason)

    # -- inside --

    def _wake(self) -> None:
        life = self.life
        if life is not None and life.idle:
            life.schedule()

    def _drop_urgent(self) -> None:
        while True:
            try:
                item = self.urgent.popleft()
            except IndexError:
                return
            if not isinstance(item, Envelope):
                continue
            if item.reply_to is not None:
                self.discard(item, DeadLetterReason.STOPPED)
            elif type(item.message) is Exited:
                self.system.exited_unheard(item.message)

    def _take_note_of_reports(self) -> None:
        """Record the exits of children that their supervisor did not live to hear."""
        for _ in range(len(self.urgent)):
            try:
                item = self.urgent.popleft()
            except IndexError:
                return
            if isinstance(item, Envelope) and type(item.message) is Exited:
                self.system.exited_unheard(item.message)
            else:
                self.urgent.append(item)


def _is_report(item: Signal | Envelope) -> bool:
    return isinstance(item, Envelope) and type(item.message) in (Exited, BecameReady)


def _as_it_is(handler: Handler) -> Handler:
    return handler
