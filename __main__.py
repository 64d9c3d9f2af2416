"""The command line: everything a person does to a system from a terminal.

Imports of the parts stand inside the commands, so that `holdfast status` starts fast.
"""

import json
import os
import signal
import sys
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from . import __version__
from .web.commands import TO_A_RUNNING_SYSTEM
from .web.options import (
    Commands,
    environment_option,
    flatten_option,
    json_option,
    reader_left,
    scope_option,
    seed_option,
    seeds_option,
    state_option,
)
from .web.typed_values import Crashes, Files, Speed

if TYPE_CHECKING:
    from .app import Application, RunOptions
    from .config import Configuration
    from .supervision.runtime.clock import Clock
    from .supervision.state_dir import Run
    from .web.console import LineWriter
    from .web.halting import Halting

CONFIG_INVALID = 78
INTERRUPTED = 130

HALT_WITHIN = 60.0
"""Seconds for which `halt` tries to have a venue confirm it."""


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="holdfast")
def cli() -> None:
    """Keep a trading system trading while its parts fail.

    \b
    holdfast run                         trade on paper on a made-up market
    holdfast run --replay day.ws.gz      trade on paper on a recorded one
    holdfast status                      look at the system that runs here
    holdfast crash /root/strategy        break something and watch it come back
    """  # noqa: D301 - click wants this very character


@cli.command()
@click.argument("config", required=False)
@environment_option
@click.option("--replay", type=Files(), help="Trade on recorded markets.")
@click.option("--speed", type=Speed(), help="Factor of real time, or max: lockstep.")
@seed_option
@click.option(
    "--duration",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    help="End after so many seconds of market time.",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    envvar="HOLDFAST_PORT",
    help="TCP port for looking, on this machine alone.",
)
@click.option(
    "--state",
    "state_dir",
    metavar="DIR",
    envvar="HOLDFAST_STATE",
    help="State directory.",
)
@click.option(
    "--crash",
    "crashes",
    type=Crashes(),
    default=None,
    help="Crash these actors, seeded; refused in production.",
)
@click.option("-v", "--verbose", is_flag=True, help="Tell of every event.")
@json_option
def run(  # noqa: PLR0913 - one argument for each option
    config: str | None,
    *,
    environment: str | None,
    replay: tuple[str, ...] | None,
    speed: float | str | None,
    seed: int | None,
    duration: float | None,
    port: int | None,
    state_dir: str | None,
    crashes: tuple[tuple[str, ...], int] | None,
    verbose: bool,
    as_json: bool,
) -> None:
    """Start a system and run it in the foreground until it ends or is stopped.

    Ctrl-C stops it in phases, a second one hurries. Without CONFIG the shipped paper
    trading system is run.
    """
    from .app import RunOptions, refuse_unless_allowed  # noqa: PLC0415
    from .supervision.state_dir import Run  # noqa: PLC0415

    flags = {"seed": seed, "web.port": port, "state_dir": state_dir}
    configuration = _load(config, environment, flags)
    options = RunOptions(
        replay=replay or (),
        speed=speed,
        duration=duration,
        crashes=crashes or ((), 0),
    )
    refuse_unless_allowed(configuration, options)
    run = Run(config, str(Path.cwd()), str(configuration.settings.environment))
    summary = _run(configuration, options, run, verbose=verbose, as_json=as_json)
    sys.exit(summary["exit"])


def _run(
    configuration: "Configuration",
    options: "RunOptions",
    run: "Run",
    *,
    verbose: bool,
    as_json: bool,
) -> dict[str, Any]:
    from .app import Application  # noqa: PLC0415
    from .supervision.state_dir import StateDir  # noqa: PLC0415
    from .web import console, terminal  # noqa: PLC0415

    settings = configuration.settings
    out = console.LineWriter(sys.stderr.fileno())
    console.tell_logs(out, configuration.redactor.redact)
    with StateDir(Path(settings.state_dir)) as state_dir, closing(out):
        application = Application(configuration, options, state_dir)
        state_dir.note_run(run)
        console.tell_events(
            application.system,
            out,
            verbose=verbose,
            as_json=settings.environment == "production",
        )
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda _number, _frame: application.stop())

        def started() -> None:
            where = console.say_where(state_dir, settings.environment, application.port)
            out.say(where)

        summary = application.run(
            on_started=started,
            on_tick=_progress(application, options, out),
        )
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    text = json.dumps(summary) if as_json else terminal.summary_text(summary)
    try:
        click.echo(text)
    except BrokenPipeError:
        reader_left()
    return summary


def _progress(
    application: "Application", options: "RunOptions", out: "LineWriter"
) -> Callable[[], None]:
    """Show how far a replay is, if somebody looks at a terminal."""
    from .actors.recording import count_lines  # noqa: PLC0415
    from .web.console import progress_shown  # noqa: PLC0415

    if not (options.replay and sys.stderr.isatty()):
        return lambda: None
    total = sum(count_lines(Path(file)) for file in options.replay)
    return progress_shown(out, max(1, total), application.progress)


@cli.command()
@click.argument("config", required=False)
@environment_option
@seed_option
@seeds_option
@click.option(
    "--duration",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    default=60.0,
    show_default=True,
    help="Virtual time of each run.",
)
@click.option(
    "--verify", is_flag=True, help="Run each seed twice: both must do the same."
)
@json_option
def simulate(  # noqa: PLR0913 - one argument for each option
    config: str | None,
    *,
    environment: str | None,
    seed: int | None,
    seeds: range | None,
    duration: float,
    verify: bool,
    as_json: bool,
) -> None:
    """Run the tree in a simulated world while things go wrong, much faster than time.

    Failures follow from the seed, and so does everything else: a seed is a run. Exits
    with 1 if something did not hold that must always hold, and with 21 if --verify
    found two runs of one seed that differ.
    """
    from .app import load_simulation  # noqa: PLC0415
    from .web import simulated  # noqa: PLC0415

    settings = _load(config, environment, {"seed": seed}).settings
    chosen = simulated.chosen_seeds(seed, seeds, default=settings.seed)
    path = None if config is None else Path(config)
    make = partial(load_simulation, path, environment, duration)
    outcome = simulated.run(make, chosen, verify=verify)
    click.echo(json.dumps(outcome.document) if as_json else outcome.text)
    sys.exit(outcome.exit)


