"""A run whose parts hang: what goes on, what is said, and when it ends itself."""

import json
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

Typed = Callable[..., "subprocess.CompletedProcess[str]"]
Started = Callable[..., "subprocess.Popen[str]"]
Ended = Callable[["subprocess.Popen[str]"], tuple[int, str, str]]
WriteTree = Callable[..., str]

HUNG = "/root/a exited #1 (hung: at str for"


def sleeper(name: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "start": "desk:Sleeper", "hang_after": 0.3, **more}


@pytest.mark.parametrize("dispatcher", ["shared", "pinned"])
def test_a_part_that_hangs_is_replaced_and_the_rest_goes_on(
    started: Started,
    ended: Ended,
    holdfast: Typed,
    write_tree: WriteTree,
    dispatcher: str,
) -> None:
    tree = write_tree(sleeper("a", dispatcher=dispatcher), "Quiet")
    process = started("run", tree, "--port", "0", "--verbose", until="/root/a ready #2")

    status = holdfast("status", "--json")
    told = holdfast("journal", "--under", "/root/a")
    process.terminate()
    code, _, _ = ended(process)

    assert (status.returncode, json.loads(status.stdout)["verdict"]) == (0, "ok")
    assert HUNG in told.stdout
    assert "Sleeper.on_receive (desk.py:" in told.stdout
    assert code == 0


def test_more_leaked_threads_than_it_may_have_end_it_with_70(
    started: Started, ended: Ended, write_tree: WriteTree
) -> None:
    tree = write_tree(
        *(sleeper(name, dispatcher="pinned") for name in "abc"),
        watchdog={"leaked_threads": 2},
    )
    process = started("run", tree, "--json")

    code, out, err = ended(process)

    assert (code, json.loads(out)["exit"]) == (70, 70)
    assert "3 threads are stuck in actors that were ended: more than 2" in err
    assert "Traceback" not in err


def test_a_process_in_which_nothing_runs_any_more_ends_itself_and_says_where(
    started: Started, ended: Ended, write_tree: WriteTree
) -> None:
    tree = write_tree("Hog", watchdog={"frozen_after": 1.0})
    process = started("run", tree, until="")

    code, _, err = ended(process)

    assert code == 1
    assert "Timeout (0:00:01)!" in err
    assert "desk.py" in err
