"""Stands for `loop` in a world: a loop for each incarnation, which the world turns."""

import asyncio
import contextlib
import threading
from collections.abc import Generator
from typing import NoReturn, cast

from ..runtime.dispatcher import Submit, Turns, Worker
from ..runtime.incarnation import Incarnation
from ..runtime.loop_dispatcher import end_tasks
from ..runtime.running import Waiter, running
from .dispatchers import Chooser, SimulatedDispatcher, nothing
from .guards import NO_OUTSIDE, refuse
from .virtual_clock import VirtualClock
from .virtual_loop import VirtualLoop


class SimulatedLoops(SimulatedDispatcher):
    """See the module; whoever has a loop that is not closed is in `workers`."""

    runs_coroutines = True

    def __init__(self, world: Chooser, clock: VirtualClock) -> None:
        super().__init__(world, may_block=False)
        self.shares_thread = False
        self._clock = clock
        self._loops: dict[Turns, VirtualLoop] = {}
        self._endings: dict[Turns, asyncio.Task[None]] = {}

    def attach(self, life: Turns) -> Submit:
        """Make a loop; it is closed when the incarnation is over."""
        incarnation = cast("Incarnation", life)
        self._world.begin(incarnation)

        def refuse_to_use(what: str) -> NoReturn:
            refuse(incarnation, what, NO_OUTSIDE)

        with _running_for(None):  # a loop has sockets of its own, that nobody uses
            loop = VirtualLoop(
                self._clock, lambda: self._world.wake(incarnation), refuse_to_use
            )
        self._loops[life] = loop
        worker = self._workers[life] = Worker(nothing, life.thread_name)
        worker.life = life

        def take_turn() -> None:
            life.turn()
            if life.ended and worker.life is not None:
                worker.life = None
                self._endings[life] = loop.create_task(end_tasks(loop.tasks()))

        def submit(_: Turns) -> None:
            with contextlib.suppress(RuntimeError):  # it is over, and its loop closed
                loop.call_soon(take_turn)

        return submit

    def close_loops(self) -> None:
        """Close the loops of those who have not ended: their world is closed."""
        for life, loop in list(self._loops.items()):
            if not loop.is_running():  # else it is stuck in a turn that never ends
                with _running_for(cast("Incarnation", life)):
                    loop.abandon()
        self._loops.clear()
        self._workers.clear()

    # -- for the world --

    def give_turn(self, life: Incarnation) -> None:
        """Make one step of its loop."""
        loop = self._loops.get(life)
        if loop is None:
            return
        with _running_for(life):
            loop.step()
        ending = self._endings.get(life)
        if ending is not None and ending.done():
            loop.close()
            del self._loops[life], self._workers[life], self._endings[life]
        self._world.took_step(life)
        settling = life.cell.system.settling
        if settling.is_waited_for:  # in its turn, the loop itself may have been busy
            settling.turn_ended()

    def blocked(self, life: Turns) -> None:
        """Take note that the calling thread waits in a step of this loop."""
        self._workers[life].thread = threading.current_thread()

    def turn_over(self, life: Turns) -> None:
        """Do nothing: its loop is there as long as it is."""


@contextlib.contextmanager
def _running_for(life: Waiter | None) -> Generator[None]:
    """Let this thread, which serves everybody, work for this incarnation."""
    before = running.life
    running.life = life
    try:
        yield
    finally:
        running.life = before
