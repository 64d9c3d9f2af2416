"""What runs of a scenario came to, as a document, as text and as an exit code."""

from collections.abc import Sequence
from typing import Any

import attrs

from holdfast.supervision.simulation import Report, summarise

HELD, BROKE, NOT_INJECTED, NOT_DETERMINISTIC = 0, 1, 20, 21

SHOWN = 10
"""Seeds that are shown as text; the document has them all."""


@attrs.frozen(kw_only=True)
class Verdict:
    """`not_deterministic` are seeds of which two runs differed."""

    title: str
    reports: tuple[Report, ...]
    wall_seconds: float
    not_deterministic: tuple[int, ...] = ()

    @property
    def exit(self) -> int:
        """0 held, 1 an invariant broke, 20 a fault never struck, 21 see above."""
        if any(report.violations for report in self.reports):
            return BROKE
        if self.not_deterministic:
            return NOT_DETERMINISTIC
        return NOT_INJECTED if self.never_struck else HELD

    @property
    def never_struck(self) -> dict[str, list[int]]:
        """In which seeds a fault that was planned has never struck, by its id."""
        found: dict[str, list[int]] = {}
        for report in self.reports:
            for fault, count in report.failures_injected.items():
                if count == 0:
                    found.setdefault(fault, []).append(report.seed)
        return found

    def document(self) -> dict[str, Any]:
        """Return it as JSON takes it: the report of one run, or totals of many."""
        total = summarise(self.reports, self.wall_seconds)
        one = self.reports[0].asdict() if len(self.reports) == 1 else {}
        return {
            **total.asdict(),
            **one,
            "title": self.title,
            "runs": len(self.reports),
            "violations": sum(len(each.violations) for each in self.reports),
            "violated": [
                {"seed": report.seed, "told": list(report.violations)}
                for report in self.reports
                if report.violations
            ],
            "faults_fired": total.failures_injected,
            "never_struck": self.never_struck,
            "not_deterministic": list(self.not_deterministic),
        }

    def text(self) -> str:
        """Say it to somebody at a terminal."""
        total = summarise(self.reports, self.wall_seconds)
        fired = sum(total.failures_injected.values())
        time = f"{total.simulated_seconds:,.0f} simulated seconds"
        told = f"{time} in {self.wall_seconds:.1f}, {fired:,} faults fired"
        lines = [self.title, f"{len(self.reports)} runs, {told}"]
        for report in self._broken()[:SHOWN]:
            lines += [f"seed {report.seed}: {told}" for told in report.violations]
        lines += [
            f"NEVER STRUCK: {fault}, in {len(seeds)} runs, seed {seeds[0]} say"
            for fault, seeds in self.never_struck.items()
        ]
        if self.not_deterministic:
            seeds = ", ".join(map(str, self.not_deterministic[:SHOWN]))
            lines.append(f"NOT DETERMINISTIC: two runs of a seed differ: {seeds}")
        broken = len(self._broken())
        lines.append(f"BROKEN in {broken} runs" if broken else "held in all runs")
        return "\n".join(lines)

    def _broken(self) -> Sequence[Report]:
        return [report for report in self.reports if report.violations]
