"""Measures us and our peers in one run: what `make bench` starts.

Each sample is taken in a process of its own, ours and the peers' in turn, round after
round; the medians count. Both sides are warmed up by a tenth of the work (not where
memory, or the end of many actors, is measured), and the garbage collector runs as
Python starts it, after one full collection.
"""

import json
import sys
from functools import partial
from pathlib import Path
from time import perf_counter

import click

from . import interleave, machine, report
from .rows import ROWS, Row

BUILD = Path(__file__).parent.parent.parent / "build"
ROUNDS = 5
QUICK_ROUNDS = 3


def chosen(only: str) -> list[Row]:
    """Return the rows with the given names, all without one.

    Raises:
        click.BadParameter: there is no row with such a name.

    """
    names = [name for name in only.split(",") if name]
    known = {row.name: row for row in ROWS}
    for name in names:
        if name not in known:
            raise click.BadParameter(f"no row {name!r}; there are {', '.join(known)}")
    return [known[name] for name in names] or list(ROWS)


def measured(row: Row, *, quick: bool) -> list[report.Line]:
    """Measure one row beside all its peers, or quickly and beside the first."""
    rounds, n, sides = row.rounds or ROUNDS, row.n, row.sides
    if quick:
        rounds, n, sides = min(rounds, QUICK_ROUNDS), row.quick_n, sides[:2]
    take = partial(interleave.in_own_process, row, n=n)
    return list(report.lines(row, interleave.measured(sides, rounds, take)))


def say(line: str) -> None:
    """Show a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


@click.command()
@click.option("--quick", is_flag=True, help="Fewer rounds, and less in each.")
@click.option("--only", default="", help="Names of rows, with commas between them.")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    default=BUILD / "bench.json",
    help="Where the JSON goes.",
)
def main(*, quick: bool, only: str, output: Path) -> None:
    """Measure, print the table, and write it as JSON."""
    rows = chosen(only)
    say(f"{machine.described()}; medians of interleaved rounds")
    if quick:
        say("quick: with less in each sample, also where a row's name is a number")
    began = perf_counter()
    lines: list[report.Line] = []
    for row in rows:
        lines += measured(row, quick=quick)
        click.echo(f"{row.name} at {perf_counter() - began:.0f} s", err=True)
    for line in report.table(lines):
        say(line)
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(json.dumps([line.as_json() for line in lines], indent=1) + "\n")


if __name__ == "__main__":
    main()
