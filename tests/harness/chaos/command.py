"""`holdfast chaos`: runs scenarios, and says what they came to."""

import json
import logging
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import click

from holdfast.supervision.runtime.clock import SystemClock
from holdfast.supervision.simulation.batch import run_elsewhere, run_seeds
from holdfast.testing.chaos.run import ScenarioRun, load_scenario
from holdfast.testing.chaos.scenario import (
    Back,
    Scenario,
    ScenarioInvalid,
    ScenarioMissing,
    find,
    read,
    shipped,
)
from holdfast.testing.chaos.verdict import Verdict
from holdfast.web.console import tell_logs
from holdfast.web.simulated import processors
from holdfast.web.typed_values import Seeds

BACKS = [back.value for back in Back]


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def chaos() -> None:
    """Run scenarios: a system, what goes wrong, and what has to hold."""


@chaos.command(name="list")
def show() -> None:
    """Name the scenarios that come with the package."""
    for name, path in shipped().items():
        click.echo(f"{name:20} {read(path).title}")


@chaos.command()
@click.argument("scenario")
@click.option("--seed", type=int, help="Run this seed (default: the scenario's).")
@click.option("--seeds", type=Seeds(), help="Run these seeds, A..B.")
@click.option("--back", type=click.Choice(BACKS), default="sim", help="Where.")
@click.option("--verify", is_flag=True, help="Run each seed twice and compare.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON document.")
def run(
    scenario: str,
    *,
    seed: int | None,
    seeds: range | None,
    back: str,
    verify: bool,
    as_json: bool,
) -> None:
    """Run a scenario: one that is shipped, by name, or a file.

    A real run takes minutes, and no two are the same.

    Exits with 0 if all held, 1 if an invariant broke, 20 if a fault never struck, 21 if
    two runs of a seed differ, 66 without such a scenario, 78 if it makes no sense.
    """
    if seed is not None and seeds is not None:
        raise click.UsageError("--seed and --seeds can't be given together")
    try:
        path = find(scenario)
        read_scenario = read(path)
        chosen = seeds or [read_scenario.seed if seed is None else seed]
        if back == Back.REAL:
            verdict = _real(read_scenario, list(chosen))
        else:
            make = partial(load_quietly, path)
            verdict = _simulated(read_scenario.title, make, list(chosen), verify=verify)
    except (ScenarioInvalid, ScenarioMissing) as error:
        click.echo(f"holdfast: {error}", err=True)
        sys.exit(error.exit_code)
    click.echo(json.dumps(verdict.document()) if as_json else verdict.text())
    sys.exit(verdict.exit)


def load_quietly(path: Path) -> ScenarioRun:
    """Read a scenario in a process that logs nothing else."""
    tell_logs(sys.stderr, str)
    return load_scenario(path)


def _real(scenario: Scenario, seeds: Sequence[int]) -> Verdict:
    """Run it against real sockets, one seed after the other."""
    from holdfast.testing.chaos.real import RealRun  # noqa: PLC0415 - ccxt is slow to load

    tell_logs(sys.stderr, str)
    logging.getLogger("tornado.access").setLevel(logging.CRITICAL)  # faults, all of it
    clock = SystemClock()
    began = clock.now()
    reports = tuple(map(RealRun(scenario).run, seeds))
    return Verdict(
        title=scenario.title, reports=reports, wall_seconds=clock.now() - began
    )


def _simulated(
    title: str,
    make: Callable[[], ScenarioRun],
    seeds: Sequence[int],
    *,
    verify: bool,
) -> Verdict:
    clock = SystemClock()
    began = clock.now()
    reports = run_seeds(make, seeds, processes=processors())
    wall_seconds = clock.now() - began
    differ: tuple[int, ...] = ()
    if verify:
        again = run_elsewhere(make, seeds, processes=processors())
        differ = tuple(
            report.seed
            for report, other in zip(reports, again, strict=True)
            if report.trace_hash != other.trace_hash
        )
    return Verdict(
        title=title,
        reports=tuple(reports),
        wall_seconds=wall_seconds,
        not_deterministic=differ,
    )
