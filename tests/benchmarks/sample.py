"""Takes one sample of one side of a row, in a process that does nothing else.

So nothing of one sample is left in the next: no thread, no heap, no entry in Pykka's
global registry. What it found is one line of JSON on standard output.
"""

import gc
import json
import os
import sys

from .figures import Figure, Skipped
from .peers import OPTIONAL
from .rows import Row, named


def take(row: Row, side: str, n: int) -> Figure:
    """Measure one side of a row on the cores that the row is about."""
    if row.one_core:
        _bind_to_one_core()
    gc.collect()
    try:
        figure = row.sample(side)(n)
    except Exception as error:
        if side in OPTIONAL:
            raise Skipped(f"{type(error).__name__}: {error}") from error
        raise
    return figure if isinstance(figure, Figure) else Figure(figure)


def _bind_to_one_core() -> None:
    """Bind this process, and all that it starts, to its first core."""
    if not hasattr(os, "sched_setaffinity"):
        raise Skipped("this operating system binds no process to a core")
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def main(name: str, side: str, n: str) -> None:
    """Take the sample, say it, and leave without waiting for any thread."""
    try:
        figure = take(named(name), side, int(n))
    except Skipped as skipped:
        figure = Figure(None, str(skipped))
    sys.stdout.write(json.dumps({"value": figure.value, "note": figure.note}) + "\n")
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
