"""What several commands of the command line have in common."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .risk_desk import EVERYTHING
from .typed_values import Seeds

if TYPE_CHECKING:
    from .client import Client

state_option = click.option(
    "--state",
    "state_dir",
    metavar="DIR",
    envvar="HOLDFAST_STATE",
    default=".holdfast",
    show_default=True,
    help="State directory of the system.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
environment_option = click.option(
    "--env",
    "environment",
    metavar="NAME",
    envvar="HOLDFAST_ENV",
    help="development, testing or production; default: what the file says.",
)
scope_option = click.option(
    "--scope",
    metavar="SCOPE",
    default=EVERYTHING,
    show_default=True,
    help="With all within it, such as venue:spot or strategy:/root/strategy.",
)
flatten_option = click.option(
    "--flatten", is_flag=True, help="Then close what is held, by orders that reduce."
)
seed_option = click.option(
    "--seed", type=click.IntRange(min=0), help="Make chance repeatable."
)
seeds_option = click.option("--seeds", type=Seeds(), help="Run each of these instead.")


class Commands(click.Group):
    """A reader who has seen enough, such as `head`, ends a command in good order."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that was typed."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            reader_left()
            raise click.exceptions.Exit(0) from None


def running_system(state_dir: str) -> "Client":
    """Return what talks to the system that runs in a state directory."""
    from ..supervision.state_dir import StateDir  # noqa: PLC0415
    from .client import Client  # noqa: PLC0415

    return Client(StateDir(Path(state_dir)))


def reader_left() -> None:
    """Let what is still to be written out go nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
