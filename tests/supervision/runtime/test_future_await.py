"""Waiting for actors on an asyncio loop, which goes on meanwhile."""

import asyncio
import threading
from collections.abc import Callable

import pytest

from holdfast.supervision import (
    ActorSystem,
    AskTimeout,
    ChildSpec,
    Future,
    ManualClock,
)

Grow = Callable[..., ActorSystem]
Specify = Callable[..., ChildSpec]


async def result(future: Future[str]) -> str:
    return await future


async def tick(times: int) -> int:
    ticks = 0
    for _ in range(times):
        await asyncio.sleep(0)
        ticks += 1
    return ticks


def test_the_loop_goes_on_while_an_actor_is_awaited(
    grow: Grow, child: Specify, gate: threading.Event
) -> None:
    system = grow(child("a", dispatcher="pinned"))

    def slow(_: object) -> str:
        gate.wait()
        return "at last"

    async def wait() -> tuple[int, bool, str]:
        reply = asyncio.ensure_future(
            result(system.ref("/root/a").ask(slow, block=False))
        )
        ticks = await tick(100)
        early = reply.done()
        gate.set()
        return ticks, early, await reply

    assert asyncio.run(wait()) == (100, False, "at last")


def test_a_result_that_is_there_is_awaited_at_once() -> None:
    future: Future[str] = Future()
    future.settle("here")

    assert asyncio.run(result(future)) == "here"


def test_an_error_is_raised_where_it_is_awaited() -> None:
    future: Future[str] = Future()
    future.fail(ValueError("boom"))

    with pytest.raises(ValueError, match="boom"):
        asyncio.run(result(future))


def test_an_awaited_ask_ends_at_its_deadline(clock: ManualClock) -> None:
    future: Future[str] = Future(clock, timeout=5)

    async def wait() -> None:
        reply = asyncio.ensure_future(result(future))
        await tick(3)
        clock.advance(5)
        await reply

    with pytest.raises(AskTimeout):
        asyncio.run(wait())


def test_several_tasks_may_await_the_same_future() -> None:
    future: Future[str] = Future()

    async def wait() -> list[str]:
        replies = asyncio.gather(*(result(future) for _ in range(3)))
        await tick(3)
        future.settle("here")
        return await replies

    assert asyncio.run(wait()) == ["here"] * 3


def test_a_task_that_is_cancelled_leaves_the_future_alone() -> None:
    future: Future[str] = Future()

    async def wait() -> str:
        reply = asyncio.ensure_future(result(future))
        await tick(3)
        reply.cancel()
        await asyncio.gather(reply, return_exceptions=True)
        future.settle("here")
        await tick(3)
        return await future

    assert asyncio.run(wait()) == "here"


def test_a_loop_that_is_closed_meanwhile_harms_nobody(
    caplog: pytest.LogCaptureFixture,
) -> None:
    future: Future[str] = Future()

    async def begin() -> None:
        reply = asyncio.ensure_future(result(future))
        await tick(3)
        reply.cancel()

    asyncio.run(begin())

    assert future.settle("here") is True
    assert caplog.records == []


def test_replies_of_several_actors_are_awaited_together(
    grow: Grow, child: Specify
) -> None:
    system = grow(child("a"), child("b", dispatcher="pinned"))
    refs = [system.ref("/root/a"), system.ref("/root/b")]

    async def wait() -> list[str]:
        replies = [result(ref.ask(ref.path, block=False)) for ref in refs]
        return await asyncio.gather(*replies)

    assert asyncio.run(wait()) == ["/root/a", "/root/b"]
