"""Waits and deadlines in coroutines, by the clock of the system."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator

from ...supervision.runtime.clock import Clock


@contextlib.asynccontextmanager
async def within(clock: Clock, seconds: float) -> AsyncGenerator[None]:
    """Cancel what the block waits for once `seconds` have passed in total.

    Raises:
        TimeoutError: they have.

    """
    loop = asyncio.get_running_loop()
    over = False
    async with asyncio.timeout(None) as limit:

        def ring() -> None:
            if not over:
                limit.reschedule(loop.time())

        def ring_there() -> None:
            with contextlib.suppress(RuntimeError):  # the loop may be closed by then
                loop.call_soon_threadsafe(ring)

        timer = clock.call_later(seconds, ring_there)
        try:
            yield
        finally:
            over = True
            timer.cancel()


async def pause(clock: Clock, seconds: float) -> None:
    """Wait so many seconds; none at all if there are none."""
    if seconds <= 0:
        return
    loop = asyncio.get_running_loop()
    passed = asyncio.Event()

    def ring() -> None:
        with contextlib.suppress(RuntimeError):  # the loop may be closed by then
            loop.call_soon_threadsafe(passed.set)

    timer = clock.call_later(seconds, ring)
    try:
        await passed.wait()
    finally:
        timer.cancel()
