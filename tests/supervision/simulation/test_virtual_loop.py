"""A loop that the world turns is a loop like any other, in virtual time."""

import asyncio
import contextvars
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

import pytest

from holdfast.supervision.runtime.latch import Happening
from holdfast.supervision.simulation.virtual_clock import VirtualClock
from holdfast.supervision.simulation.virtual_loop import VirtualLoop
from holdfast.supervision.simulation.waiting import WorldClosed

LATE = 4e8
"""Seconds at which asyncio's own clock resolution is far below that of a float."""


class Refused(Exception):
    pass


def refuse(what: str) -> NoReturn:
    raise Refused(what)


def never(event: Happening, timeout: float | None) -> bool:
    raise AssertionError((event, timeout))


class Turned:
    """A loop that is stepped as long as a step is due, then time passes."""

    def __init__(self) -> None:
        self.due: list[None] = []
        self.clock = VirtualClock(never)
        self.loop = VirtualLoop(self.clock, lambda: self.due.append(None), refuse)

    def settle(self) -> int:
        steps = 0
        while self.due:
            self.due.pop()
            self.loop.step()
            steps += 1
        return steps

    def finish(self, steps: Any) -> Any:
        task: asyncio.Task[Any] = self.loop.create_task(steps)
        self.settle()
        while not task.done() and self.clock.advance():
            self.settle()
        return task.result()


@pytest.fixture
def turned() -> Iterator[Turned]:
    turned = Turned()
    yield turned
    turned.loop.abandon()


async def sleep() -> float:
    await asyncio.sleep(2.5)
    return asyncio.get_running_loop().time()


async def time_out() -> float:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(3):
            await asyncio.Event().wait()
    return asyncio.get_running_loop().time()


async def time_out_of_a_call() -> float:
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(asyncio.sleep(9), timeout=4)
    return asyncio.get_running_loop().time()


async def later() -> float:
    loop = asyncio.get_running_loop()
    due: asyncio.Future[float] = loop.create_future()
    loop.call_later(5, lambda: due.set_result(loop.time()))
    return await due


@pytest.mark.parametrize(
    ("wait", "seconds"),
    [(sleep, 2.5), (time_out, 3.0), (time_out_of_a_call, 4.0), (later, 5.0)],
)
def test_whatever_waits_waits_in_virtual_time(
    turned: Turned, wait: Callable[[], Any], seconds: float
) -> None:
    assert turned.finish(wait()) == seconds


def test_a_sleep_ends_however_late_it_is(turned: Turned) -> None:
    turned.clock.call_at(LATE, lambda: None)
    turned.clock.advance()

    assert turned.finish(sleep()) == LATE + 2.5


def test_what_is_made_ready_in_a_step_waits_for_the_next(turned: Turned) -> None:
    said: list[str] = []

    def first() -> None:
        said.append("first")
        turned.loop.call_soon(said.append, "third")

    turned.loop.call_soon(first)
    turned.loop.call_soon_threadsafe(said.append, "second")

    assert len(turned.due) == 1
    turned.due.pop()
    turned.loop.step()
    assert said == ["first", "second"]
    assert turned.settle() == 1
    assert said == ["first", "second", "third"]


def test_a_call_that_is_cancelled_is_never_made(turned: Turned) -> None:
    said: list[str] = []
    early = turned.loop.call_later(1, said.append, "early")
    turned.loop.call_later(2, said.append, "late")
    now = turned.loop.call_at(0, said.append, "now")

    early.cancel()
    now.cancel()
    while turned.clock.advance():
        turned.settle()

    assert said == ["late"]
    assert turned.clock.now() == 2


def test_a_call_is_made_in_the_context_of_whoever_wanted_it(turned: Turned) -> None:
    mine = contextvars.ContextVar[str]("mine")
    said: list[str] = []
    mine.set("theirs")
    turned.loop.call_later(1, lambda: said.append(mine.get()))
    mine.set("another")

    turned.clock.advance()
    turned.settle()

    assert said == ["theirs"]


def test_a_closed_loop_leaves_no_call_behind(turned: Turned) -> None:
    turned.loop.call_later(1, lambda: None)

    turned.loop.close()

    assert not turned.clock.advance()


async def to_thread() -> None:
    await asyncio.to_thread(print)


async def listen_to_a_pipe() -> None:
    asyncio.get_running_loop().add_reader(0, print)


@pytest.mark.parametrize(
    ("use", "what"),
    [(to_thread, "asyncio.to_thread"), (listen_to_a_pipe, "loop.add_reader")],
)
def test_what_the_world_cannot_turn_is_refused(
    turned: Turned, use: Callable[[], Any], what: str
) -> None:
    with pytest.raises(Refused, match=what):
        turned.finish(use())


def test_the_tasks_of_a_group_are_cancelled_in_their_order(turned: Turned) -> None:
    said: list[int] = []

    async def wait(number: int) -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            said.append(number)
            raise

    async def fail() -> None:
        await asyncio.sleep(1)
        raise LookupError

    async def together() -> None:
        async with asyncio.TaskGroup() as group:
            for number in range(30):
                group.create_task(wait(number))
            group.create_task(fail())

    with pytest.raises(ExceptionGroup):
        turned.finish(together())

    assert said == list(range(30))


def test_what_nobody_catches_is_logged_but_not_the_end_of_the_world(
    turned: Turned, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(error: BaseException) -> None:
        raise error

    for error in (LookupError("a test"), WorldClosed()):
        turned.loop.call_soon(fail, error)
    turned.settle()

    logged = [each.exc_info[0] for each in caplog.records if each.exc_info]
    assert logged == [LookupError]


def test_what_does_not_end_is_abandoned(turned: Turned) -> None:
    said: list[str] = []

    async def go_on() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            said.append("cancelled")

    async def clean_up() -> None:
        try:
            await go_on()
        finally:
            await go_on()

    turned.loop.create_task(go_on())
    turned.loop.create_task(clean_up())
    turned.settle()

    turned.loop.abandon()

    assert said == ["cancelled"] * 3
    assert turned.loop.is_closed()
