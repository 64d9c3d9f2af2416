"""A run in the foreground: how it ends, what it prints, what it keeps to itself."""

import contextlib
import json
import signal
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from holdfast.supervision import EventStore
from holdfast.supervision.state_dir import StateDir

Typed = Callable[..., "subprocess.CompletedProcess[str]"]
Started = Callable[..., "subprocess.Popen[str]"]
Ended = Callable[["subprocess.Popen[str]"], tuple[int, str, str]]
WriteTree = Callable[..., str]
Record = Callable[..., str]

SYNTHETIC = ("run", "--env", "testing", "--speed", "max", "--seed", "7")
KEY = "hunter2-and-more"
SUMMARY = {
    "ticks",
    "orders",
    "fills",
    "rejects",
    "restarts",
    "escalations",
    "dead_letters",
    "open_orders",
    "positions",
    "realised_profit",
    "fees",
    "reconciled",
    "events",
    "exit",
}


def journal(folder: Path) -> list[str]:
    """Return what the last run journaled."""
    with contextlib.closing(EventStore(StateDir(folder / ".holdfast").events)) as store:
        stored = list(store.read())
    return [
        f"{each.event.path} {each.event.kind}"
        for each in stored
        if each.run == stored[-1].run
    ]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_in_phases_and_all_is_well(
    started: Started, ended: Ended, tmp_path: Path, number: int
) -> None:
    process = started("run", "--env", "testing", "--speed", "100", "--json")

    process.send_signal(number)
    code, out, err = ended(process)

    summary = json.loads(out)
    assert (code, summary["exit"], summary["reconciled"]) == (0, 0, True)
    assert summary["dead_letters"] == summary["restarts"] == 0
    assert "Traceback" not in err
    exits = [line for line in journal(tmp_path) if line.endswith("exited")]
    assert [line.split()[0] for line in exits] == [
        "/root/feed",
        "/root/strategy",
        "/root/risk",
        "/root/positions",
        "/root/execution",
        "/root/journal",
        "/root/breaker",
        "/root/exchange",
        "/root",
        "/system/web",
        "/system/journal",
        "/system",
        "/",
    ]


@pytest.mark.parametrize(
    "how", [{"shutdown": 600}, {"shutdown": "infinity", "intake": True}]
)
def test_a_second_signal_hurries_whoever_refuses_to_stop(
    started: Started, ended: Ended, write_tree: WriteTree, how: dict[str, Any]
) -> None:
    stubborn = {"id": "a", "start": "desk:Stubborn", "dispatcher": "pinned", **how}
    name = write_tree(stubborn, shutdown={"total": 600, "drain": 600})
    process = started("run", name, "--verbose", "--json")
    assert process.stderr is not None

    process.send_signal(signal.SIGINT)
    assert any("/root/a stopping" in line for line in process.stderr)
    process.send_signal(signal.SIGINT)
    code, out, err = ended(process)

    assert (code, json.loads(out)["exit"]) == (0, 0)
    assert "/root/a exited #1 (killed: did not stop in time)" in err
    assert "Traceback" not in err


def test_the_total_deadline_holds_without_a_second_signal(
    started: Started, ended: Ended, write_tree: WriteTree
) -> None:
    stubborn = {"id": "a", "start": "desk:Stubborn", "dispatcher": "pinned"}
    name = write_tree(
        {**stubborn, "shutdown": "infinity"}, shutdown={"total": 0.5, "drain": 0.1}
    )
    process = started("run", name, "--verbose")

    process.send_signal(signal.SIGTERM)
    code, _, err = ended(process)

    assert code == 0
    assert "/root/a exited #1 (killed: did not stop in time)" in err


def test_even_a_stuck_shared_thread_does_not_keep_the_process(
    started: Started, ended: Ended, write_tree: WriteTree
) -> None:
    name = write_tree("Stubborn", shutdown={"total": 0.5, "drain": 0.1})
    process = started("run", name, "--json")

    process.send_signal(signal.SIGTERM)
    code, out, err = ended(process)

    assert (code, json.loads(out)["killed"] > 0) == (0, True)
    assert "killed: did not stop in time" in err
    assert "Traceback" not in err


def test_a_signal_while_it_starts_ends_it_too(
    started: Started, ended: Ended, write_tree: WriteTree
) -> None:
    name = write_tree({"id": "a", "start": "desk:Slow", "dispatcher": "pinned"})
    process = started("run", name, "--verbose", "--json", until="/root/a starting")

    process.send_signal(signal.SIGTERM)
    code, out, err = ended(process)

    assert (code, json.loads(out)["exit"]) == (0, 0)
    assert "holdfast runs" not in err


def test_when_the_tree_gives_up_so_does_the_run(
    holdfast: Typed, write_tree: WriteTree
) -> None:
    login = {"id": "a", "start": "desk:Once"}

    told = holdfast("run", write_tree(login, root={"intensity": 2}), "--json")

    summary = json.loads(told.stdout)
    assert (told.returncode, summary["exit"]) == (70, 70)
    assert (summary["restarts"], summary["escalations"]) == (2, 1)
    assert "more than 2 restarts in 60 s, last /root/a: normal" in summary["ended"]