@cli.command(context_settings={"ignore_unknown_options": True}, add_help_option=False)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def chaos(context: click.Context, arguments: tuple[str, ...]) -> None:
    """Run scenarios: a system, what goes wrong, and what has to hold."""
    from .testing.chaos.command import chaos as scenarios  # noqa: PLC0415

    scenarios.main(list(arguments), prog_name=context.command_path)


@cli.command()
@click.argument("config")
@environment_option
def check(config: str, *, environment: str | None) -> None:
    """Say everything that is wrong with a configuration; exit 0 or 78."""
    configuration = _load(config, environment, {})
    settings = configuration.settings
    click.echo(f"{config} is valid ({settings.environment})")


@cli.command()
def schema() -> None:
    """Print the JSON Schema of configurations, for editors."""
    from .config import schema as config_schema  # noqa: PLC0415

    click.echo(json.dumps(config_schema(), indent=2))


for _command in TO_A_RUNNING_SYSTEM:
    cli.add_command(_command)


@cli.command()
@click.argument("config", required=False)
@environment_option
@state_option
@click.option("--reason", metavar="TEXT", default="command line", help="Why.")
@scope_option
@flatten_option
def halt(  # noqa: PLR0913 - its options
    config: str | None,
    *,
    environment: str | None,
    state_dir: str,
    reason: str,
    scope: str,
    flatten: bool,
) -> None:
    """Trade no more: take back every open order, and see that the venue says so.

    Works whatever hangs or is dead; but a part is halted by the system that runs.
    Without CONFIG it is that of the last run there.
    Exits with 0 only if the exchange has confirmed that nothing is open.
    """
    from .supervision.runtime.clock import SystemClock  # noqa: PLC0415
    from .supervision.state_dir import Run, StateDir  # noqa: PLC0415
    from .web.halting import Halting  # noqa: PLC0415

    place, clock = StateDir(Path(state_dir)), SystemClock()
    halting = Halting(place, click.echo)
    closes = scope if flatten else ""
    if scope != "system":
        halting.end(halting.halt_part(reason, scope), flatten=closes)
    halting.begin(reason, clock)
    here = str(Path.cwd())
    run = place.last_run if config is None else None
    run = run or Run(config, here, environment or "")
    certain = _halted_at_venues(run, clock, halting)
    clock.close()
    halting.end(certain, flatten=closes)


def _halted_at_venues(run: "Run", clock: "Clock", halting: "Halting") -> bool:
    """Take everything back at real exchanges; on paper the system says what is open."""
    from .actors.accounts import cancel_at_venues, live_accounts  # noqa: PLC0415
    from .config import build  # noqa: PLC0415

    try:
        configuration = _load(
            run.config, run.environment or None, {}, Path(run.directory)
        )
    except Exception as error:
        if _exit_code_of(error) is None:
            raise
        click.echo(f"no venue is known from here:\n{error}", err=True)
        halting.wait()
        return halting.confirmed is True
    spec = build(configuration.settings)
    if not live_accounts(spec):
        halting.wait()
        return halting.confirmed is not False
    redact = configuration.redactor.redact
    certain = cancel_at_venues(
        spec, clock, lambda line: click.echo(redact(line)), patience=HALT_WITHIN
    )
    halting.wait()
    return certain


def _load(
    config: str | None,
    environment: str | None,
    flags: dict[str, Any],
    directory: Path | None = None,
) -> "Configuration":
    from .config import load, report  # noqa: PLC0415

    configuration = load(
        None if config is None else Path(config),
        environment=environment,
        flags={name: value for name, value in flags.items() if value is not None},
        environ=os.environ,
        directory=directory or Path.cwd(),
    )
    if configuration.warnings:
        click.echo(report(configuration.warnings), err=True)
    return configuration


def main() -> None:
    """Run a command; every failure is a sentence and an exit code."""
    try:
        cli.main(standalone_mode=False)
    except click.exceptions.Exit as ended:
        sys.exit(ended.exit_code)
    except click.ClickException as error:
        _fail(error.format_message(), error.exit_code, usage=error)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(INTERRUPTED)
    except Exception as error:
        code = _exit_code_of(error)
        if code is None:
            raise
        _fail(str(error), code)


def _exit_code_of(error: Exception) -> int | None:
    """Return the exit code of an error that is a sentence; None for a bug of ours."""
    code: int | None = getattr(error, "exit_code", None)
    if code is not None:
        return code
    if isinstance(error, OSError):
        return 1
    from .app import exit_code_of  # noqa: PLC0415
    from .supervision.system import StartFailed, UnknownPath  # noqa: PLC0415

    if isinstance(error, StartFailed):
        return exit_code_of(error)
    return 2 if isinstance(error, UnknownPath) else None


def _fail(
    message: str, code: int, usage: click.ClickException | None = None
) -> NoReturn:
    if isinstance(usage, click.UsageError):
        usage.show()
    elif code == CONFIG_INVALID:  # each line begins with file:line:column already
        click.echo(message, err=True)
    else:
        click.echo(f"holdfast: {message}", err=True)
    sys.exit(code)


if __name__ == "__main__":
    main()
