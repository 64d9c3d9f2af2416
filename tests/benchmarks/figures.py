"""What one sample is worth, and how both sides are treated alike while it is taken."""

import gc
import os
from collections.abc import Callable, Sequence
from pathlib import Path

import attrs


@attrs.frozen
class Figure:
    """One measured value in its row's unit, and what else there is to say of it."""

    value: float | None
    note: str = ""


class Skipped(Exception):
    """This side can't do that here; the message says why."""


Sample = Callable[[int], float | Figure]
"""Measures something `n` times over and returns the value in its row's unit."""


def warmed(sample: Sample) -> Sample:
    """Run a tenth first, unmeasured, and start with nothing for the collector to do.

    The collector itself runs as it does by default, on both sides.
    """

    def warm(n: int) -> float | Figure:
        sample(max(1, n // 10))
        gc.collect()
        return sample(n)

    return warm


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which that share of the values lies."""
    return sorted(values)[min(int(len(values) * share), len(values) - 1)]


def resident_kib() -> float:
    """Return how much memory this process holds in RAM."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        raise Skipped("resident memory is read from /proc, which is not here") from None
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024
