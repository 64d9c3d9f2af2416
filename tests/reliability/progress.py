"""How far `make reliability` has come at one commit, so that it can go on there."""

from collections.abc import Iterable, Mapping

import msgspec

from holdfast.supervision.simulation.report import Report


class Totals(msgspec.Struct):
    """What one suite of seeds has come to; seeds are done in order, from 1."""

    seeds: int = 0
    simulated_seconds: float = 0.0
    wall_seconds: float = 0.0
    events: int = 0
    restarts: int = 0
    failures_injected: dict[str, int] = {}
    violations: list[str] = []


class Progress(msgspec.Struct):
    """All that is known of a commit. `long_tests` is how the long tests ended."""

    commit: str
    suites: dict[str, Totals] = {}
    long_tests: str = ""

    def of(self, suite: str) -> Totals:
        """Return what a suite has come to."""
        return self.suites.setdefault(suite, Totals())

    @property
    def sound(self) -> bool:
        """Whether nothing has failed so far, and every planned failure has happened."""
        if self.long_tests.startswith("failed"):
            return False
        return not any(
            each.violations or 0 in each.failures_injected.values()
            for each in self.suites.values()
        )


def resumed(saved: bytes | None, commit: str) -> Progress:
    """Return what was saved of this commit, or the beginning.

    What another commit came to says nothing of this one.
    """
    if saved is not None:
        try:
            progress = msgspec.json.decode(saved, type=Progress)
        except msgspec.DecodeError:  # cut off while it was written: begin anew
            return Progress(commit)
        if progress.commit == commit:
            return progress
    return Progress(commit)


def next_batch(
    progress: Progress, wanted: Mapping[str, int], size: int
) -> tuple[str, range] | None:
    """Return which seeds of which suite come next; None when all are done.

    The suite that is least advanced comes first, so that a small budget tries each.
    """
    left = {
        suite: progress.of(suite).seeds / count
        for suite, count in wanted.items()
        if progress.of(suite).seeds < count
    }
    if not left:
        return None
    suite = min(left, key=left.__getitem__)
    begin = progress.of(suite).seeds + 1
    return suite, range(begin, min(begin + size, wanted[suite] + 1))


def take_in(totals: Totals, reports: Iterable[Report], wall_seconds: float) -> None:
    """Add what some more seeds came to."""
    totals.wall_seconds += wall_seconds
    for report in reports:
        totals.seeds += 1
        totals.simulated_seconds += report.simulated_seconds
        totals.events += report.events
        totals.restarts += report.restarts
        for kind, count in report.failures_injected.items():
            injected = totals.failures_injected
            injected[kind] = injected.get(kind, 0) + count
        totals.violations += [
            f"seed {report.seed}: {sentence}" for sentence in report.violations
        ]


def text(progress: Progress, wanted: Mapping[str, int]) -> str:
    """Write it down for people, as Markdown."""
    lines = [f"# Reliability of {progress.commit}", ""]
    for suite, count in wanted.items():
        totals = progress.of(suite)
        ratio = totals.simulated_seconds / (totals.wall_seconds or 1.0)
        injected = sum(totals.failures_injected.values())
        kinds = ", ".join(
            f"{k} {n}" for k, n in sorted(totals.failures_injected.items())
        )
        hours, wall = totals.simulated_seconds / 3600, totals.wall_seconds
        lines += [
            f"## {suite}",
            "",
            f"- seeds: {totals.seeds} of {count}",
            f"- simulated: {hours:.1f} h in {wall:.0f} s, {ratio:.0f} x real time",
            f"- events: {totals.events}, restarts: {totals.restarts}",
            f"- failures injected: {injected} ({kinds})",
            f"- violations: {len(totals.violations)}",
            *(f"  - {each}" for each in totals.violations),
            "",
        ]
    return "\n".join([*lines, f"Long tests: {progress.long_tests or 'not yet'}", ""])
