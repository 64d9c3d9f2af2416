"""Random trees, and what goes wrong in them, drawn as plain data.

The chance they are drawn from may be a seed, or hypothesis, which then shrinks them.
"""

from collections.abc import Iterator, Mapping, Sequence
from random import Random

import attrs

from holdfast.supervision import BudgetSpec, ChildSpec, SupervisorSpec
from holdfast.supervision.simulation import Fault, plan
from holdfast.supervision.specs import Spec

from .drawing import DEPENDENCIES, Draw, is_simple, places_of
from .visitor import COMMANDS, START, Errand

CALM = 60.0
"""Seconds at the end in which nothing goes wrong, so that all can come back."""


@attrs.frozen(kw_only=True)
class Case:
    """A tree, what goes wrong in it, what it is told, when it stops and how long.

    In the last `calm` seconds of its `duration` nothing goes wrong any more.
    """

    spec: SupervisorSpec
    budgets: Mapping[str, BudgetSpec]
    faults: tuple[Fault, ...]
    errands: tuple[Errand, ...]
    calm: float
    duration: float
    shutdown: float


def random_case(random: Random) -> Case:
    """Draw a case."""
    busy = random.choice((2.0, 10.0, 30.0))
    calm = random.choice((0.0, CALM))
    spec = Draw(random, calm_from=busy).tree()
    places = dict(places_of(spec))
    workers = [path for path, each in places.items() if isinstance(each, ChildSpec)]
    supervisors = [path for path in places if path not in workers]
    faults = plan(
        random,
        workers,
        supervisors,
        duration=busy,
        count=random.randint(0, 6) if workers else 0,
        longest=4.0,
    )
    errands = _errands(random, places, faults, busy)
    shutdown = random.choice((0.5, 10.0))
    return Case(
        spec=spec,
        budgets=_budgets(random),
        faults=faults,
        errands=errands,
        calm=calm,
        duration=busy + calm,
        shutdown=shutdown,
    )


def _budgets(random: Random) -> dict[str, BudgetSpec]:
    return {
        name: BudgetSpec(
            restarts=random.choice((1, 2, 5)), period=random.choice((0.5, 2.0))
        )
        for name in DEPENDENCIES
    }


def _errands(
    random: Random, places: dict[str, Spec], faults: Sequence[Fault], busy: float
) -> tuple[Errand, ...]:
    """Draw commands about children that are, may come, or may be gone.

    Some come right after each other, or right after a fault.
    """
    targets = [(path.rpartition("/")[0], path.rpartition("/")[2]) for path in places]
    for path, spec in places.items():
        if isinstance(spec, SupervisorSpec):
            names = ("1", "2", "3") if is_simple(spec) else ("extra",)
            targets += [(path, name) for name in names]
    errands: list[Errand] = []
    for _ in range(random.randint(0, 8)):
        parent, name = random.choice(targets[1:])
        kind = random.choice((START, *COMMANDS))
        if any(parent == path and is_simple(spec) for path, spec in _sups(places)):
            kind = random.choice((kind, START))
        late = random.choice((1.0, 1.05))  # also while it stops
        at = round(random.uniform(0.0, busy * late), 2)
        moments = [*(each.at for each in errands), *(each.at for each in faults)]
        soon_after = random.choice((True, False))
        if moments and soon_after:
            at = round(random.choice(moments) + random.choice((0.0, 0.1, 0.4)), 3)
        drawn = Draw(random, calm_from=busy).worker(name) if kind == START else None
        errands.append(Errand(at, kind, parent, name, drawn))
    return tuple(sorted(errands, key=lambda errand: errand.at))


def _sups(places: dict[str, Spec]) -> Iterator[tuple[str, SupervisorSpec]]:
    for path, spec in places.items():
        if isinstance(spec, SupervisorSpec):
            yield path, spec
