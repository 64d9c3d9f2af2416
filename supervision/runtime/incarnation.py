"""One life of an actor: from its construction to its one exit report.

All that an incarnation does happens in `turn`, on a thread that its dispatcher chooses.
Whatever ends it - a stop, an exception of any class in any hook, a kill from outside -
ends in `_report`, once, after the clean-up, so that a successor never overlaps with it.
"""

from collections.abc import Callable, Iterable
from types import CoroutineType
from typing import TYPE_CHECKING, Any

from .ask_cycle import Asking, defer
from .asked_of_all import ASKED_OF_ALL
from .dead_letters import DeadLetterReason
from .dispatcher import Dispatcher, Submit, nowhere
from .exit_reason import ActorCrashed, ExitKind, ExitReason, Ignore
from .future import Future
from .mailbox import Envelope, kind_of
from .running import running
from .signals import Continuation, Signal

if TYPE_CHECKING:
    from .actor import Actor
    from .cell import Cell


class Incarnation(Asking):
    """See the module; `ended` is set once and makes everything after it void.

    `accepting` means that it is ready and not about to end, `taking` that it has room
    for one more message. `idle` holds something unless a turn is due, and whoever takes
    it out asks for that turn: no lock is as cheap. `fenced` means that it was ended
    from outside: its thread may still be at something, but nothing of that reaches
    anybody. `steps` counts what it has begun to do, so that a watchdog can tell a long
    message from many short ones.
    """

    __slots__ = (
        "_flight",
        "_unreported",
        "accepting",
        "actor",
        "ended",
        "fenced",
        "idle",
        "judged",
        "number",
        "plain",
        "receive",
        "redelivered",
        "steps",
        "submit",
        "taking",
    )

    def __init__(self, cell: "Cell", number: int, dispatcher: Dispatcher) -> None:
        super().__init__(cell, dispatcher)
        self.number = number
        self.submit: Submit = nowhere
        self.actor: Actor | None = None
        self.receive: Callable[[Any], Any] = _unborn
        self.plain: Callable[[Any], Any] = _unborn
        self.idle: list[None] = [None]
        self.accepting = self.taking = self.judged = False
        self.ended = False
        self.fenced = False
        self.redelivered = False
        self.steps = 0
        # The message being handled. Whoever pops it decides what becomes of it: the
        # thread that handled it, or the one that killed the incarnation meanwhile.
        self._flight: list[Any] = []
        self._unreported: list[None] = [None]

    @property
    def thread_name(self) -> str:
        """Name a thread that serves this incarnation alone."""
        return f"{self.cell.path}#{self.number}"

    # -- called from any thread --

    def schedule(self) -> None:
        """Ask for a turn, unless one is due already."""
        try:
            self.idle.pop()
        except IndexError:
            return
        self.submit(self)

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
        self.fenced = True
        self._drop_flight(reason)
        self.cell.kill_below(reason)
        self.submit(self)  # an idle thread of its own wakes up and ends
        self.cell.exited(self, reason)
        return True

    # -- called on the incarnation's thread --

    def turn(self) -> None:
        """Handle what waits, at most as many messages as the dispatcher's limit."""
        cell = self.cell
        if not self.ended:
            running.life = self
            try:
                if self.actor is None:
                    self._boot()
                self._work()
            except BaseException as error:  # noqa: BLE001 - none may reach the thread
                self.crash(error)
            running.life = None
            self.idle.append(None)
            if self.ended:  # if killed, nobody else knows what it has started since
                cell.kill_orphans()  # type: ignore[unreachable] # it is not
            elif cell.urgent or (self.taking and cell.mailbox.items):
                self.schedule()
        if cell.system.settling.is_waited_for:
            cell.system.settling.turn_ended()

    def become_ready(self) -> None:
        """Begin to take user messages, and tell the supervisor."""
        if self.accepting or self.ended:
            return
        self.accepting = self.taking = self.judged = True
        self.cell.became_ready(self)

    def stop(self, reason: ExitReason, deadline: float | None = None) -> None:
        """End in an orderly way, as soon as the actor lets it."""
        if self.actor is not None and self.actor.ending(reason, deadline):
            self.conclude(reason)
        else:
            self.accepting = self.taking = False

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
            self.accepting = self.taking = False
        else:
            self.conclude(reason)

    def conclude(self, reason: ExitReason) -> None:
        """Clean up and report; afterwards this incarnation is over."""
        if self.ended:
            return
        try:
            self._finish_without_loop(self._clean_up(reason))
        except BaseException as error:  # noqa: BLE001 - reported like any other
            reason = reason.after_failed_clean_up(error)
        self._report(reason)

    @property
    def hang_after(self) -> float | None:
        """See `Turns`; before it is ready, and when told to stop, others watch."""
        return self.cell.spec.hang_after if self.judged else None

    def doing(self) -> Iterable[object]:
        """See `Turns`."""
        return (self.steps,)

    def told(self, step: object) -> str:
        """See `Turns`."""
        del step
        return next(map(kind_of, self._flight[-1:]), "its own call")

    @property
    def is_at_work(self) -> bool:
        """Whether something goes on here between turns."""
        return False

    # -- inside --

    def _boot(self) -> None:
        cell = self.cell
        try:
            self.actor = actor = cell.construct(self)
            self.receive = cell.intercept(actor.handle)
            self.plain = actor.on_receive if cell.is_untouched else self.receive
            starting: Any = actor.on_start()  # type: ignore[func-returns-value] # if a coroutine
            if type(starting) is CoroutineType:
                self._start_with(starting)
                return
        except BaseException as error:  # noqa: BLE001 - a start that failed, reported
            left = self._not_started(error)
        else:
            left = self._started()
        self._finish_without_loop(left)

    def _start_with(self, coroutine: Any) -> None:
        """Finish in a coroutine what `on_start` began."""
        self._finish_without_loop(coroutine)

    def _finish_without_loop(self, result: Any) -> None:
        """Refuse a result that only an asyncio loop could finish."""
        if type(result) is CoroutineType:
            raise _needs_loop(self.cell.path, result)

    def _started(self) -> Any:
        """Be ready; return the clean-up of one that was killed meanwhile."""
        if self.ended:
            return None if self.actor is None else self.actor.on_stop()
        if self.actor is not None and not self.actor.says_ready:
            self.become_ready()
        return None

    def _not_started(self, error: BaseException) -> Any:
        """End because of what a start raised; to decline leaves nothing to clean up."""
        if isinstance(error, Ignore):
            self._report(ExitReason(ExitKind.IGNORED, str(error)))
        elif not self.ended:
            self.conclude(ExitReason.of(ExitKind.START_FAILED, error))
        else:
            return self._started()
        return None

    def _clean_up(self, reason: ExitReason) -> Any:
        """Call the last hook of the actor, and return what it returns."""
        self.taking = False
        if reason.orderly:
            self.accepting = False
        actor, error = self.actor, reason.error
        if actor is None:
            return None
        if error is None:
            return actor.on_stop()
        return actor.on_failure(type(error), error, error.__traceback__)

    def _report(self, reason: ExitReason) -> None:
        if self._claim_report():
            self.cell.kill_below(reason)
            self.cell.exited(self, reason)

    def _work(self) -> None:
        cell, flight = self.cell, self._flight
        urgent, mailbox = cell.urgent, cell.mailbox
        items = mailbox.items
        for _ in range(self.dispatcher.turn_limit):
            if self.ended:
                return
            self.steps += 1
            try:
                if urgent:
                    self._obey(urgent.popleft())
                    continue
                if not (self.taking and items):
                    return
                item = mailbox.take()
            except IndexError:  # pragma: no cover - a sender made room meanwhile
                continue
            kind = item.__class__
            if kind is Envelope or kind in ASKED_OF_ALL:
                self._handle(item, self.receive)
                continue
            # What follows is `_handle` for a plain tell, the most frequent thing here.
            flight.append(item)
            if self.ended:  # by another thread, just now
                self._give_back(item)  # type: ignore[unreachable] # see there
                return
            try:
                result = self.plain(item)
            except BaseException as error:  # noqa: BLE001 - contained, whatever it is
                self._failed(None, error)
                continue
            if result is not None and type(result) is CoroutineType:
                self._go_on_with(result, item)
            else:
                self._land()

    def _obey(self, item: "Signal | Envelope") -> None:
        if isinstance(item, Envelope):
            if item.reply_to is None and self.actor is not None:
                # A child's report: faults are injected into messages, not into these.
                self._handle(item, self.actor.handle)
            else:
                self._handle(item, self.receive)
        elif item.life is self:
            try:
                if type(item) is Continuation:
                    result = self.receive(item)
                    if type(result) is CoroutineType:
                        self._go_on_with(result, None)
                else:
                    item.call()
            except BaseException as error:  # noqa: BLE001 - contained, whatever it is
                self.crash(error)

    def _handle(self, item: Any, receive: Callable[[Any], Any]) -> None:
        reply_to: Future[Any] | None = None
        message = item
        if type(item) is Envelope:
            message, reply_to = item.message, item.reply_to
            self.redelivered = item.redelivered
            if reply_to is not None and not reply_to.begin():
                self.cell.dead_letter(message, DeadLetterReason.EXPIRED)
                return
        self._flight.append(item)
        if self.ended:
            self._give_back(item)
            return
        try:
            result = receive(message)
        except BaseException as error:  # noqa: BLE001 - contained, whatever it is
            self._failed(reply_to, error)
        else:
            if type(result) is CoroutineType:
                self._go_on_with(result, item)
            elif self._land() and reply_to is not None:
                self._reply(reply_to, result)
        self.redelivered = False

    def _give_back(self, item: Any) -> None:
        """Leave to the successor what was taken when this life was over already."""
        if self._land():
            self.cell.put_back(item)

    def _go_on_with(self, coroutine: Any, item: Any) -> None:
        """Finish in a coroutine what a handler began; `item` is what it handles."""
        reply_to = item.reply_to if type(item) is Envelope else None
        self._failed(reply_to, _needs_loop(self.cell.path, coroutine))

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
        try:
            self._unreported.pop()
        except IndexError:
            return False
        self.ended = True
        return True

    def _reply(self, reply_to: Future[Any], result: Any) -> None:
        if isinstance(result, Future):
            defer(self, reply_to, result)  # pyright: ignore[reportUnknownArgumentType]
        else:
            reply_to.settle(result)


def _needs_loop(path: str, coroutine: Any) -> TypeError:
    coroutine.close()
    return TypeError(f'{path} uses coroutines: that needs "dispatcher": "loop"')


def _unborn(message: Any) -> None:
    """Handle nothing: nothing is taken before there is an actor."""
    del message
