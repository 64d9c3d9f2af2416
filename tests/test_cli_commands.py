"""The commands that look at a running system, and those that change it."""

import json
import re
import signal
import socket
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from holdfast.supervision import SystemClock
from holdfast.supervision.state_dir import StateDir

Typed = Callable[..., "subprocess.CompletedProcess[str]"]
Started = Callable[..., "subprocess.Popen[str]"]
Ended = Callable[["subprocess.Popen[str]"], tuple[int, str, str]]
WriteTree = Callable[..., str]


@pytest.fixture
def running(started: Started) -> "subprocess.Popen[str]":
    """The shipped system on a made-up market, in real time."""
    return started("run", "--env", "testing", "--seed", "7")


def status_that_exits(holdfast: Typed, code: int) -> str:
    """Look again and again until the status exits so."""
    told = holdfast("status")
    for _ in range(100):
        if told.returncode == code:
            break
        SystemClock().wait(threading.Event(), 0.05)
        told = holdfast("status")
    assert told.returncode == code, told.stdout + told.stderr
    return told.stdout


def line_of(text: str, name: str) -> str:
    (line,) = [each for each in text.splitlines() if f" {name} " in each]
    return " ".join(line.split())


@pytest.mark.usefixtures("running")
def test_the_status_is_a_verdict_and_the_tree(holdfast: Typed) -> None:
    told = holdfast("status")

    head, *lines = told.stdout.splitlines()
    assert told.returncode == 0
    assert head == (
        "TESTING   OK   12 components: 12 running   restarts 0   dead letters 0"
    )
    assert [line[:28].rstrip() for line in lines] == [
        "o system",
        "  o journal",
        "  o web",
        "o root",
        "  o exchange",
        "  o breaker",
        "  o journal",
        "  o execution",
        "  o positions",
        "  o risk",
        "  o strategy",
        "  o feed",
    ]
    assert holdfast("tree").stdout.splitlines()[0].startswith("o system ")


@pytest.mark.usefixtures("running")
def test_the_status_is_one_json_document_if_asked(holdfast: Typed) -> None:
    status = json.loads(holdfast("status", "--json").stdout)
    tree = json.loads(holdfast("tree", "--json").stdout)

    assert (status["verdict"], status["counts"]) == ("ok", {"running": 12})
    assert [each["path"] for each in tree] == [
        each["path"] for each in status["components"]
    ]


def test_to_watch_ends_with_the_system(
    started: Started, ended: Ended, running: "subprocess.Popen[str]"
) -> None:
    watching = started("status", "--watch", "--json", until="")
    assert watching.stdout is not None

    first = json.loads(watching.stdout.readline())
    running.send_signal(signal.SIGINT)
    code, _, err = ended(watching)

    assert first["verdict"] == "ok"
    assert code in (3, 4)  # it is gone, or just about to go
    assert err.startswith("holdfast: ")
    assert ended(running)[0] == 0


@pytest.mark.usefixtures("running")
@pytest.mark.parametrize("command", [("status", "--watch"), ("journal", "--follow")])
def test_to_interrupt_a_command_is_an_exit_code_and_no_traceback(
    started: Started, ended: Ended, command: tuple[str, ...]
) -> None:
    process = started(*command, until="")
    assert process.stdout is not None

    assert process.stdout.readline()
    process.send_signal(signal.SIGINT)
    code, _, err = ended(process)

    assert (code, err.strip()) == (130, "")


@pytest.mark.usefixtures("running")
def test_the_journal_follows_what_happens(started: Started, holdfast: Typed) -> None:
    following = started("journal", "--follow", "--under", "root/risk", until="")
    assert following.stdout is not None

    heading = following.stdout.readline()
    holdfast("restart", "/root/risk", "--reason", "to see it")
    kinds: list[str] = []
    for line in following.stdout:
        kinds.append(line.split()[3])
        if "ready #2" in line:
            break

    assert re.fullmatch(r"run 1, \d{4}-\d\d-\d\d\n", heading)
    assert kinds == [
        *["added", "starting", "ready"],
        *["commanded", "stopping", "exited", "starting", "ready"],
    ]


@pytest.mark.usefixtures("running")
def test_the_journal_can_begin_some_seconds_ago(holdfast: Typed) -> None:
    everything = holdfast("journal", "--since", "3600").stdout
    nothing = holdfast("journal", "--since", "0")

    assert "/ ready #1" in everything
    assert (nothing.returncode, nothing.stdout) == (0, "")


