"""The halt file: it needs nothing that runs, and what can't be read halts."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from holdfast.supervision.halt_file import HaltFile


@pytest.fixture
def halt(tmp_path: Path) -> HaltFile:
    return HaltFile(tmp_path)


def test_nothing_is_halted_without_a_file(halt: HaltFile) -> None:
    assert halt.reason() == ""
    assert HaltFile(None).reason() == ""


def test_what_one_writes_another_one_reads(halt: HaltFile, tmp_path: Path) -> None:
    halt.write("the market is mad", time=5.0)

    assert HaltFile(tmp_path).reason() == "the market is mad"
    assert json.loads((tmp_path / "halt").read_text())["time"] == 5.0


def test_it_is_for_its_owner_alone_and_nothing_else_is_left(
    halt: HaltFile, tmp_path: Path
) -> None:
    halt.write("why", time=0.0)

    assert [each.name for each in tmp_path.iterdir()] == ["halt"]
    assert (tmp_path / "halt").stat().st_mode & 0o777 == 0o600


def test_it_can_be_written_where_nothing_has_run_yet(tmp_path: Path) -> None:
    halt = HaltFile(tmp_path / "new")

    halt.write("why", time=0.0)

    assert halt.reason() == "why"
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700


def test_a_reader_sees_it_come_change_and_go(halt: HaltFile, tmp_path: Path) -> None:
    reader = HaltFile(tmp_path)
    seen = [reader.reason()]
    for reason in ("one", "another"):
        halt.write(reason, time=0.0)
        seen += [reader.reason(), reader.reason()]
    halt.remove()
    seen.append(reader.reason())

    assert seen == ["", "one", "one", "another", "another", ""]


def test_to_remove_what_is_not_there_is_fine(halt: HaltFile) -> None:
    halt.remove()
    HaltFile(None).remove()

    assert halt.reason() == ""


@pytest.mark.parametrize("text", [b"", b"nonsense", b"[]", b"{}", b"\xff"])
def test_a_file_that_says_nothing_halts(
    text: bytes, halt: HaltFile, tmp_path: Path
) -> None:
    (tmp_path / "halt").write_bytes(text)

    assert halt.reason().endswith("is there, and can't be read")


def test_no_reason_is_a_reason(halt: HaltFile) -> None:
    halt.write("", time=0.0)

    assert halt.reason() == "no reason was given"


def test_what_can_not_be_looked_at_halts(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")

    assert "can't be looked at" in HaltFile(tmp_path / "loop").reason()


def test_a_full_disk_halts_without_a_reason(
    halt: HaltFile,
    tmp_path: Path,
    full_disk: Callable[..., AbstractContextManager[None]],
) -> None:
    (tmp_path / "events").touch()
    with full_disk(tmp_path, size=0):
        halt.write("why", time=0.0)

    assert halt.reason().endswith("is there, and can't be read")


def test_a_halt_lets_positions_be_closed_if_somebody_wants_that(
    halt: HaltFile, tmp_path: Path
) -> None:
    reader = HaltFile(tmp_path)
    halt.let_close(time=1.0)
    without = (reader.reason(), reader.lets_close())
    halt.write("mad", time=1.0)
    before = (reader.reason(), reader.lets_close())
    halt.let_close(time=2.0)
    then = (reader.reason(), reader.lets_close())
    halt.write("again", time=3.0)
    again = (reader.reason(), reader.lets_close())
    halt.let_close(time=4.0)
    halt.remove()

    assert (without, before, then, again) == (
        ("", False),
        ("mad", False),
        ("mad", True),
        ("again", False),
    )
    assert not reader.lets_close()
