"""What a run in a simulated world came to, and what many runs came to."""

from collections.abc import Iterable
from typing import Any

import attrs

from .chaos import Fault


@attrs.frozen(kw_only=True)
class Report:
    """One run of one seed. The same seed makes the same report, but for `wall_seconds`.

    `faults` is what was planned, `failures_injected` how many of each kind came to
    pass; `violations` are sentences; `ended` is how the tree ended.
    """

    seed: int
    trace_hash: str
    simulated_seconds: float
    wall_seconds: float
    turns: int
    events: int
    restarts: int
    escalations: int
    dead_letters: int
    failures_injected: dict[str, int]
    faults: tuple[Fault, ...]
    violations: tuple[str, ...]
    ended: str

    @property
    def sound(self) -> bool:
        """Whether everything held that must hold."""
        return not self.violations

    def asdict(self) -> dict[str, Any]:
        """Return it as JSON takes it."""
        return attrs.asdict(self)


@attrs.frozen(kw_only=True)
class Summary:
    """Totals over many seeds. `unsound` are the reports of runs with violations.

    `wall_seconds` is what somebody had to wait for all of them.
    """

    seeds: int
    simulated_seconds: float
    wall_seconds: float
    turns: int
    events: int
    restarts: int
    escalations: int
    failures_injected: dict[str, int]
    violations: int
    unsound: tuple[Report, ...]

    def asdict(self) -> dict[str, Any]:
        """Return it as JSON takes it."""
        return attrs.asdict(self)


def summarise(reports: Iterable[Report], wall_seconds: float) -> Summary:
    """Add up the reports of many runs, in the order of their seeds."""
    ordered = sorted(reports, key=lambda report: report.seed)
    injected: dict[str, int] = {}
    for report in ordered:
        for kind, count in report.failures_injected.items():
            injected[kind] = injected.get(kind, 0) + count
    return Summary(
        seeds=len(ordered),
        simulated_seconds=sum(each.simulated_seconds for each in ordered),
        wall_seconds=wall_seconds,
        turns=sum(each.turns for each in ordered),
        events=sum(each.events for each in ordered),
        restarts=sum(each.restarts for each in ordered),
        escalations=sum(each.escalations for each in ordered),
        failures_injected=dict(sorted(injected.items())),
        violations=sum(len(each.violations) for each in ordered),
        unsound=tuple(each for each in ordered if not each.sound),
    )