def test_json_is_one_document_and_all_else_goes_elsewhere(holdfast: Typed) -> None:
    told = holdfast(*SYNTHETIC, "--duration", "60", "--json")

    assert told.stdout.count("\n") == 1
    summary = json.loads(told.stdout)
    assert set(summary) >= SUMMARY
    assert summary["ticks"] > 1000
    assert summary["orders"] > 0
    assert (summary["reconciled"], summary["exit"], told.returncode) == (True, 0, 0)
    assert "holdfast runs (testing): look with `holdfast status`" in told.stderr


def test_without_json_it_is_a_few_lines_for_people(holdfast: Typed) -> None:
    told = holdfast(*SYNTHETIC, "--duration", "2")

    first, *_, last = told.stdout.splitlines()
    assert first.startswith("ticks ")
    assert last == "reconciled: orders and balances are what the exchange says"


def test_in_production_what_happens_is_told_in_lines_of_json(holdfast: Typed) -> None:
    told = holdfast(
        "run", "--env", "production", "--port", "0", "--speed", "max", "--duration", "1"
    )

    lines = told.stderr.splitlines()
    events = [json.loads(line) for line in lines if line.startswith("{")]
    assert [(each["path"], each["level"]) for each in events] == [
        ("/root/feed", "info")
    ]
    (other,) = [line for line in lines if not line.startswith("{")]
    assert other.startswith("holdfast runs (production)")


def test_any_free_port_is_told(started: Started, ended: Ended) -> None:
    process = started("run", "--env", "testing", "--port", "0", until="")
    assert process.stderr is not None

    line = process.stderr.readline()
    port = int(line.partition("http://127.0.0.1:")[2].partition("/")[0])
    socket.create_connection(("127.0.0.1", port), timeout=20).close()
    process.send_signal(signal.SIGINT)

    assert ended(process)[0] == 0


def test_a_state_directory_of_its_own_is_told_and_made_for_its_owner_alone(
    started: Started, ended: Ended, tmp_path: Path
) -> None:
    process = started("run", "--env", "testing", "--state", "mine", until="")
    assert process.stderr is not None

    line = process.stderr.readline()
    modes = {
        each.name: f"{each.stat().st_mode & 0o777:o}"
        for each in [tmp_path / "mine", tmp_path / "mine" / "control.sock"]
    }
    process.send_signal(signal.SIGINT)

    assert "look with `holdfast status --state mine`" in line
    assert modes == {"mine": "700", "control.sock": "600"}
    assert ended(process)[0] == 0


def test_a_reader_that_leaves_early_makes_no_noise(started: Started) -> None:
    process = started(*SYNTHETIC, "--duration", "5")
    assert process.stdout is not None

    process.stdout.close()
    assert process.stderr is not None
    err = process.stderr.read()

    assert process.wait(20) == 0
    assert "Traceback" not in err
    assert "Exception ignored" not in err


def test_two_runs_stand_in_one_journal_to_their_last_events(
    holdfast: Typed, tmp_path: Path
) -> None:
    for _ in range(2):
        assert holdfast(*SYNTHETIC, "--duration", "1").returncode == 0

    told = holdfast("journal").stdout.splitlines()

    runs = [place for place, line in enumerate(told) if line.startswith("run ")]
    first, second = told[1 : runs[1]], told[runs[1] + 1 :]
    assert runs[0] == 0
    assert [line.split(maxsplit=2)[2] for line in (first[-1], second[-1])] == [
        "/ exited #1 (shutdown) -> shutting down"
    ] * 2
    assert [int(line.split()[1]) for line in first] == list(range(1, len(first) + 1))
    assert journal(tmp_path)[0] == "/ added"


def everything_written(folder: Path) -> bytes:
    return b"".join(
        each.read_bytes()
        for each in folder.rglob("*")
        if each.is_file() and each.name != "desk.py"
    )


@pytest.mark.parametrize("starts", [0, 1])
def test_a_secret_is_nowhere_when_an_actor_says_it_in_an_error(
    started: Started,
    ended: Ended,
    holdfast: Typed,
    write_tree: WriteTree,
    tmp_path: Path,
    starts: int,
) -> None:
    login = {"id": "a", "start": "desk:Login"}
    args: dict[str, Any] = {"key": {"$env": "MY_KEY"}, "starts": starts}
    name = write_tree({**login, "args": {**args, "aside": True}})
    until = "holdfast runs" if starts else "my key is ***"

    process = started("run", name, "--json", "--verbose", until=until, MY_KEY=KEY)
    restarted = holdfast("restart", "/root/a") if starts else None
    code, out, err = ended(process)
    journaled = holdfast("journal").stdout

    assert code == 70
    assert "aside failed\nTraceback" in err
    assert "ConnectionError: no line for ***" in err
    told = [out, err, journaled, restarted.stderr if restarted else "no login with ***"]
    assert [KEY in each for each in told] == [False] * 4
    assert ["no login with ***" in each for each in told][1:] == [True] * 3
    assert KEY.encode() not in everything_written(tmp_path)
