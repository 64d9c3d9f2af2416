"""Runs many seeds of one simulation, on as many processors as may be used."""

import contextlib
import gc
import multiprocessing
import os
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Protocol

from ..system import StartFailed
from .escapes import Escapes
from .report import Report


class Runs(Protocol):
    """What can be run with any seed: a simulation, or something that makes one."""

    def run(self, seed: int) -> Report:
        """Run it once."""
        ...


Make = Callable[[], Runs]

CHUNK = 20
"""Seeds that a process takes at once."""

SELDOM = (20_000, 50, 100)
"""When such a process looks for garbage: what a run leaves is gone with its world."""

_simulation: list[Runs] = []
"""What this process runs, if it is one of several."""


def run_seeds(make: Make, seeds: Sequence[int], *, processes: int) -> list[Report]:
    """Return the report of each seed, in order.

    Further processes are started only if there is work for them. They make their own
    simulation: `make` must be a function of a module, or a `partial` of one.

    Raises:
        StartFailed: the tree does not come up.

    """
    first = make()
    with Escapes():
        reports = [first.run(seed) for seed in seeds[:1]]
        rest = seeds[1:]
        if processes == 1 or len(rest) < CHUNK:
            return [*reports, *_run_all(first, rest)]
    with _pool(make, processes) as pool:
        return [*reports, *pool.map(_run, rest, chunksize=CHUNK)]


def run_elsewhere(make: Make, seeds: Sequence[int], *, processes: int) -> list[Report]:
    """Return the reports of processes in which sets have another order than here."""
    processes = max(1, min(processes, len(seeds)))
    with _other_hashes(), _pool(make, processes) as pool:
        return [*pool.map(_run, seeds, chunksize=CHUNK)]


def _pool(make: Make, processes: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(
        processes,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_prepare,
        initargs=(make,),
    )


def _prepare(make: Make) -> None:
    _simulation.append(make())
    Escapes().install()  # for all worlds of this process: that is cheaper
    gc.freeze()
    gc.set_threshold(*SELDOM)


def _run(seed: int) -> Report:
    try:
        return _simulation[0].run(seed)
    except StartFailed as error:  # that one does not pass from process to process
        raise RuntimeError(f"seed {seed}: {error}") from None


def _run_all(simulation: Runs, seeds: Sequence[int]) -> Iterator[Report]:
    for seed in seeds:
        yield simulation.run(seed)


@contextlib.contextmanager
def _other_hashes() -> Generator[None]:
    """Have processes that are started now hash strings as this one does not."""
    name = "PYTHONHASHSEED"
    before = os.environ.get(name)
    os.environ[name] = "1" if before != "1" else "2"
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before
