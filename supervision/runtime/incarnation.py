"""One life of an actor: from its construction to its one exit report.

All that an incarnation does happens in `turn`, on a thread that its dispatcher chooses.
Whatever ends it - a stop, an exception of any class in any hook, a kill from outside -
ends in `_report`, once, after the clean-up, so that a successor never overlaps with it.
"""

import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import attrs

from .dispatcher import Dispatcher, SharedQueue
from .exit_reason import ActorCrashed, ExitKind, ExitReason
from .future import Future
from .mailbox import Envelope
from .running import running

if TYPE_CHECKING:
    from .actor import Actor
    from .cell import Cell

TURN_LIMIT = 64
"""Messages in one turn, before others on the same thread get theirs."""

_deadlock_check = threading.Lock()


class AskCycle(Exception):
    """Blocking here would wait for somebody who waits for us."""


@attrs.frozen(eq=False)
class Signal:
    """A call to make on the incarnation's own thread, before any user message."""

    life: "Incarnation"
    call: Callable[[], None]


class Continuation(Signal):
    """A signal that an actor sent to itself: faults can be injected into these."""


class Incarnation:
    """See the module; `ended` is set once and makes everything after it void."""

    __slots__ = (
        "_flight",
        "_lock",
        "_reported",
        "_waits_for",
        "accepting",
        "actor",
        "cell",
        "dispatcher",
        "ended",
        "lane",
        "number",
        "receive",
        "redelivered",
        "scheduled",
    )

    def __init__(self, cell: "Cell", number: int, dispatcher: Dispatcher) -> None:
        self.cell = cell
        self.number = number
        self.dispatcher = dispatcher
        self.lane: SharedQueue | None = None
        self.actor: Actor | None = None
        self.receive: Callable[[Any], Any] | None = None
        self.scheduled = False
        self.accepting = False
        self.ended = False
        self.redelivered = False
        # The message being handled. Whoever pops it decides what becomes of it: the
        # thread that handled it, or the one that killed the incarnation meanwhile.
        self._flight: list[Any] = []
        self._lock = threading.Lock()
        self._reported = False
        self._waits_for: Future[Any] | None = None

    @property
    def thread_name(self) -> str:
        """Name a thread that serves this incarnation alone."""
        return f"{self.cell.path}#{self.number}"

    # -- called from any thread --

    def schedule(self) -> None:
        """Ask for a turn, unless one is due already."""
        with self._lock:
            if self.scheduled or self.ended:
                return
            self.scheduled = True
        self.dispatcher.schedule(self)

    def signal(self, call: Callable[[], None]) -> None:
        """Have `call` made on this incarnation's thread; forgotten if it ends first."""
        self.cell.put_urgent(Signal(self, call))

    def resume(self, call: Callable[[], None]) -> None:
        """Have the actor go on with `call` in a turn of its own; else as `signal`."""
        self.cell.put_urgent(Continuation(self, call))

    def kill(self, reason: ExitReason) -> bool:
        """End without clean-up, whatever it is doing; False if it ended before.

        Its thread may go on inside a call that does not return, but what it brings is
        void: no further message, no reply. All below it ends with it.
        """
        if not self._claim_report():
            return False
        self._drop_flight(reason)
        self.cell.kill_below(reason)
        self.dispatcher.schedule(self)  # an idle thread of its own wakes up and ends
        self.cell.exited(self, reason)
        return True

    # -- called on the incarnation's thread --

    def turn(self) -> None:
        """Handle what waits, at most `TURN_LIMIT` messages."""
        if self.ended:
            self.cell.system.turn_ended()
            return
        running.life = self
        try:
            if self.actor is None:
                self._boot()
            self._work()
        except BaseException as error:  # noqa: BLE001 - nothing may reach the thread
            self.crash(error)
        finally:
            running.life = None
        self.cell.turns += 1
        self.scheduled = False
        self._go_on()
        self.cell.system.turn_ended()

    def become_ready(self) -> None:
        """Begin to take user messages, and tell the supervisor."""
        if self.accepting or self.ended:
            return
        self.accepting = True
        self.cell.became_ready(self)

    def stop(self, reason: ExitReason, deadline: float | None = None) -> None:
        """End in an orderly way, as soon as the actor lets it."""
        if self.actor is not None and self.actor.ending(reason, deadline):
            self.conclude(reason)
        else:
            self.accepting = False

    def crash(self, error: BaseException) -> None:
        """End because of an exception, as soon as the actor lets it."""
        if self.ended:
            return
        reason = ExitReason.of(ExitKind.CRASHED, error)
        self._drop_flight(reason)
        try:
            goes_on = self.actor is not None and not self.actor.ending(reason, None)
        except BaseException as fault:  # noqa: BLE001 - then it ends at once
            fault.__context__ = error
            goes_on = False
        if goes_on:
            self.accepting = False
        else:
            self.conclude(reason)

    def conclude(self, reason: ExitReason) -> None:
        """Clean up and report; afterwards this incarnation is over."""
        if self.ended:
            return
        try:
            if self.actor is None:
                pass
            elif reason.error is None:
                self.actor.on_stop()
            else:
                error = reason.error
                self.actor.on_failure(type(error), error, error.__traceback__)
        except BaseException as error:  # noqa: BLE001 - reported like any other
            if reason.orderly:
                reason = ExitReason.of(ExitKind.CLEANUP_FAILED, error)
        if self._claim_report():
            self.cell.kill_below(reason)
            self.cell.exited(self, reason)

    def before_blocking(self, future: Future[Any]) -> None:
        """Refuse to block where that would stop others, or for ever.

        Raises:
            RuntimeError: this actor shares its thread.
            AskCycle: the answer depends on this actor.

        """
        if not self.dispatcher.may_block:
            raise RuntimeError(
                f"{self.cell.path} shares its thread and must not block on"
                f" {future.path or 'a future'}: use self.pipe(future, then), or give"
                ' this actor a thread of its own with "dispatcher": "pinned"'
            )
        with _deadlock_check:
            self._refuse_cycle(future)
            self._waits_for = future

    def after_blocking(self) -> None:
        """Take note that the thread goes on."""
        self._waits_for = None

    # -- inside --

    def _boot(self) -> None:
        cell = self.cell
        try:
            self.actor = actor = cell.construct(self)
            self.receive = cell.intercept(actor.handle)
            actor.on_start()
        except BaseException as error:  # noqa: BLE001 - a start that failed, reported
            self.conclude(ExitReason.of(ExitKind.START_FAILED, error))
            return
        if self.ended:  # killed while it started: what it took meanwhile is given back
            actor.on_stop()
        elif not actor.says_ready:
            self.become_ready()

    def _go_on(self) -> None:
        cell = self.cell
        if self.ended:  # if killed, nobody else knows what it has started since
            cell.kill_orphans()
        elif cell.urgent or (self.accepting and cell.mailbox.items):
            self.schedule()

    def _work(self) -> None:
        urgent = self.cell.urgent
        mailbox = self.cell.mailbox
        for _ in range(TURN_LIMIT):
            if self.ended:
                return
            try:
                if urgent:
                    self._obey(urgent.popleft())
                elif self.accepting and mailbox.items:
                    self._handle(mailbox.take(), self.receive)
                else:
                    return
            except IndexError:  # pragma: no cover - a sender made room meanwhile
                continue

    def _obey(self, item: "Signal | Envelope") -> None:
        if isinstance(item, Envelope):
            if item.reply_to is None and self.actor is not None:
                # A child's report: faults are injected into messages, not into these.
                self._handle(item, self.actor.handle)
            else:
                self._handle(item, self.receive)
        elif item.life is self:
            try:
                if type(item) is Continuation and self.receive is not None:
                    self.receive(item)
                else:
                    item.call()
            except BaseException as error:  # noqa: BLE001 - contained, whatever it is
                self.crash(error)

    def _handle(self, item: Any, receive: Callable[[Any], Any] | None) -> None:
        reply_to: Future[Any] | None = None
        message = item
        if type(item) is Envelope:
            message, reply_to = item.message, item.reply_to
            self.redelivered = item.redelivered
            if reply_to is not None and not reply_to.begin():
                self.cell.dead_letter(message, "expired")
                return
        flight = self._flight
        flight.append(item)
        if self.ended:  # killed since it took the message: give it to the successor
            if self._land():
                self.cell.put_back(item)
            return
        try:
            result = receive(message)  # type: ignore[misc]
        except BaseException as error:  # noqa: BLE001 - contained, whatever it is
            self._failed(reply_to, error)
        else:
            if self._land() and reply_to is not None:
                self._reply(reply_to, result)
        self.redelivered = False

    def _failed(self, reply_to: Future[Any] | None, error: BaseException) -> None:
        if self.ended or self.actor is None:
            return
        answers = isinstance(error, self.actor.replies_with)
        if reply_to is None:
            if answers:
                self._land()
            else:
                self.crash(error)
            return
        if not self._land():
            return
        if isinstance(error, Exception):
            reply_to.fail(error)
        else:  # a SystemExit here must not become one at the asker
            reply_to.fail(ActorCrashed(self.cell.path, self.number, repr(error)))
        if not answers:
            self.crash(error)

    def _land(self) -> bool:
        """Take the handled message out of flight; False if somebody else did."""
        try:
            self._flight.pop()
        except IndexError:
            return False
        return True

    def _drop_flight(self, reason: ExitReason) -> None:
        """Let the policy decide about the message that was being handled."""
        try:
            item = self._flight.pop()
        except IndexError:
            return
        self.cell.in_flight(item, self, reason)

    def _claim_report(self) -> bool:
        with self._lock:
            if self._reported:
                return False
            self._reported = True
        self.ended = True
        return True

    def _reply(self, reply_to: Future[Any], result: Any) -> None:
        if isinstance(result, Future):
            self._defer(reply_to, result)  # pyright: ignore[reportUnknownArgumentType]
        else:
            reply_to.settle(result)

    def _defer(self, reply_to: Future[Any], source: Future[Any]) -> None:
        """Let the reply follow another future, unless that waits for the reply."""
        with _deadlock_check:
            awaited = list(self._awaited(source))
        if reply_to in awaited:
            reply_to.fail(_cycle(self.cell.path, awaited))
        else:
            reply_to.follow(source)

    def _refuse_cycle(self, future: Future[Any]) -> None:
        awaited = list(self._awaited(future))
        if any(each.source is None and each.target is self.cell for each in awaited):
            raise _cycle(self.cell.path, awaited)

    def _awaited(self, future: Future[Any] | None) -> Iterator[Future[Any]]:
        """Yield a future and, in turn, what its result waits for."""
        seen: set[Future[Any]] = set()
        while future is not None and not future.done and future not in seen:
            seen.add(future)
            yield future
            if future.source is not None:
                future = future.source
            else:
                other = self.cell.system.life_at(future.target)
                future = None if other is None else other._waits_for  # noqa: SLF001


def _cycle(path: str, awaited: list[Future[Any]]) -> AskCycle:
    paths = [path, *(each.path for each in awaited if each.source is None)]
    return AskCycle(
        f"asking in a cycle would wait for ever: {' -> '.join(paths)};"
        " use self.pipe(future, then) in one of them"
    )
