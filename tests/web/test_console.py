"""What a run in the foreground tells, and what it keeps to itself."""

import json
import logging
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from holdfast.supervision import (
    Actor,
    ActorSystem,
    ChildSpec,
    Decision,
    EventKind,
    StartFailed,
    SupervisionEvent,
    crash,
)
from holdfast.supervision.halt_file import HaltFile
from holdfast.supervision.secret import Redactor, Secret
from holdfast.supervision.state_dir import DEFAULT, StateDir
from holdfast.web import console

Serve = Callable[..., ActorSystem]
Specify = Callable[..., ChildSpec]
Wait = Callable[[ActorSystem, str], None]


class Screen:
    """Where lines go, and what is to be read there in the end."""

    def __init__(self) -> None:
        self._end, writing = os.pipe()
        self._writing = writing
        self.out = console.LineWriter(writing)

    def close(self) -> None:
        self.out.close()
        os.close(self._writing)

    def read_all(self) -> str:
        with os.fdopen(self._end, newline="") as end:
            return end.read()

    def read(self) -> str:
        self.close()
        return self.read_all()


@pytest.fixture
def screen() -> Screen:
    return Screen()


def event(
    kind: EventKind,
    decision: Decision = Decision.NONE,
    *,
    incarnation: int = 1,
    reason: str = "shutdown",
) -> SupervisionEvent:
    return SupervisionEvent(1, 0.0, "/root/a", incarnation, kind, reason, decision, 0)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (event(EventKind.ADDED), (False, False)),
        (event(EventKind.STARTING), (False, False)),
        (event(EventKind.STOPPING), (False, False)),
        (event(EventKind.READY), (False, False)),
        (event(EventKind.READY, incarnation=2), (True, False)),
        (event(EventKind.EXITED, Decision.RESTART, reason="crashed: x"), (True, True)),
        (event(EventKind.EXITED, Decision.ESCALATE, reason="hung"), (True, True)),
        (event(EventKind.EXITED, Decision.FORGET, reason="escalated"), (True, True)),
        (event(EventKind.EXITED, Decision.LEAVE_STOPPED), (True, False)),
        (event(EventKind.EXITED, Decision.FORGET), (True, False)),
        (event(EventKind.EXITED, Decision.RESTART_WITH_SIBLING), (False, False)),
        (event(EventKind.EXITED, Decision.SHUT_DOWN), (False, False)),
        (
            event(EventKind.EXITED, Decision.SHUT_DOWN, reason="killed: too late"),
            (True, True),
        ),
        (event(EventKind.BACKING_OFF), (True, False)),
        (event(EventKind.ESCALATED), (True, True)),
        (event(EventKind.COMMANDED), (True, False)),
        (event(EventKind.REMOVED), (False, False)),
    ],
)
def test_what_an_operator_wants_to_see_and_what_is_trouble(
    told: SupervisionEvent, expected: tuple[bool, bool]
) -> None:
    assert (console.matters(told), console.is_trouble(told)) == expected


def crash_once(system: ActorSystem, wait_for: Wait) -> None:
    crash(system.cell("/root/a"), "a test")
    wait_for(system, "/root/a ready #2")


def test_events_are_sentences_with_a_mark_on_trouble(
    serve: Serve, part: Specify, wait_for: Wait, screen: Screen
) -> None:
    system = serve(part("a"))

    console.tell_events(system, screen.out, verbose=False, as_json=False)
    crash_once(system, wait_for)

    assert screen.read() == (
        "! 22:13:20.000Z     16 /root/a exited #1 (crashed: InjectedCrash: injected by"
        " a test) -> restarting it\n"
        "  22:13:20.000Z     18 /root/a ready #2 [because of 16]\n"
    )


def test_nothing_is_told_of_a_start_that_fails(
    serve: Serve, part: Specify, screen: Screen
) -> None:
    def fail(_: Actor) -> None:
        raise ValueError("no luck")

    system = serve(part("a"), part("b", starting=fail), start=False)
    console.tell_events(system, screen.out, verbose=False, as_json=False)

    with pytest.raises(StartFailed):
        system.start().get(timeout=20)

    assert screen.read() == ""


