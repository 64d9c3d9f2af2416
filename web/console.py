"""What a run in the foreground tells of itself while it goes on."""

import logging
import sys
from collections.abc import Callable
from typing import Any

import attrs
import structlog

from ..supervision.events import Decision, EventKind, SupervisionEvent
from ..supervision.specs import TOP
from ..supervision.state_dir import DEFAULT, StateDir
from ..supervision.system import ActorSystem
from .terminal import event_text

_ROUTINE = frozenset({EventKind.ADDED, EventKind.STARTING, EventKind.STOPPING})


def tell_events(system: ActorSystem, *, verbose: bool, as_json: bool) -> None:
    """Log events to standard error from now on: as sentences, or as JSON lines.

    Unless `verbose`, only what matters, and nothing before the system is up: what
    keeps it from starting is said by whoever starts it.
    """
    render = structlog.processors.JSONRenderer() if as_json else _as_sentence
    log: Any = structlog.wrap_logger(
        structlog.PrintLogger(sys.stderr),
        processors=[structlog.processors.add_log_level, render],
    )
    was_up = verbose or system.is_up

    def tell(event: SupervisionEvent) -> None:
        nonlocal was_up
        if was_up and (verbose or matters(event)):
            say = log.warning if is_trouble(event) else log.info
            say("supervision", **attrs.asdict(event), told=event_text(event))
        was_up = was_up or (event.path == TOP and event.kind is EventKind.READY)

    system.events.subscribe(tell)


def tell_logs(redact: Callable[[str], str]) -> None:
    """Send what libraries log to standard error, without secrets, once."""
    stream = logging.StreamHandler()
    stream.setFormatter(RedactedLines(redact))
    logging.basicConfig(level=logging.WARNING, handlers=[stream])


def say_where(state_dir: StateDir, environment: str, port: int | None) -> str:
    """Tell how to look at the system that runs now, and how to stop it."""
    elsewhere = "" if state_dir.path == DEFAULT else f" --state {state_dir.path}"
    page = "" if port is None else f", http://127.0.0.1:{port}/api/v1/status"
    return (
        f"holdfast runs ({environment}): look with `holdfast status{elsewhere}`{page};"
        f" stop with Ctrl-C. Commands go through {state_dir.control}"
    )


def matters(event: SupervisionEvent) -> bool:
    """Say whether an operator who did not ask for everything wants to see this."""
    if event.kind is EventKind.READY:
        return event.incarnation > 1
    if event.kind is EventKind.EXITED:
        routine = (Decision.SHUT_DOWN, Decision.RESTART_WITH_SIBLING)
        return event.decision not in routine
    return event.kind not in _ROUTINE


def is_trouble(event: SupervisionEvent) -> bool:
    """Say whether something failed, as opposed to being done on purpose."""
    if event.kind is EventKind.ESCALATED:
        return True
    return event.decision in (Decision.RESTART, Decision.ESCALATE)


def progress_shown(total: int, done: Callable[[], int]) -> Callable[[], None]:
    """Return what shows on a terminal how many of `total` lines are done.

    The next line that anybody writes takes its place.
    """

    def show() -> None:
        lines = done()
        sys.stderr.write(f"{lines:,} of {total:,} lines, {lines / total:.0%} \r")
        sys.stderr.flush()

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
