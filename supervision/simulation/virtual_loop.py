"""An asyncio loop that never runs by itself: the world turns it, in virtual time.

One step is one iteration: what is ready is called, in its order, and what that makes
ready waits for the next step. Made of what asyncio documents, so that coroutines find
a loop like any other.
"""

import asyncio
import contextvars
import itertools
import selectors
from collections.abc import Callable, Coroutine, Generator
from concurrent.futures import Executor
from typing import Any, NoReturn, TypeVar, TypeVarTuple

from ..runtime.clock import Alarm
from .virtual_clock import VirtualClock
from .waiting import WorldClosed

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

LAST_STEPS = 100
"""Steps for cancelled tasks to end in when a world is closed under them."""

Refuse = Callable[[str], NoReturn]
"""Fails the run because of what a coroutine uses."""


class _NothingComes(selectors.SelectSelector):
    """Never blocks, because nothing ever comes from outside."""

    refuse: Refuse | None = None

    def register(
        self, fileobj: Any, events: int, data: Any = None
    ) -> selectors.SelectorKey:
        """Refuse whatever is not the loop's own."""
        if self.refuse is not None:
            self.refuse("loop.add_reader or the like")
        return super().register(fileobj, events, data)

    def select(
        self, timeout: float | None = None
    ) -> list[tuple[selectors.SelectorKey, int]]:
        """Return at once."""
        del timeout
        return []


class _NumberedTask(asyncio.Task[Any]):
    """A task with the same place in every set, in every process.

    Asyncio keeps tasks in sets and cancels them in the order of those.
    """

    def __init__(self, number: int, steps: Any, **options: Any) -> None:
        self.number = number
        name = options.pop("name", None) or f"Task-{number}"
        super().__init__(steps, name=name, **options)

    def __hash__(self) -> int:
        return self.number


class _Timer(asyncio.TimerHandle):
    """A call that the world's clock makes due."""

    alarm: Alarm | None = None

    def cancel(self) -> None:
        """Make no call."""
        if self.alarm is not None:
            self.alarm.cancel()
        super().cancel()


class VirtualLoop(asyncio.SelectorEventLoop):
    """See the module; `wake` is called when a step is due, once for each."""

    def __init__(
        self, clock: VirtualClock, wake: Callable[[], None], refuse: Refuse
    ) -> None:
        nothing_comes = _NothingComes()
        super().__init__(nothing_comes)
        nothing_comes.refuse = refuse
        self.set_debug(enabled=False)  # it asks which thread calls, and for real time
        self._virtual_clock = clock
        self._wake = wake
        self._refuse = refuse
        self._is_due = False
        self._alarms: set[Alarm] = set()
        self._numbers = itertools.count(1)
        self.set_task_factory(self._number_task)
        self.set_exception_handler(_tell)

    # -- for the world --

    def step(self) -> None:
        """Make one iteration."""
        self._is_due = False
        self.stop()
        self.run_forever()

    def tasks(self) -> list[_NumberedTask]:
        """Return the tasks that are not done, in the order of their creation."""
        tasks = (
            each for each in asyncio.all_tasks(self) if isinstance(each, _NumberedTask)
        )
        return sorted(tasks, key=hash)

    def abandon(self) -> None:
        """Cancel all tasks and close, whether they end or not: no time passes."""
        for _ in range(2):  # what only begins to clean up then is cut short
            for task in self.tasks():
                task.cancel()
            for _ in range(LAST_STEPS):
                if not self._is_due:
                    break
                self.step()
        self.close()

    # -- for whoever runs in it --

    def time(self) -> float:
        """Return the world's time."""
        return self._virtual_clock.now()

    def call_soon(
        self,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: contextvars.Context | None = None,
    ) -> asyncio.Handle:
        """Call in the next step."""
        handle = super().call_soon(callback, *args, context=context)
        if not self._is_due:
            self._is_due = True
            self._wake()
        return handle

    def call_soon_threadsafe(
        self,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: contextvars.Context | None = None,
    ) -> asyncio.Handle:
        """Call in the next step: one thread runs at a time, whichever it is."""
        return self.call_soon(callback, *args, context=context)

    def call_later(
        self,
        delay: float,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: contextvars.Context | None = None,
    ) -> asyncio.TimerHandle:
        """Call when virtual time has passed."""
        due = self._virtual_clock.due_in(delay)
        return self.call_at(due, callback, *args, context=context)

    def call_at(
        self,
        when: float,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: contextvars.Context | None = None,
    ) -> asyncio.TimerHandle:
        """Call at a moment of the world's clock."""
        context = context or contextvars.copy_context()
        timer = _Timer(when, callback, args, self, context)

        def call() -> None:
            if not timer.cancelled():
                callback(*args)

        def fall_due() -> None:
            self._alarms.discard(alarm)
            self.call_soon(call, context=context)

        if when <= self.time():
            self.call_soon(call, context=context)
        else:
            timer.alarm = alarm = self._virtual_clock.call_at(when, fall_due)
            self._alarms.add(alarm)
        return timer

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[*Ts], T], *args: *Ts
    ) -> asyncio.Future[T]:
        """Refuse: no world turns such a thread."""
        del executor, func, args
        self._refuse("asyncio.to_thread or loop.run_in_executor")

    def close(self) -> None:
        """Close, and leave no call behind."""
        for alarm in self._alarms:
            alarm.cancel()
        self._alarms.clear()
        super().close()

    def _number_task(
        self,
        loop: asyncio.AbstractEventLoop,
        steps: Coroutine[Any, Any, T] | Generator[Any, None, T],
        **options: Any,
    ) -> asyncio.Task[T]:
        return _NumberedTask(next(self._numbers), steps, loop=loop, **options)


def _tell(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Tell what nobody catches, but not that the world ends whoever is blocked."""
    if not isinstance(context.get("exception"), WorldClosed):
        loop.default_exception_handler(context)
