"""However a part of a session ends, the session ends, and says why."""

import asyncio
from collections.abc import Awaitable

from holdfast.actors.live.streaming import first_end


def ending(*ways: Awaitable[None]) -> BaseException:
    async def run() -> BaseException:
        return await asyncio.wait_for(first_end(*ways), 20)

    return asyncio.run(run())


async def fail() -> None:
    raise ValueError("bad")


async def last() -> None:
    await asyncio.Event().wait()


async def nothing() -> None:
    pass


def test_an_error_is_what_ended_it() -> None:
    assert repr(ending(last(), fail())) == "ValueError('bad')"


def test_a_part_that_just_returns_ends_it_too() -> None:
    assert isinstance(ending(last(), nothing()), RuntimeError)


def test_a_part_that_somebody_cancels_ends_it_too() -> None:
    async def cancelled() -> None:
        raise asyncio.CancelledError

    assert isinstance(ending(last(), cancelled()), asyncio.CancelledError)


def test_the_error_counts_and_not_who_was_cancelled_by_it() -> None:
    """ccxt closes a connection over an error, which cancels all who wait for it."""

    async def run() -> BaseException:
        shared: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        async def wait() -> None:
            await shared

        async def take_along() -> None:
            await asyncio.sleep(0)
            shared.cancel()
            await asyncio.sleep(0)
            raise ValueError("bad")

        return await first_end(wait(), take_along())

    assert repr(asyncio.run(run())) == "ValueError('bad')"


def test_nothing_of_the_others_is_left() -> None:
    async def run() -> int:
        await first_end(last(), last(), fail())
        return len(asyncio.all_tasks())

    assert asyncio.run(run()) == 1
