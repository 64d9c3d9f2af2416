"""`holdfast chaos`: runs scenarios, and says what they came to."""

import json
import logging
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import click

from holdfast.supervision.runtime.clock import SystemClock
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
from holdfast.web.options import json_option, seed_option, seeds_option
from holdfast.web.simulated import chosen_seeds, run_batch

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
@seed_option
@seeds_option
@click.option("--back", type=click.Choice(BACKS), default="sim", help="Where.")
@click.option("--verify", is_flag=True, help="Run each seed twice and compare.")
@json_option
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

    Without --seed it is the scenario's own. A real run takes minutes, and no two are
    the same.

    Exits with 0 if all held, 1 if an invariant broke, 20 if a fault never struck, 21 if
    two runs of a seed differ, 66 without such a scenario, 78 if it makes no sense.
    """
    try:
        path = find(scenario)
        read_scenario = read(path)
        chosen = chosen_seeds(seed, seeds, default=read_scenario.seed)
        if back == Back.REAL:
            verdict = _real(read_scenario, chosen)
        else:
            batch = run_batch(partial(load_quietly, path), chosen, verify=verify)
            verdict = Verdict(
                title=read_scenario.title,
                reports=tuple(batch.reports),
                wall_seconds=batch.wall_seconds,
                not_deterministic=tuple(batch.differ),
            )
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
