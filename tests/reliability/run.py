"""What `make reliability` starts: the long tests, and seeds until the budget is spent.

It goes on where it was interrupted as long as the commit is the same; what it came to
is in `build/reliability.json` and `build/reliability.md`, what the long tests said in
`build/long-tests.txt`.
"""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

import click
import msgspec

from holdfast.supervision.simulation.batch import run_seeds

from .progress import Progress, next_batch, resumed, take_in, text
from .simulations import RandomTrees, ambiguous_orders, shipped

ROOT = Path(__file__).parent.parent.parent
BUILD = ROOT / "build"
BATCH = 500
PROCESSES = 2

SUITES: dict[str, Callable[[], Any]] = {
    "shipped": shipped,
    "random": RandomTrees,
    "ambiguous-orders": ambiguous_orders,
}
WANTED = {"shipped": 10_000, "random": 20_000, "ambiguous-orders": 1_000}


def commit() -> str:
    """Name what is tried: the commit, and whether anything is changed since."""
    said = ["git", "describe", "--always", "--dirty", "--abbrev=12"]
    told = subprocess.run(said, cwd=ROOT, capture_output=True, text=True, check=True)
    return told.stdout.strip()


def long_tests(seconds: float) -> str:
    """Run what is marked long; return how it ended. All that it said is kept.

    No traces of threads are dumped meanwhile: that is for tests that end within a
    minute, and to read the stacks of threads that run has ended the process.
    """
    typed = [sys.executable, "-m", "pytest", "-q", "-m", "long", "--no-header"]
    typed += ["-o", "faulthandler_timeout=0"]
    try:
        ended = subprocess.run(
            typed,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return ""
    (BUILD / "long-tests.txt").write_text(ended.stdout + ended.stderr)
    last = ended.stdout.strip().rpartition("\n")[2]
    return f"{'passed' if ended.returncode == 0 else 'failed'}: {last}"


def go_on(progress: Progress, left: Callable[[], float]) -> None:
    """Do what is left until the time is over, and save it after each step."""
    if not progress.long_tests:
        click.echo("the long tests", err=True)
        progress.long_tests = long_tests(left())
        save(progress)
    while left() > 0 and (batch := next_batch(progress, WANTED, BATCH)) is not None:
        suite, seeds = batch
        click.echo(f"{suite}: seeds {seeds[0]} to {seeds[-1]}", err=True)
        began = perf_counter()
        reports = run_seeds(SUITES[suite], seeds, processes=PROCESSES)
        take_in(progress.of(suite), reports, perf_counter() - began)
        save(progress)


def save(progress: Progress) -> None:
    """Write it to the disk, whole or not at all."""
    (BUILD / "reliability.md").write_text(text(progress, WANTED))
    fresh = BUILD / "reliability.json.new"
    fresh.write_bytes(msgspec.json.encode(progress))
    fresh.replace(BUILD / "reliability.json")


@click.command()
@click.option(
    "--budget",
    type=click.FloatRange(min=0, min_open=True),
    default=60.0,
    show_default=True,
    help="Minutes; what is left is done next time.",
)
def main(budget: float) -> None:
    """Try how reliable it is; exit with 1 if anything failed."""
    until = perf_counter() + 60 * budget
    BUILD.mkdir(exist_ok=True)
    saved = BUILD / "reliability.json"
    progress = resumed(saved.read_bytes() if saved.is_file() else None, commit())
    go_on(progress, lambda: until - perf_counter())
    click.echo(text(progress, WANTED))
    sys.exit(0 if progress.sound else 1)


if __name__ == "__main__":
    main()
