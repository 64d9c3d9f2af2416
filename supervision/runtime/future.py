"""A reply that will come: it always ends, and it can be composed without blocking."""

import asyncio
import contextlib
import logging
import queue
import threading
from collections.abc import Callable, Generator, Iterable
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar, cast

import pykka

from .clock import Clock, Timer
from .latch import Latch
from .running import running

if TYPE_CHECKING:
    from types import TracebackType

logger = logging.getLogger(__name__)

T = TypeVar("T")
M = TypeVar("M")
R = TypeVar("R")

ExcInfo = tuple[
    type[BaseException] | None, BaseException | None, "TracebackType | None"
]


class Addressee(Protocol):
    """Who is expected to bring the result."""

    @property
    def path(self) -> str:
        """Where it stands in the tree."""
        ...


class AskTimeout(pykka.Timeout):
    """No reply came within the deadline.

    `executed` is False when the message is known never to have been handled and None
    when nobody can tell: then find out what happened, never just ask again.
    """

    def __init__(self, path: str, timeout: float, *, executed: bool | None) -> None:
        self.path = path
        self.executed = executed
        outcome = (
            "it was withdrawn unhandled" if executed is False else "outcome unknown"
        )
        super().__init__(f"{path} did not reply within {timeout:g} s: {outcome}")


