"""One life of an actor whose hooks and handlers may be coroutines, on its own loop.

A handler that is a coroutine keeps its message in flight until it is done; up to
`concurrency` of them are under way at once, and a stop waits for them. Whatever ends
the incarnation otherwise cancels them.
"""

import asyncio
import contextlib
import inspect
from collections.abc import Coroutine, Iterable
from typing import TYPE_CHECKING, Any

from .dispatcher import PATIENCE, Dispatcher
from .exit_reason import ExitKind, ExitReason
from .future import Future
from .incarnation import Incarnation
from .mailbox import Envelope, kind_of
from .running import running

if TYPE_CHECKING:
    from .cell import Cell


class Flight:
    """One coroutine under way, and the message that it handles, if it handles one."""

    __slots__ = ("coroutine", "item", "redelivered", "task")

    def __init__(
        self, coroutine: Coroutine[Any, Any, Any], item: Any, *, redelivered: bool
    ) -> None:
        self.coroutine = coroutine
        self.item = item
        self.redelivered = redelivered
        self.task: asyncio.Task[None] | None = None


class CoroutineIncarnation(Incarnation):
    """See the module; everything runs on the thread of its loop."""

    __slots__ = ("_cancelled", "_cleaning", "_ending", "_flights", "_starting")

    def __init__(self, cell: "Cell", number: int, dispatcher: Dispatcher) -> None:
        super().__init__(cell, number, dispatcher)
        # As with `_flight`: whoever takes one out decides what becomes of its message.
        self._flights: dict[Flight, None] = {}
        self._starting: asyncio.Task[None] | None = None
        self._cleaning: Flight | None = None
        self._cancelled: list[asyncio.Task[None]] = []
        self._ending: ExitReason | None = None

    def turn(self) -> None:
        """Handle what waits; its coroutines run on this thread between turns."""
        super().turn()
        running.life = self

    def stop(self, reason: ExitReason, deadline: float | None = None) -> None:
        """End in an orderly way, once what is under way is done."""
        if self._starting is not None:
            self._starting.cancel()
            self._cancelled.append(self._starting)
        if not self._flights:
            super().stop(reason, deadline)
        else:
            self.accepting = self.taking = False
            self._ending = reason

    def become_ready(self) -> None:
        """Begin to take messages; a task of the actor's own may say so, too."""
        if self._ending is None and self._cleaning is None:
            super().become_ready()
            self._look_for_room()
            self.schedule()

    def conclude(self, reason: ExitReason) -> None:
        """Clean up once what was under way is cancelled, and report."""
        if self.ended or self._cleaning is not None:
            return
        self.taking = False
        self._drop_flight(reason)
        self._cleaning = Flight(self._finish(reason), None, redelivered=False)
        _spawn(self._cleaning.coroutine, self._cleaning.coroutine)

    def before_blocking(self, future: Future[Any]) -> None:
        """Refuse to block the loop.

        Raises:
            RuntimeError: always.

        """
        raise RuntimeError(
            f"{self.cell.path} runs on an asyncio loop and must not block on"
            f" {future.path or 'a future'}: await the future instead"
        )

    def before_awaiting(self, future: Future[Any]) -> None:
        """Refuse to await what waits for us, where nothing else could go on.

        Raises:
            AskCycle: the answer depends on this actor.

        """
        task = asyncio.current_task()
        handles = any(each.task is task for each in self._flights)
        if handles and self.cell.spec.concurrency == 1:
            self._begin_waiting(future)

    def doing(self) -> Iterable[object]:
        """See `Turns`: its coroutines, and the turn that it is at or waits for."""
        cleaning = () if self._cleaning is None else (self._cleaning,)
        return [*self._flights, *cleaning, *(() if self.idle else (self.steps,))]

    def told(self, step: object) -> str:
        """See `Turns`."""
        if isinstance(step, Flight) and step.item is not None:
            return kind_of(step.item)
        return super().told(step)

    @property
    def is_at_work(self) -> bool:
        """Whether coroutines are under way."""
        return bool(self._flights) or self._cleaning is not None

    # -- inside --

    def _start_with(self, coroutine: Any) -> None:
        async def start() -> None:
            failure: BaseException | None = None
            try:
                await coroutine
            except BaseException as error:  # noqa: BLE001 - a start that failed
                failure = error
            self._starting = None
            try:
                await self._give_back_all(self._left_by_start(failure))
            except BaseException as error:  # noqa: BLE001 - of a hook of the actor
                self.crash(error)
            self.schedule()

        self._starting = _spawn(start(), coroutine)

    def _left_by_start(self, failure: BaseException | None) -> Any:
        """Be ready or fail; return the clean-up of one that was killed meanwhile."""
        if self._cleaning is not None:
            return None
        if failure is None:
            return self._started()
        if self.ended or self._ending is None:
            return self._not_started(failure)
        return None

    def _finish_without_loop(self, result: Any) -> None:
        """Let the clean-up go on of one that was killed while it started."""
        if inspect.iscoroutine(result):
            _spawn(self._give_back_all(result), result)

    async def _give_back_all(self, clean_up: Any) -> None:
        """Await the clean-up of one that was killed; how it ends tells nobody anything.

        It begins when the loop cancels all tasks: to be cancelled later would cut it
        short.
        """
        task = asyncio.current_task()
        if task is None or not inspect.iscoroutine(clean_up):
            return
        if not task.cancelling():
            self._cancelled.append(task)  # a loop does not keep its tasks
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.Event().wait()
        with contextlib.suppress(BaseException):
            await clean_up

    def _go_on_with(self, coroutine: Any, item: Any) -> None:
        again = type(item) is Envelope and item.redelivered
        flight = Flight(coroutine, item, redelivered=again)
        if item is not None and not self._land():  # killed: it has been decided about
            coroutine.close()
            return
        self._flights[flight] = None
        self._look_for_room()
        flight.task = _spawn(self._fly(flight), coroutine)
        if self.ended:  # by another thread, which may not have seen this flight
            self._drop(flight, ExitReason(ExitKind.KILLED))

    async def _fly(self, flight: Flight) -> None:
        self.redelivered = flight.redelivered
        asyncio.get_running_loop().call_soon(self._forget_redelivery)
        result: Any = None
        failure: BaseException | None = None
        try:
            result = await flight.coroutine
        except BaseException as error:  # noqa: BLE001 - contained, whatever it is
            failure = error
        if flight not in self._flights or self._flights.pop(flight, self) is self:
            return  # whoever took it out has decided about it
        self._landed(flight.item, result, failure)
        self._look_for_room()
        if self._ending is not None and not self._flights:
            super().stop(self._ending)
        self.schedule()

    def _landed(self, item: Any, result: Any, failure: BaseException | None) -> None:
        """Do what follows a handler, as for one that was no coroutine."""
        if item is None:
            if failure is not None:
                self.crash(failure)
            return
        reply_to = item.reply_to if type(item) is Envelope else None
        self._flight.append(item)
        if self.ended:  # by another thread, which saw it in neither place
            self._drop_flight(ExitReason(ExitKind.KILLED))
        elif failure is not None:
            self._failed(reply_to, failure)
        elif self._land() and reply_to is not None:
            self._reply(reply_to, result)

    def _look_for_room(self) -> None:
        ends = self._ending is not None or self._cleaning is not None
        full = len(self._flights) >= self.cell.spec.concurrency
        self.taking = self.accepting and not (ends or full)

    def _forget_redelivery(self) -> None:
        """Let nobody but the coroutine that has begun take it for its own."""
        self.redelivered = False

    async def _finish(self, reason: ExitReason) -> None:
        try:
            if self._cancelled:  # so that a successor never meets them
                await asyncio.wait(self._cancelled, timeout=PATIENCE)
            cleaning = self._clean_up(reason)
            if inspect.iscoroutine(cleaning):
                await cleaning
        except BaseException as error:  # noqa: BLE001 - reported like any other
            reason = reason.after_failed_clean_up(error)
        self._report(reason)

    def _report(self, reason: ExitReason) -> None:
        super()._report(reason)
        self.fenced = True  # as are tasks of its own that go on still
        self.submit(self)  # so that the loop sees that it is over

    def _drop_flight(self, reason: ExitReason) -> None:
        super()._drop_flight(reason)
        for flight in list(self._flights):
            self._drop(flight, reason)

    def _drop(self, flight: Flight, reason: ExitReason) -> None:
        if self._flights.pop(flight, self) is self:
            return
        if flight.item is not None:
            self.cell.in_flight(flight.item, self, reason)
        if flight.task is not None and not self.fenced:
            flight.task.cancel()
            self._cancelled.append(flight.task)


def _spawn(
    steps: Coroutine[Any, Any, None], awaited: Coroutine[Any, Any, Any]
) -> asyncio.Task[None]:
    """Begin a task; what it awaits is closed too if the task never gets that far."""
    task = asyncio.get_running_loop().create_task(steps)
    task.add_done_callback(lambda _: awaited.close())
    return task
