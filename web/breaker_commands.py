"""The commands for a circuit breaker: look at it, and overrule it."""

import json
from typing import Any

import click

from .options import json_option, running_system, state_option
from .typed_values import Place

_path = click.argument("path", type=Place())
_reason = click.option(
    "--reason", metavar="TEXT", required=True, help="Why; it is journalled."
)


@click.group()
def breaker() -> None:
    """Look at a circuit breaker, or overrule it.

    What loosens it is undone by nothing but `reset`: not by time, nor by a crash.
    """


@breaker.command()
@_path
@state_option
@json_option
def show(path: str, *, state_dir: str, as_json: bool) -> None:
    """Show its state, what holds it open, and the calls that it has counted."""
    from .terminal import breaker_text  # noqa: PLC0415

    report = running_system(state_dir).get(f"/api/v1/components{path}/breaker")
    click.echo(json.dumps(report) if as_json else breaker_text(report))


@breaker.command("force-open")
@_path
@state_option
@_reason
@click.option(
    "--seconds",
    type=click.FloatRange(min=0, min_open=True),
    help="For how long; without it, until it is reset.",
)
def force_open(
    path: str, *, state_dir: str, reason: str, seconds: float | None
) -> None:
    """Let nothing new through, however well the venue is; cancels pass."""
    _say(state_dir, path, "force-open", {"reason": reason, "ttl": seconds})


@breaker.command()
@_path
@state_option
@_reason
def disable(path: str, *, state_dir: str, reason: str) -> None:
    """Let every call pass, and judge none."""
    _say(state_dir, path, "disable", {"reason": reason})


@breaker.command()
@_path
@state_option
@_reason
def measure(path: str, *, state_dir: str, reason: str) -> None:
    """Let every call pass, and only tell when it would have opened."""
    _say(state_dir, path, "measure", {"reason": reason})


@breaker.command()
@_path
@state_option
@_reason
def unlock(path: str, *, state_dir: str, reason: str) -> None:
    """Say that the key, or what else only people can mend, is right again."""
    _say(state_dir, path, "unlock", {"reason": reason})


@breaker.command()
@_path
@state_option
@_reason
@click.option(
    "--call", "calls", metavar="NAME", multiple=True, help="Only this one; repeatable."
)
def reconciled(
    path: str, *, state_dir: str, reason: str, calls: tuple[str, ...]
) -> None:
    """Say that you have found out yourself what became of calls."""
    _say(state_dir, path, "reconciled", {"reason": reason, "calls": calls})


@breaker.command()
@_path
@state_option
@_reason
@click.option(
    "--force", is_flag=True, help="Also forget which calls nobody knows the outcome of."
)
def reset(path: str, *, state_dir: str, reason: str, force: bool) -> None:
    """Close it and begin anew; refused while anything but the timer holds it."""
    _say(state_dir, path, "reset", {"reason": reason, "force": force})


def _say(state_dir: str, path: str, command: str, body: dict[str, Any]) -> None:
    from .terminal import breaker_text  # noqa: PLC0415

    where = f"/api/v1/components{path}/breaker/{command}"
    click.echo(breaker_text(running_system(state_dir).post(where, body)))
