"""The command line itself: what it takes, what it refuses, what needs no system."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from holdfast import __version__
from holdfast.__main__ import cli

Typed = Callable[..., "subprocess.CompletedProcess[str]"]
WriteTree = Callable[..., str]

COMMANDS = [
    "arm",
    "breaker",
    "chaos",
    "check",
    "crash",
    "halt",
    "journal",
    "reconcile",
    "restart",
    "run",
    "schema",
    "settle",
    "simulate",
    "status",
    "tree",
]


def test_it_has_these_commands() -> None:
    assert sorted(cli.commands) == COMMANDS


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_every_command_explains_itself(command: str, flag: str) -> None:
    shown = CliRunner().invoke(cli, [command, flag])

    assert shown.exit_code == 0
    assert shown.output.startswith(f"Usage: cli {command} ")
    assert len(shown.output.splitlines()) > 4


def test_help_begins_with_examples(holdfast: Typed) -> None:
    told = holdfast("--help")

    assert told.returncode == 0
    assert "holdfast run --replay day.ws.gz" in told.stdout


def test_it_tells_its_version(holdfast: Typed) -> None:
    assert holdfast("--version").stdout == f"holdfast, version {__version__}\n"


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ((), "Usage: "),
        (("walk",), "No such command 'walk'"),
        (("run", "--sped", "max"), "No such option"),
        (("run", "--speed", "fast"), "'fast' is neither a number above 0 nor max"),
        (("run", "--seed", "-1"), "-1 is not in the range"),
        (("run", "--duration", "0"), "0.0 is not in the range"),
        (("run", "--port", "65536"), "65536 is not in the range"),
        (("run", "--replay", ""), "a name is empty"),
        (("run", "--crash", "/root/a"), "'/root/a' is not PATH[,PATH]:COUNT"),
        (("simulate", "--seeds", "7"), "'7' is not A..B, two numbers in their order"),
        (("simulate", "--seeds", "9..3"), "'9..3' is not A..B"),
        (("simulate", "--seed", "1", "--seeds", "1..2"), "can't be given together"),
        (("simulate", "--duration", "0"), "0.0 is not in the range"),
        (("restart", "/"), "name a place in the tree, such as /root/strategy"),
        (("crash",), "Missing argument 'PATH'"),
        (("crash", "/root/a", "--hang", "-1"), "-1.0 is not in the range"),
        (("journal", "--since", "yesterday"), "'yesterday' is not a valid float"),
        (("check",), "Missing argument 'CONFIG'"),
    ],
)
def test_what_makes_no_sense_is_a_usage_error(
    holdfast: Typed, words: tuple[str, ...], reason: str
) -> None:
    told = holdfast(*words)

    assert (told.returncode, told.stdout) == (2, "")
    assert reason in told.stderr
    assert "Traceback" not in told.stderr


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("--speed", "max"), "--speed max on a made-up market never ends: add"),
        (("--crash", "/root/strategist:1"), "there is no /root/strategist in the tree"),
    ],
)
def test_a_run_that_makes_no_sense_is_one_too(
    holdfast: Typed, words: tuple[str, ...], reason: str
) -> None:
    told = holdfast("run", "--env", "testing", *words)

    assert (told.returncode, told.stdout) == (2, "")
    assert told.stderr.startswith(f"holdfast: {reason}")
    assert told.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "words", [("--replay", "day.ws"), ("--speed", "2"), ("--duration", "5")]
)
def test_a_market_for_a_tree_without_a_feed_is_refused(
    holdfast: Typed, write_tree: WriteTree, words: tuple[str, ...]
) -> None:
    told = holdfast("run", write_tree("Quiet"), *words)

    assert (told.returncode, told.stdout) == (2, "")
    assert "--replay, --speed and --duration can change nothing" in told.stderr


def test_a_valid_configuration_is_said_to_be(
    holdfast: Typed, write_tree: WriteTree
) -> None:
    name = write_tree("Quiet")

    assert holdfast("check", name).stdout == "my.json is valid (testing)\n"
    assert "(production)" in holdfast("check", name, "--env", "production").stdout


def test_warnings_go_to_standard_error(holdfast: Typed, write_tree: WriteTree) -> None:
    name = write_tree({"id": "a", "start": "desk:Login", "args": {"key": "c0ffee"}})

    told = holdfast("check", name)

    assert (told.returncode, told.stdout) == (0, "my.json is valid (testing)\n")
    assert told.stderr.endswith("\n1 warning\n")
    assert "c0ffee" not in told.stderr


def test_the_schema_is_one_json_document(holdfast: Typed) -> None:
    schema = json.loads(holdfast("schema").stdout)

    assert schema["$schema"].startswith("https://json-schema.org/")


def test_settings_may_come_from_the_environment(holdfast: Typed) -> None:
    told = holdfast("status", HOLDFAST_STATE="elsewhere")

    assert told.returncode == 3
    assert "no system runs in elsewhere" in told.stderr


def test_without_a_journal_there_is_nothing_to_read(holdfast: Typed) -> None:
    told = holdfast("journal")

    assert (told.returncode, told.stdout) == (66, "")
    assert told.stderr == (
        "holdfast: there is no journal at .holdfast/events.sqlite: nothing has run"
        " there yet\n"
    )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_an_output_that_takes_nothing_is_said(tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        told = subprocess.run(
            [sys.executable, "-m", "holdfast", "schema"],
            cwd=tmp_path,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=40,
            check=False,
        )

    assert told.returncode != 0
    assert told.stderr.startswith("holdfast: [Errno 28] No space left on device")
    assert "Traceback" not in told.stderr


def test_looking_is_fast_because_it_loads_no_part_that_trades(tmp_path: Path) -> None:
    look = (
        "import sys; sys.argv = ['holdfast', 'status']\n"
        "from holdfast.__main__ import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print(*sorted({name.split('.')[1] for name in sys.modules"
        " if name.startswith('holdfast.')}))"
    )

    told = subprocess.run(
        [sys.executable, "-c", look],
        cwd=tmp_path,
        env={name: os.environ[name] for name in os.environ if "HOLDFAST" not in name},
        capture_output=True,
        text=True,
        timeout=40,
        check=False,
    )

    assert told.stdout.split() == ["__main__", "supervision", "web"]
