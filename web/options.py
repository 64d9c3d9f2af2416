"""What several commands of the command line have in common."""

import os
import sys
from typing import Any

import click

from .typed_values import Seeds

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


def reader_left() -> None:
    """Let what is still to be written out go nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
