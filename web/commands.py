"""The commands that are said to a running system, or look at what it has left."""

import json
import sys
from pathlib import Path
from typing import ClassVar

import click

from .breaker_commands import breaker
from .options import json_option, running_system, scope_option, state_option
from .order_commands import reconcile, settle
from .typed_values import Place

STATUS_EXITS = {"ok": 0, "degraded": 10, "critical": 11, "halted": 12, "unknown": 4}


class NoJournal(Exception):
    """Nothing has run in the state directory."""

    exit_code: ClassVar[int] = 66


@click.command()
@state_option
@json_option
@click.option("--watch", is_flag=True, help="Look again every second.")
def status(*, state_dir: str, as_json: bool, watch: bool) -> None:
    """Look at a running system.

    Exits with 0 ok, 10 degraded, 11 critical, 12 halted, 4 unknown, 3 not running.
    """
    from .terminal import pause, status_text  # noqa: PLC0415

    client = running_system(state_dir)
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


@click.command()
@state_option
@json_option
def tree(*, state_dir: str, as_json: bool) -> None:
    """Show the supervision tree of a running system."""
    from .terminal import tree_text  # noqa: PLC0415

    document = running_system(state_dir).get("/api/v1/status")
    shown = document["components"]
    click.echo(json.dumps(shown) if as_json else tree_text(document))


@click.command()
@state_option
@json_option
@click.option("--since", type=click.FloatRange(min=0), metavar="SECONDS", help="Age.")
@click.option("--under", metavar="PATH", default="", help="Only this branch.")
@click.option("--follow", is_flag=True, help="Go on as events come.")
def journal(
    *, state_dir: str, as_json: bool, since: float | None, under: str, follow: bool
) -> None:
    """Read the journal of events, also of a system that no longer runs."""
    from ..supervision.state_dir import StateDir  # noqa: PLC0415
    from .journal_reader import read_journal  # noqa: PLC0415
    from .terminal import JournalText, record_text  # noqa: PLC0415

    path = StateDir(Path(state_dir)).events
    if not path.is_file():
        raise NoJournal(f"there is no journal at {path}: nothing has run there yet")
    tell = record_text if as_json else JournalText().lines
    for stored in read_journal(path, since=since, under=under, follow=follow):
        click.echo(tell(stored))


@click.command()
@click.argument("path", type=Place())
@state_option
@click.option("--reason", metavar="TEXT", help="Why; it goes into the journal.")
def restart(path: str, *, state_dir: str, reason: str | None) -> None:
    """Stop a component, and those its supervisor takes with it, and start it anew."""
    where = f"/api/v1/components{path}/restart"
    told = running_system(state_dir).post(where, {"reason": reason or "command line"})
    done = "runs again" if told["ready"] else "is about to be restarted"
    click.echo(f"{told['path']} {done} (incarnation {told['incarnation']})")


@click.command()
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
    told = running_system(state_dir).post(where, body)
    done = "crashes" if hang is None else f"hangs for {hang:g} s"
    click.echo(f"{told['path']} (incarnation {told['incarnation']}) {done}")


@click.command()
@state_option
@click.option("--reason", metavar="TEXT", required=True, help="Why; it is journalled.")
@scope_option
def arm(*, state_dir: str, reason: str, scope: str) -> None:
    """Trade again after a halt; refused while a limit is still broken.

    The system has to run: it comes up halted, and is armed then.
    """
    body = {"reason": reason, "scope": scope}
    running_system(state_dir).post("/api/v1/risk/arm", body)
    click.echo(f"armed: {scope} ({reason})")


TO_A_RUNNING_SYSTEM = (
    status,
    tree,
    journal,
    restart,
    crash,
    arm,
    breaker,
    reconcile,
    settle,
)
