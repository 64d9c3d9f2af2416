"""Runs simulations for somebody at a terminal, and says what they came to."""

import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

import attrs
import click

from ..supervision.runtime.clock import SystemClock
from ..supervision.runtime.randomness import Randomness
from ..supervision.simulation.batch import Make, run_elsewhere, run_seeds
from ..supervision.simulation.report import Report, Summary, summarise
from ..supervision.simulation.runner import Simulation
from .console import tell_logs

SOUND, UNSOUND, NOT_DETERMINISTIC = 0, 1, 21

SHOWN = 10
"""Runs with violations that are shown; the JSON document has them all."""


@attrs.frozen
class _Redacted:
    """Makes a simulation in a process that logs nothing else: without secrets."""

    make: Callable[[], Simulation]

    def __call__(self) -> Simulation:
        simulation = self.make()
        tell_logs(sys.stderr, simulation.redact)
        return simulation


@attrs.frozen
class Batch:
    """Runs, the seconds they took, and the seeds of which two runs differed."""

    reports: list[Report]
    wall_seconds: float
    differ: list[int]


@attrs.frozen
class Outcome:
    """What to print, and the exit code."""

    document: dict[str, Any]
    text: str
    exit: int


def chosen_seeds(
    seed: int | None, seeds: range | None, *, default: int | None
) -> Sequence[int]:
    """Return the seeds to run; without any, one from the operating system.

    Raises:
        click.UsageError: one seed and a range of them are given.

    """
    if seeds is None:
        return (Randomness(default if seed is None else seed).seed,)
    if seed is not None:
        raise click.UsageError("--seed and --seeds can't be given together")
    return seeds


def run(
    make: Callable[[], Simulation], seeds: Sequence[int], *, verify: bool
) -> Outcome:
    """Run each seed, or each twice, and judge.

    Raises:
        StartFailed: the tree does not come up.

    """
    batch = run_batch(_Redacted(make), seeds, verify=verify)
    reports, differ = batch.reports, batch.differ
    summary = summarise(reports, batch.wall_seconds)
    if len(reports) == 1:
        document, lines = reports[0].asdict(), report_lines(reports[0])
    else:
        document, lines = summary.asdict(), summary_lines(summary)
    if verify:
        document["not_deterministic"] = differ
        lines.append(_verified(differ))
    code = UNSOUND if summary.violations else SOUND
    return Outcome(document, "\n".join(lines), NOT_DETERMINISTIC if differ else code)


def run_batch(make: Make, seeds: Sequence[int], *, verify: bool) -> Batch:
    """Run each seed, or each twice and compare: the second time in other processes.

    Raises:
        StartFailed: the tree does not come up.

    """
    clock = SystemClock()
    began = clock.now()
    processes = _processors()
    reports = run_seeds(make, seeds, processes=processes)
    wall_seconds = clock.now() - began
    again = run_elsewhere(make, seeds, processes=processes) if verify else reports
    differ = [
        report.seed
        for report, other in zip(reports, again, strict=True)
        if report.trace_hash != other.trace_hash
    ]
    return Batch(reports, wall_seconds, differ)


def _processors() -> int:
    """Return how many processors this process may use, where the system tells."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def report_lines(report: Report) -> list[str]:
    """Show one run in a few lines."""
    return [
        f"seed {report.seed}: {_speed(report)}, trace {report.trace_hash[:16]}",
        f"{_totals(report)}, dead letters {report.dead_letters}",
        f"injected: {_counts(report.failures_injected)}",
        f"ended: {report.ended}",
        *(f"VIOLATION: {sentence}" for sentence in report.violations),
        *_faults(report),
    ]


def summary_lines(summary: Summary) -> list[str]:
    """Show many runs in a few lines, and those that went wrong in a few more."""
    lines = [
        f"{summary.seeds} seeds: {_speed(summary)}",
        _totals(summary),
        f"injected: {_counts(summary.failures_injected)}",
        f"violations: {summary.violations} in {len(summary.unsound)} runs",
    ]
    for report in summary.unsound[:SHOWN]:
        told = (f"VIOLATION: {sentence}" for sentence in report.violations)
        lines += [f"seed {report.seed}:", *told, *_faults(report)]
    return lines


def _speed(run: Report | Summary) -> str:
    factor = run.simulated_seconds / max(run.wall_seconds, 1e-9)
    return (
        f"{run.simulated_seconds:,.1f} simulated seconds in {run.wall_seconds:.2f}"
        f" ({factor:,.0f} times as fast as time)"
    )


def _totals(run: Report | Summary) -> str:
    return ", ".join(
        f"{name} {getattr(run, name)}"
        for name in ("turns", "events", "restarts", "escalations")
    )


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{kind} {count}" for kind, count in counts.items()) or "nothing"


def _faults(report: Report) -> list[str]:
    """Tell what was to go wrong in a run that is to be understood."""
    if report.sound:
        return []
    return [
        f"  at {fault.at:g} s {fault.kind} {fault.path}"
        + (f" for {fault.seconds:g} s" if fault.seconds else "")
        for fault in report.faults
    ]


def _verified(differ: Sequence[int]) -> str:
    if not differ:
        return "verified: each seed did the same in another process"
    seeds = ", ".join(map(str, differ[:SHOWN]))
    return f"NOT DETERMINISTIC: two runs of the same seed differ: {seeds}"
