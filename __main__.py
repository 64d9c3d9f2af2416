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
from .web.options import (
    Commands,
    environment_option,
    json_option,
    reader_left,
    seed_option,
    seeds_option,
    state_option,
)
from .web.typed_values import Crashes, Files, Place, Speed

if TYPE_CHECKING:
    from .app import Application, RunOptions
    from .config import Configuration
    from .web.client import Client
    from .web.console import LineWriter

STATUS_EXITS = {"ok": 0, "degraded": 10, "critical": 11, "unknown": 4}
INPUT_MISSING = 66
CONFIG_INVALID = 78
INTERRUPTED = 130


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

    flags = {"seed": seed, "web.port": port, "state_dir": state_dir}
    configuration = _load(config, environment, flags)
    options = RunOptions(
        replay=replay or (),
        speed=speed,
        duration=duration,
        crashes=crashes or ((), 0),
    )
    refuse_unless_allowed(configuration, options)
    summary = _run(configuration, options, verbose=verbose, as_json=as_json)
    sys.exit(summary["exit"])


def _run(
    configuration: "Configuration",
    options: "RunOptions",
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


@cli.command()
@state_option
@json_option
@click.option("--watch", is_flag=True, help="Look again every second.")
def status(*, state_dir: str, as_json: bool, watch: bool) -> None:
    """Look at a running system.

    Exits with 0 ok, 10 degraded, 11 critical, 4 unknown, 3 not running.
    """
    from .web.terminal import pause, status_text  # noqa: PLC0415

    client = _client(state_dir)
    while True:
        document = client.get("/api/v1/status")
        text = json.dumps(document) if as_json else status_text(document)
        if not watch:
            click.echo(text)
            sys.exit(STATUS_EXITS[document["verdict"]])
        if not as_json:
            click.clear()
        click.echo(text)
        pause()


@cli.command()
@state_option
@json_option
def tree(*, state_dir: str, as_json: bool) -> None:
    """Show the supervision tree of a running system."""
    from .web.terminal import tree_text  # noqa: PLC0415

    document = _client(state_dir).get("/api/v1/status")
    shown = document["components"]
    click.echo(json.dumps(shown) if as_json else tree_text(document))


@cli.command()
@state_option
@json_option
@click.option("--since", type=click.FloatRange(min=0), metavar="SECONDS", help="Age.")
@click.option("--under", metavar="PATH", default="", help="Only this branch.")
@click.option("--follow", is_flag=True, help="Go on as events come.")
def journal(
    *, state_dir: str, as_json: bool, since: float | None, under: str, follow: bool
) -> None:
    """Read the journal of events, also of a system that no longer runs."""
    from .supervision.state_dir import StateDir  # noqa: PLC0415
    from .web.journal_reader import read_journal  # noqa: PLC0415
    from .web.terminal import JournalText, record_text  # noqa: PLC0415

    path = StateDir(Path(state_dir)).events
    if not path.is_file():
        told = f"there is no journal at {path}: nothing has run there yet"
        _fail(told, INPUT_MISSING)
    tell = record_text if as_json else JournalText().lines
    for stored in read_journal(path, since=since, under=under, follow=follow):
        click.echo(tell(stored))


@cli.command()
@click.argument("path", type=Place())
@state_option
@click.option("--reason", metavar="TEXT", help="Why; it goes into the journal.")
def restart(path: str, *, state_dir: str, reason: str | None) -> None:
    """Stop a component, and those its supervisor takes with it, and start it anew."""
    where = f"/api/v1/components{path}/restart"
    told = _client(state_dir).post(where, {"reason": reason or "command line"})
    done = "runs again" if told["ready"] else "is about to be restarted"
    click.echo(f"{told['path']} {done} (incarnation {told['incarnation']})")


@cli.command()
@click.argument("path", type=Place())
@state_option
@click.option(
    "--hang",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    help="Let it hang for a while instead.",
)
def crash(path: str, *, state_dir: str, hang: float | None) -> None:
    """Make a component fail, to see what happens; refused in production."""
    body = {} if hang is None else {"hang": hang}
    where = f"/api/v1/components{path}/crash"
    told = _client(state_dir).post(where, body)
    done = "crashes" if hang is None else f"hangs for {hang:g} s"
    click.echo(f"{told['path']} (incarnation {told['incarnation']}) {done}")


def _load(
    config: str | None, environment: str | None, flags: dict[str, Any]
) -> "Configuration":
    from .config import load, report  # noqa: PLC0415

    configuration = load(
        None if config is None else Path(config),
        environment=environment,
        flags={name: value for name, value in flags.items() if value is not None},
        environ=os.environ,
        directory=Path.cwd(),
    )
    if configuration.warnings:
        click.echo(report(configuration.warnings), err=True)
    return configuration


def _client(state_dir: str) -> "Client":
    from .supervision.state_dir import StateDir  # noqa: PLC0415
    from .web.client import Client  # noqa: PLC0415

    return Client(StateDir(Path(state_dir)))


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
