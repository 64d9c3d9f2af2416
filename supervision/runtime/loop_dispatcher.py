"""Gives each incarnation a thread with an asyncio loop of its own.

What blocks or fills one loop touches nobody else, and when the incarnation is over all
its tasks are cancelled and the loop is closed: nothing of it stays behind.
"""

import asyncio
import contextlib
import threading
from collections.abc import Collection
from typing import Any

from .dispatcher import PATIENCE, TURN_LIMIT, Submit, Turns, Worker
from .exit_reason import ExitKind, ExitReason


class LoopDispatcher:
    """See the module; for coroutines, as of asynchronous libraries."""

    may_block = False
    runs_coroutines = True
    turn_limit = TURN_LIMIT

    def __init__(self) -> None:
        self._changing = threading.Lock()
        self._workers: set[Worker] = set()

    def attach(self, life: Turns) -> Submit:
        """Start a loop on a thread; both end with the incarnation."""
        loop = asyncio.new_event_loop()

        def take_turn() -> None:
            life.turn()
            if life.ended and worker.life is not None:
                worker.life = None
                loop.stop()

        def submit(_: Turns) -> None:
            with contextlib.suppress(RuntimeError):  # it is over, and its loop closed
                loop.call_soon_threadsafe(take_turn)

        def serve(worker: Worker) -> None:
            worker.life = life
            try:
                loop.run_forever()
            except BaseException as error:  # noqa: BLE001 - of a task of the actor's own
                life.kill(ExitReason.of(ExitKind.CRASHED, error))
            worker.life = None
            with contextlib.suppress(BaseException):  # another such task
                loop.run_until_complete(end_tasks(asyncio.all_tasks(loop)))
            loop.close()
            with self._changing:
                self._workers.discard(worker)

        worker = Worker(serve, life.thread_name)
        with self._changing:
            self._workers.add(worker)
        try:
            worker.thread.start()
        except RuntimeError:
            loop.close()
            with self._changing:
                self._workers.discard(worker)
            raise
        return submit

    def backlog(self) -> bool:
        """Say no: loops of their own queue nowhere."""
        return False

    def workers(self) -> list[Worker]:
        """Return the threads of all loops that are not closed."""
        with self._changing:
            return list(self._workers)

    def relieve(self, worker: Worker) -> None:
        """Do nothing: nobody else waits for a loop of one's own."""

    def close(self) -> None:
        """Wait for the loops of ended incarnations, but not for a stuck one."""
        threads = [worker.thread for worker in self.workers()]
        for thread in threads:
            if thread is not threading.current_thread():
                thread.join(PATIENCE / len(threads))


async def end_tasks(left: Collection[asyncio.Task[Any]]) -> None:
    """Cancel what still runs on a loop that is to be closed; wait for it a little.

    What then still cleans up has had its time, and is cancelled once more.
    """
    for task in left:
        if not task.cancelling():  # else its clean-up would be cut short
            task.cancel()
    if left:
        _, stubborn = await asyncio.wait(left, timeout=PATIENCE)
        for task in stubborn:
            task.cancel()
        if stubborn:
            await asyncio.wait(stubborn, timeout=PATIENCE)
    generators = asyncio.get_running_loop().shutdown_asyncgens()
    await asyncio.wait([asyncio.ensure_future(generators)], timeout=PATIENCE)