def test_the_journal_outlives_its_system(
    holdfast: Typed, ended: Ended, running: "subprocess.Popen[str]"
) -> None:
    running.send_signal(signal.SIGTERM)
    ended(running)

    lines = holdfast("journal", "--json").stdout.splitlines()

    events = list(map(json.loads, lines))
    assert [each["seq"] for each in events] == list(range(1, len(events) + 1))
    assert {each["run"] for each in events} == {1}
    assert (events[-1]["path"], events[-1]["decision"]) == ("/", "shut_down")


def test_a_reader_who_has_seen_enough_of_the_journal_makes_no_noise(
    started: Started, ended: Ended, running: "subprocess.Popen[str]"
) -> None:
    reading = started("journal", "--follow", until="")
    assert reading.stdout is not None
    assert reading.stderr is not None

    reading.stdout.readline()
    reading.stdout.close()
    running.send_signal(signal.SIGTERM)
    ended(running)

    assert (reading.stderr.read(), reading.wait(20)) == ("", 0)


@pytest.mark.usefixtures("running")
@pytest.mark.parametrize("path", ["/root/strategy", "root/strategy"])
def test_a_restart_is_told_when_it_is_done(holdfast: Typed, path: str) -> None:
    told = holdfast("restart", path, "--reason", "new settings")

    assert (told.returncode, told.stdout) == (
        0,
        "/root/strategy runs again (incarnation 2)\n",
    )
    journal = holdfast("journal", "--under", "/root/strategy").stdout
    assert "commanded #1 (restart ordered: new settings)" in journal
    assert "restarts 0" in holdfast("status").stdout


@pytest.mark.usefixtures("running")
def test_the_whole_trading_tree_can_be_restarted(holdfast: Typed) -> None:
    told = holdfast("restart", "/root")

    assert (told.returncode, told.stdout) == (0, "/root runs again (incarnation 2)\n")
    after = status_that_exits(holdfast, 0)
    assert line_of(after, "root").startswith("o root Running")
    assert "restarts 0" in after


@pytest.mark.usefixtures("running")
def test_the_server_that_takes_the_command_can_be_restarted_too(
    holdfast: Typed,
) -> None:
    told = holdfast("restart", "/system/web")

    assert (told.returncode, told.stdout) == (
        0,
        "/system/web is about to be restarted (incarnation 1)\n",
    )
    assert line_of(status_that_exits(holdfast, 0), "root").startswith("o root Running")


def test_a_crash_is_told_and_comes_back(
    holdfast: Typed, running: "subprocess.Popen[str]"
) -> None:
    assert running.stderr is not None

    told = holdfast("crash", "/root/strategy")
    assert any("/root/strategy ready #2" in line for line in running.stderr)

    assert (told.returncode, told.stdout) == (
        0,
        "/root/strategy (incarnation 1) crashes\n",
    )
    assert "restarts 1" in status_that_exits(holdfast, 0)


@pytest.mark.usefixtures("running")
def test_while_a_part_hangs_the_rest_is_known_to_be_well(holdfast: Typed) -> None:
    told = holdfast("crash", "/root/strategy", "--hang", "2.5")
    during = holdfast("status")

    assert told.stdout == "/root/strategy (incarnation 1) hangs for 2.5 s\n"
    assert (during.returncode, during.stdout.split()[1]) == (0, "OK")


@pytest.mark.usefixtures("running")
def test_while_supervision_hangs_nothing_is_known(holdfast: Typed) -> None:
    told = holdfast("crash", "/root", "--hang", "2.5")
    during = holdfast("status")
    after = status_that_exits(holdfast, 0)

    assert told.stdout == "/root (incarnation 1) hangs for 2.5 s\n"
    assert (during.returncode, during.stdout.split()[1]) == (4, "UNKNOWN")
    assert "restarts 0" in after


@pytest.mark.usefixtures("running")
@pytest.mark.parametrize("command", ["restart", "crash"])
@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/root/strategist", "there is no /root/strategist in the tree"),
        ("/root/a b", "there is no /root/a b in the tree"),
        ("/root/ä?#", "there is no /root/ä?# in the tree"),
    ],
)
def test_a_place_that_is_not_there_is_said(
    holdfast: Typed, command: str, path: str, reason: str
) -> None:
    told = holdfast(command, path)

    assert (told.returncode, told.stdout) == (1, "")
    assert told.stderr == f"holdfast: {reason}\n"


