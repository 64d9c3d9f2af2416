"""What a run in the foreground tells of itself while it goes on."""

import contextlib
import logging
import os
import queue
import sys
import threading
from collections.abc import Callable
from typing import Any, TextIO, cast

import msgspec
import structlog

from ..supervision.events import Decision, EventKind, SupervisionEvent
from ..supervision.halt_file import HaltFile
from ..supervision.runtime.exit_reason import ORDERLY
from ..supervision.specs import TOP
from ..supervision.state_dir import DEFAULT, StateDir
from ..supervision.system import ActorSystem
from .terminal import event_text

logger = logging.getLogger(__name__)

WAITING = 1000
"""Lines that may wait for whoever reads them."""

CLOSE_WITHIN = 1.0
"""Seconds to wait at the end until the last lines are out."""

_ROUTINE = frozenset(
    {EventKind.ADDED, EventKind.STARTING, EventKind.STOPPING, EventKind.REMOVED}
)


class LineWriter:
    """Writes lines to a file descriptor from a thread of its own, in order.

    Whoever says a line never waits for whoever reads it: a terminal that is stopped or
    a pipe that nobody empties must not stop trading. Lines beyond `WAITING` are left
    out, and so is everything that the descriptor refuses.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._thread = threading.Thread(
            target=self._write_all, name="holdfast-console", daemon=True
        )
        self._thread.start()

    def say(self, text: str) -> None:
        """Write a line, soon."""
        self.write(f"{text}\n")

    def write(self, text: str) -> None:
        """Write a text, soon."""
        if self._lines.qsize() < WAITING:
            self._lines.put(text)

    def flush(self) -> None:
        """Do nothing: what is written leaves as soon as it can."""

    def close(self) -> None:
        """Write what waits, but do not wait long for it."""
        self._lines.put(None)
        self._thread.join(CLOSE_WITHIN)

    def _write_all(self) -> None:
        while (text := self._lines.get()) is not None:
            with contextlib.suppress(OSError):
                left = text.encode(errors="backslashreplace")
                while left:
                    left = left[os.write(self._descriptor, left) :]


def tell_events(
    system: ActorSystem, out: LineWriter, *, verbose: bool, as_json: bool
) -> None:
    """Log events to standard error from now on: as sentences, or as JSON lines.

    Unless `verbose`, only what matters, and nothing before the system is up: what
    keeps it from starting is said by whoever starts it.
    """
    render = structlog.processors.JSONRenderer() if as_json else _as_sentence
    log: Any = structlog.wrap_logger(
        structlog.PrintLogger(cast("TextIO", out)),
        processors=[structlog.processors.add_log_level, render],
    )
    was_up = verbose or system.is_up

    def tell(event: SupervisionEvent) -> None:
        nonlocal was_up
        if was_up and (verbose or matters(event)):
            say = log.warning if is_trouble(event) else log.info
            say("supervision", **msgspec.structs.asdict(event), told=event_text(event))
        was_up = was_up or (event.path == TOP and event.kind is EventKind.READY)

    system.events.subscribe(tell)


def tell_logs(out: LineWriter | TextIO, redact: Callable[[str], str]) -> None:
    """Let nothing that this process says of itself show a secret.

    Takes over what libraries log, however they have set that up before, and the
    tracebacks of threads and of clean-ups that nobody waits for.
    """
    stream = logging.StreamHandler(cast("TextIO", out))
    stream.setFormatter(RedactedLines(redact))
    logging.basicConfig(level=logging.WARNING, handlers=[stream], force=True)

    def thread_failed(failure: threading.ExceptHookArgs) -> None:
        where = "a thread" if failure.thread is None else failure.thread.name
        told = (failure.exc_type, failure.exc_value, failure.exc_traceback)
        logger.error("%s failed", where, exc_info=cast("Any", told))

    def ignored(failure: "sys.UnraisableHookArgs") -> None:
        logger.error("ignored: %s", failure.err_msg, exc_info=failure.exc_value)

    threading.excepthook = thread_failed
    sys.unraisablehook = ignored


def say_where(state_dir: StateDir, environment: str, port: int | None) -> str:
    """Tell how to look at the system that runs now, and how to stop it."""
    elsewhere = "" if state_dir.path == DEFAULT else f" --state {state_dir.path}"
    why = HaltFile(state_dir.path).reason()
    halted = f"HALTED ({why}), arm with `holdfast arm --reason TEXT`; " if why else ""
    page = "" if port is None else f", http://127.0.0.1:{port}/api/v1/status"
    return (
        f"holdfast runs ({environment}): {halted}look with"
        f" `holdfast status{elsewhere}`{page}; stop with Ctrl-C. Commands go through"
        f" {state_dir.control}"
    )


def matters(event: SupervisionEvent) -> bool:
    """Say whether an operator who did not ask for everything wants to see this."""
    if event.kind is EventKind.READY:
        return event.incarnation > 1
    if event.kind is EventKind.EXITED:
        routine = (Decision.SHUT_DOWN, Decision.RESTART_WITH_SIBLING)
        return event.decision not in routine or event.exit_kind not in ORDERLY
    return event.kind not in _ROUTINE


def is_trouble(event: SupervisionEvent) -> bool:
    """Say whether something failed, as opposed to being done on purpose."""
    if event.kind is EventKind.EXITED:
        return event.exit_kind not in ORDERLY
    return event.kind is EventKind.ESCALATED


def progress_shown(
    out: LineWriter, total: int, done: Callable[[], int]
) -> Callable[[], None]:
    """Return what shows on a terminal how many of `total` lines are done.

    The next line that anybody writes takes its place.
    """

    def show() -> None:
        lines = done()
        out.write(f"{lines:,} of {total:,} lines, {lines / total:.0%} \r")

    return show


class RedactedLines(logging.Formatter):
    """Writes a log record as text without secrets, its traceback included."""

    def __init__(self, redact: Callable[[str], str]) -> None:
        super().__init__("%(name)s: %(message)s")
        self._redact = redact

    def format(self, record: logging.LogRecord) -> str:
        """Return the text."""
        return self._redact(super().format(record))


def _as_sentence(_log: Any, _method: str, fields: Any) -> str:
    mark = "!" if fields["level"] == "warning" else " "
    return f"{mark} {fields['told']}"
