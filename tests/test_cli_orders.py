"""A system that trades is told to compare its books, and to end an order by hand."""

import subprocess
from collections.abc import Callable

Typed = Callable[..., "subprocess.CompletedProcess[str]"]
Started = Callable[..., "subprocess.Popen[str]"]

RUN = ("run", "--env", "testing", "--seed", "7")


def test_a_system_that_runs_compares_its_books_on_command(
    started: Started, holdfast: Typed
) -> None:
    started(*RUN)
    all_of_it = holdfast("reconcile")
    nothing = holdfast("reconcile", "/root/feed")
    unknown = holdfast("settle", "hf-x-1-1", "--reason", "a test")

    assert (all_of_it.returncode, all_of_it.stdout) == (
        0,
        "all agree: /root/execution, /root/positions\n",
    )
    assert (nothing.returncode, nothing.stderr) == (
        1,
        "holdfast: nobody keeps books of orders in /root/feed\n",
    )
    assert (unknown.returncode, unknown.stderr) == (
        1,
        "holdfast: no order hf-x-1-1 is known here\n",
    )


def test_where_nothing_runs_there_is_nothing_to_compare(holdfast: Typed) -> None:
    assert holdfast("reconcile").returncode == 3