def test_in_production_a_crash_is_not_permitted(
    started: Started, holdfast: Typed
) -> None:
    process = started("run", "--env", "production", "--port", "0")

    ordered = holdfast("crash", "/root/strategy")
    planned = holdfast("run", "--env", "production", "--crash", "/root/strategy:1")
    process.kill()

    assert (ordered.returncode, ordered.stderr) == (
        77,
        "holdfast: faults are never injected in production\n",
    )
    assert (planned.returncode, planned.stderr) == (
        77,
        "holdfast: --crash is refused in production: faults are for tests\n",
    )


def test_while_something_waits_to_be_restarted_the_status_is_degraded(
    started: Started, holdfast: Typed, write_tree: WriteTree
) -> None:
    backoff = {"minimum": 600, "maximum": 600}
    quiet = {"id": "a", "start": "desk:Quiet", "backoff": backoff}
    started("run", write_tree(quiet))

    holdfast("crash", "/root/a")

    told = status_that_exits(holdfast, 10)
    assert told.split()[1] == "DEGRADED"
    assert line_of(told, "a").startswith("~ a Restarting worker permanent for ")
    assert line_of(told, "a").endswith(
        "last crashed: InjectedCrash: injected by an operator"
    )


def test_while_a_supervisor_gives_up_the_status_is_critical(
    started: Started, holdfast: Typed, write_tree: WriteTree
) -> None:
    stubborn = {"id": "b", "start": "desk:Stubborn", "dispatcher": "pinned"}
    name = write_tree(
        {"id": "a", "start": "desk:Quiet"},
        {**stubborn, "shutdown": "infinity"},
        root={"intensity": 0},
    )
    started("run", name)

    holdfast("crash", "/root/a")
    told = status_that_exits(holdfast, 11)

    assert told.split()[1] == "CRITICAL"
    assert line_of(told, "a").startswith("X a Failed worker permanent for ")


def test_a_system_that_does_not_answer_is_unknown(
    holdfast: Typed, tmp_path: Path
) -> None:
    with (
        StateDir(tmp_path / ".holdfast") as state_dir,
        socket.socket(socket.AF_UNIX) as server,
    ):
        server.bind(str(state_dir.path / "control.sock"))

        told = holdfast("status")

    assert (told.returncode, told.stdout) == (4, "")
    assert told.stderr.startswith("holdfast: the system in .holdfast does not answer (")


@pytest.mark.parametrize(
    "command",
    [("status",), ("tree",), ("restart", "/root/a"), ("crash", "/root/a")],
)
def test_where_nothing_runs_every_command_says_so(
    holdfast: Typed, command: tuple[str, ...]
) -> None:
    told = holdfast(*command, "--state", "elsewhere")

    assert (told.returncode, told.stdout) == (3, "")
    assert told.stderr == (
        "holdfast: no system runs in elsewhere: start one with `holdfast run`, or"
        " choose the directory of another one with --state DIR\n"
    )


@pytest.mark.usefixtures("running")
def test_a_breaker_is_overruled_and_trading_says_so(holdfast: Typed) -> None:
    reason = ("--reason", "the venue told of an outage")
    forced = holdfast("breaker", "force-open", "/root/breaker", *reason)
    status = status_that_exits(holdfast, 10)
    reset = holdfast("breaker", "reset", "root/breaker", "--reason", "it is over")
    again = status_that_exits(holdfast, 0)
    shown = json.loads(holdfast("breaker", "show", "/root/breaker", "--json").stdout)

    assert forced.stdout.startswith("FORCED OPEN /root/breaker: ")
    (gate,) = [line for line in status.splitlines() if line.startswith("NO NEW RISK")]
    assert gate.endswith("venue: the breaker is forced_open")
    assert "forced: the venue told of an outage" in holdfast("journal").stdout
    assert reset.stdout.startswith("CLOSED /root/breaker: ")
    assert "NO NEW RISK" not in again
    assert shown["state"] == "closed"


@pytest.mark.usefixtures("running")
def test_what_is_no_breaker_is_one_sentence(holdfast: Typed) -> None:
    told = holdfast("breaker", "show", "/root/strategy")

    assert (told.returncode, told.stderr.strip()) == (
        1,
        "holdfast: /root/strategy is a MeanReversion, not a circuit breaker",
    )
