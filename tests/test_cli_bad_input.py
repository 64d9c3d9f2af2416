"""Whatever is wrong is one clear sentence and an exit code, never a traceback."""

import contextlib
import gzip
import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from holdfast.supervision import EventStore
from holdfast.supervision.state_dir import StateDir

Typed = Callable[..., "subprocess.CompletedProcess[str]"]
WriteTree = Callable[..., str]
Record = Callable[..., str]

FAST = ("--env", "testing", "--speed", "max", "--json")


def sentence(told: "subprocess.CompletedProcess[str]", code: int) -> str:
    """Return the one line that explains an exit code, which must be all there is."""
    assert told.returncode == code, told.stderr
    assert told.stdout == ""
    (line,) = told.stderr.splitlines()
    assert line.startswith("holdfast: ")
    return line.removeprefix("holdfast: ")


@pytest.fixture
def taken() -> Iterator[int]:
    """A TCP port that somebody else has."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "there is no recording at day.ws"),
        (b"", "day.ws is empty"),
        (b"hello\n", "day.ws is no recording: it starts with neither frames nor"),
        (b"\x1f\x8b", "day.ws breaks off in its first line"),
    ],
)
def test_a_recording_that_is_none_is_said(
    holdfast: Typed, tmp_path: Path, content: bytes | None, reason: str
) -> None:
    if content is not None:
        (tmp_path / "day.ws").write_bytes(content)

    told = holdfast("run", "--replay", "day.ws", *FAST)

    assert sentence(told, 66).startswith(f"/root/feed: {reason}")


def test_one_missing_recording_of_two_is_said(holdfast: Typed, record: Record) -> None:
    told = holdfast("run", "--replay", f"{record(5)},night.ws", *FAST)

    assert sentence(told, 66) == "/root/feed: there is no recording at night.ws"


EARLIER = (
    '9000000000 {"stream":"btcusdt@trade","data":{"s":"BTCUSDT","t":7,"p":"60000",'
    '"q":"0.01","T":1500,"m":true}}'
)


@pytest.mark.parametrize(
    ("line", "detail"),
    [
        ("this is no frame", ""),
        ('9000000000 {"stream":"btcusdt@trade","data":{"s":"BTC', ""),
        (EARLIER, "trade 7 came after trade 49"),
        ('9000000000 {"stream":"btcusdt@aggTrade","data":{}}', "streams read here are"),
    ],
)
def test_a_bad_line_is_set_aside_and_nothing_else_is_lost(
    holdfast: Typed, record: Record, tmp_path: Path, line: str, detail: str
) -> None:
    day = record(50, line)
    more = record(100, name="more.ws").splitlines()
    text = (tmp_path / more[0]).read_text().splitlines()
    (tmp_path / day).write_text((tmp_path / day).read_text() + "\n".join(text[50:]))

    told = holdfast("run", "--replay", day, *FAST)

    summary = json.loads(told.stdout)
    assert told.returncode == summary["exit"] == 66
    assert (summary["ticks"], summary["bad_frames"]) == (100, 1)
    assert (summary["dead_letters"], summary["reconciled"]) == (1, True)
    (damage,) = summary["damage"]
    assert damage.startswith(f"{day} line 51: {detail}")
    assert "Traceback" not in told.stderr


def test_a_truncated_recording_is_traded_to_its_end_and_then_said(
    holdfast: Typed, record: Record, tmp_path: Path
) -> None:
    whole = gzip.compress((tmp_path / record(5000)).read_bytes())
    (tmp_path / "cut.ws.gz").write_bytes(whole[: len(whole) * 2 // 3])

    told = holdfast("run", "--replay", "cut.ws.gz", *FAST)

    summary = json.loads(told.stdout)
    assert (told.returncode, summary["exit"]) == (66, 66)
    assert 1000 < summary["ticks"] < 5000
    assert summary["reconciled"] is True
    (damage,) = summary["damage"]
    assert f"truncated after line {summary['ticks']}" in damage


def test_many_bad_lines_are_counted_exactly_and_the_first_ones_told(
    holdfast: Typed, record: Record
) -> None:
    day = record(5, *(f"nonsense {number}" for number in range(1200)))

    told = holdfast("run", "--replay", day, "--env", "testing", "--speed", "max")

    assert told.returncode == 66
    assert told.stdout.count("set aside: day.ws line ") == 5
    assert told.stdout.endswith("set aside: 1200 lines in all\n")


@pytest.mark.parametrize(("words", "code"), [((), 66), (("--duration", "2"), 0)])
def test_a_recording_of_another_market_is_said_if_it_was_read_to_its_end(
    holdfast: Typed, record: Record, tmp_path: Path, words: tuple[str, ...], code: int
) -> None:
    day = tmp_path / record(50)
    other = day.read_text().replace("BTCUSDT", "ETHUSDT").replace("btcusdt", "ethusdt")
    day.write_text(other)

    told = holdfast("run", "--replay", "day.ws", *words, *FAST)

    summary = json.loads(told.stdout)
    assert (told.returncode, summary["ticks"]) == (code, 0)
    assert summary["damage"] == (
        ["no trade in the recording is of the market that the strategy trades"]
        if code
        else []
    )


def test_a_configuration_with_typos_is_reported_whole(
    holdfast: Typed, write_tree: WriteTree
) -> None:
    name = write_tree({"id": "a", "start": "desk:Quite", "restrat": "never"}, seeed=7)

    for command in (["check"], ["run"]):
        told = holdfast(*command, name)

        assert (told.returncode, told.stdout) == (78, "")
        assert "hint: Did you mean `Quiet`?" in told.stderr
        assert 'Did you mean "restart"?' in told.stderr.replace("`", '"')
        assert told.stderr.splitlines()[-1] == "3 errors"
        assert "Traceback" not in told.stderr


@pytest.mark.parametrize(
    ("start", "reason"),
    [
        ("desc:Quiet", "there is no module desc"),
        ("desk:Missing", "module desk has no Missing"),
        ("desk:threading", "desk:threading is not a subclass of Actor"),
        ("broken:Quiet", 'module broken fails when imported, with ZeroDivisionError "'),
    ],
)
def test_an_actor_that_cannot_be_imported_is_said(
    holdfast: Typed, write_tree: WriteTree, tmp_path: Path, start: str, reason: str
) -> None:
    (tmp_path / "broken.py").write_text("1 / 0")

    told = holdfast("run", write_tree({"id": "a", "start": start}))

    assert told.returncode == 78
    assert reason in told.stderr
    assert told.stderr.splitlines()[-1] == "1 error"
    assert "Traceback" not in told.stderr


@pytest.mark.parametrize("command", ["check", "run"])
def test_a_missing_configuration_is_said(
    holdfast: Typed, tmp_path: Path, command: str
) -> None:
    assert sentence(holdfast(command, "none.json"), 66) == (
        f"the configuration {tmp_path}/none.json can't be read: No such file or"
        " directory; check the path and its permissions"
    )


def test_an_unknown_environment_is_said(holdfast: Typed) -> None:
    told = holdfast("run", "--env", "prod")

    assert told.returncode == 78
    assert "production" in told.stderr
    assert "Traceback" not in told.stderr


@pytest.mark.parametrize(
    ("worker", "reason"),
    [
        ("BadInit", "/root/badinit: ValueError: no luck today"),
        ("BadStart", "/root/badstart: RuntimeError: no connection"),
    ],
)
def test_an_actor_that_fails_to_start_is_said_and_the_journal_knows(
    holdfast: Typed, write_tree: WriteTree, worker: str, reason: str
) -> None:
    told = holdfast("run", write_tree("Quiet", worker), "--json")

    assert sentence(told, 70) == reason
    journal = holdfast("journal", "--under", f"/root/{worker.lower()}").stdout
    assert f"(start_failed: {reason.partition(': ')[2]}) -> giving up" in journal


def test_a_taken_port_is_said(holdfast: Typed, taken: int) -> None:
    assert sentence(holdfast("run", "--port", str(taken)), 69) == (
        f"/system/web: port {taken} on 127.0.0.1 can't be had (Address already in use):"
        " end the program that has it, or choose another port with --port N"
    )


def test_a_second_system_in_the_same_place_is_refused(
    holdfast: Typed, tmp_path: Path
) -> None:
    with StateDir(tmp_path / ".holdfast"):
        told = holdfast("run", "--env", "testing")

    assert sentence(told, 75) == (
        "another system runs in .holdfast: stop it first, or choose another state"
        " directory with --state DIR"
    )


@pytest.mark.parametrize("command", ["run", "journal"])
def test_a_damaged_journal_is_said_and_left_as_it_is(
    holdfast: Typed, tmp_path: Path, command: str
) -> None:
    with StateDir(tmp_path / ".holdfast") as state_dir:
        state_dir.events.write_bytes(b"precious, but no journal")

    assert sentence(holdfast(command), 73) == (
        "the event journal .holdfast/events.sqlite can't be used (file is not a"
        " database): make room on the disk, or move the file away to begin a new one"
    )
    assert state_dir.events.read_bytes() == b"precious, but no journal"


def without_privileges() -> list[str]:
    """Return what to put before a command so that file modes hold even for root."""
    if os.geteuid() != 0:
        return []
    tool = shutil.which("setpriv")
    if tool is None:
        pytest.skip("root may write everywhere, and there is no setpriv to drop that")
    return [tool, "--bounding-set=-dac_override,-dac_read_search", "--"]


def test_a_read_only_directory_is_said(tmp_path: Path) -> None:
    folder = tmp_path / "archive"
    folder.mkdir(mode=0o500)

    told = subprocess.run(
        [*without_privileges(), sys.executable, "-m", "holdfast", "run"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=40,
        check=False,
    )

    assert sentence(told, 73) == (
        "the state directory .holdfast can't be used (Permission denied): choose"
        " another one with --state DIR"
    )


LIMITED = """
import resource, runpy, sys
_, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv.pop(1)), hard))
runpy.run_module("holdfast", run_name="__main__", alter_sys=True)
"""


def on_a_full_disk(
    folder: Path, limit: int, *words: str
) -> "subprocess.CompletedProcess[str]":
    """Run a command that may write no file beyond so many bytes."""
    return subprocess.run(
        [sys.executable, "-c", LIMITED, str(limit), *words],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=40,
        check=False,
    )


def test_a_disk_that_is_full_at_the_start_is_said(tmp_path: Path) -> None:
    told = on_a_full_disk(tmp_path, 0, "run", "--env", "testing")

    line = sentence(told, 73)
    assert line.startswith("the event journal .holdfast/events.sqlite can't be used (")
    assert "make room on the disk" in line


def test_a_disk_that_fills_up_costs_the_journal_and_no_trade(
    tmp_path: Path,
) -> None:
    extends = {"extends": "base", "tree": {"intensity": 9999, "backoff": None}}
    (tmp_path / "my.json").write_text(json.dumps(extends))
    crashes = ("--crash", "/root/strategy:200", "--seed", "7", "--duration", "300")

    told = on_a_full_disk(tmp_path, 40_000, "run", "my.json", *FAST, *crashes)

    summary = json.loads(told.stdout)
    assert (told.returncode, summary["exit"]) == (73, 73)
    assert "make room on the disk" in summary["journal_trouble"]
    assert summary["ticks"] > 5000
    assert (summary["reconciled"], summary["restarts"]) == (True, 200)
    with contextlib.closing(
        EventStore(tmp_path / ".holdfast" / "events.sqlite")
    ) as store:
        seqs = [each.event.seq for each in store.read()]
    assert seqs == list(range(1, len(seqs) + 1))
    assert 0 < len(seqs) < summary["events"]
