"""Takes the samples of a row: all sides in turn, round after round, medians of each."""

import contextlib
import json
import os
import signal
import statistics
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence

from .figures import Figure
from .rows import Row


def measured(
    sides: Sequence[str], rounds: int, take: Callable[[str], Figure]
) -> dict[str, Figure]:
    """Return the median figure of each side.

    The first side of one round is the last of the next. A side that was skipped once is
    not tried again.
    """
    taken: dict[str, list[Figure]] = {side: [] for side in sides}
    order = list(sides)
    for _ in range(rounds):
        for side in order:
            if not any(figure.value is None for figure in taken[side]):
                taken[side].append(take(side))
        order.reverse()
    return {side: median(figures) for side, figures in taken.items()}


def median(figures: Sequence[Figure]) -> Figure:
    """Return the figure in the middle, or the one that says why there is none."""
    for figure in figures:
        if figure.value is None:
            return figure
    values = [figure.value for figure in figures if figure.value is not None]
    return Figure(statistics.median(values), figures[-1].note)


def in_own_process(row: Row, side: str, n: int) -> Figure:
    """Take one sample in a fresh process; a figure without value if it takes too long.

    Raises:
        subprocess.CalledProcessError: the sample failed, so the benchmark is broken.

    """
    command = [sys.executable, "-m", f"{__package__}.sample", row.name, side, str(n)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        try:
            out, _ = process.communicate(timeout=row.seconds)
        except subprocess.TimeoutExpired:
            return Figure(None, f"not done within {row.seconds:g} s")
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # with all that it has started
    if process.returncode != 0:
        raise subprocess.CalledProcessError(process.returncode, command)
    return _read(json.loads(out.splitlines()[-1]))


def _read(said: Mapping[str, float | str | None]) -> Figure:
    value, note = said["value"], said["note"]
    return Figure(value if isinstance(value, float) else None, str(note))
