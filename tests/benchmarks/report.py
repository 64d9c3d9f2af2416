"""Makes lines for people and JSON out of what was measured."""

from collections.abc import Iterable, Iterator, Mapping

import attrs

from .figures import Figure
from .rows import Row

HEADINGS = ("ratio", "row", "ours", "peer", "unit", "peer is", "budget", "")


@attrs.frozen(kw_only=True)
class Line:
    """One line of the report: ours beside one peer, or alone.

    `ratio` is above 1 where we are better. `budget` and `goal` are for the ratio or,
    where `limits` is set, the most that ours may be.
    """

    name: str
    ours: float | None
    peer: float | None = None
    peer_name: str | None = None
    unit: str
    budget: float | None = None
    goal: float | None = None
    limits: bool = False
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """How many times better we are."""
        if not self.ours or not self.peer:
            return None
        more_is_better = self.unit.endswith("/s")
        return self.ours / self.peer if more_is_better else self.peer / self.ours

    @property
    def verdict(self) -> str:
        """Say whether the budget is kept."""
        if self.ours is None:
            return "skipped"
        if self.budget is None:
            return ""
        if self.limits:
            return "ok" if self.ours <= self.budget else "MISSED"
        if self.ratio is None:
            return "no peer"
        return "ok" if self.ratio >= self.budget else "MISSED"

    def as_json(self) -> dict[str, float | str | None]:
        """Return the line as `make bench` writes it."""
        return {
            "name": self.name,
            "ours": self.ours,
            "peer": self.peer,
            "peer_name": self.peer_name,
            "unit": self.unit,
            "ratio": self.ratio,
            "budget": self.budget,
            "goal": self.goal,
            "note": self.note,
        }


def lines(row: Row, figures: Mapping[str, Figure]) -> Iterator[Line]:
    """Yield the row's line, and one named `row_vs_peer` for each further peer."""
    ours = figures["ours"]
    alone = Line(
        name=row.name,
        ours=ours.value,
        unit=row.unit,
        budget=row.budget,
        goal=row.goal,
        limits=row.limits,
        note=ours.note,
    )
    first, *others = [name for name in figures if name != "ours"] or [""]
    yield _beside(alone, first, figures.get(first, Figure(None)))
    for name in others:
        plain = Line(
            name=f"{row.name}_vs_{name.lower()}", ours=ours.value, unit=row.unit
        )
        yield _beside(plain, name, figures[name])


def _beside(alone: Line, name: str, peer: Figure) -> Line:
    """Put a peer beside ours, or say why there is none."""
    said = f"{name}: {peer.note}" if peer.note else ""
    return attrs.evolve(
        alone,
        peer=peer.value,
        peer_name=None if peer.value is None else name,
        note="; ".join(filter(None, (alone.note, said))),
    )


def table(all_lines: Iterable[Line]) -> list[str]:
    """Return the lines as aligned text, ratios first, notes below."""
    shown = [HEADINGS, *(_cells(line) for line in all_lines)]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    rows = ["  ".join(map(str.ljust, cells, widths)).rstrip() for cells in shown]
    return [*rows, *(f"{line.name}: {line.note}" for line in all_lines if line.note)]


def _cells(line: Line) -> tuple[str, ...]:
    return (
        "" if line.ratio is None else f"{figure(line.ratio)}x",
        line.name,
        figure(line.ours),
        figure(line.peer),
        line.unit,
        line.peer_name or "",
        _budget(line),
        line.verdict,
    )


def _budget(line: Line) -> str:
    sign, unit = ("<=", f" {line.unit}") if line.limits else (">=", "x")
    budget = "" if line.budget is None else f"{sign} {line.budget:g}{unit}"
    goal = "" if line.goal in (None, line.budget) else f"goal {line.goal:g}{unit}"
    return ", ".join(filter(None, (budget, goal)))


def figure(value: float | None) -> str:
    """Write a number with three digits, or all of those before the point."""
    if value is None:
        return ""
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:,.{digits}f}"