class Future(pykka.Future[T], Generic[T]):
    """Pykka's future with a deadline, done-callbacks and a loop-safe `await`.

    The first result wins; a later one is void. Callbacks run on the thread that brings
    the result, so they must be short: actors use `Actor.pipe` instead. What they raise
    is logged.
    """

    # What a future begins with: most of it never changes, and asks have to be cheap.
    source: "Future[T] | None" = None
    _deadline: float | None = None
    _begun = False
    _done = False
    _value: T | None = None
    _error: BaseException | None = None
    _callbacks: "tuple[Callable[[Future[T]], object], ...]" = ()
    _timer: Timer | None = None

    def __init__(
        self,
        clock: Clock | None = None,
        *,
        target: "Addressee | None" = None,
        timeout: float | None = None,
    ) -> None:
        # Pykka's own __init__ prepares a get hook, which is refused here.
        self.target = target
        self._clock = clock
        self._timeout = timeout
        if clock is not None and timeout is not None:
            self._deadline = clock.now() + timeout
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        if not self._done:
            state = "waiting"
        elif self._error is None:
            state = f"value={self._value!r}"
        else:
            state = f"error={self._error!r}"
        return f"<Future {self.path} {state}>"

    @property
    def path(self) -> str:
        """The path of the actor that is expected to bring the result."""
        return "" if self.target is None else self.target.path

    @property
    def deadline(self) -> float | None:
        """When, by its clock, it ends without a result; None: never."""
        return self._deadline

    @property
    def clock(self) -> Clock | None:
        """What waits for the result; without one, it is the machine's own time."""
        return self._clock

    # -- the side that brings the result --

    def begin(self) -> bool:
        """Claim the right to execute; False when the asker has given up already."""
        if self._deadline is not None and self._clock is not None:  # noqa: SIM102
            if self._clock.now() >= self._deadline:
                self._expire()
        with self._lock:
            if self._done:
                return False
            self._begun = True
            return True

    def settle(self, value: T) -> bool:
        """Set the result; False when there is one already (this one is void)."""
        return self._finish(value, None)

    def fail(self, error: BaseException) -> bool:
        """Set the exception; False when there is a result already."""
        return self._finish(None, error)

    def follow(self, source: "Future[T]") -> None:
        """Take over the result of `source` when it comes."""
        self.target = source.target or self.target
        self.source = source
        source.add_done_callback(
            lambda done: self._finish(done._value, done._error)  # noqa: SLF001
        )

    def set(self, value: T | None = None) -> None:
        """Set the result.

        Raises:
            queue.Full: there is one already, as in Pykka.

        """
        if not self._finish(value, None):
            raise queue.Full

    def set_exception(self, exc_info: ExcInfo | None = None) -> None:
        """Set the exception; see `set`."""
        import sys  # noqa: PLC0415 - only this seldom used call needs it

        error = (exc_info or sys.exc_info())[1]
        if error is None:
            raise ValueError("set_exception needs an exception, there was none")
        if not self._finish(None, error):
            raise queue.Full

    # -- the side that waits --

    @property
    def done(self) -> bool:
        """Whether there is a result."""
        return self._done

    def get(self, *, timeout: float | None = None) -> T:
        """Block until the result is there, and return or raise it.

        Raises:
            AskTimeout: the deadline of the ask, or `timeout` seconds, passed first.

        """
        if not self._done:
            self._block(timeout)
        return self.result()

    def result(self) -> T:
        """Return or raise the result, which must be there."""
        if self._error is not None:
            raise self._error
        return cast("T", self._value)

    def add_done_callback(self, callback: Callable[["Future[T]"], object]) -> None:
        """Call back once there is a result or the deadline passed; at once if so."""
        with self._lock:
            waits = not self._done
            if waits:
                self._callbacks += (callback,)
        if waits:
            self._arm()
        else:
            self._call(callback)

    def map(self, func: Callable[[T], M]) -> "Future[M]":
        """Return a future of `func` of the result."""
        mapped: Future[M] = Future(self.clock, target=self.target)

        def done(source: Future[T]) -> None:
            try:
                mapped.settle(func(source.result()))
            except BaseException as error:  # noqa: BLE001 - whatever it is, the waiter gets it
                mapped.fail(error)

        self.add_done_callback(done)
        return mapped

    def filter(
        self: "Future[Iterable[M]]", func: Callable[[M], bool]
    ) -> "Future[Iterable[M]]":
        """Return a future of those items of the result that pass `func`."""
        return self.map(lambda items: [item for item in items if func(item)])

    def reduce(
        self: "Future[Iterable[M]]", func: Callable[[Any, M], R], *args: R
    ) -> "Future[R]":
        """Return a future of the result folded by `func`, as `functools.reduce`."""
        import functools  # noqa: PLC0415 - only this seldom used call needs it

        return self.map(lambda items: functools.reduce(func, items, *args))

    def join(
        self: "Future[Any]", *futures: pykka.Future[Any]
    ) -> "Future[Iterable[Any]]":
        """Return a future of the list of all results; the first failure fails it."""
        joined = gather([self, *cast("tuple[Future[Any], ...]", futures)])
        return cast("Future[Iterable[Any]]", joined)

    def set_get_hook(self, func: Callable[[float | None], T]) -> None:
        """Refuse: a result that is computed in `get` could not call back."""
        raise TypeError(f"use map() instead of a get hook, was {func!r}")

    def __await__(self) -> Generator[Any, None, T]:
        """Wait on the running event loop, without blocking it."""
        loop = asyncio.get_running_loop()
        arrived: asyncio.Future[None] = loop.create_future()

        def wake() -> None:
            if not arrived.done():
                arrived.set_result(None)

        def arrive(_: Future[T]) -> None:
            with contextlib.suppress(RuntimeError):  # the loop may be closed by then
                loop.call_soon_threadsafe(wake)

        self.add_done_callback(arrive)
        life = running.life
        if life is not None:
            life.before_awaiting(self)
        try:
            yield from arrived.__await__()
        finally:
            if life is not None:
                life.after_waiting()
        return self.result()

    __iter__ = __await__

    # -- inside --

    def _finish(self, value: T | None, error: BaseException | None) -> bool:
        with self._lock:
            if self._done:
                return False
            self._value, self._error = value, error
            self._done = True
        self._announce()
        return True

    def _expire(self) -> None:
        """End with `AskTimeout`; only a message not yet begun is known unexecuted."""
        with self._lock:
            if self._done:
                return
            executed = None if self._begun else False
            timeout = self._timeout or 0.0
            self._error = AskTimeout(self.path, timeout, executed=executed)
            self._done = True
        self._announce()

    def _announce(self) -> None:
        """Call back; nobody else touches the callbacks once `_done` is set."""
        if self._timer is not None:
            self._timer.cancel()
        callbacks, self._callbacks = self._callbacks, ()
        for callback in callbacks:
            self._call(callback)

    def _call(self, callback: Callable[["Future[T]"], object]) -> None:
        """Call back; a fault there is no concern of whoever brings the result."""
        try:
            callback(self)
        except BaseException:
            logger.exception("a callback of %r failed", self)

    def _arm(self) -> None:
        """Have the clock watch the deadline, once somebody depends on it."""
        if self._deadline is None or self._clock is None:
            return
        with self._lock:
            if self._done or self._timer is not None:
                return
            left = max(0.0, self._deadline - self._clock.now())
            self._timer = self._clock.call_later(left, self._expire)

    def _block(self, timeout: float | None) -> None:
        life = running.life
        if life is not None:
            life.before_blocking(self)
        try:
            arrived = Latch()
            with self._lock:
                if self._done:
                    return
                self._callbacks += (arrived.set,)
            self._wait(arrived, timeout)
        finally:
            if life is not None:
                life.after_waiting()

    def _wait(self, arrived: Latch, timeout: float | None) -> None:
        clock, deadline = self._clock, self._deadline
        if clock is None:
            if not arrived.wait(timeout):
                raise pykka.Timeout(f"{timeout} seconds")
            return
        left = None if deadline is None else deadline - clock.now()
        sooner = timeout is not None and (left is None or timeout < left)
        if clock.wait(arrived, timeout if sooner else left):
            return
        if sooner:
            raise AskTimeout(self.path, timeout or 0.0, executed=None)
        self._expire()


def gather(futures: Iterable[Future[Any]]) -> Future[list[Any]]:
    """Return a future of all results in order; the first failure fails it."""
    waiting = list(futures)
    clocks = (each.clock for each in waiting if each.clock is not None)
    gathered: Future[list[Any]] = Future(next(clocks, None))
    lock = threading.Lock()
    left = len(waiting)

    def done(source: Future[Any]) -> None:
        nonlocal left
        try:
            source.result()
        except BaseException as error:  # noqa: BLE001 - whoever waits for all gets it
            gathered.fail(error)
            return
        with lock:
            left -= 1
            last = left == 0
        if last:
            gathered.settle([each.result() for each in waiting])

    if not waiting:
        gathered.settle([])
    for future in waiting:
        future.add_done_callback(done)
    return gathered