def test_what_happens_the_moment_it_is_up_is_told(
    serve: Serve, part: Specify, wait_for: Wait, screen: Screen
) -> None:
    system = serve(part("a"), start=False)
    console.tell_events(system, screen.out, verbose=False, as_json=False)

    system.start().add_done_callback(lambda _: crash(system.cell("/root/a"), "a test"))
    wait_for(system, "/root/a ready #2")

    told = screen.read().replace("!", " ").splitlines()
    assert [line.split()[3] for line in told] == ["exited", "ready"]


def test_who_wants_to_hear_everything_does(
    serve: Serve, part: Specify, wait_for: Wait, screen: Screen
) -> None:
    system = serve(part("a"))

    console.tell_events(system, screen.out, verbose=True, as_json=False)
    crash_once(system, wait_for)

    words = [line.removeprefix("!").split()[3] for line in screen.read().splitlines()]
    assert words == ["exited", "starting", "ready"]


def test_for_machines_events_are_lines_of_json(
    serve: Serve, part: Specify, wait_for: Wait, screen: Screen
) -> None:
    system = serve(part("a"))

    console.tell_events(system, screen.out, verbose=False, as_json=True)
    crash_once(system, wait_for)

    first, second = map(json.loads, screen.read().splitlines())
    assert first == {
        "seq": 16,
        "time": 1_700_000_000.0,
        "path": "/root/a",
        "incarnation": 1,
        "kind": "exited",
        "reason": "crashed: InjectedCrash: injected by a test",
        "decision": "restart",
        "cause_seq": 0,
        "told": "22:13:20.000Z     16 /root/a exited #1 (crashed: InjectedCrash:"
        " injected by a test) -> restarting it",
        "level": "warning",
        "event": "supervision",
    }
    assert (second["kind"], second["level"]) == ("ready", "info")


def test_the_first_sentence_says_how_to_look_and_how_to_stop() -> None:
    assert console.say_where(StateDir(DEFAULT), "testing", None) == (
        "holdfast runs (testing): look with `holdfast status`; stop with Ctrl-C."
        " Commands go through .holdfast/control.sock"
    )
    assert console.say_where(StateDir(Path("/run/bot")), "production", 8080) == (
        "holdfast runs (production): look with `holdfast status --state /run/bot`,"
        " http://127.0.0.1:8080/api/v1/status; stop with Ctrl-C. Commands go"
        " through /run/bot/control.sock"
    )


def test_a_halt_is_said_first(tmp_path: Path) -> None:
    HaltFile(tmp_path).write("mad market", time=0.0)

    assert "HALTED (mad market), arm with `holdfast arm" in console.say_where(
        StateDir(tmp_path), "testing", None
    )


def test_progress_gives_its_line_to_whatever_comes_next(
    screen: Screen,
) -> None:
    done = iter([0, 1234, 2000])
    show = console.progress_shown(screen.out, 2000, lambda: next(done))

    for _ in range(3):
        show()

    assert screen.read() == (
        "0 of 2,000 lines, 0% \r1,234 of 2,000 lines, 62% \r"
        "2,000 of 2,000 lines, 100% \r"
    )


def log_in(key: str) -> None:
    raise PermissionError(f"{key} is wrong")


def test_what_libraries_log_shows_no_secret_not_even_in_a_traceback() -> None:
    form = console.RedactedLines(Redactor([Secret("hunter2")]).redact)
    with pytest.raises(PermissionError) as failed:
        log_in("hunter2")
    info = (failed.type, failed.value, failed.tb)
    record = logging.LogRecord("ccxt", 30, "", 0, "login %s", ("hunter2",), info)

    told = form.format(record)

    assert told.startswith("ccxt: login ***\nTraceback")
    assert told.endswith("PermissionError: *** is wrong")


def test_whoever_says_a_line_never_waits_for_whoever_reads_it() -> None:
    screen = Screen()
    line = "x" * 1000

    for _ in range(3 * console.WAITING):
        screen.out.say(line)
    with ThreadPoolExecutor(1) as pool:
        read = pool.submit(screen.read_all)
        screen.close()
        lines = read.result(20).splitlines()

    assert console.WAITING <= len(lines) < 2 * console.WAITING
    assert set(lines) == {line}


def test_a_full_disk_below_the_screen_stops_nobody() -> None:
    with Path("/dev/full").open("wb", buffering=0) as full:
        out = console.LineWriter(full.fileno())
        out.say("lost")
        out.close()
