"""How a system looks in a terminal: a word and a shape for each place, never colour."""

import json
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from ..supervision.event_store import StoredEvent
from ..supervision.events import Decision, EventKind, SupervisionEvent
from ..supervision.runtime.clock import SystemClock

ESCALATED = 70

REFRESH = 1.0
"""Seconds between two looks at what changes."""

SHAPES = {
    "running": "o",
    "starting": "(",
    "degraded": "!",
    "restarting": "~",
    "failed": "X",
    "paused": "=",
    "stopped": "#",
    "unknown": "?",
}

_DECISIONS = {
    Decision.RESTART: "restarting it",
    Decision.RETRY: "trying it again",
    Decision.RESTART_WITH_SIBLING: "restarting it with the one that failed",
    Decision.LEAVE_STOPPED: "left stopped",
    Decision.FORGET: "forgotten",
    Decision.ESCALATE: "giving up",
    Decision.SHUT_DOWN: "shutting down",
}


def pause() -> None:
    """Wait until it is time to look again."""
    SystemClock().wait(threading.Event(), REFRESH)


def status_text(status: Mapping[str, Any]) -> str:
    """Show the verdict and the tree of a status document."""
    counts = ", ".join(f"{count} {word}" for word, count in status["counts"].items())
    total = len(status["components"])
    head = (
        f"{status['environment'].upper()}   {status['verdict'].upper()}   "
        f"{total} components: {counts}   restarts {status['restarts']}   "
        f"dead letters {status['dead_letters']}"
    )
    return "\n".join([head, *_risk_lines(status), tree_text(status)])


def _risk_lines(status: Mapping[str, Any]) -> list[str]:
    levels = [
        f"{each['level'].upper()} {each['path']}: {each['why']}"
        for each in status["risk"]
        if each["level"] != "active"
    ]
    gates = [
        f"NO NEW RISK {each['path']}: {gate}: {why}"
        for each in status["risk"]
        for gate, why in each["gates"].items()
    ]
    return levels + gates


def tree_text(status: Mapping[str, Any]) -> str:
    """Show the tree of a status document, a line for each place."""
    now = status["time"]
    return "\n".join(_line(each, now) for each in status["components"])


def breaker_text(report: Mapping[str, Any]) -> str:
    """Show how a circuit breaker is, in a few lines."""
    state = report["state"].replace("_", " ").upper()
    counted = (
        f"of {report['volume']} calls in the window {report['bad']} failed and"
        f" {report['slow']} were slow, {report['rejected']} rejected"
    )
    lines = [f"{state} {report['path']}: {counted}"]
    for hold in report["holds"]:
        left = "" if hold["seconds"] is None else f" for {hold['seconds']:.1f} s"
        lines.append(f"  held by {hold['kind']}{left}: {hold['reason']}")
    if report["forced_for"] is not None:
        lines.append(f"  forced for {report['forced_for']:.1f} s")
    lines += [f"  nobody knows what became of {call}" for call in report["unresolved"]]
    return "\n".join(lines)


def summary_text(summary: Mapping[str, Any]) -> str:
    """Show what a run came to, in a few lines."""
    counts = ", ".join(
        f"{name.replace('_', ' ')} {_known(summary[name])}"
        for name in ("ticks", "orders", "fills", "rejects", "open_orders")
    )
    positions = ", ".join(
        f"{quantity} {symbol}" for symbol, quantity in summary["positions"].items()
    )
    profit = (
        f"position {positions or 'unknown'}, realised profit"
        f" {_known(summary['realised_profit'])}, fees {_known(summary['fees'])}"
    )
    supervision = ", ".join(
        f"{name.replace('_', ' ')} {summary[name]}"
        for name in ("restarts", "escalations", "dead_letters", "events", "seed")
    )
    lines = [counts, profit, supervision]
    if summary["reconciled"]:
        lines.append("reconciled: orders and balances are what the exchange says")
    lines += [f"NOT RECONCILED: {sentence}" for sentence in summary["differences"]]
    if summary["crashes_fired"] < summary["crashes_planned"]:
        lines.append(
            f"only {summary['crashes_fired']} of {summary['crashes_planned']} planned"
            " crashes came to pass"
        )
    if summary["silent"]:
        silent = ", ".join(summary["silent"])
        lines.append(f"NOT COMPLETE: {silent} did not answer, counts may be too low")
    if summary["killed"]:
        lines.append(f"killed: {summary['killed']}, they did not stop in time")
    lines += [f"dead letters of {each}" for each in summary["dead_letter_reasons"]]
    lines += [f"set aside: {sentence}" for sentence in summary["damage"]]
    if summary["bad_frames"] > len(summary["damage"]):
        lines.append(f"set aside: {summary['bad_frames']} lines in all")
    if summary["journal_trouble"]:
        lines.append(f"NOT JOURNALED TO THE END: {summary['journal_trouble']}")
    if summary["exit"] == ESCALATED:
        lines.append(f"ended: {summary['ended']}")
    return "\n".join(lines)


def _known(value: Any) -> str:
    return "unknown" if value is None else str(value)


def event_text(event: SupervisionEvent) -> str:
    """Show one event on one line."""
    moment = datetime.fromtimestamp(event.time, UTC).strftime("%H:%M:%S.%f")[:-3]
    parts = [f"{moment}Z", f"{event.seq:>6}", event.path, str(event.kind)]
    if event.kind is not EventKind.ADDED and event.incarnation:
        parts.append(f"#{event.incarnation}")
    if event.reason:
        parts.append(f"({event.reason})")
    if event.decision:
        parts.append(f"-> {_DECISIONS[event.decision]}")
    if event.cause_seq:
        parts.append(f"[because of {event.cause_seq}]")
    return " ".join(parts)


class JournalText:
    """Shows stored events line by line, with a heading where a run or a day begins."""

    def __init__(self) -> None:
        self._heading = ""

    def lines(self, stored: StoredEvent) -> str:
        """Return the line of an event, and its heading if that is a new one."""
        day = datetime.fromtimestamp(stored.event.time, UTC).date()
        before, self._heading = self._heading, f"run {stored.run}, {day}"
        line = event_text(stored.event)
        return line if before == self._heading else f"{self._heading}\n{line}"


def record_text(stored: StoredEvent) -> str:
    """Show a stored event as one line of JSON."""
    return json.dumps({"run": stored.run, **msgspec.structs.asdict(stored.event)})


def _line(component: Mapping[str, Any], now: float) -> str:
    path = component["path"]
    depth = path.count("/") - 1
    name = "  " * depth + f"{SHAPES[component['state']]} {path.rsplit('/', 1)[1]}"
    parts = [f"{name:<28}", f"{component['state'].capitalize():<11}"]
    parts.append(f"{component['about']:<32}")
    parts.append(f"for {_span(now - component['since'])}")
    if component["restarts"]:
        parts.append(f"restarts {component['restarts']}, last {component['last_exit']}")
    if component["waiting"]:
        parts.append(f"waiting {component['waiting']}")
    return " ".join(parts).rstrip()


def _span(seconds: float) -> str:
    if seconds < 60:
        return f"{max(0.0, seconds):.1f}s"
    minutes, _ = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days}d{hours:02}h"
    return f"{hours}h{minutes:02}m" if hours else f"{minutes}m{int(seconds) % 60:02}s"
