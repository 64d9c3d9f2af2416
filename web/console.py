"""What a run in the foreground tells of itself while it goes on."""

import sys
from collections.abc import Callable
from typing import Any

import attrs
import structlog

from ..supervision.events import Decision, EventKind, SupervisionEvent
from ..supervision.system import ActorSystem
from .terminal import event_text

_ROUTINE = frozenset({EventKind.ADDED, EventKind.STARTING, EventKind.STOPPING})


def tell_events(system: ActorSystem, *, verbose: bool, as_json: bool) -> None:
    """Log events to standard error from now on: as sentences, or as JSON lines."""
    render = structlog.processors.JSONRenderer() if as_json else _as_sentence
    log: Any = structlog.wrap_logger(
        structlog.PrintLogger(sys.stderr),
        processors=[structlog.processors.add_log_level, render],
    )

    def tell(event: SupervisionEvent) -> None:
        if verbose or matters(event):
            say = log.warning if is_trouble(event) else log.info
            say("supervision", **attrs.asdict(event), told=event_text(event))

    system.events.subscribe(tell)


def matters(event: SupervisionEvent) -> bool:
    """Say whether an operator who did not ask for everything wants to see this."""
    if event.kind is EventKind.READY:
        return event.incarnation > 1 or event.path == "/"
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
    """Return what shows on a terminal how many of `total` lines are done."""

    def show() -> None:
        lines = done()
        sys.stderr.write(f"\r{lines:,} of {total:,} lines, {lines / total:.0%} ")
        sys.stderr.flush()

    return show


def _as_sentence(_log: Any, _method: str, fields: Any) -> str:
    mark = "!" if fields["level"] == "warning" else " "
    return f"{mark} {fields['told']}"
