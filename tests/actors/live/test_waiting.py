"""Waits and deadlines go by the clock of the system."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from holdfast.actors.live.waiting import pause, within
from holdfast.supervision import ManualClock


def run(steps: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(asyncio.wait_for(steps, 20))


def test_a_pause_ends_when_the_clock_says_so() -> None:
    async def steps(clock: ManualClock) -> list[str]:
        said: list[str] = []
        waiting = asyncio.ensure_future(pause(clock, 5.0))
        waiting.add_done_callback(lambda _: said.append("awake"))
        await asyncio.sleep(0)
        clock.advance(4.9)
        await asyncio.sleep(0)
        said.append("4.9 s")
        clock.advance(0.1)
        await waiting
        return said

    assert run(steps(ManualClock())) == ["4.9 s", "awake"]


@pytest.mark.parametrize("seconds", [0.0, -1.0])
def test_no_pause_waits_for_no_clock(seconds: float) -> None:
    run(pause(ManualClock(), seconds))


def test_a_deadline_cancels_what_is_waited_for() -> None:
    async def steps(clock: ManualClock) -> bool:
        forever = asyncio.get_running_loop().create_future()

        async def wait() -> None:
            async with within(clock, 5.0):
                await forever

        waiting = asyncio.ensure_future(wait())
        await asyncio.sleep(0)
        clock.advance(5.0)
        with pytest.raises(TimeoutError):
            await waiting
        return forever.cancelled()

    assert run(steps(ManualClock()))


def test_a_deadline_that_is_kept_leaves_nothing_behind() -> None:
    async def steps(clock: ManualClock) -> None:
        async with within(clock, 5.0):
            await asyncio.sleep(0)

    clock = ManualClock()
    run(steps(clock))

    assert clock.pending() == []
    clock.advance(10.0)


def test_a_cancel_from_outside_is_no_deadline() -> None:
    async def steps(clock: ManualClock) -> None:
        async def wait() -> None:
            async with within(clock, 5.0):
                await asyncio.Event().wait()

        waiting = asyncio.ensure_future(wait())
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    clock = ManualClock()
    run(steps(clock))
    assert clock.pending() == []
